const PATHS = {
  alert: 'M12 3.5 22 20.5H2L12 3.5Zm0 6.5v4.5m0 2.8v.2',
  arrowRight: 'M5 12h14m-6-6 6 6-6 6',
  back: 'M19 12H5m6-6-6 6 6 6',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 7v5l3.5 2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'm6 9 6 6 6-6',
  external: 'M9 5H5v14h14v-4M13 5h6v6m0-6-9 9',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5-2.8a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z',
  inbox: 'M4 13.5 6.5 5h11l2.5 8.5V19H4v-5.5Zm0 0h4.5l1.5 2.5h4l1.5-2.5H20',
  info: 'M12 11v5.5m0-8.8v.2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z',
  left: 'm15 5-7 7 7 7',
  pencil: 'M4 20h4L19 9l-4-4L4 16v4Zm8.5-12.5 4 4',
  people:
    'M9 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM2.5 20c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 5a3.2 3.2 0 0 1 0 6.3M18 14.8c2.2.7 3.5 2.4 3.5 5.2',
  photo: 'M4 5h16v14H4V5Zm0 11 4.5-4.5 3.5 3.5 3-3 5 5M15.5 8.8v.2',
  plus: 'M12 5v14M5 12h14',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9m0-5v5h-5',
  right: 'm9 5 7 7-7 7',
  send: 'M4 11.5 20 4l-5.5 16-3.5-6.5L4 11.5Zm7 2L20 4',
  signOut: 'M14 4H5v16h9M10 12h11m-4-4 4 4-4 4',
  slash: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM6 6l12 12',
  trash: 'M5 7h14M10 7V4h4v3m-7.5 0 1 13h9l1-13',
  up: 'm6 15 6-6 6 6',
  upload: 'M12 16V4m-5 5 5-5 5 5M4 20h16',
  video: 'M4 6h11v12H4V6Zm11 4.5 5.5-3v9l-5.5-3',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words that say the same: nothing to be read out. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
