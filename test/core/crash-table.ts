import type { EndpointName } from '../emulator/emulator.ts';
import { isDraft, KINDS, type Kind, type Point } from '../support/crash-scene.ts';

/**
 * The crash points: every place at which a worker can be stopped, by their number in the failure model. Each is met by
 * each fate with each kind of post. A point may have several rows; what it says of itself is unique.
 */

const verb = (name: string) => `POST /rest/v1/rpc/${name}`;
const CLAIM = verb('claim_accounts');
const BEGIN = verb('begin_attempt');
const LOOK = verb('save_preflight');
const RECORD = verb('record_init');
const NOTE = verb('save_progress');
const ADVANCE = verb('advance_post');
const TOKEN = 'POST /v2/oauth/token/';
const STATUS = 'POST /v2/post/publish/status/fetch/';
const CANCEL = 'POST /v2/post/publish/cancel/';
const CHUNK = 'PUT /upload/video/';

const INITS: Record<Kind, [EndpointName, string]> = {
  upload: ['video_init', '/v2/post/publish/video/init/'],
  pull: ['video_init', '/v2/post/publish/video/init/'],
  photo: ['content_init', '/v2/post/publish/content/init/'],
  draft: ['inbox_init', '/v2/post/publish/inbox/video/init/'],
};
const INIT = (kind: Kind) => `POST ${INITS[kind][1]}`;
const initOf = (kind: Kind) => INITS[kind][0];

const UPLOADS: readonly Kind[] = ['upload', 'draft'];
const PULLS: readonly Kind[] = ['pull', 'photo'];
const BY_UPLOAD = {
  kinds: UPLOADS,
  because: 'otherwise TikTok fetches the media itself: there are no chunks, and no upload URL that could die',
};
const ONE_OF_EACH: Point['only'] = {
  kinds: ['upload', 'pull'],
  because: 'it is the account’s matter, and a look that follows differs only by the transfer',
};
const PUBLIC_ID: Point['only'] = {
  kinds: ['pull'],
  because: 'it follows from a public id, however that came to be',
};

const move = (from: string, to: string) => () => ({ p_from: from, p_to: to });
const HOUR = 3600;

