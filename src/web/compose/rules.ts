import type {
  AccountView,
  ConsentDeclaration,
  CreatorInfoView,
  MediaCheckView,
  PrivacyLevel,
} from '../../contract.ts';
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_PHOTO_TITLE_LENGTH,
  MAX_PHOTOS,
  MAX_SCHEDULE_DAYS,
  MAX_TITLE_LENGTH,
} from '../limits.ts';
import type { Formats } from '../support/format.ts';
import { type ZonedTime, zonedTime } from '../support/zoned-time.ts';
import { type AccountSettings, type Draft, settingsOf } from './draft.ts';
import { LABELLED_PARTNERSHIP, LABELLED_PROMOTIONAL, NEEDS_DISCLOSURE, NOT_PRIVATE } from './words.ts';

/**
 * TikTok's rules for a page that posts, as what is shown, what can be chosen and what is sent. Their numbers, UX-01 to
 * UX-22, stand at what keeps them.
 * @see https://developers.tiktok.com/doc/content-sharing-guidelines
 */

export type CreatorState =
  | { kind: 'loading' }
  | { kind: 'unavailable'; message: string }
  | { kind: 'known'; info: CreatorInfoView };

/** What is known of the media: from the site's own look at them, or from the browser that shows them. */
export type MediaState =
  | { kind: 'none' }
  | { kind: 'checking' }
  | ({ kind: 'seen' } & MediaCheckView)
  | { kind: 'refused'; message: string }
  | { kind: 'unknown'; message: string };

export interface Facts {
  accounts: readonly AccountView[];
  creators: Readonly<Record<string, CreatorState>>;
  media: MediaState;
  /** As the browser measures it; null where it cannot. */
  shownDurationSec: number | null;
  now: Date;
  formats: Formats;
}

export interface Toggle {
  name: 'allowComment' | 'allowDuet' | 'allowStitch';
  label: string;
  isChecked: boolean;
  isDisabled: boolean;
}

/** Something that keeps the post from being queued, and where to mend it. */
export interface Problem {
  /** The id of the control, or of its group. */
  field: string;
  message: string;
  /** Nothing is wrong, something is still to come: not said at the control before the reader has tried to go on. */
  isMissing?: true;
}

export interface AccountJudgement {
  account: AccountView;
  creator: CreatorState;
  /** UX-02: as TikTok says it now. */
  nickname: string;
  /** UX-03, and whatever else stops this account. */
  stop: string | null;
  /** The options of UX-06, those of this account and no others; null: a draft, or not known. */
  privacyOptions: { level: PrivacyLevel; isDisabled: boolean; hover: string | null }[] | null;
  privacyLevel: PrivacyLevel | null;
  toggles: Toggle[];
}

export interface Judgement {
  accounts: AccountJudgement[];
  /** UX-10 to UX-15; null for a draft, with which TikTok takes no settings. */
  disclosure: {
    isOpen: boolean;
    label: string | null;
    isBrandedDisabled: boolean;
    brandedHover: string | null;
  } | null;
  declaration: ConsentDeclaration;
  schedule: { zoned: ZonedTime | null; instant: Date | null };
  problems: Problem[];
  /** What the button says when it is pointed at while it is disabled. */
  hover: string | null;
}

export function judge(draft: Draft, facts: Facts): Judgement {
  const chosen = facts.accounts.filter(({ id }) => draft.accountIds.includes(id));
  const accounts = chosen.map((account) => judgeAccount(draft, account, facts));
  const isDirect = draft.mode === 'direct';
  const disclosure = isDirect ? judgeDisclosure(draft, accounts) : null;
  const schedule = readSchedule(draft, facts.formats.timeZone);
  const problems = [
    ...accountProblems(draft, accounts),
    ...mediaProblems(draft, accounts, facts),
    ...textProblems(draft, facts.formats),
    ...accounts.flatMap((account) => settingProblems(draft, account)),
    ...disclosureProblems(draft),
    ...detailProblems(draft),
    ...scheduleProblems(draft, schedule, facts.now),
  ];
  return {
    accounts,
    disclosure,
    declaration: declarationOf(draft),
    schedule,
    problems,
    hover: hoverOf(problems),
  };
}

