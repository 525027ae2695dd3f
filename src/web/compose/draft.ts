import type { PostMode, PrivacyLevel, Transfer } from '../../contract.ts';
import type { NewPost } from '../api/client.ts';

export type MediaType = 'video' | 'photo';

/** What is chosen for one account alone. */
export interface AccountSettings {
  /** Null until it is chosen: there is no default (UX-06). */
  privacyLevel: PrivacyLevel | null;
  allowComment: boolean;
  allowDuet: boolean;
  allowStitch: boolean;
}

/** Everything that can be typed and chosen. It is kept in the browser until it is queued. */
export interface Draft {
  accountIds: string[];
  mediaType: MediaType;
  videoUrl: string;
  photoUrls: string[];
  photoCoverIndex: number;
  caption: string;
  photoTitle: string;
  photoDescription: string;
  mode: PostMode;
  settings: Record<string, AccountSettings>;
  /** The switch, and the two boxes under it (UX-10). */
  disclosesCommercial: boolean;
  isYourBrand: boolean;
  isBrandedContent: boolean;
  isAigc: boolean;
  autoAddMusic: boolean;
  /** In seconds, as typed; empty: TikTok takes the first frame. */
  coverSeconds: string;
  transfer: Transfer;
  when: 'now' | 'later';
  date: string;
  time: string;
  /** Of a time that comes twice when clocks are put back: the second of the two. */
  isSecondTime: boolean;
  /** What has been sent for an account, and under which key: sent again unchanged, it makes no second post. */
  sent: Record<string, { key: string; body: NewPost }>;
}

/** UX-07: nothing is allowed until it is. */
export const NO_SETTINGS: AccountSettings = {
  privacyLevel: null,
  allowComment: false,
  allowDuet: false,
  allowStitch: false,
};

export const EMPTY_DRAFT: Draft = {
  accountIds: [],
  mediaType: 'video',
  videoUrl: '',
  photoUrls: [],
  photoCoverIndex: 0,
  caption: '',
  photoTitle: '',
  photoDescription: '',
  mode: 'direct',
  settings: {},
  disclosesCommercial: false,
  isYourBrand: false,
  isBrandedContent: false,
  isAigc: false,
  autoAddMusic: false,
  coverSeconds: '',
  transfer: 'auto',
  when: 'now',
  date: '',
  time: '',
  isSecondTime: false,
  sent: {},
};

export function settingsOf(draft: Draft, accountId: string): AccountSettings {
  return draft.settings[accountId] ?? NO_SETTINGS;
}

/** Whether a stored value is a draft: one of an older version of the page is none. */
export function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Record<string, unknown>;
  return Object.entries(EMPTY_DRAFT).every(
    ([name, like]) =>
      typeof given[name] === typeof like && Array.isArray(given[name]) === Array.isArray(like),
  );
}

/** Whether there is anything in it that would be a pity to lose. */
export function hasContent(draft: Draft): boolean {
  const { videoUrl, photoUrls, caption, photoTitle, photoDescription } = draft;
  return [videoUrl, ...photoUrls, caption, photoTitle, photoDescription].some((text) => text.trim() !== '');
}
