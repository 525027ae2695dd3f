import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestUser } from '../support/database.ts';
import {
  type Answered,
  type CallOptions,
  createWorld,
  type FunctionName,
  type World,
} from '../support/world.ts';

let world: World;
let user: TestUser;
let accountId: string;
let othersPostId: string;
let othersAccountId: string;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  const other = await world.signUp();
  othersAccountId = await world.connectAccount(other, { username: 'bo.private' });
  othersPostId = (await world.queuePost(other, othersAccountId, { privacyLevel: 'SELF_ONLY' })).id;
});
afterAll(() => world[Symbol.asyncDispose]());

function expectProblem(answer: Answered, status: number, code: string) {
  expect([answer.status, answer.json?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.json).toMatchObject({ type: 'about:blank', status, title: expect.any(String) });
  expect(answer.json.detail).toMatch(/\.$/);
  expect(answer.json.requestId).toBe(answer.headers.get('x-request-id'));
}

const USER_CALLS: [FunctionName, CallOptions][] = [
  ['tiktok-connect', { method: 'POST', body: { redirectUrl: 'http://localhost:8888/' } }],
  ['tiktok-status', {}],
  ['social-posts', { method: 'POST', body: {} }],
  ['social-posts-check', { method: 'POST', body: {} }],
  ['social-posts', {}],
  ['social-posts', { path: `/${randomUUID()}` }],
  ['social-posts', { method: 'DELETE', path: `/${randomUUID()}` }],
  ['social-posts', { method: 'PATCH', path: `/${randomUUID()}`, body: {} }],
  ['social-posts', { method: 'POST', path: `/${randomUUID()}/retry` }],
  ['social-posts', { method: 'POST', path: `/${randomUUID()}/resolve`, body: { outcome: 'published' } }],
];

describe.each(USER_CALLS)('%s %j', (name, options) => {
  const sign = (secret: string, expires: string, claims: Record<string, unknown> = {}) =>
    new SignJWT({ role: 'authenticated', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user.userId)
      .setAudience('authenticated')
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret));
  const callWith = (authorization?: string) =>
    world.call(name, { ...options, headers: { ...(authorization && { authorization }) } });

  test('no token', async () => {
    const answer = await callWith();
    expectProblem(answer, 401, 'token_missing');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('an expired token', async () => {
    expectProblem(
      await callWith(`Bearer ${await sign(world.database.jwtSecret, '-1m')}`),
      401,
      'token_expired',
    );
  });

  test('a token of another project', async () => {
    const foreign = await sign('the-secret-of-quite-another-project', '1h');
    expectProblem(await callWith(`Bearer ${foreign}`), 401, 'token_invalid');
    const issued = await sign(world.database.jwtSecret, '1h', { iss: 'https://another.supabase.co/auth/v1' });
    expectProblem(await callWith(`Bearer ${issued}`), 401, 'token_invalid');
  });

  test('something that is no token', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer x',
      `Basic ${user.accessToken}`,
      user.accessToken,
      'Bearer a.b.c',
    ]) {
      expectProblem(await callWith(authorization), 401, 'token_invalid');
    }
    expectProblem(await callWith(`Bearer ${world.database.publishableKey}`), 401, 'token_invalid');
  });
});