/** UX-13 and UX-15 have texts of their own, which come before what is merely missing. */
function hoverOf(problems: readonly Problem[]): string | null {
  const first =
    problems.find(({ message }) => message === NEEDS_DISCLOSURE) ??
    problems.find(({ message }) => message === NOT_PRIVATE) ??
    problems[0];
  return first?.message ?? null;
}

/** UX-16 and UX-17. A draft is none of branded content yet: that is said in the TikTok app. */
function declarationOf(draft: Draft): ConsentDeclaration {
  return isBranded(draft) ? 'branded_content_and_music_usage' : 'music_usage';
}

const isBranded = ({ mode, disclosesCommercial, isBrandedContent }: Draft) =>
  mode === 'direct' && disclosesCommercial && isBrandedContent;

function judgeAccount(draft: Draft, account: AccountView, facts: Facts): AccountJudgement {
  const creator = facts.creators[account.id] ?? { kind: 'loading' };
  const info = creator.kind === 'known' ? creator.info : null;
  const settings = settingsOf(draft, account.id);
  const isDirect = draft.mode === 'direct';
  const options = isDirect ? (info?.privacyLevelOptions ?? null) : null;
  return {
    account,
    creator,
    nickname: info?.creatorNickname || account.username || 'This account',
    stop: stopOf(draft, account, creator),
    privacyOptions:
      options?.map((level) => {
        const isDisabled = level === 'SELF_ONLY' && isBranded(draft);
        return { level, isDisabled, hover: isDisabled ? NOT_PRIVATE : null };
      }) ?? null,
    // What the account does not offer any more has not been chosen.
    privacyLevel: options?.find((level) => level === settings.privacyLevel) ?? null,
    toggles: isDirect ? togglesOf(draft, settings, info) : [],
  };
}

/** UX-07, UX-08 and UX-09. */
function togglesOf(draft: Draft, settings: AccountSettings, info: CreatorInfoView | null): Toggle[] {
  const toggle = (name: Toggle['name'], label: string, isOff: boolean | null | undefined): Toggle => ({
    name,
    label,
    isChecked: !isOff && settings[name],
    isDisabled: isOff === true,
  });
  const comment = toggle('allowComment', 'Comment', info?.commentDisabled);
  if (draft.mediaType === 'photo') return [comment];
  return [
    comment,
    toggle('allowDuet', 'Duet', info?.duetDisabled),
    toggle('allowStitch', 'Stitch', info?.stitchDisabled),
  ];
}

/** What TikTok says of an account that may not post directly concerns drafts only where it concerns everything. */
const STOPS_DRAFTS = new Set(['reauth_required', 'spam_risk_user_banned_from_posting']);

const MUST_RECONNECT = 'This account must be connected again before it can post.';

/** UX-03, for somebody who has no post yet. */
const STOPS: Record<string, string> = {
  spam_risk_too_many_posts: 'TikTok takes no more posts from apps for this account today. Try again later.',
  spam_risk_user_banned_from_posting:
    'TikTok has banned this account from posting. Settle that in the TikTok app, and try again later.',
  reached_active_user_cap:
    'This site has reached TikTok’s number of posting accounts for today. Try again later.',
  reauth_required: MUST_RECONNECT,
};

function stopOf(draft: Draft, account: AccountView, creator: CreatorState): string | null {
  const isDirect = draft.mode === 'direct';
  if (account.status !== 'connected') return MUST_RECONNECT;
  if (!account.scopes.includes(isDirect ? 'video.publish' : 'video.upload')) {
    return isDirect
      ? 'This account has not allowed publishing. Send a draft, or reconnect it and allow it.'
      : 'This account has not allowed drafts. Post directly, or reconnect it and allow them.';
  }
  if (creator.kind === 'unavailable') return isDirect ? creator.message : null;
  if (creator.kind === 'loading' || creator.info.canPost) return null;
  const { code, message } = creator.info.reason ?? { code: '', message: '' };
  if (!isDirect && !STOPS_DRAFTS.has(code)) return null;
  return STOPS[code] ?? `${message} Try again later.`.trim();
}

