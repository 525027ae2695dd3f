import { authorization, consent, openPage } from './consent.ts';
import type { EmulatorOptions, Scope } from './emulator.ts';
import {
  createHarness,
  credentials,
  draftBody,
  fileBody,
  type Harness,
  photoBody,
  pullBody,
  redirectUri,
} from './harness.ts';

/** Has one answer happen, as the last request of a new emulator. */
export type Probe = { options?: Partial<EmulatorOptions>; run(tiktok: Harness): Promise<unknown> };

type Call = (tiktok: Harness, token: string) => Promise<unknown>;

/** The three refusals of every endpoint that takes a bearer token. */
function bearerProbes(endpoint: string, perMinute: number, call: Call): Record<string, Probe> {
  const wrongScope: Scope[] = endpoint === 'user_info' ? ['video.list'] : ['user.info.basic'];
  return {
    [`${endpoint} 401 access_token_invalid`]: { run: (tiktok) => call(tiktok, 'act.none') },
    [`${endpoint} 401 scope_not_authorized`]: { run: (tiktok) => call(tiktok, tiktok.tokenOf(wrongScope)) },
    [`${endpoint} 429 rate_limit_exceeded`]: {
      async run(tiktok) {
        const token = tiktok.tokenOf();
        for (let n = 0; n <= perMinute; n++) await call(tiktok, token);
      },
    },
  };
}

const bars: [string, Partial<EmulatorOptions>][] = [
  ['spam_risk_user_banned_from_posting', { users: [{ username: 'ada.films', banned: true }] }],
  ['spam_risk_too_many_posts', { users: [{ username: 'ada.films', dailyPostCap: 0 }] }],
  ['reached_active_user_cap', { apps: [{ activeUserCap: 0 }] }],
];

function barProbes(endpoint: string, status: number, call: Call): Record<string, Probe> {
  return Object.fromEntries(
    bars.map(([code, options]) => [
      `${endpoint} ${status} ${code}`,
      { options, run: (tiktok: Harness) => call(tiktok, tiktok.tokenOf()) },
    ]),
  );
}

const init: Call = (tiktok, token) => tiktok.init(token, fileBody(4));
const ownInit = (body: unknown) => ({ run: (tiktok: Harness) => tiktok.init(tiktok.tokenOf(), body) });
const inbox = (body: unknown) => ({
  run: (tiktok: Harness) => tiktok.inboxInit(tiktok.tokenOf(), body),
});
const content = (body: unknown) => ({
  run: (tiktok: Harness) => tiktok.contentInit(tiktok.tokenOf(), body),
});
const owner = { verifiedProperties: ['media.example'] };
const photoApp: Partial<EmulatorOptions> = { apps: [owner], fetchMedia: async () => new Response('photo') };
const photo = photoBody(['https://media.example/x.jpg']);
const photoDraft = { ...photo, post_mode: 'MEDIA_UPLOAD', post_info: {} };
const film = (first: number, last: number, headers = {}) => ({
  first,
  total: 12_000_000,
  bytes: Buffer.alloc(last - first),
  headers,
});

async function openUpload(tiktok: Harness): Promise<unknown> {
  const body = fileBody(12_000_000, { chunk: 6_000_000, count: 2 });
  return (await tiktok.init(tiktok.tokenOf(), body)).json.data?.upload_url;
}

const put = (first: number, last: number, headers = {}): Probe => ({
  run: async (tiktok) => tiktok.put(await openUpload(tiktok), film(first, last, headers)),
});

const token = (fields: Record<string, string>): Probe => ({ run: (tiktok) => tiktok.token(fields) });
const revoke = (fields: Record<string, string>): Probe => ({
  run: (tiktok) => tiktok.form('/v2/oauth/revoke/', { ...credentials, ...fields }),
});
const page = (query: Record<string, string>): Probe => ({
  run: (tiktok) => openPage(tiktok, { ...authorization, ...query }),
});
const refresh = { grant_type: 'refresh_token', refresh_token: 'rft.none' };