describe('a post that is not right', () => {
  const body = (changes: Record<string, unknown>) => ({
    accountId,
    mediaType: 'video',
    mode: 'direct',
    videoUrl: 'https://media.example.com/film.mp4',
    title: 'A film',
    privacyLevel: 'PUBLIC_TO_EVERYONE',
    ...changes,
  });
  const PHOTO = 'https://media.example.com/a.jpg';
  const photos = (changes: Record<string, unknown>) => ({
    mediaType: 'photo',
    videoUrl: undefined,
    photoUrls: [PHOTO],
    ...changes,
  });
  const refused: [string, Record<string, unknown>, string, string?][] = [
    ['an unknown field', { privacylevel: 'SELF_ONLY' }, 'unknown_field', 'privacylevel'],
    ['no privacyLevel', { privacyLevel: undefined }, 'privacy_level_required', 'privacyLevel'],
    ['an unknown privacyLevel', { privacyLevel: 'PUBLIC' }, 'privacy_level_invalid', 'privacyLevel'],
    ['a caption of 2,201 characters', { title: 'a'.repeat(2201) }, 'title_too_long', 'title'],
    ['a caption of 1,101 emoji', { title: '🎬'.repeat(1101) }, 'title_too_long', 'title'],
    ['a caption that is no text', { title: 7 }, 'field_invalid', 'title'],
    ['half an emoji', { title: 'film \ud83c' }, 'title_invalid', 'title'],
    ['a zero byte', { title: 'film \u0000' }, 'title_invalid', 'title'],
    [
      'a zero byte in the URL',
      { videoUrl: 'https://media.example.com/\u0000' },
      'video_url_invalid',
      'videoUrl',
    ],
    [
      'branded content for oneself',
      { brandContentToggle: true, privacyLevel: 'SELF_ONLY' },
      'branded_content_private',
      'privacyLevel',
    ],
    ['no accountId', { accountId: undefined }, 'field_required', 'accountId'],
    ['an accountId that is none', { accountId: 'ada' }, 'account_id_invalid', 'accountId'],
    ['no videoUrl', { videoUrl: undefined }, 'video_url_required', 'videoUrl'],
    [
      'a videoUrl by http',
      { videoUrl: 'http://media.example.com/film.mp4' },
      'video_url_invalid',
      'videoUrl',
    ],
    ['a private videoUrl', { videoUrl: 'https://10.0.0.1/film.mp4' }, 'video_url_invalid', 'videoUrl'],
    ['this machine', { videoUrl: 'https://localhost/film.mp4' }, 'video_url_invalid', 'videoUrl'],
    ['the cloud’s metadata', { videoUrl: 'https://169.254.169.254/latest' }, 'video_url_invalid', 'videoUrl'],
    ['a decimal address', { videoUrl: 'https://2130706433/film.mp4' }, 'video_url_invalid', 'videoUrl'],
    [
      'an IPv6 loopback',
      { videoUrl: 'https://[::ffff:127.0.0.1]/film.mp4' },
      'video_url_invalid',
      'videoUrl',
    ],
    [
      'credentials in the URL',
      { videoUrl: 'https://a:b@media.example.com/x.mp4' },
      'video_url_invalid',
      'videoUrl',
    ],
    ['a file URL', { videoUrl: 'file:///etc/passwd' }, 'video_url_invalid', 'videoUrl'],
    ['a relative URL', { videoUrl: '/film.mp4' }, 'video_url_invalid', 'videoUrl'],
    [
      'a very long URL',
      { videoUrl: `https://media.example.com/${'a'.repeat(2048)}` },
      'video_url_invalid',
      'videoUrl',
    ],
    ['a date without a time', { scheduledAt: '2026-12-01' }, 'scheduled_at_invalid', 'scheduledAt'],
    [
      'a time without an offset',
      { scheduledAt: '2026-12-01T10:00:00' },
      'scheduled_at_invalid',
      'scheduledAt',
    ],
    ['a day that is none', { scheduledAt: '2027-02-29T10:00:00Z' }, 'scheduled_at_invalid', 'scheduledAt'],
    ['a number for a date', { scheduledAt: 1_795_000_000 }, 'scheduled_at_invalid', 'scheduledAt'],
    ['tomorrow', { scheduledAt: 'tomorrow' }, 'scheduled_at_invalid', 'scheduledAt'],
    ['the far future', { scheduledAt: '9999-01-01T00:00:00Z' }, 'scheduled_at_too_far', 'scheduledAt'],
    ['an unknown transfer', { transfer: 'push' }, 'transfer_invalid', 'transfer'],
    ['an unknown mode', { mode: 'live' }, 'mode_invalid', 'mode'],
    ['a photo’s title too long', photos({ title: 'a'.repeat(91) }), 'photo_title_too_long', 'title'],
    [
      'a description too long',
      photos({ description: 'a'.repeat(4001) }),
      'description_too_long',
      'description',
    ],
    ['photos without URLs', photos({ photoUrls: undefined }), 'photo_urls_required', 'photoUrls'],
    ['no photo at all', photos({ photoUrls: [] }), 'photo_urls_invalid', 'photoUrls'],
    ['36 photos', photos({ photoUrls: Array(36).fill(PHOTO) }), 'photo_urls_invalid', 'photoUrls'],
    [
      'a private photo',
      photos({ photoUrls: [PHOTO, 'https://10.0.0.1/a.jpg'] }),
      'photo_urls_invalid',
      'photoUrls',
    ],
    ['a cover that is not there', photos({ photoCoverIndex: 1 }), 'photo_cover_invalid', 'photoCoverIndex'],
    ['photos by upload', photos({ transfer: 'upload' }), 'photos_are_pulled', 'transfer'],
    ['a video’s field', photos({ disableDuet: true }), 'video_field', 'disableDuet'],
    [
      'a video with photos',
      photos({ videoUrl: 'https://media.example.com/a.mp4' }),
      'video_field',
      'videoUrl',
    ],
    ['a photo’s field', { photoUrls: ['https://media.example.com/a.jpg'] }, 'photo_field', 'photoUrls'],
    ['a flag that is a word', { disableDuet: 'true' }, 'field_invalid', 'disableDuet'],
    [
      'half a millisecond',
      { videoCoverTimestampMs: 0.5 },
      'cover_timestamp_invalid',
      'videoCoverTimestampMs',
    ],
    ['a negative cover', { videoCoverTimestampMs: -1 }, 'cover_timestamp_invalid', 'videoCoverTimestampMs'],
  ];

  test.each(refused)('%s', async (_what, changes, code, field) => {
    const answer = await world.call('social-posts', { method: 'POST', user, body: body(changes) });
    expectProblem(answer, 400, code);
    expect(answer.json.errors).toContainEqual({ field, code, message: expect.stringMatching(/\.$/) });
  });

  test('everything wrong is named at once', async () => {
    const answer = await world.call('social-posts', {
      method: 'POST',
      user,
      body: body({ title: 'a'.repeat(3000), privacyLevel: 'X', surprise: 1 }),
    });
    expect(answer.json.errors.map(({ code }: { code: string }) => code)).toEqual([
      'title_too_long',
      'privacy_level_invalid',
      'unknown_field',
    ]);
  });

  test.each([
    ['malformed JSON', '{"accountId":', 'malformed_json'],
    ['nothing', '', 'malformed_json'],
    ['a list', '[]', 'body_not_object'],
    ['null', 'null', 'body_not_object'],
    ['a word', '"post"', 'body_not_object'],
    ['JSON in Latin-1', Buffer.from('{"title":"\xe9"}', 'latin1'), 'malformed_json'],
  ])('%s', async (_what, text, code) => {
    const response = await fetchFunction(text);
    expectProblem(response, 400, code);
  });

  test('a body of more than 64 KiB, and one that says it is something else', async () => {
    expectProblem(await fetchFunction(`{"title":"${'a'.repeat(70_000)}"}`), 413, 'body_too_large');
    expectProblem(await fetchFunction('{}', 'text/plain'), 415, 'unsupported_media_type');
  });

  /** As `world.call`, but with bytes as they are. */
  async function fetchFunction(body: string | Uint8Array, type = 'application/json'): Promise<Answered> {
    return world.call('social-posts', {
      method: 'POST',
      user,
      rawBody: body,
      headers: { 'content-type': type },
    });
  }

  test('a caption of exactly 2,200 UTF-16 units is taken', async () => {
    const answer = await world.call('social-posts', {
      method: 'POST',
      user,
      body: body({ title: '🎬'.repeat(1100) }),
    });
    expect(answer.status).toBe(201);
  });

  test.each([
    ['somebody else’s account', () => othersAccountId],
    ['an unknown account', () => randomUUID()],
  ])('%s', async (_what, id) => {
    const answer = await world.call('social-posts', {
      method: 'POST',
      user,
      body: body({ accountId: id() }),
    });
    expectProblem(answer, 404, 'account_not_found');
  });

  test('an account that did not allow publishing', async () => {
    await world.sql`update social_accounts set scopes = array_remove(scopes, 'video.publish') where id = ${accountId}`;
    expectProblem(
      await world.call('social-posts', { method: 'POST', user, body: body({}) }),
      409,
      'scope_missing',
    );
    await world.sql`update social_accounts set scopes = scopes || 'video.publish'::text where id = ${accountId}`;
  });

  test.each([['a b'], ['é'], ['x'.repeat(256)], ['']])('an Idempotency-Key like %j', async (key) => {
    const answer = await world.call('social-posts', {
      method: 'POST',
      user,
      body: body({}),
      headers: { 'idempotency-key': key },
    });
    expectProblem(answer, 400, 'idempotency_key_invalid');
  });
});