function judgeDisclosure(draft: Draft, accounts: readonly AccountJudgement[]): Judgement['disclosure'] {
  const isPrivate = accounts.some(({ privacyLevel }) => privacyLevel === 'SELF_ONLY');
  // Once it is checked it can always be unchecked, whatever has been chosen since.
  const isBrandedDisabled = isPrivate && !draft.isBrandedContent;
  const label = draft.isBrandedContent
    ? LABELLED_PARTNERSHIP
    : draft.isYourBrand
      ? LABELLED_PROMOTIONAL
      : null;
  return {
    isOpen: draft.disclosesCommercial,
    label: draft.disclosesCommercial ? label : null,
    isBrandedDisabled,
    brandedHover: isBrandedDisabled ? NOT_PRIVATE : null,
  };
}

function accountProblems({ accountIds }: Draft, accounts: readonly AccountJudgement[]): Problem[] {
  if (accounts.length === 0)
    return [{ field: 'accounts', message: 'Choose an account to post with.', isMissing: true }];
  const stopped = accounts.flatMap(({ account, nickname, stop }) =>
    stop === null
      ? []
      : [{ field: `account-${account.id}`, message: accountIds.length > 1 ? `${nickname}: ${stop}` : stop }],
  );
  const waiting = accounts.some(({ creator, stop }) => creator.kind === 'loading' && stop === null);
  return waiting
    ? [
        ...stopped,
        { field: 'accounts', message: 'TikTok is being asked what the account may post.', isMissing: true },
      ]
    : stopped;
}

function mediaProblems(draft: Draft, accounts: readonly AccountJudgement[], facts: Facts): Problem[] {
  const problems: Problem[] = [];
  const isVideo = draft.mediaType === 'video';
  const field = isVideo ? 'video-url' : 'photo-urls';
  const urls = mediaUrls(draft);
  if (urls.length === 0) {
    const message = isVideo ? 'Give the address of a video.' : 'Give the address of at least one photo.';
    return [{ field, message, isMissing: true }];
  }
  if (urls.length > MAX_PHOTOS) {
    problems.push({ field, message: `TikTok takes at most ${MAX_PHOTOS} photos in a post.` });
  }
  if (!urls.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) {
    problems.push({ field, message: 'Give whole addresses that begin with https://.' });
  } else if (facts.media.kind === 'refused') {
    problems.push({ field, message: facts.media.message });
  }
  const durationSec = durationOf(facts);
  if (isVideo && draft.mode === 'direct' && durationSec !== null) {
    problems.push(...tooLong(durationSec, accounts, facts.formats));
  }
  return problems;
}

/** The addresses that have been given, without those left empty. */
export function mediaUrls({ mediaType, videoUrl, photoUrls }: Draft): string[] {
  const given = mediaType === 'video' ? [videoUrl] : photoUrls;
  return given.map((url) => url.trim()).filter((url) => url !== '');
}

/** The place of the cover among the addresses that have been given. */
export function coverPlace({ photoUrls, photoCoverIndex }: Draft): number {
  const isGiven = (url: string | undefined) => url !== undefined && url.trim() !== '';
  return isGiven(photoUrls[photoCoverIndex]) ? photoUrls.slice(0, photoCoverIndex).filter(isGiven).length : 0;
}

function durationOf({ media, shownDurationSec }: Facts): number | null {
  return (media.kind === 'seen' ? media.media?.durationSec : null) ?? shownDurationSec;
}

/** UX-04. */
function tooLong(durationSec: number, accounts: readonly AccountJudgement[], formats: Formats): Problem[] {
  return accounts.flatMap(({ creator, nickname }) => {
    const maxSec = creator.kind === 'known' ? creator.info.maxVideoPostDurationSec : null;
    if (maxSec === null || durationSec <= maxSec) return [];
    const message = `The video is ${formats.duration(durationSec)} long; ${nickname} may post at most ${formats.duration(maxSec)}.`;
    return [{ field: 'video-url', message }];
  });
}