const START: Point[] = [
  { number: 1, what: 'the claim', request: CLAIM, moment: 'after' },
  { number: 1, what: 'the next claim', request: CLAIM, nth: 2, moment: 'after', only: ONE_OF_EACH },
  {
    number: 2,
    what: 'the first request after the claim',
    request: BEGIN,
    moment: 'before',
    loses: 'request',
  },
  {
    number: 2,
    what: 'what was seen of the media',
    request: LOOK,
    moment: 'before',
    prepare: (scene) => scene.forgetMedia(),
  },
  {
    number: 3,
    what: 'the refresh, answered',
    request: TOKEN,
    moment: 'after',
    prepare: (scene) => scene.expireTokenSoon(),
  },
  {
    number: 3,
    what: 'the saving of the new tokens',
    only: ONE_OF_EACH,
    request: verb('rotate_tokens'),
    moment: 'before',
    prepare: (scene) => scene.expireTokenSoon(),
  },
  { number: 4, what: 'begin_attempt, committed', request: BEGIN, moment: 'after', mayBeUnknown: true },
  {
    number: 5,
    what: 'init, not sent',
    request: INIT,
    moment: 'before',
    loses: 'request',
    mayBeUnknown: true,
  },
  { number: 6, what: 'init, answered', request: INIT, moment: 'after', mayBeUnknown: true },
  ...(
    [
      ['the refresh', 'before'],
      ['the answer to the refresh', 'after'],
    ] as const
  ).map(
    ([what, moment]): Point => ({
      number: 6,
      what: `${what} that an init with 401 asks for`,
      request: TOKEN,
      moment,
      loses: 'request',
      prepare: async (scene) =>
        scene.spoil({
          endpoint: initOf(scene.kind),
          kind: 'error',
          code: 'access_token_invalid',
          httpStatus: 401,
          // As the token is not renewed at once.
          times: 2,
        }),
      // Its answer lost, the refresh token is used up: only the owner can help then.
      ...(moment === 'before' && { reconnects: false }),
    }),
  ),
  {
    number: 6,
    what: 'the noting of a scope that an init finds missing',
    request: verb('forget_scopes'),
    moment: 'before',
    loses: 'request',
    prepare: async (scene) =>
      scene.spoil({
        endpoint: initOf(scene.kind),
        kind: 'error',
        code: 'scope_not_authorized',
        httpStatus: 401,
      }),
  },
  { number: 7, what: 'record_init', request: RECORD, moment: 'before', loses: 'request', mayBeUnknown: true },
  { number: 8, what: 'record_init, committed', request: RECORD, moment: 'after' },
  {
    number: 9,
    what: 'record_init, when another has taken over',
    request: RECORD,
    moment: 'before',
    afterTakeover: true,
    mayBeUnknown: true,
  },
  {
    number: 20,
    what: 'init, which arrives when its worker is long gone',
    request: INIT,
    moment: 'before',
    isLate: true,
    mayBeUnknown: true,
  },
  {
    number: 21,
    what: 'begin_attempt, with the database gone for an hour',
    request: BEGIN,
    moment: 'before',
    loses: 'request',
    withoutDatabase: true,
    later: (scene) => scene.pass(HOUR),
  },
  {
    number: 21,
    what: 'record_init, with the database gone for an hour',
    only: {
      kinds: ['upload', 'pull'],
      because: 'the database is waited for ten seconds here, and the kinds differ only by their transfer',
    },
    request: RECORD,
    moment: 'before',
    loses: 'request',
    withoutDatabase: true,
    later: (scene) => scene.pass(HOUR),
    mayBeUnknown: true,
  },
  {
    number: 22,
    what: 'begin_attempt, the post just cancelled',
    request: BEGIN,
    moment: 'before',
    loses: 'request',
    meanwhile: (scene) => scene.cancel(),
    ends: ['cancelled'],
  },
  {
    number: 22,
    what: 'the cancelling of a download',
    only: { kinds: PULLS, because: 'an upload that has begun cannot be cancelled' },
    request: CANCEL,
    moment: 'after',
    async prepare(scene) {
      scene.holdDownloads();
      await scene.visit();
      await scene.cancel();
    },
    ends: ['cancelled'],
  },
  {
    number: 22,
    what: 'a chunk, the owner too late to cancel',
    only: BY_UPLOAD,
    request: CHUNK,
    moment: 'before',
    meanwhile: (scene) => scene.cancel(),
  },
];

