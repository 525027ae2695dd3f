import * as z from 'zod/mini';

/** Our HTTP API: what may be asked, and what is answered. Front ends may import its types. */

export const POST_STATUSES = [
  'queued',
  'initializing',
  'uploading',
  'processing',
  'published',
  'delivered',
  'failed',
  'needs_attention',
  'cancelled',
] as const;
export type PostStatus = (typeof POST_STATUSES)[number];

export const ATTEMPT_OUTCOMES = [
  'published',
  'delivered',
  'failed',
  'rejected',
  'not_sent',
  'abandoned',
  'expired',
  'unknown',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (privacy_level) */
export const PRIVACY_LEVELS = [
  'PUBLIC_TO_EVERYONE',
  'MUTUAL_FOLLOW_FRIENDS',
  'FOLLOWER_OF_CREATOR',
  'SELF_ONLY',
] as const;
export type PrivacyLevel = (typeof PRIVACY_LEVELS)[number];

/** The containers TikTok takes. */
export const VIDEO_CONTENT_TYPES = ['video/mp4', 'video/quicktime', 'video/webm'] as const;
export type VideoContentType = (typeof VIDEO_CONTENT_TYPES)[number];

/** TikTok's largest video. */
export const MAX_VIDEO_BYTES = 4_000_000_000;

/** TikTok's largest photo: "20 MB". */
export const MAX_PHOTO_BYTES = 20_000_000;

/** TikTok's longest video, whoever posts it. */
export const MAX_VIDEO_DURATION_SEC = 600;

export const TRANSFERS = ['auto', 'pull', 'upload'] as const;
export type Transfer = (typeof TRANSFERS)[number];

/** Published at once, or put into the inbox for its owner to finish in the TikTok app. */
export const POST_MODES = ['direct', 'draft'] as const;
export type PostMode = (typeof POST_MODES)[number];

/** What whoever posts agrees to, by the sentence above the button that posts: TikTok asks for the longer one where branded content is disclosed. */
export const CONSENT_DECLARATIONS = ['music_usage', 'branded_content_and_music_usage'] as const;
export type ConsentDeclaration = (typeof CONSENT_DECLARATIONS)[number];

/** TikTok's limits on one account: inits a minute, pending drafts, posts a day; and the app's on posting accounts a day. */
export const BOUNDS = ['inits', 'drafts', 'daily_cap', 'user_cap'] as const;
export type Bound = (typeof BOUNDS)[number];

/** How a callback says that connecting failed, in `tiktok_error`. */
export const CONNECT_ERRORS = [
  'missing_params',
  'authorization_denied',
  'session_expired',
  'token_exchange_failed',
  'scope_missing',
  'invalid_config',
  'internal_error',
] as const;
export type ConnectError = (typeof CONNECT_ERRORS)[number];

/** The longest caption TikTok takes, in UTF-16 code units, which is what `string.length` counts. */
export const MAX_TITLE_LENGTH = 2200;
/** The same for photo posts, which have a description besides. */
export const MAX_PHOTO_TITLE_LENGTH = 90;
export const MAX_DESCRIPTION_LENGTH = 4000;
export const MAX_PHOTOS = 35;
export const MAX_URL_LENGTH = 2048;
/** A post may be scheduled this far ahead. */
export const MAX_SCHEDULE_DAYS = 366;

/**
 * What can be wrong with a field, and what its sender should do. The schemas below name these codes as their
 * messages; `Record` keeps the two lists one.
 */
export const FIELD_ERRORS = {
  body_not_object: 'Send a JSON object.',
  field_required: 'This field is required.',
  field_invalid: 'This field has the wrong type or a value that is not allowed.',
  unknown_field: 'This field is not known here; check its spelling or leave it out.',
  account_id_invalid: 'Send the id of one of the accounts that tiktok-status lists.',
  auth_method_invalid: 'Send "shared" or "own", or leave the field out.',
  scopes_invalid: 'Send a list of TikTok scopes, each once, at most 20.',
  client_key_invalid:
    'Send the client key of your TikTok app as its portal shows it, at most 128 characters.',
  client_secret_invalid:
    'Send the client secret of your TikTok app as its portal shows it, at most 256 characters.',
  redirect_url_invalid: 'Send the absolute URL to come back to, at most 2,048 characters.',
  media_type_invalid: 'Send "video" or "photo".',
  video_url_required: 'A video post needs videoUrl, the public https URL of the file.',
  video_url_invalid: 'Send the public https URL of the video, at most 2,048 characters.',
  privacy_level_required:
    'Choose who may see the post: a direct post needs privacyLevel, and there is no default.',
  privacy_level_invalid: `Send one of ${PRIVACY_LEVELS.join(', ')}.`,
  branded_content_private:
    'Branded content cannot be visible to yourself alone; choose another privacyLevel.',
  title_too_long: 'Shorten the caption to 2,200 characters; an emoji counts as two or more.',
  title_invalid: 'The text holds half a character or a zero byte; take it out.',
  photo_title_too_long:
    'Shorten the title of a photo post to 90 characters, or move text to its description.',
  description_too_long: 'Shorten the description to 4,000 characters; an emoji counts as two or more.',
  photo_urls_required: 'A photo post needs photoUrls, the public https URLs of 1 to 35 pictures.',
  photo_urls_invalid: 'Send the public https URLs of 1 to 35 pictures, each at most 2,048 characters.',
  photo_cover_invalid: 'Send the place of the cover among photoUrls, counted from 0.',
  photo_field: 'This field belongs to photo posts; leave it out.',
  video_field: 'This field belongs to video posts; leave it out.',
  photos_are_pulled: 'TikTok takes photos by pulling them only; send transfer "auto" or "pull".',
  mode_invalid: 'Send "direct" or "draft".',
  transfer_invalid: 'Send "auto", "pull" or "upload", or leave the field out.',
  cover_timestamp_invalid: 'Send the cover frame as whole milliseconds from the start of the video.',
  scheduled_at_invalid:
    'Send an ISO 8601 instant with its offset, such as 2026-11-21T18:30:00Z, or leave the field out to publish now.',
  scheduled_at_too_far: `Choose an instant within the next ${MAX_SCHEDULE_DAYS} days.`,
  consent_invalid:
    'Send what they agreed to, "music_usage" or "branded_content_and_music_usage", and agreedAt, the ISO 8601 instant at which they did.',
  consent_mismatch:
    'What was agreed to does not belong to this post: branded content asks for "branded_content_and_music_usage", every other post for "music_usage". Ask again.',
  consent_required:
    'What the post shows or says is not what was agreed to any more. Ask again, and send the new consent.',
  outcome_invalid: 'Send "published" or "not_published".',
  status_invalid: `Send one of ${POST_STATUSES.join(', ')}.`,
  when_invalid: 'Send "upcoming" or "past", or leave it out.',
  limit_invalid: 'Send a whole number from 1 to 100.',
  cursor_invalid: 'Send the cursor of the previous page as it was, or leave it out for the first page.',
  max_count_invalid: 'Send a whole number from 1 to 20.',
  video_ids_invalid: 'Send 1 to 20 video ids, separated by commas.',
  video_ids_alone: 'Videos asked for by their ids come all at once: leave cursor and maxCount out.',
} as const;
export type FieldErrorCode = keyof typeof FIELD_ERRORS;

/** Makes a schema say, as its message, that the field is missing or which of our codes applies. */
const code = (invalid: FieldErrorCode, missing: FieldErrorCode = 'field_required') => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? missing : invalid),
});

