/** What a wall clock in a time zone means: usually one instant, none where it is put forward, two where it is put back. */
export type ZonedTime =
  | { kind: 'one'; instant: Date }
  /** The clock jumps over it; `instant` is as far after the jump as was asked for. */
  | { kind: 'skipped'; instant: Date }
  | { kind: 'twice'; first: Date; second: Date };

/**
 * The instant at which clocks in a time zone show a date and a time.
 * @param date `2026-11-21`
 * @param time `18:30`
 * @returns null for what is no date or no time.
 */
export function zonedTime(date: string, time: string, timeZone: string): ZonedTime | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d:\d\d$/.test(time)) return null;
  const asUtcMs = Date.parse(`${date}T${time}:00Z`);
  if (Number.isNaN(asUtcMs) || new Date(asUtcMs).toISOString().slice(0, 10) !== date) return null;

  // No zone changes its clocks twice within a day, so the offsets of the days around are all that are possible.
  const before = offsetMs(asUtcMs - DAY_MS, timeZone);
  const after = offsetMs(asUtcMs + DAY_MS, timeZone);
  const fitting = [...new Set([before, after])]
    .map((offset) => asUtcMs - offset)
    .filter((instantMs) => instantMs + offsetMs(instantMs, timeZone) === asUtcMs)
    .sort((a, b) => a - b);
  const [first, second] = fitting;
  if (first === undefined) return { kind: 'skipped', instant: new Date(asUtcMs - before) };
  return second === undefined
    ? { kind: 'one', instant: new Date(first) }
    : { kind: 'twice', first: new Date(first), second: new Date(second) };
}

/** The date and the time that clocks in a time zone show at an instant, as the inputs of a form hold them. */
export function wallClock(instant: Date, timeZone: string): { date: string; time: string } {
  const local = new Date(instant.getTime() + offsetMs(instant.getTime(), timeZone)).toISOString();
  return { date: local.slice(0, 10), time: local.slice(11, 16) };
}

/** `UTC+02:00`: what tells the two meanings of a time apart. */
export function utcOffset(instant: Date, timeZone: string): string {
  const minutes = offsetMs(instant.getTime(), timeZone) / 60_000;
  const pad = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `UTC${minutes < 0 ? '−' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}

const DAY_MS = 86_400_000;

/** How far clocks there are ahead of UTC, in whole seconds as milliseconds. */
function offsetMs(instantMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((candidate) => candidate.type === type)?.value);
  const shownMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shownMs - Math.floor(instantMs / 1000) * 1000;
}