describe('somebody else’s, or nobody’s', () => {
  test.each([
    ['somebody else’s post', () => othersPostId],
    ['an unknown post', () => randomUUID()],
    ['an id that is none', () => 'abc'],
    ['SQL for an id', () => encodeURIComponent("' or 1=1 --")],
  ])('%s is not found, and stays as it was', async (_what, id) => {
    for (const method of ['GET', 'DELETE']) {
      expectProblem(
        await world.call('social-posts', { method, path: `/${id()}`, user }),
        404,
        'post_not_found',
      );
    }
    const [post] = await world.sql`select status from social_posts where id = ${othersPostId}`;
    expect(post?.status).toBe('queued');
  });

  test('somebody else’s account is not found', async () => {
    for (const id of [othersAccountId, randomUUID(), 'abc']) {
      expectProblem(
        await world.call('tiktok-status', { path: `?accountId=${id}`, user }),
        404,
        'account_not_found',
      );
    }
  });

  test('a list shows one’s own posts only', async () => {
    const { json } = await world.call('social-posts', { user });
    expect(json.posts.every((post: { accountId: string }) => post.accountId === accountId)).toBe(true);
    const others = await world.call('social-posts', { path: `?accountId=${othersAccountId}`, user });
    expect(others.json).toEqual({ posts: [], nextCursor: null });
  });
});