/** One for each answer in the coverage table, by endpoint and answer. */
export const probes: Record<string, Probe> = {
  'authorize 200 ok': page({}),
  'authorize 302 ok': { run: (tiktok) => consent(tiktok) },
  'authorize 302 access_denied': {
    run: (tiktok) =>
      consent(tiktok, {
        fields: [
          ['username', 'ada.films'],
          ['decision', 'deny'],
        ],
      }),
  },
  'authorize 400 unauthorized_client': page({ client_key: 'none' }),
  'authorize 400 unsupported_response_type': page({ response_type: 'token' }),
  'authorize 400 invalid_scope': page({ scope: 'video.publish user.info.basic' }),
  'authorize 400 invalid_request': page({ redirect_uri: `${redirectUri}x` }),
  'token 200 ok': token({ grant_type: 'client_credentials' }),
  'token 200 invalid_client': token({ ...refresh, client_secret: 'x' }),
  'token 200 invalid_grant': token(refresh),
  'token 200 invalid_request': token({}),
  'token 200 unsupported_grant_type': token({ grant_type: 'password' }),
  'token 400 invalid_grant': { options: { oauthErrorStatus: 400 }, ...token(refresh) },
  'token 404 not_found': { run: (tiktok) => tiktok.form('/v2/oauth/token', {}) },
  'token 405 method_not_allowed': { run: (tiktok) => tiktok.request('/v2/oauth/token/') },
  'revoke 200 ok': {
    run: (tiktok) => tiktok.form('/v2/oauth/revoke/', { ...credentials, token: tiktok.tokenOf() }),
  },
  'revoke 200 invalid_client': revoke({ token: 'act.none', client_secret: 'x' }),
  'revoke 200 invalid_grant': revoke({ token: 'act.none' }),
  'revoke 200 invalid_request': revoke({}),
  'user_info 200 ok': { run: (tiktok) => tiktok.userInfo(tiktok.tokenOf(), 'open_id') },
  'user_info 400 invalid_params': { run: (tiktok) => tiktok.userInfo(tiktok.tokenOf(), 'fps') },
  'user_info 400 scope_permission_missed': {
    options: { missingFieldScopeCode: 'scope_permission_missed' },
    run: (tiktok) => tiktok.userInfo(tiktok.tokenOf(['user.info.basic']), 'username'),
  },
  ...bearerProbes('user_info', 600, (tiktok, token) => tiktok.userInfo(token, 'open_id')),
  'creator_info 200 ok': { run: (tiktok) => tiktok.creatorInfo(tiktok.tokenOf()) },
  'creator_info 400 invalid_params': {
    run: (tiktok) => tiktok.post('/v2/post/publish/creator_info/query/', tiktok.tokenOf(), { a: 1 }),
  },
  ...bearerProbes('creator_info', 20, (tiktok, token) => tiktok.creatorInfo(token)),
  ...barProbes('creator_info', 200, (tiktok, token) => tiktok.creatorInfo(token)),
  'video_init 200 ok': ownInit(fileBody(4)),
  'video_init 400 invalid_params': ownInit({}),
  'video_init 403 url_ownership_unverified': ownInit(pullBody('https://unowned.example/x.mp4')),
  'video_init 403 privacy_level_option_mismatch': ownInit(
    fileBody(4, { info: { privacy_level: 'FOLLOWER_OF_CREATOR' } }),
  ),
  'video_init 403 unaudited_client_can_only_post_to_private_accounts': {
    options: { apps: [{ audited: false }] },
    ...ownInit(fileBody(4, { info: { privacy_level: 'SELF_ONLY' } })),
  },
  ...bearerProbes('video_init', 6, init),
  ...barProbes('video_init', 403, init),
  'inbox_init 200 ok': inbox(draftBody()),
  'inbox_init 400 invalid_params': inbox({}),
  'inbox_init 403 url_ownership_unverified': inbox(
    draftBody(pullBody('https://unowned.example/x').source_info),
  ),
  'inbox_init 403 spam_risk_user_banned_from_posting': {
    options: { users: [{ username: 'ada.films', banned: true }] },
    ...inbox(draftBody()),
  },
  'inbox_init 403 spam_risk_too_many_pending_share': {
    async run(tiktok) {
      for (let n = 0; n < 6; n++) await tiktok.inboxInit(tiktok.tokenOf(), draftBody());
    },
  },
  ...bearerProbes('inbox_init', 6, (tiktok, token) => tiktok.inboxInit(token, {})),
  'content_init 200 ok': { options: photoApp, ...content(photo) },
  'content_init 400 invalid_params': content({}),
  'content_init 400 app_version_check_failed': {
    options: { ...photoApp, users: [{ username: 'ada.films', outdatedApp: true }] },
    ...content(photoDraft),
  },
  'content_init 403 url_ownership_unverified': content(photo),
  'content_init 403 spam_risk_too_many_pending_share': {
    options: photoApp,
    async run(tiktok) {
      for (let n = 0; n < 6; n++) await tiktok.contentInit(tiktok.tokenOf(), photoDraft);
    },
  },
  'content_init 403 privacy_level_option_mismatch': {
    options: photoApp,
    ...content({ ...photo, post_info: { title: 'x' } }),
  },
  'content_init 403 unaudited_client_can_only_post_to_private_accounts': {
    options: { ...photoApp, apps: [{ audited: false, ...owner }] },
    ...content(photo),
  },
  ...bearerProbes('content_init', 6, (tiktok, token) => tiktok.contentInit(token, {})),
  ...barProbes('content_init', 403, async (tiktok, token) => {
    tiktok.emulator.putApp(owner);
    await tiktok.contentInit(token, photo);
  }),
  'cancel 200 ok': {
    options: { apps: [owner], fetchMedia: () => new Promise(() => undefined) },
    async run(tiktok) {
      const token = tiktok.tokenOf();
      const { data } = (await tiktok.init(token, pullBody('https://media.example/x.mp4'))).json;
      await tiktok.cancel(token, data?.publish_id);
    },
  },
  'cancel 400 invalid_params': { run: (tiktok) => tiktok.cancel(tiktok.tokenOf(), 7) },
  'cancel 400 publish_not_cancellable': {
    async run(tiktok) {
      const token = tiktok.tokenOf();
      await tiktok.cancel(token, await tiktok.publishFile(token));
    },
  },
  'cancel 400 invalid_publish_id': { run: (tiktok) => tiktok.cancel(tiktok.tokenOf(), 'none') },
  'cancel 400 token_not_authorized_for_specified_publish_id': {
    async run(tiktok) {
      const publishId = await tiktok.publishFile(tiktok.tokenOf());
      await tiktok.cancel(tiktok.tokenOf(undefined, 'bo.private'), publishId);
    },
  },
  'cancel 401 access_token_invalid': { run: (tiktok) => tiktok.cancel('act.none', 'none') },
  'cancel 401 scope_not_authorized': {
    run: (tiktok) => tiktok.cancel(tiktok.tokenOf(['user.info.basic']), 'none'),
  },
  'video_list 200 ok': { run: (tiktok) => tiktok.videoList(tiktok.tokenOf(), 'id') },
  'video_list 400 invalid_params': { run: (tiktok) => tiktok.videoList(tiktok.tokenOf(), 'fps') },
  ...bearerProbes('video_list', 600, (tiktok, token) => tiktok.videoList(token, 'id')),
  'video_query 200 ok': { run: (tiktok) => tiktok.videoQuery(tiktok.tokenOf(), 'id', ['1']) },
  'video_query 400 invalid_params': { run: (tiktok) => tiktok.videoQuery(tiktok.tokenOf(), 'id', []) },
  ...bearerProbes('video_query', 600, (tiktok, token) => tiktok.videoQuery(token, 'id', ['1'])),
  'status 200 ok': {
    async run(tiktok) {
      const token = tiktok.tokenOf();
      await tiktok.status(token, await tiktok.publishFile(token));
    },
  },
  'status 400 invalid_params': { run: (tiktok) => tiktok.status(tiktok.tokenOf(), 7) },
  'status 400 invalid_publish_id': { run: (tiktok) => tiktok.status(tiktok.tokenOf(), 'none') },
  'status 400 token_not_authorized_for_specified_publish_id': {
    async run(tiktok) {
      const publishId = await tiktok.publishFile(tiktok.tokenOf());
      await tiktok.status(tiktok.tokenOf(undefined, 'bo.private'), publishId);
    },
  },
  ...bearerProbes('status', 30, (tiktok, token) => tiktok.status(token, 'none')),
  'upload 201 ok': { run: (tiktok) => tiktok.publishFile(tiktok.tokenOf()) },
  'upload 206 ok': put(0, 6_000_000),
  'upload 400 invalid_headers': put(0, 6_000_000, { 'content-type': 'video/avi' }),
  'upload 400 invalid_chunk': put(0, 5_000_000),
  'upload 400 invalid_body_length': put(0, 5_000_000, {
    'content-length': '6000000',
    'content-range': 'bytes 0-5999999/12000000',
  }),
  'upload 403 upload_url_expired': {
    async run(tiktok) {
      const url = await openUpload(tiktok);
      tiktok.emulator.clock.advance(3_600_000);
      await tiktok.put(url, film(0, 6_000_000));
    },
  },
  'upload 404 upload_not_found': {
    run: (tiktok) => tiktok.put('/upload/video/?upload_id=1&upload_token=x', film(0, 6_000_000)),
  },
  'upload 416 wrong_progress': put(6_000_000, 12_000_000),
};

export async function runProbe({ options, run }: Probe): Promise<Harness> {
  const tiktok = createHarness(options);
  await run(tiktok);
  return tiktok;
}