/** Text in TikTok's measure: zod's own maxLength counts code points, TikTok counts UTF-16 units. */
const text = (maxLength: number, tooLong: FieldErrorCode) =>
  z.string(code('field_invalid')).check(
    z.refine((text) => text.length <= maxLength, tooLong),
    z.refine((text) => text.isWellFormed() && !text.includes('\0'), 'title_invalid'),
  );

const instant = (invalid: FieldErrorCode) =>
  z.union(
    [z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })],
    code(invalid, invalid),
  );

const consent = z.strictObject(
  {
    declaration: z.enum(CONSENT_DECLARATIONS, 'consent_invalid'),
    agreedAt: instant('consent_invalid'),
  },
  'consent_invalid',
);

const flag = z._default(z.boolean(code('field_invalid')), false);

export const connectRequest = z.strictObject({
  redirectUrl: z
    .string(code('redirect_url_invalid'))
    .check(z.maxLength(MAX_URL_LENGTH, 'redirect_url_invalid')),
  authMethod: z._default(z.enum(['shared', 'own'], code('auth_method_invalid')), 'shared'),
  scopes: z.optional(
    z
      .array(z.string().check(z.regex(/^[a-z0-9_.]{1,64}$/, 'scopes_invalid')), code('scopes_invalid'))
      .check(z.minLength(1, 'scopes_invalid'), z.maxLength(20, 'scopes_invalid')),
  ),
});
export type ConnectRequest = z.infer<typeof connectRequest>;

