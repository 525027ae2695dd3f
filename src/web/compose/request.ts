import type { PostView } from '../../contract.ts';
import type { NewPost, PostChanges } from '../api/client.ts';
import { wallClock, zonedTime } from '../support/zoned-time.ts';
import { type Draft, EMPTY_DRAFT, NO_SETTINGS } from './draft.ts';
import { type AccountJudgement, coverPlace, type Judgement, mediaUrls } from './rules.ts';

/** What is asked of the API for one of the accounts. It holds what applies to such a post, and nothing else. */
export function toRequest(
  draft: Draft,
  judgement: Judgement,
  { account, privacyLevel, toggles }: AccountJudgement,
  agreedAt: Date,
): NewPost {
  const isDirect = draft.mode === 'direct';
  const urls = mediaUrls(draft);
  const { instant } = judgement.schedule;
  const discloses = isDirect && draft.disclosesCommercial;
  const isAllowed = (name: string) => toggles.some((toggle) => toggle.name === name && toggle.isChecked);
  const coverSeconds = draft.coverSeconds.trim().replace(',', '.');
  return {
    accountId: account.id,
    mediaType: draft.mediaType,
    mode: draft.mode,
    transfer: draft.mediaType === 'photo' && draft.transfer === 'upload' ? 'auto' : draft.transfer,
    ...(draft.mediaType === 'video'
      ? { videoUrl: urls[0] ?? '', ...(isDirect && text('title', draft.caption)) }
      : {
          photoUrls: urls,
          photoCoverIndex: coverPlace(draft),
          ...text('title', draft.photoTitle),
          ...text('description', draft.photoDescription),
        }),
    ...(isDirect && {
      ...(privacyLevel !== null && { privacyLevel }),
      disableComment: !isAllowed('allowComment'),
      brandOrganicToggle: discloses && draft.isYourBrand,
      brandContentToggle: discloses && draft.isBrandedContent,
    }),
    ...(isDirect &&
      draft.mediaType === 'video' && {
        disableDuet: !isAllowed('allowDuet'),
        disableStitch: !isAllowed('allowStitch'),
        isAigc: draft.isAigc,
        ...(coverSeconds !== '' && { videoCoverTimestampMs: Math.round(Number(coverSeconds) * 1000) }),
      }),
    ...(isDirect && draft.mediaType === 'photo' && { autoAddMusic: draft.autoAddMusic }),
    ...(instant && { scheduledAt: instant.toISOString() }),
    consent: { declaration: judgement.declaration, agreedAt: agreedAt.toISOString() },
  };
}

const text = <Name extends string>(name: Name, value: string) =>
  (value === '' ? {} : { [name]: value }) as { [field in Name]?: string };

/**
 * What is sent for an account: what was sent before, to the letter, if it is the same but for the moment of consent, so that
 * it makes no second post; else the new request, under the same key, which a post that did get through has used up.
 */
export function sameOrNew(
  before: { key: string; body: NewPost } | undefined,
  body: NewPost,
  newKey: () => string,
): { key: string; body: NewPost } {
  if (!before) return { key: newKey(), body };
  const withoutMoment = ({ consent, ...rest }: NewPost) => JSON.stringify([rest, consent?.declaration]);
  return withoutMoment(before.body) === withoutMoment(body) ? before : { key: before.key, body };
}

const REMOVABLE = ['title', 'description', 'privacyLevel', 'videoCoverTimestampMs', 'scheduledAt'] as const;
const SWITCHES = [
  'disableComment',
  'disableDuet',
  'disableStitch',
  'brandOrganicToggle',
  'brandContentToggle',
  'isAigc',
  'autoAddMusic',
] as const;

/** A request as changes of the post that it was made from: what is not in it any more is taken away. */
export function toChanges({ accountId: _account, mediaType: _media, ...request }: NewPost): PostChanges {
  const gone = [
    ...REMOVABLE.filter((field) => request[field] === undefined).map((field) => [field, null]),
    ...SWITCHES.filter((field) => request[field] === undefined).map((field) => [field, false]),
  ];
  return { ...Object.fromEntries(gone), ...request };
}

/** A queued post as a draft that can be edited: its owner has made these choices before. */
export function fromPost(post: PostView, timeZone: string): Draft {
  const scheduled = post.scheduledAt === null ? null : wallClock(new Date(post.scheduledAt), timeZone);
  return {
    ...fromContent(post),
    accountIds: [post.accountId],
    settings: {
      [post.accountId]: {
        privacyLevel: post.privacyLevel,
        allowComment: post.mode === 'direct' && !post.disableComment,
        allowDuet: post.mode === 'direct' && post.mediaType === 'video' && !post.disableDuet,
        allowStitch: post.mode === 'direct' && post.mediaType === 'video' && !post.disableStitch,
      },
    },
    disclosesCommercial: post.brandContentToggle || post.brandOrganicToggle,
    isYourBrand: post.brandOrganicToggle,
    isBrandedContent: post.brandContentToggle,
    when: scheduled ? 'later' : 'now',
    ...(scheduled ?? { date: '', time: '' }),
    isSecondTime: scheduled !== null && isSecondTime(scheduled, new Date(post.scheduledAt ?? ''), timeZone),
  };
}

function isSecondTime({ date, time }: { date: string; time: string }, scheduledAt: Date, timeZone: string) {
  const zoned = zonedTime(date, time, timeZone);
  // Seconds are not shown.
  return zoned?.kind === 'twice' && scheduledAt >= zoned.second;
}

/** Another post of the same content: who may see it, what is allowed and what is disclosed is chosen anew (UX-06, UX-07). */
export function fromContent(post: PostView): Draft {
  const isVideo = post.mediaType === 'video';
  return {
    ...EMPTY_DRAFT,
    accountIds: [post.accountId],
    settings: { [post.accountId]: NO_SETTINGS },
    mediaType: post.mediaType,
    videoUrl: post.videoUrl ?? '',
    photoUrls: post.photoUrls ?? [],
    photoCoverIndex: post.photoCoverIndex ?? 0,
    caption: isVideo ? (post.title ?? '') : '',
    photoTitle: isVideo ? '' : (post.title ?? ''),
    photoDescription: post.description ?? '',
    mode: post.mode,
    isAigc: post.isAigc,
    autoAddMusic: post.autoAddMusic,
    coverSeconds: post.videoCoverTimestampMs === null ? '' : String(post.videoCoverTimestampMs / 1000),
    transfer: post.transfer,
  };
}
