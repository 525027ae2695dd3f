import type * as z from 'zod/mini';
import {
  accountRequest,
  appRequest,
  connectRequest,
  type FieldErrorCode,
  listQuery,
  mediaCheckRequest,
  postRequest,
  resolveRequest,
  statusQuery,
  videosQuery,
} from '../contract.ts';
import type * as answers from './answers.ts';

/** Every operation of our HTTP API, with all that it may answer. `document.ts` makes OpenAPI of it. */

export type Caller = 'user' | 'anybody' | 'tiktok' | 'worker';
export type AnswerName = keyof typeof answers;
/** The codes of the problems that an operation may answer with, by their HTTP status. */
export type Problems = Readonly<Record<number, readonly string[]>>;

export interface Operation {
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/api`, as OpenAPI writes it; its first segment is the function. */
  path: string;
  /** The function that answers, where that is not the first segment of the path. */
  answeredBy?: string;
  topic: string;
  summary: string;
  /** What is to be known besides; Markdown. */
  description?: string;
  caller: Caller;
  query?: { schema: z.ZodMiniType; example: Readonly<Record<string, string | number>> };
  headers?: Readonly<Record<string, { description: string; example?: string; isRequired?: true }>>;
  body?: {
    schema: z.ZodMiniType;
    example: unknown;
    isOptional?: true;
    /** Fields may be left out, or be null, which takes them away. */
    isPatch?: true;
  };
  /** By HTTP status; null: an answer without a body, or one that is a page. */
  answers: Readonly<Record<number, { schema: AnswerName | null; description: string; headers?: Headers }>>;
  /** Besides those that follow from the caller and the body. */
  problems: readonly Problems[];
}
type Headers = Readonly<Record<string, string>>;

/** What stands for a real id in the examples. */
export const EXAMPLE = {
  accountId: '4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f',
  postId: '9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b',
  media: 'https://media.example.com/',
} as const;

/** Any function may answer these. */
export const ALWAYS: Problems = { 500: ['internal_error'], 503: ['invalid_config'] };
/** Any address may answer these for a method or a path that it does not have. */
export const ELSEWHERE: Problems = { 404: ['not_found'], 405: ['method_not_allowed'] };

export const OF_CALLER: Record<Caller, Problems> = {
  user: { 401: ['token_missing', 'token_expired', 'token_invalid'], 503: ['auth_unavailable'] },
  anybody: {},
  tiktok: { 401: ['webhook_not_signed'] },
  worker: { 401: ['worker_secret_wrong'] },
};

export const OF_BYTES: Problems = {
  400: ['body_cut_short'],
  408: ['body_too_slow'],
  413: ['body_too_large'],
};
export const OF_JSON: Problems = {
  400: ['malformed_json', 'body_not_object'],
  415: ['unsupported_media_type', 'unsupported_content_encoding'],
};

const DATABASE: Problems = { 503: ['database_unavailable'] };
const ACCOUNT: Problems = { 404: ['account_not_found'] };
const POST: Problems = { 404: ['post_not_found'] };
const APP: Problems = { 404: ['tiktok_app_missing'] };
/** Of calls that need a token of TikTok's. */
const TOKEN: Problems = {
  409: ['account_busy'],
  503: ['tiktok_unavailable', 'token_refresh_failed', 'token_unreadable', 'tiktok_app_changed'],
};

/** What the rules between the fields find, besides what the schemas do: `core/post-check.ts`. */
const MEDIA_RULES = [
  'video_url_required',
  'photo_urls_required',
  'photo_field',
  'video_field',
  'photos_are_pulled',
] as const satisfies readonly FieldErrorCode[];
const POST_RULES = [
  ...MEDIA_RULES,
  'photo_cover_invalid',
  'photo_title_too_long',
  'privacy_level_required',
  'branded_content_private',
  'scheduled_at_too_far',
] as const satisfies readonly FieldErrorCode[];

/** Why media are refused at once: TikTok's own reasons, and ours where the file cannot be had. */
export const MEDIA_REFUSALS = [
  'file_format_check_failed',
  'frame_rate_check_failed',
  'picture_size_check_failed',
  'duration_check_failed',
  'image_too_large',
  'media_url_not_public',
  'media_redirects',
  'media_size_unknown',
  'media_empty',
  'media_too_large',
  'media_not_video',
] as const;

const QUEUEING: readonly Problems[] = [
  DATABASE,
  ACCOUNT,
  { 400: POST_RULES, 409: ['scope_missing'], 422: ['consent_mismatch', ...MEDIA_REFUSALS] },
];

const VIDEO_POST = {
  accountId: EXAMPLE.accountId,
  mediaType: 'video',
  mode: 'direct',
  videoUrl: `${EXAMPLE.media}vertical.mp4`,
  title: 'A film #film',
  privacyLevel: 'PUBLIC_TO_EVERYONE',
  consent: { declaration: 'music_usage', agreedAt: '2026-11-21T18:30:00Z' },
};

export const OPERATIONS: readonly Operation[] = [
  {
    id: 'beginConnect',
    method: 'post',
    path: '/tiktok-connect',
    topic: 'Accounts',
    summary: 'Begin to connect a TikTok account',
    description:
      'Send the browser to `authorizeUrl` within 15 minutes. The answer sets a cookie that the callback asks for: call it from the browser, with credentials.',
    caller: 'user',
    body: { schema: connectRequest, example: { redirectUrl: 'https://app.example.com/done' } },
    answers: {
      200: {
        schema: 'begunConnect',
        description: 'Where to send the browser.',
        headers: { 'Set-Cookie': 'Ties the flow to this browser.' },
      },
    },
    problems: [
      DATABASE,
      { 400: ['redirect_url_not_allowed', 'scopes_not_allowed'], 409: ['tiktok_app_missing'] },
    ],
  },
  {
    id: 'finishConnect',
    method: 'get',
    path: '/tiktok-callback',
    topic: 'Accounts',
    summary: 'The way back from TikTok',
    description:
      'For the browser, which TikTok sends here. It is sent on to the `redirectUrl` of the flow, with `tiktok_connected=true`, `tiktok_username` and `tiktok_account`, or with `tiktok_error`: `missing_params`, `authorization_denied`, `session_expired`, `token_exchange_failed`, `scope_missing`, `invalid_config` or `internal_error`. Where there is no flow to go on with, a page says so.',
    caller: 'anybody',
    answers: {
      302: { schema: null, description: 'Back to the app.', headers: { Location: 'The redirectUrl.' } },
      400: { schema: null, description: 'A page: this flow is over, or was begun in another browser.' },
      503: { schema: null, description: 'A page: this cannot be finished just now.' },
    },
    problems: [],
  },
  {
    id: 'listAccounts',
    method: 'get',
    path: '/tiktok-status',
    topic: 'Accounts',
    summary: 'The caller’s accounts',
    description:
      '`scopes` are what the owner of the account has allowed: `video.publish` for direct posts, `video.upload` for drafts. `username` is TikTok’s display name. `reconnectBy` is set where the tokens will end within 14 days.',
    caller: 'user',
    query: { schema: statusQuery, example: { accountId: EXAMPLE.accountId } },
    answers: { 200: { schema: 'accounts', description: 'All accounts, or the one asked for.' } },
    problems: [DATABASE, ACCOUNT],
  },
  {
    id: 'refreshAccount',
    method: 'post',
    path: '/tiktok-refresh',
    topic: 'Accounts',
    summary: 'Renew an account’s tokens now',
    caller: 'user',
    body: { schema: accountRequest, example: { accountId: EXAMPLE.accountId } },
    answers: { 200: { schema: 'refreshed', description: 'How long the new tokens live.' } },
    problems: [DATABASE, ACCOUNT, TOKEN, { 409: ['reauth_required'] }],
  },
  {
    id: 'disconnectAccount',
    method: 'post',
    path: '/tiktok-disconnect',
    topic: 'Accounts',
    summary: 'Disconnect an account',
    description:
      'Forgets the tokens, cancels what is `queued` and takes the consent back at TikTok. `revocation` is `done`; `pending`, TikTok could not be told and is told later; `in_use`, another account that is connected here lives on the same consent; or `not_possible`, only the person can take it back, in the TikTok app.',
    caller: 'user',
    body: { schema: accountRequest, example: { accountId: EXAMPLE.accountId } },
    answers: { 200: { schema: 'disconnected', description: 'It is forgotten.' } },
    problems: [DATABASE, ACCOUNT],
  },
  {
    id: 'getCreatorInfo',
    method: 'get',
    path: '/tiktok-creator-info',
    topic: 'Accounts',
    summary: 'What the account may post now',
    description: 'Fresh from TikTok; null where it said nothing. `reason` says why `canPost` is false.',
    caller: 'user',
    query: { schema: accountRequest, example: { accountId: EXAMPLE.accountId } },
    answers: { 200: { schema: 'creatorInfo', description: 'What a form for a post may offer.' } },
    problems: [DATABASE, ACCOUNT, TOKEN],
  },
  {
    id: 'listVideos',
    method: 'get',
    path: '/tiktok-videos',
    topic: 'Accounts',
    summary: 'The account’s public videos, with their counts',
    description:
      'Newest first, a page at a time; or up to 20 by their `ids`, separated by commas, all at once. Needs `video.list` among the scopes of the site and of the account.',
    caller: 'user',
    query: { schema: videosQuery, example: { accountId: EXAMPLE.accountId, maxCount: 10 } },
    answers: { 200: { schema: 'videos', description: 'A page of videos; `cursor` is for the next.' } },
    problems: [DATABASE, ACCOUNT, TOKEN, { 409: ['scope_missing', 'reauth_required'] }],
  },
  {
    id: 'getApp',
    method: 'get',
    path: '/tiktok-app',
    topic: 'Own TikTok app',
    summary: 'The caller’s own TikTok app',
    description: 'Its secret is never shown.',
    caller: 'user',
    answers: { 200: { schema: 'app', description: 'The app that the caller connects through.' } },
    problems: [DATABASE, APP],
  },
  {
    id: 'saveApp',
    method: 'put',
    path: '/tiktok-app',
    topic: 'Own TikTok app',
    summary: 'Store a TikTok app of the caller’s own',
    description:
      'A new secret for the same key counts at once. Under a new key, accounts go on with the app they were connected through.',
    caller: 'user',
    body: {
      schema: appRequest,
      example: { clientKey: 'awexampleexample01', clientSecret: 'an-example-secret-of-32-characters' },
    },
    answers: { 200: { schema: 'app', description: 'It is stored.' } },
    problems: [DATABASE],
  },
  {
    id: 'testApp',
    method: 'post',
    path: '/tiktok-app/test',
    topic: 'Own TikTok app',
    summary: 'Ask TikTok whether key and secret are good',
    description: 'Those in the body, or without a body those that are stored.',
    caller: 'user',
    body: {
      schema: appRequest,
      example: { clientKey: 'awexampleexample01', clientSecret: 'an-example-secret-of-32-characters' },
      isOptional: true,
    },
    answers: { 200: { schema: 'appTest', description: 'What TikTok said.' } },
    problems: [DATABASE, APP, { 503: ['token_unreadable'] }],
  },
  {
    id: 'deleteApp',
    method: 'delete',
    path: '/tiktok-app',
    topic: 'Own TikTok app',
    summary: 'Forget the caller’s own TikTok app',
    caller: 'user',
    answers: { 200: { schema: 'deletedApp', description: 'It is forgotten.' } },
    problems: [DATABASE, APP, { 409: ['tiktok_app_in_use'] }],
  },
  {
    id: 'queuePost',
    method: 'post',
    path: '/social-posts',
    topic: 'Posts',
    summary: 'Queue a post',
    description:
      'The media are looked at first: what TikTok would refuse is refused with its reason. A file that is not there yet is only a warning. Without `scheduledAt` the post goes out with the next tick, within a minute. `title` may have 2,200 UTF-16 code units, of a photo post 90, and `description`, which is for photos, 4,000.',
    caller: 'user',
    headers: {
      'Idempotency-Key': {
        description: 'With it, the same request again gives the same post. 1 to 255 visible characters.',
        example: '6c1f2a',
      },
    },
    body: { schema: postRequest, example: VIDEO_POST },
    answers: {
      201: {
        schema: 'post',
        description: 'It is queued.',
        headers: {
          Location: 'Where the post is.',
          'Idempotency-Replayed': '`true` where the same request had queued it before.',
        },
      },
    },
    problems: [...QUEUEING, { 400: ['idempotency_key_invalid'], 422: ['idempotency_key_reused'] }],
  },
  {
    id: 'checkMedia',
    method: 'post',
    path: '/social-posts/check',
    answeredBy: 'social-posts-check',
    topic: 'Posts',
    summary: 'Look at the media of a post that is still being written',
    description:
      'Exactly as queueing does, with the same refusals; nothing is stored, and TikTok is asked for nothing.',
    caller: 'user',
    body: {
      schema: mediaCheckRequest,
      example: {
        accountId: EXAMPLE.accountId,
        mediaType: 'video',
        videoUrl: `${EXAMPLE.media}vertical.mp4`,
        mode: 'direct',
        transfer: 'auto',
      },
    },
    answers: {
      200: { schema: 'mediaCheck', description: 'What was measured, and what is to be warned of.' },
    },
    problems: [DATABASE, ACCOUNT, { 400: MEDIA_RULES, 409: ['scope_missing'], 422: MEDIA_REFUSALS }],
  },
  {
    id: 'listPosts',
    method: 'get',
    path: '/social-posts',
    topic: 'Posts',
    summary: 'The caller’s posts',
    description:
      'Those queued last first. With `when=upcoming`, what is not at its end, soonest first; with `when=past`, the rest, latest first.',
    caller: 'user',
    query: { schema: listQuery, example: { when: 'upcoming', limit: 20 } },
    answers: { 200: { schema: 'posts', description: 'A page of posts; `nextCursor` is for the next.' } },
    problems: [DATABASE],
  },
  {
    id: 'getPost',
    method: 'get',
    path: '/social-posts/{id}',
    topic: 'Posts',
    summary: 'One post, with its attempts and its story',
    description:
      '`status` goes `queued`, `initializing`, `uploading`, `processing`, `published`; or ends `delivered` (a draft in the inbox of its owner), `failed`, `cancelled`, or `needs_attention`, where its owner must look at TikTok and settle it. `error` says why, and what to do. `postIds` are TikTok’s, exact, and come when the post is public.',
    caller: 'user',
    answers: { 200: { schema: 'postWithStory', description: 'The post.' } },
    problems: [DATABASE, POST],
  },
  {
    id: 'editPost',
    method: 'patch',
    path: '/social-posts/{id}',
    topic: 'Posts',
    summary: 'Edit a post while it is queued',
    description:
      'Only what is sent changes, and `null` takes a field away; the whole is checked as if it were queued anew. `accountId` and `mediaType` stay. What its owner had agreed to and is not the same any more needs a new `consent`.',
    caller: 'user',
    body: {
      schema: postRequest,
      example: {
        title: 'A better title',
        consent: { declaration: 'music_usage', agreedAt: '2026-11-21T18:40:00Z' },
      },
      isPatch: true,
    },
    answers: { 200: { schema: 'post', description: 'The post as it is now.' } },
    problems: [
      ...QUEUEING,
      POST,
      { 400: ['field_fixed'], 409: ['post_not_editable', 'post_changed'], 422: ['consent_required'] },
    ],
  },
  {
    id: 'cancelPost',
    method: 'delete',
    path: '/social-posts/{id}',
    topic: 'Posts',
    summary: 'Cancel a post',
    caller: 'user',
    answers: {
      200: { schema: 'post', description: 'It is cancelled.' },
      202: {
        schema: 'post',
        description:
          'TikTok is downloading it, or is just being told to: it is asked, and the post is `cancelled` when it confirms, or has not taken it. Or the post was to go out again, as its owner has said that it is not published: it does not, and is `cancelled` unless TikTok, asked once more, says that it is out.',
      },
    },
    problems: [DATABASE, POST, { 409: ['post_not_cancellable'] }],
  },
  {
    id: 'retryPost',
    method: 'post',
    path: '/social-posts/{id}/retry',
    topic: 'Posts',
    summary: 'Try a failed post again',
    caller: 'user',
    answers: { 200: { schema: 'post', description: 'It is queued again.' } },
    problems: [DATABASE, POST, { 409: ['post_not_failed'] }],
  },
  {
    id: 'resolvePost',
    method: 'post',
    path: '/social-posts/{id}/resolve',
    topic: 'Posts',
    summary: 'Settle a post that needs attention',
    description:
      'Its owner has looked at the TikTok profile. With `not_published` the post is queued again; where TikTok has named the publish, in its answer or by an event since, it is asked once more before that, and until it has answered the post needs attention with the error `asked_once_more`.',
    caller: 'user',
    body: { schema: resolveRequest, example: { outcome: 'published' } },
    answers: { 200: { schema: 'post', description: 'It is settled, or TikTok is asked.' } },
    problems: [DATABASE, POST, { 409: ['post_not_unresolved'] }],
  },
  {
    id: 'receiveWebhook',
    method: 'post',
    path: '/tiktok-webhook',
    topic: 'Operation',
    summary: 'TikTok’s events',
    description:
      'For TikTok, which signs each event. It is a hint: the worker looks sooner at the post that it names, and nothing else.',
    caller: 'tiktok',
    answers: { 200: { schema: 'empty', description: 'It is taken.' } },
    problems: [OF_BYTES, DATABASE],
  },
  {
    id: 'runWorker',
    method: 'post',
    path: '/social-worker-tiktok-run',
    topic: 'Operation',
    summary: 'Have the worker run longer',
    description:
      'For the scheduled worker, which starts it when its own time is not enough. It works for up to 13 minutes, in the background: the platform answers at once, whatever becomes of it.',
    caller: 'worker',
    answers: { 202: { schema: null, description: 'It is begun.' } },
    problems: [DATABASE],
  },
  {
    id: 'getWebConfig',
    method: 'get',
    path: '/web-config',
    topic: 'Operation',
    summary: 'What a page needs to sign somebody in',
    caller: 'anybody',
    answers: {
      200: { schema: 'webConfig', description: 'The Supabase project, and the scopes to ask for.' },
    },
    problems: [],
  },
  {
    id: 'getHealth',
    method: 'get',
    path: '/health',
    topic: 'Operation',
    summary: 'Whether all is well',
    description:
      'For monitoring. `503` where the worker has not looked for work for five minutes, a post has been waiting for it for more than ten, an idle account has not been renewed for a day, or the database does not answer; `problems` say which.',
    caller: 'anybody',
    answers: {
      200: { schema: 'health', description: 'All is well.' },
      503: { schema: 'health', description: 'Something is wrong.' },
    },
    problems: [],
  },
];