describe('a request that is not right', () => {
  test.each([
    ['limit=0', 'limit_invalid'],
    ['limit=101', 'limit_invalid'],
    ['limit=ten', 'limit_invalid'],
    ['limit=1&limit=2', 'limit_invalid'],
    ['status=done', 'status_invalid'],
    ['accountId=ada', 'account_id_invalid'],
    ['cursor=zzz', 'cursor_invalid'],
    ['page=2', 'unknown_field'],
  ])('social-posts?%s', async (query, code) => {
    expectProblem(await world.call('social-posts', { path: `?${query}`, user }), 400, code);
  });

  test.each<[FunctionName, string, string, string]>([
    ['tiktok-connect', 'GET', '', 'POST'],
    ['tiktok-callback', 'POST', '', 'GET'],
    ['tiktok-status', 'DELETE', '', 'GET'],
    ['social-posts', 'PUT', '', 'POST, GET'],
    ['social-posts', 'POST', `/${randomUUID()}`, 'GET, PATCH, DELETE'],
    ['social-posts', 'GET', `/${randomUUID()}/retry`, 'POST'],
    ['health', 'POST', '', 'GET'],
  ])('%s does not take %s%s', async (name, method, path, allow) => {
    const answer = await world.call(name, { method, path, user });
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test('a path that leads nowhere', async () => {
    expectProblem(await world.call('tiktok-status', { path: '/a', user }), 404, 'not_found');
    expectProblem(
      await world.call('social-posts', { path: `/${othersPostId}/publish`, user }),
      404,
      'not_found',
    );
  });

  test('tiktok-connect without redirectUrl, with an unknown field, with a wrong authMethod', async () => {
    const connect = (body: unknown) => world.call('tiktok-connect', { method: 'POST', user, body });
    expectProblem(await connect({}), 400, 'field_required');
    expectProblem(await connect({ redirectUrl: 'http://localhost:8888/', next: '/' }), 400, 'unknown_field');
    expectProblem(
      await connect({ redirectUrl: 'http://localhost:8888/', authMethod: 'x' }),
      400,
      'auth_method_invalid',
    );
    expectProblem(
      await connect({ redirectUrl: 'http://localhost:8888/', scopes: [] }),
      400,
      'scopes_invalid',
    );
    expectProblem(
      await connect({ redirectUrl: 'http://localhost:8888/', scopes: 'video.publish' }),
      400,
      'scopes_invalid',
    );
  });
});

describe('trouble of our own', () => {
  test('a configuration that is not usable says which variables, and no value', async () => {
    vi.stubEnv('TIKTOK_CLIENT_SECRET', '');
    vi.stubEnv('TOKEN_ENCRYPTION_KEYS', 'k1:too-short-to-be-shown');
    const answer = await world.call('tiktok-status', { user });
    expectProblem(answer, 503, 'invalid_config');
    expect(answer.json.detail).toMatch(/TIKTOK_CLIENT_SECRET is missing.*TOKEN_ENCRYPTION_KEYS has an entry/);
    expect(answer.text).not.toContain('too-short');
    for (const name of ['TIKTOK_CLIENT_SECRET', 'TOKEN_ENCRYPTION_KEYS']) vi.stubEnv(name, world.env[name]);
  });

  test('a database that is away is a 503, and health says so', async () => {
    vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:9');
    expectProblem(await world.call('tiktok-status', { user }), 503, 'database_unavailable');
    const health = await world.call('health');
    expect([health.status, health.json.database]).toEqual([503, 'unreachable']);
    vi.stubEnv('SUPABASE_URL', world.env.SUPABASE_URL);
  });
});

describe('browsers of other origins', () => {
  test('an allowed origin may call and keep its cookie; another may not', async () => {
    const allowed = await world.call('tiktok-status', {
      user,
      headers: { origin: 'https://app.example.com' },
    });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    const other = await world.call('tiktok-status', { user, headers: { origin: 'https://evil.example' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const refused = await world.call('tiktok-status', { headers: { origin: 'https://app.example.com' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });

  test('a preflight is answered without a token', async () => {
    const answer = await world.call('social-posts', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST, GET');
    expect(answer.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });
});
