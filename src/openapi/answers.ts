import * as z from 'zod/mini';
import {
  type AccountView,
  type AppTestView,
  type AppView,
  ATTEMPT_OUTCOMES,
  type AttemptView,
  CONSENT_DECLARATIONS,
  type CreatorInfoView,
  type DisconnectView,
  type MediaCheckView,
  POST_MODES,
  POST_STATUSES,
  type PostEventView,
  type PostView,
  type PostWithStoryView,
  PRIVACY_LEVELS,
  type RefreshView,
  TRANSFERS,
  type VideosView,
  type VideoView,
  type WebConfigView,
} from '../contract.ts';
import type { Health } from '../core/health.ts';

/**
 * What our functions answer, as schemas. The types are those of the contract, which the functions themselves are
 * written against: `same` does not compile where the two differ. Each is named in the document as it is here. Nothing
 * deployed imports this file.
 */

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = T extends readonly (infer Item)[]
  ? Flat<Item>[]
  : T extends object
    ? { [K in keyof T]: Flat<T[K]> }
    : T;

/** The schema, if it says exactly what the type does. */
function same<View>() {
  return <S extends z.ZodMiniType>(
    schema: S & (Same<Flat<z.infer<S>>, Flat<View>> extends true ? unknown : never),
  ): S => schema;
}

const instant = z.iso.datetime();
const text = z.string();
const count = z.nullable(z.int().check(z.gte(0)));
const nullableText = z.nullable(text);
const url = z.nullable(text);
const notice = z.object({ code: text, message: text });

export const account = same<AccountView>()(
  z.object({
    id: z.uuid(),
    openId: text,
    username: text,
    avatarUrl: url,
    scopes: z.array(text),
    authMethod: z.enum(['shared', 'own']),
    status: z.enum(['connected', 'reauth_required']),
    connectedAt: instant,
    tokenExpiresAt: z.nullable(instant),
    refreshTokenExpiresAt: z.nullable(instant),
    reconnectBy: z.nullable(instant),
  }),
);

export const accounts = z.object({ connected: z.boolean(), accounts: z.array(account) });

export const begunConnect = z.object({ authorizeUrl: text, expiresAt: instant });

export const refreshed = same<RefreshView>()(
  z.object({ tokenExpiresAt: z.nullable(instant), refreshTokenExpiresAt: z.nullable(instant) }),
);

export const disconnected = same<DisconnectView>()(
  z.object({
    disconnected: z.literal(true),
    revoked: z.boolean(),
    revocation: z.enum(['done', 'pending', 'in_use', 'not_possible']),
  }),
);

export const app = same<AppView>()(z.object({ clientKey: text, savedAt: instant }));

export const deletedApp = z.object({ deleted: z.literal(true) });

export const appTest = same<AppTestView>()(
  z.object({
    clientKey: text,
    result: z.enum(['good', 'refused', 'unknown']),
    reason: z.nullable(notice),
  }),
);

export const creatorInfo = same<CreatorInfoView>()(
  z.object({
    creatorAvatarUrl: url,
    creatorUsername: nullableText,
    creatorNickname: nullableText,
    privacyLevelOptions: z.nullable(z.array(z.enum(PRIVACY_LEVELS))),
    commentDisabled: z.nullable(z.boolean()),
    duetDisabled: z.nullable(z.boolean()),
    stitchDisabled: z.nullable(z.boolean()),
    maxVideoPostDurationSec: count,
    canPost: z.boolean(),
    reason: z.nullable(notice),
  }),
);

export const video = same<VideoView>()(
  z.object({
    id: text,
    title: nullableText,
    description: nullableText,
    createTime: z.nullable(instant),
    shareUrl: url,
    coverImageUrl: url,
    embedLink: url,
    durationSec: count,
    width: count,
    height: count,
    viewCount: count,
    likeCount: count,
    commentCount: count,
    shareCount: count,
  }),
);

export const videos = same<VideosView>()(
  z.object({ videos: z.array(video), cursor: nullableText, hasMore: z.boolean() }),
);

export const attempt = same<AttemptView>()(
  z.object({
    number: z.int(),
    transfer: z.enum(['pull', 'upload']),
    startedAt: instant,
    finishedAt: z.nullable(instant),
    publishId: nullableText,
    sizeBytes: count,
    sentBytes: z.int(),
    outcome: z.nullable(z.enum(ATTEMPT_OUTCOMES)),
    error: z.nullable(notice),
    logId: nullableText,
  }),
);

const postFields = {
  id: z.uuid(),
  accountId: z.uuid(),
  mediaType: z.enum(['video', 'photo']),
  videoUrl: url,
  photoUrls: z.nullable(z.array(text)),
  photoCoverIndex: count,
  title: nullableText,
  description: nullableText,
  mode: z.enum(POST_MODES),
  transfer: z.enum(TRANSFERS),
  privacyLevel: z.nullable(z.enum(PRIVACY_LEVELS)),
  disableDuet: z.boolean(),
  disableStitch: z.boolean(),
  disableComment: z.boolean(),
  videoCoverTimestampMs: count,
  brandContentToggle: z.boolean(),
  brandOrganicToggle: z.boolean(),
  isAigc: z.boolean(),
  autoAddMusic: z.boolean(),
  consent: z.nullable(z.object({ declaration: z.enum(CONSENT_DECLARATIONS), agreedAt: instant })),
  scheduledAt: z.nullable(instant),
  status: z.enum(POST_STATUSES),
  publishId: nullableText,
  postIds: z.array(text),
  shareUrl: url,
  error: z.nullable(notice),
  warnings: z.array(notice),
  cancelRequestedAt: z.nullable(instant),
  nextCheckAt: z.nullable(instant),
  createdAt: instant,
  publishedAt: z.nullable(instant),
  attempts: z.array(attempt),
};

export const post = same<PostView>()(z.object(postFields));

export const postEvent = same<PostEventView>()(
  z.object({ at: instant, status: z.enum(POST_STATUSES), code: nullableText, message: nullableText }),
);

export const postWithStory = same<PostWithStoryView>()(
  z.object({ ...postFields, story: z.array(postEvent) }),
);

const measured = {
  sizeBytes: z.int(),
  contentType: nullableText,
  width: z.nullable(z.number()),
  height: z.nullable(z.number()),
};

export const mediaCheck = same<MediaCheckView>()(
  z.object({
    warnings: z.array(notice),
    media: z.nullable(
      z.object({
        ...measured,
        codec: nullableText,
        frameRate: z.nullable(z.number()),
        durationSec: z.nullable(z.number()),
        photos: z.nullable(z.array(z.nullable(z.object(measured)))),
      }),
    ),
  }),
);

export const posts = z.object({ posts: z.array(post), nextCursor: nullableText });

export const webConfig = same<WebConfigView>()(
  z.object({ supabaseUrl: text, supabasePublishableKey: text, scopes: z.array(text) }),
);

export const health = same<Health>()(
  z.object({
    status: z.enum(['ok', 'wrong']),
    database: z.enum(['reachable', 'unreachable']),
    lastTickAt: z.nullable(instant),
    oldestOverduePostAt: z.nullable(instant),
    problems: z.array(text),
  }),
);

export const empty = z.object({});