function textProblems(draft: Draft, formats: Formats): Problem[] {
  return textsOf(draft)
    .filter(({ text, maxLength }) => text.length > maxLength)
    .map(({ field, name, text, maxLength }) => ({
      field,
      message: `Shorten the ${name} by ${formats.count(text.length - maxLength, 'character', 'characters')}.`,
    }));
}

/** What can be written for such a post. TikTok takes no caption with a video draft. */
export function textsOf(draft: Draft) {
  if (draft.mediaType === 'photo') {
    return [
      { field: 'photo-title', name: 'title', text: draft.photoTitle, maxLength: MAX_PHOTO_TITLE_LENGTH },
      {
        field: 'photo-description',
        name: 'description',
        text: draft.photoDescription,
        maxLength: MAX_DESCRIPTION_LENGTH,
      },
    ];
  }
  if (draft.mode === 'draft') return [];
  return [{ field: 'caption', name: 'caption', text: draft.caption, maxLength: MAX_TITLE_LENGTH }];
}

function settingProblems(draft: Draft, judged: AccountJudgement): Problem[] {
  const { account, creator, nickname, stop, privacyOptions, privacyLevel } = judged;
  if (draft.mode !== 'direct' || stop !== null || creator.kind !== 'known') return [];
  const field = `privacy-${account.id}`;
  if (!privacyOptions || privacyOptions.length === 0) {
    return [{ field, message: `TikTok did not say who can view posts of ${nickname}. Load the page again.` }];
  }
  if (privacyLevel === null) {
    const of = draft.accountIds.length > 1 ? ` of ${nickname}` : '';
    return [{ field, message: `Choose who can view the post${of}.`, isMissing: true }];
  }
  return privacyLevel === 'SELF_ONLY' && isBranded(draft) ? [{ field, message: NOT_PRIVATE }] : [];
}

function disclosureProblems({ mode, disclosesCommercial, isYourBrand, isBrandedContent }: Draft): Problem[] {
  const isOpen = mode === 'direct' && disclosesCommercial && !isYourBrand && !isBrandedContent;
  return isOpen ? [{ field: 'disclosure', message: NEEDS_DISCLOSURE }] : [];
}

function detailProblems(draft: Draft): Problem[] {
  if (draft.mediaType !== 'video' || draft.mode !== 'direct' || draft.coverSeconds.trim() === '') return [];
  return coverMs(draft) === null
    ? [{ field: 'cover-seconds', message: 'Give the cover frame in seconds from the start, such as 2.5.' }]
    : [];
}

function coverMs({ coverSeconds }: Draft): number | null {
  const ms = Math.round(Number(coverSeconds.trim().replace(',', '.')) * 1000);
  return Number.isFinite(ms) && ms >= 0 && ms < 2 ** 31 ? ms : null;
}

function readSchedule(draft: Draft, timeZone: string): Judgement['schedule'] {
  if (draft.when === 'now') return { zoned: null, instant: null };
  const zoned = zonedTime(draft.date, draft.time, timeZone);
  if (!zoned) return { zoned: null, instant: null };
  const instant = zoned.kind === 'twice' ? (draft.isSecondTime ? zoned.second : zoned.first) : zoned.instant;
  return { zoned, instant };
}

function scheduleProblems(draft: Draft, { instant }: Judgement['schedule'], now: Date): Problem[] {
  if (draft.when === 'now') return [];
  const field = 'schedule-date';
  if (!instant)
    return [{ field, message: 'Choose the day and the time at which the post goes out.', isMissing: true }];
  if (instant <= now) return [{ field, message: 'That time has passed. Choose a later one, or post now.' }];
  return instant.getTime() > now.getTime() + MAX_SCHEDULE_DAYS * 86_400_000
    ? [{ field, message: `Choose a time within the next ${MAX_SCHEDULE_DAYS} days.` }]
    : [];
}