/** Without the white space that came along when it was pasted. */
const pasted = (maxLength: number, invalid: FieldErrorCode) =>
  z
    .string(code(invalid))
    .check(z.maxLength(4 * maxLength, invalid), z.trim())
    .check(z.regex(/^[\x21-\x7e]+$/, invalid), z.maxLength(maxLength, invalid));

/** The body of `PUT tiktok-app`, and of `POST tiktok-app/test` where it has one. */
export const appRequest = z.strictObject({
  clientKey: pasted(128, 'client_key_invalid'),
  clientSecret: pasted(256, 'client_secret_invalid'),
});
export type AppRequest = z.infer<typeof appRequest>;

const photoUrl = z
  .string(code('photo_urls_invalid'))
  .check(z.maxLength(MAX_URL_LENGTH, 'photo_urls_invalid'));

export const postRequest = z.strictObject({
  accountId: z.uuid(code('account_id_invalid')),
  mediaType: z._default(z.enum(['video', 'photo'], code('media_type_invalid')), 'video'),
  videoUrl: z.optional(
    z.string(code('video_url_invalid')).check(z.maxLength(MAX_URL_LENGTH, 'video_url_invalid')),
  ),
  photoUrls: z.optional(
    z
      .array(photoUrl, code('photo_urls_invalid'))
      .check(z.minLength(1, 'photo_urls_invalid'), z.maxLength(MAX_PHOTOS, 'photo_urls_invalid')),
  ),
  photoCoverIndex: z.optional(z.int32(code('photo_cover_invalid')).check(z.gte(0, 'photo_cover_invalid'))),
  title: z.optional(text(MAX_TITLE_LENGTH, 'title_too_long')),
  description: z.optional(text(MAX_DESCRIPTION_LENGTH, 'description_too_long')),
  mode: z._default(z.enum(POST_MODES, code('mode_invalid')), 'direct'),
  transfer: z._default(z.enum(TRANSFERS, code('transfer_invalid')), 'auto'),
  privacyLevel: z.optional(z.enum(PRIVACY_LEVELS, code('privacy_level_invalid'))),
  disableDuet: flag,
  disableStitch: flag,
  disableComment: flag,
  videoCoverTimestampMs: z.optional(
    z.int32(code('cover_timestamp_invalid')).check(z.gte(0, 'cover_timestamp_invalid')),
  ),
  brandContentToggle: flag,
  brandOrganicToggle: flag,
  isAigc: flag,
  autoAddMusic: flag,
  consent: z.optional(consent),
  scheduledAt: z.optional(instant('scheduled_at_invalid')),
});
export type PostRequest = z.infer<typeof postRequest>;

/** The body of `POST social-posts/check`: what it takes to look at the media of a post that is still being written. */
export const mediaCheckRequest = z.pick(postRequest, {
  accountId: true,
  mediaType: true,
  videoUrl: true,
  photoUrls: true,
  mode: true,
  transfer: true,
});
export type MediaCheckRequest = z.infer<typeof mediaCheckRequest>;

/** The body of `POST social-posts/<id>/resolve`: what the owner found on TikTok. */
export const resolveRequest = z.strictObject({
  outcome: z.enum(['published', 'not_published'], code('outcome_invalid')),
});
export type ResolveRequest = z.infer<typeof resolveRequest>;

/**
 * Two halves of a list: what is not at its end, soonest first, and the rest, latest first; by when each was to go out.
 * Without it a list is of all, those queued last first.
 */
export const LIST_HALVES = ['upcoming', 'past'] as const;
export type ListHalf = (typeof LIST_HALVES)[number];

/** Of a post that is under way, or will be. */
export const OPEN_STATUSES = [
  'queued',
  'initializing',
  'uploading',
  'processing',
] as const satisfies PostStatus[];