const UPLOAD: Point[] = [
  {
    number: 10,
    only: BY_UPLOAD,
    what: 'a chunk, not sent',
    request: CHUNK,
    moment: 'before',
    loses: 'request',
    isLarge: true,
  },
  {
    number: 10,
    only: BY_UPLOAD,
    what: 'a chunk, half sent',
    request: CHUNK,
    moment: 'within',
    isLarge: true,
  },
  { number: 11, only: BY_UPLOAD, what: 'a chunk, stored', request: CHUNK, moment: 'after', isLarge: true },
  {
    number: 12,
    only: BY_UPLOAD,
    what: 'the mark before the last chunk, set',
    request: NOTE,
    having: () => ({ p_is_last: true }),
    moment: 'after',
    isLarge: true,
  },
  {
    number: 12,
    only: BY_UPLOAD,
    what: 'the last chunk, not sent',
    request: CHUNK,
    nth: 2,
    moment: 'before',
    isLarge: true,
  },
  {
    number: 12,
    only: BY_UPLOAD,
    what: 'the last chunk, stored',
    request: CHUNK,
    nth: 2,
    moment: 'after',
    isLarge: true,
  },
  { number: 12, only: BY_UPLOAD, what: 'the only chunk, half sent', request: CHUNK, moment: 'within' },
  { number: 12, only: BY_UPLOAD, what: 'the only chunk, stored', request: CHUNK, moment: 'after' },
  {
    number: 13,
    only: BY_UPLOAD,
    what: 'the note between two chunks, when another has taken over',
    request: NOTE,
    moment: 'before',
    afterTakeover: true,
    isLarge: true,
  },
  {
    number: 13,
    only: BY_UPLOAD,
    what: 'a chunk, which arrives when its worker is long gone',
    request: CHUNK,
    moment: 'before',
    isLate: true,
    isLarge: true,
  },
  {
    number: 14,
    only: BY_UPLOAD,
    what: 'the expiry of an upload that TikTok has given up',
    request: ADVANCE,
    having: move('uploading', 'queued'),
    moment: 'before',
    isLarge: true,
    async prepare(scene) {
      scene.spoil({ endpoint: 'upload', kind: 'drop', skip: 1 });
      await scene.visit();
      await scene.pass(71 * 60);
    },
  },
  {
    number: 14,
    only: BY_UPLOAD,
    what: 'the expiry of an upload by TikTok’s count',
    request: ADVANCE,
    having: move('uploading', 'queued'),
    moment: 'before',
    isLarge: true,
    async prepare(scene) {
      scene.spoil({ endpoint: 'upload', kind: 'drop', skip: 1 });
      await scene.visit();
      await scene.pass(71 * 60);
      const data = { status: 'PROCESSING_UPLOAD', uploaded_bytes: 10_000_000 };
      scene.spoil({ endpoint: 'status', kind: 'status', status: 200, body: envelope(data), times: 2 });
    },
  },
  {
    number: 15,
    only: BY_UPLOAD,
    what: 'the step to processing',
    request: ADVANCE,
    having: move('uploading', 'processing'),
    moment: 'before',
  },
  {
    number: 23,
    what: 'the notice that the file has changed',
    only: BY_UPLOAD,
    request: ADVANCE,
    having: () => ({ p_error_code: 'media_changed' }),
    moment: 'before',
    isLarge: true,
    async prepare(scene) {
      scene.spoil({ endpoint: 'upload', kind: 'drop', skip: 1 });
      await scene.visit();
      await scene.changeMedia();
    },
    later: (scene) => scene.pass(71 * 60),
    // TikTok gives the upload up, and the changed file is begun anew; or the worker is first, and the owner decides.
    ends: ['published', 'delivered', 'failed'],
  },
  {
    number: 23,
    what: 'the notice that the file is gone',
    only: BY_UPLOAD,
    request: ADVANCE,
    having: () => ({ p_error_code: 'media_unreachable' }),
    moment: 'before',
    isLarge: true,
    async prepare(scene) {
      scene.spoil({ endpoint: 'upload', kind: 'drop', skip: 1 });
      await scene.visit();
      await scene.deleteMedia();
    },
    later: (scene) => scene.restoreMedia(),
  },
  {
    number: 23,
    what: 'the news that TikTok found no file',
    only: { kinds: PULLS, because: 'by upload it is this side that finds no file' },
    request: ADVANCE,
    having: move('processing', 'queued'),
    moment: 'before',
    async prepare(scene) {
      scene.holdDownloads();
      await scene.visit();
      await scene.deleteMedia();
      await scene.letDownloads();
    },
    later: (scene) => scene.restoreMedia(),
  },
];

const CHECK: Point[] = [
  ...(
    [
      ['401', undefined, { kind: 'error', code: 'access_token_invalid', httpStatus: 401 }],
      ['429', ['upload', 'photo'], { kind: 'error', code: 'rate_limit_exceeded', httpStatus: 429 }],
      ['500', ['pull', 'draft'], { kind: 'error', code: 'internal_error', httpStatus: 500 }],
      ['no answer', ['upload', 'photo'], { kind: 'drop' }],
    ] as const
  ).map(
    ([name, kinds, fault]): Point => ({
      number: 16,
      ...(kinds && {
        only: { kinds, because: 'a poll is the same for all; every kind meets the one with 401' },
      }),
      what: `the look that follows a poll with ${name}`,
      request: ADVANCE,
      having: move('processing', 'processing'),
      moment: 'before',
      async prepare(scene) {
        await scene.visit();
        scene.spoil({ endpoint: 'status', ...fault });
      },
    }),
  ),
  {
    number: 17,
    what: 'the poll that says published',
    request: STATUS,
    moment: 'after',
    prepare: (scene) => scene.visit(),
  },
  {
    number: 17,
    what: 'the question for the name in the link',
    only: PUBLIC_ID,
    request: 'POST /v2/post/publish/creator_info/query/',
    moment: 'before',
    loses: 'request',
    prepare: (scene) => scene.visit(),
  },
  {
    number: 17,
    what: 'the saving of the name in the link',
    only: PUBLIC_ID,
    request: verb('save_creator'),
    moment: 'before',
    prepare: (scene) => scene.visit(),
  },
  {
    number: 17,
    what: 'the step to published',
    request: ADVANCE,
    having: (kind) => ({ p_from: 'processing', p_to: isDraft(kind) ? 'delivered' : 'published' }),
    moment: 'before',
    prepare: (scene) => scene.visit(),
  },
  {
    number: 18,
    what: 'the step to failed',
    request: ADVANCE,
    having: move('processing', 'failed'),
    moment: 'before',
    async prepare(scene) {
      scene.spoil({ endpoint: initOf(scene.kind), failReason: 'spam_risk' });
      await scene.visit();
    },
    ends: ['failed'],
  },
  {
    number: 18,
    what: 'the step back to the queue',
    request: ADVANCE,
    having: move('processing', 'queued'),
    moment: 'before',
    async prepare(scene) {
      scene.spoil({ endpoint: initOf(scene.kind), failReason: 'internal' });
      await scene.visit();
    },
  },
  {
    number: 19,
    what: 'the notice that TikTok does not know the id',
    request: ADVANCE,
    having: () => ({ p_error_code: 'invalid_publish_id' }),
    moment: 'before',
    async prepare(scene) {
      await scene.visit();
      scene.spoil({
        endpoint: 'status',
        kind: 'error',
        code: 'invalid_publish_id',
        httpStatus: 400,
        times: 99,
      });
    },
    later: (scene) => scene.pass(31 * 60),
    ends: ['needs_attention: invalid_publish_id'],
  },
  {
    number: 19,
    what: 'the wait after an answer that contradicts itself',
    request: ADVANCE,
    having: move('processing', 'processing'),
    moment: 'before',
    async prepare(scene) {
      await scene.visit();
      const data = {
        status: 'FAILED',
        fail_reason: 'internal',
        publicaly_available_post_id: ['7500000000000000001'],
      };
      scene.spoil({ endpoint: 'status', kind: 'status', status: 200, body: envelope(data), times: 2 });
    },
  },
  {
    number: 24,
    what: 'the search for tokens that somebody else has stored',
    only: { kinds: ['pull'], because: 'it is the account’s matter, whatever is posted' },
    request: 'GET /rest/v1/social_accounts',
    moment: 'before',
    async prepare(scene) {
      await scene.visit();
      await scene.revoke();
    },
  },
  {
    number: 24,
    what: 'the mark that the account is to be connected again',
    request: verb('require_reauth'),
    moment: 'before',
    async prepare(scene) {
      await scene.visit();
      await scene.revoke();
    },
  },
  {
    number: 24,
    what: 'the wait for an owner who does not come',
    request: ADVANCE,
    having: () => ({ p_error_code: 'reauth_required' }),
    moment: 'before',
    async prepare(scene) {
      await scene.visit();
      await scene.revoke();
    },
    reconnects: false,
    later: (scene) => scene.pass(73 * HOUR),
    ends: ['needs_attention: reauth_required'],
  },
  {
    number: 24,
    what: 'a chunk for an account that has just gone',
    only: BY_UPLOAD,
    request: CHUNK,
    moment: 'before',
    loses: 'request',
    meanwhile: (scene) => scene.revoke(),
    ends: ['failed'],
  },
];

function envelope(data: Record<string, unknown>): string {
  return JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
}

/** By where a post stands: three test files of about the same length. */
export const CRASH_POINTS = { start: START, upload: UPLOAD, check: CHECK };
export type CrashGroup = keyof typeof CRASH_POINTS;

/** The failure model’s points: each is met by every kind of post, but for these. */
export const HIGHEST_NUMBER = 24;
export const IMPOSSIBLE = [
  { numbers: [10, 11, 12, 13, 14, 15], kinds: PULLS, because: BY_UPLOAD.because },
] as const;

/** Requests at which nothing needs to happen, because nothing follows from them. */
export const WITHOUT_CONSEQUENCE = [
  // A lease that is not given back lapses.
  verb('release_accounts'),
  // What is not put off is asked, and put off then.
  verb('put_off_checks'),
  verb('put_off_creator'),
];

/** Every request at which something does. */
export const NAMED_REQUESTS: ReadonlySet<string> = new Set(
  [...START, ...UPLOAD, ...CHECK].flatMap(({ request }) =>
    typeof request === 'string' ? [request] : KINDS.map((kind) => request(kind)),
  ),
);