/** The query of `GET social-posts`. */
export const listQuery = z.strictObject({
  when: z.optional(z.enum(LIST_HALVES, code('when_invalid'))),
  status: z.optional(z.enum(POST_STATUSES, code('status_invalid'))),
  accountId: z.optional(z.uuid(code('account_id_invalid'))),
  cursor: z.optional(z.string(code('cursor_invalid')).check(z.maxLength(200, 'cursor_invalid'))),
  limit: z._default(
    z.coerce
      .number(code('limit_invalid'))
      .check(z.int('limit_invalid'), z.gte(1, 'limit_invalid'), z.lte(100, 'limit_invalid')),
    20,
  ),
});
export type ListQuery = z.infer<typeof listQuery>;

/** What names one account: the body of `POST tiktok-refresh` and `tiktok-disconnect`, the query of `tiktok-creator-info`. */
export const accountRequest = z.strictObject({ accountId: z.uuid(code('account_id_invalid')) });

/** TikTok gives so many videos at once at most. */
export const MAX_VIDEOS = 20;

const videoIds = z.pipe(
  z.pipe(
    z.string(code('video_ids_invalid')),
    z.transform((list) => [...new Set(list.split(','))]),
  ),
  z
    .array(z.string().check(z.regex(/^\d{1,20}$/, 'video_ids_invalid')))
    .check(z.maxLength(MAX_VIDEOS, 'video_ids_invalid')),
);

/** The query of `GET tiktok-videos`: a page of the account's videos, or those with the ids. */
export const videosQuery = z
  .strictObject({
    accountId: z.uuid(code('account_id_invalid')),
    cursor: z.optional(z.string(code('cursor_invalid')).check(z.regex(/^\d{1,15}$/, 'cursor_invalid'))),
    maxCount: z.optional(
      z.coerce
        .number(code('max_count_invalid'))
        .check(
          z.int('max_count_invalid'),
          z.gte(1, 'max_count_invalid'),
          z.lte(MAX_VIDEOS, 'max_count_invalid'),
        ),
    ),
    ids: z.optional(videoIds),
  })
  .check(
    z.refine(({ ids, cursor, maxCount }) => ids === undefined || (cursor ?? maxCount) === undefined, {
      error: 'video_ids_alone',
      path: ['ids'],
    }),
  );
export type VideosQuery = z.infer<typeof videosQuery>;

/** The query of `GET tiktok-status`. */
export const statusQuery = z.strictObject({ accountId: z.optional(z.string()) });

export interface AccountView {
  id: string;
  openId: string;
  /** TikTok's display name; empty where TikTok did not tell it. */
  username: string;
  avatarUrl: string | null;
  scopes: string[];
  authMethod: 'shared' | 'own';
  status: 'connected' | 'reauth_required';
  connectedAt: string;
  tokenExpiresAt: string | null;
  refreshTokenExpiresAt: string | null;
  /** Set where the tokens will end within 14 days: connected again by then, nothing is interrupted. */
  reconnectBy: string | null;
}

export interface RefreshView {
  tokenExpiresAt: string | null;
  refreshTokenExpiresAt: string | null;
}

export interface DisconnectView {
  disconnected: true;
  /** Whether TikTok has taken the person's consent back. The tokens are forgotten in any case. */
  revoked: boolean;
  /**
   * What becomes of the consent: `done`; `pending`, TikTok could not be told and is told later; `in_use`, another account
   * that is connected here lives on it; `not_possible`, only the person can take it back, in the TikTok app.
   */
  revocation: 'done' | 'pending' | 'in_use' | 'not_possible';
}

/** The caller's own TikTok app; its secret is never shown. */
export interface AppView {
  clientKey: string;
  savedAt: string;
}

export interface AppTestView {
  clientKey: string;
  /** `unknown`: TikTok could not be asked, or did not say. */
  result: 'good' | 'refused' | 'unknown';
  /** Why it is not `good`. */
  reason: { code: string; message: string } | null;
}

/** Fresh from TikTok; null where it said nothing. */
export interface CreatorInfoView {
  /** Good for two hours. */
  creatorAvatarUrl: string | null;
  creatorUsername: string | null;
  creatorNickname: string | null;
  privacyLevelOptions: PrivacyLevel[] | null;
  commentDisabled: boolean | null;
  duetDisabled: boolean | null;
  stitchDisabled: boolean | null;
  maxVideoPostDurationSec: number | null;
  /** Whether the account may post directly just now. */
  canPost: boolean;
  /** Why it may not. */
  reason: { code: string; message: string } | null;
}

/** A public post, as TikTok shows it; null where it said nothing. */
export interface VideoView {
  /** TikTok's 19-digit id, exact. */
  id: string;
  title: string | null;
  description: string | null;
  createTime: string | null;
  shareUrl: string | null;
  /** Good for six hours. */
  coverImageUrl: string | null;
  embedLink: string | null;
  durationSec: number | null;
  width: number | null;
  height: number | null;
  viewCount: number | null;
  likeCount: number | null;
  commentCount: number | null;
  shareCount: number | null;
}

export interface VideosView {
  videos: VideoView[];
  /** For the next page. */
  cursor: string | null;
  hasMore: boolean;
}

export interface AttemptView {
  number: number;
  transfer: 'pull' | 'upload';
  startedAt: string;
  finishedAt: string | null;
  publishId: string | null;
  sizeBytes: number | null;
  sentBytes: number;
  /** Null while the attempt is running. */
  outcome: AttemptOutcome | null;
  error: { code: string; message: string } | null;
  /** TikTok's `log_id`, which its support asks for. */
  logId: string | null;
}

export interface PostView {
  id: string;
  accountId: string;
  mediaType: 'video' | 'photo';
  videoUrl: string | null;
  photoUrls: string[] | null;
  photoCoverIndex: number | null;
  title: string | null;
  description: string | null;
  mode: PostMode;
  transfer: Transfer;
  privacyLevel: PrivacyLevel | null;
  disableDuet: boolean;
  disableStitch: boolean;
  disableComment: boolean;
  videoCoverTimestampMs: number | null;
  brandContentToggle: boolean;
  brandOrganicToggle: boolean;
  isAigc: boolean;
  autoAddMusic: boolean;
  /** What whoever queued it, or edited it last, has agreed to; null where nobody said. */
  consent: { declaration: ConsentDeclaration; agreedAt: string } | null;
  scheduledAt: string | null;
  status: PostStatus;
  publishId: string | null;
  /** TikTok's 19-digit ids, exact. Empty until the post is public and moderated, and always for SELF_ONLY. */
  postIds: string[];
  shareUrl: string | null;
  error: { code: string; message: string } | null;
  warnings: { code: string; message: string }[];
  /** Its owner has asked for it to be stopped, and TikTok has not said yet whether it is. */
  cancelRequestedAt: string | null;
  /** When the worker looks at the post next; null when there is nothing more to do. */
  nextCheckAt: string | null;
  createdAt: string;
  publishedAt: string | null;
  attempts: AttemptView[];
}

/** What was measured of a post's media over a few reads; null: not known. */
export interface MediaView {
  /** Of all files that were there. */
  sizeBytes: number;
  contentType: string | null;
  codec: string | null;
  /** As it is shown, turned upright. */
  width: number | null;
  height: number | null;
  frameRate: number | null;
  durationSec: number | null;
  /** Of a photo post, in the order of its URLs; null: not there. */
  photos:
    | ({
        sizeBytes: number;
        contentType: string | null;
        width: number | null;
        height: number | null;
      } | null)[]
    | null;
}

/** What queueing would say of the media; what it would refuse is the same refusal. */
export interface MediaCheckView {
  warnings: { code: string; message: string }[];
  /** Null: nothing was there to be measured; a warning says why. */
  media: MediaView | null;
}

/** What a page needs to sign somebody in and to connect an account. */
export interface WebConfigView {
  supabaseUrl: string;
  supabasePublishableKey: string;
  /** Asked of whoever connects. */
  scopes: readonly string[];
}

/** What became of a post, as its owner was told it at the time: a state, or a new reason to wait or to fail in the same one. */
export interface PostEventView {
  at: string;
  status: PostStatus;
  /** Null where there was nothing to tell but the state; the codes are those of `PostView.error`. */
  code: string | null;
  message: string | null;
}

export interface PostWithStoryView extends PostView {
  /** Oldest first. */
  story: PostEventView[];
}
