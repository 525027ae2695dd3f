import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../emulator/emulator.ts';
import { closedPortUrl } from '../http/serve.ts';
import type { TestUser } from '../support/database.ts';
import { type Answered, createWorld, type World } from '../support/world.ts';

/** A TikTok app of one's own: stored, shown, tested, connected through, changed and deleted. */

const KEY = 'own-client-key';
const SECRET = 'own-client-secret-not-a-real-one';
const APP = { clientKey: KEY, clientSecret: SECRET };

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`delete from social_accounts`;
  await world.sql`delete from social_apps`;
  world.emulator.reset();
  world.emulator.putApp({ clientKey: KEY, clientSecret: SECRET });
  world.logLines.length = 0;
  user = await world.signUp();
});

const app = (method: string, options: { as?: TestUser; body?: unknown; path?: string } = {}) =>
  world.call('tiktok-app', {
    method,
    user: options.as ?? user,
    ...(options.body !== undefined && { body: options.body }),
    ...(options.path !== undefined && { path: options.path }),
  });
const put = (body: unknown = APP, as = user) => app('PUT', { body, as });
const get = (as = user) => app('GET', { as });
const remove = (as = user) => app('DELETE', { as });
const check = (body?: unknown, as = user) => app('POST', { path: '/test', body, as });
const problem = ({ status, json }: Answered) => [status, json.code];
const rows = () => world.sql`select * from social_apps order by created_at`;
const connectOwn = (as = user, consent = {}) => world.connectAccount(as, consent, { authMethod: 'own' });
const tokenCalls = () => world.emulator.requests().filter(({ endpoint }) => endpoint === 'token').length;
const errorOf = (result: URLSearchParams | null) => result?.get('tiktok_error');

describe('storing', () => {
  test('is by PUT, and the secret is not shown again', async () => {
    expect(problem(await get())).toEqual([404, 'tiktok_app_missing']);
    const view = { clientKey: KEY, savedAt: expect.stringMatching(/Z$/) };
    const stored = await put();
    expect([stored.status, stored.json]).toEqual([200, view]);
    const shown = await get();
    expect([shown.status, shown.json]).toEqual([200, view]);
  });

  test('is sealed: the secret is in no answer, no log line and nowhere in the database', async () => {
    const answers = [
      await put(),
      await get(),
      await check(),
      await check({ ...APP, clientSecret: `${SECRET}x` }),
    ];
    await connectOwn();
    answers.push(await remove());
    expect((await rows())[0]?.sealed_client_secret).toMatch(/^ey/);
    const everything = [await world.dump(), ...world.logLines, ...answers.map(({ text }) => text)].join('\n');
    expect(everything).not.toContain(SECRET);
    expect(everything).toContain('app_refused');
  });

  test('binds the secret to its row: copied to another it does not open', async () => {
    const other = await world.signUp();
    await put();
    await put({ ...APP, clientSecret: 'another-secret' }, other);
    await world.sql`update social_apps set sealed_client_secret =
      (select sealed_client_secret from social_apps where user_id = ${user.userId}) where user_id = ${other.userId}`;
    expect((await check()).json.result).toBe('good');
    expect(problem(await check(undefined, other))).toEqual([503, 'token_unreadable']);
  });

  test('takes off the white space that was pasted along', async () => {
    await put({ clientKey: ` ${KEY}\n`, clientSecret: `\t${SECRET}\r\n` });
    expect((await get()).json.clientKey).toBe(KEY);
    expect((await check()).json.result).toBe('good');
  });

  test('ten times at once leaves one app that opens', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => put()));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status, json } of answers)
      if (status !== 200) expect(json.code).toBe('database_unavailable');
    expect((await rows()).length).toBe(1);
    expect((await check()).json.result).toBe('good');
  });

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'field_required'],
    ['no object', ['x'], 'body_not_object'],
    ['null', null, 'body_not_object'],
    ['no secret', { clientKey: KEY }, 'field_required'],
    ['an empty key', { ...APP, clientKey: '' }, 'client_key_invalid'],
    ['a blank key', { ...APP, clientKey: '   ' }, 'client_key_invalid'],
    ['an empty secret', { ...APP, clientSecret: '' }, 'client_secret_invalid'],
    ['a long key', { ...APP, clientKey: 'k'.repeat(129) }, 'client_key_invalid'],
    ['a long secret', { ...APP, clientSecret: 's'.repeat(257) }, 'client_secret_invalid'],
    ['a secret of 40 kB', { ...APP, clientSecret: 's'.repeat(40_000) }, 'client_secret_invalid'],
    ['40 kB of white space', { ...APP, clientSecret: ' '.repeat(40_000) }, 'client_secret_invalid'],
    ['a number', { ...APP, clientKey: 42 }, 'client_key_invalid'],
    ['a list', { ...APP, clientSecret: [SECRET] }, 'client_secret_invalid'],
    ['an object', { ...APP, clientSecret: { reveal: SECRET } }, 'client_secret_invalid'],
    ['null for a secret', { ...APP, clientSecret: null }, 'client_secret_invalid'],
    ['another alphabet', { ...APP, clientKey: 'ключ' }, 'client_key_invalid'],
    ['an emoji', { ...APP, clientSecret: 'secret🎬' }, 'client_secret_invalid'],
    ['half an emoji', { ...APP, clientSecret: 'secret\ud83c' }, 'client_secret_invalid'],
    ['a zero byte', { ...APP, clientSecret: 'sec\0ret' }, 'client_secret_invalid'],
    ['two lines', { ...APP, clientSecret: 'sec\nret' }, 'client_secret_invalid'],
    ['somebody else’s id', { ...APP, userId: 'x' }, 'unknown_field'],
  ])('refuses %s, tested or stored, and repeats no secret', async (_what, body, code) => {
    for (const answer of [await put(body), await check(body)]) {
      expect(problem(answer)).toEqual([400, code]);
      expect(answer.text).not.toContain(SECRET);
    }
    expect([await rows(), tokenCalls()]).toEqual([[], 0]);
  });

  test('needs a signed-in user, and no other paths and methods exist', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/test'],
    ] as const) {
      const answer = await world.call('tiktok-app', { method, path, ...(method === 'PUT' && { body: APP }) });
      expect(problem(answer)).toEqual([401, 'token_missing']);
    }
    expect(problem(await app('POST', { body: APP }))).toEqual([405, 'method_not_allowed']);
    expect(problem(await app('POST', { path: '/tests' }))).toEqual([404, 'not_found']);
    expect(problem(await app('GET', { path: '/test' }))).toEqual([405, 'method_not_allowed']);
    expect(problem(await app('POST', { path: '/test/more' }))).toEqual([404, 'not_found']);
  });

  test('is everybody’s for themselves: the same key with another secret is another app', async () => {
    const other = await world.signUp();
    await put();
    await put({ ...APP, clientSecret: 'not-the-secret' }, other);
    expect((await check()).json.result).toBe('good');
    expect((await check(undefined, other)).json.result).toBe('refused');
    await remove(other);
    expect((await get()).status).toBe(200);
    expect(problem(await get(other))).toEqual([404, 'tiktok_app_missing']);
    expect(problem(await remove(other))).toEqual([404, 'tiktok_app_missing']);
  });
});

describe('testing', () => {
  test('says that key and secret are good, of the stored app and of one that is not stored', async () => {
    expect(problem(await check())).toEqual([404, 'tiktok_app_missing']);
    const good = { clientKey: KEY, result: 'good', reason: null };
    expect((await check(APP)).json).toEqual(good);
    expect(await rows()).toEqual([]);
    await put();
    expect((await check()).json).toEqual(good);
  });

  test.each([
    ['the secret', { ...APP, clientSecret: 'wrong' }],
    ['the key', { ...APP, clientKey: 'wrong' }],
  ])('says that TikTok refuses them, where %s is wrong: it does not tell which', async (_what, body) => {
    const answer = await check(body);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        clientKey: body.clientKey,
        result: 'refused',
        reason: { code: 'invalid_client', message: expect.stringContaining('does not say which') },
      },
    ]);
  });

  test.each<[string, Omit<Fault, 'endpoint'>, string]>([
    ['does not answer', { kind: 'drop', when: 'before' }, 'tiktok_unavailable'],
    ['answers with a page', { kind: 'html' }, 'tiktok_unavailable'],
    ['answers with nothing', { kind: 'empty' }, 'tiktok_unavailable'],
    ['has trouble', { kind: 'error', code: 'server_error', httpStatus: 500 }, 'server_error'],
    [
      'gives such apps no token',
      { kind: 'error', code: 'unauthorized_client', httpStatus: 200 },
      'unauthorized_client',
    ],
    [
      'knows no such grant',
      { kind: 'error', code: 'unsupported_grant_type', httpStatus: 200 },
      'unsupported_grant_type',
    ],
    ['calls it malformed', { kind: 'error', code: 'invalid_request', httpStatus: 400 }, 'invalid_request'],
  ])('is unknown where TikTok %s', async (_what, fault, code) => {
    world.emulator.faults.add({ endpoint: 'token', ...fault });
    const answer = await check(APP);
    expect([answer.status, answer.json]).toEqual([
      200,
      { clientKey: KEY, result: 'unknown', reason: { code, message: expect.any(String) } },
    ]);
  });

  test('is unknown where TikTok cannot be reached', async () => {
    vi.stubEnv('TIKTOK_API_URL', await closedPortUrl());
    expect((await check(APP)).json).toMatchObject({
      result: 'unknown',
      reason: { code: 'tiktok_unavailable' },
    });
    vi.stubEnv('TIKTOK_API_URL', world.env.TIKTOK_API_URL);
  });
});

describe('connecting through it', () => {
  test('needs one to be stored', async () => {
    const { answer } = await world.beginConnect(user, { authMethod: 'own' });
    expect(problem(answer)).toEqual([409, 'tiktok_app_missing']);
    await put(APP, await world.signUp());
    expect(problem((await world.beginConnect(user, { authMethod: 'own' })).answer)[1]).toBe(
      'tiktok_app_missing',
    );
  });

  test('asks and gets tokens for that app, and says so', async () => {
    await put();
    const { authorizeUrl } = await world.beginConnect(user, { authMethod: 'own' });
    expect(new URL(authorizeUrl).searchParams.get('client_key')).toBe(KEY);
    const accountId = await connectOwn();
    const { json } = await world.call('tiktok-status', { user });
    expect(json.accounts).toMatchObject([{ id: accountId, authMethod: 'own', status: 'connected' }]);
    expect(await world.sql`select auth_method, client_key from social_accounts`).toMatchObject([
      { auth_method: 'own', client_key: KEY },
    ]);
  });

  test('publishes, by upload even from where the site’s app may pull', async () => {
    await put();
    const accountId = await connectOwn();
    const { id } = await world.queuePost(user, accountId, {
      videoUrl: `${world.media.url}/verified/vertical.mp4`,
    });
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.makeDue();
      await world.tick();
    }
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'published',
      attempts: [{ transfer: 'upload', outcome: 'published' }],
    });
    expect(world.emulator.ledger()).toMatchObject([{ clientKey: KEY, published: true }]);
  });

  test('with a wrong secret ends with invalid_config', async () => {
    await put({ ...APP, clientSecret: 'wrong' });
    const { authorizeUrl, cookie } = await world.beginConnect(user, { authMethod: 'own' });
    const { result } = await world.finishConnect(await world.consent(authorizeUrl), cookie);
    expect(errorOf(result)).toBe('invalid_config');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['deleted', () => remove()],
    ['exchanged for another', () => put({ clientKey: 'newer', clientSecret: 'newer-secret' })],
  ])('ends with invalid_config if it was %s meanwhile, and TikTok is not asked', async (_what, change) => {
    await put();
    const { authorizeUrl, cookie } = await world.beginConnect(user, { authMethod: 'own' });
    const query = await world.consent(authorizeUrl);
    await change();
    const { result } = await world.finishConnect(query, cookie);
    expect(errorOf(result)).toBe('invalid_config');
    expect(tokenCalls()).toBe(0);
  });

  test('ends with invalid_config if it is deleted while TikTok answers', async () => {
    await put();
    const { authorizeUrl, cookie } = await world.beginConnect(user, { authMethod: 'own' });
    const query = await world.consent(authorizeUrl);
    world.emulator.faults.add({ endpoint: 'user_info', kind: 'delay', ms: 1_500 });
    const finishing = world.finishConnect(query, cookie);
    await vi.waitFor(() => expect(tokenCalls()).toBe(1), 5_000);
    expect((await remove()).json).toEqual({ deleted: true });
    expect(errorOf((await finishing).result)).toBe('invalid_config');
    expect(await world.sql`select id from social_accounts`).toEqual([]);
  });

  test('gives the same person another account than the site’s app does', async () => {
    await put();
    const shared = await world.connectAccount(user);
    const own = await connectOwn();
    expect(own).not.toBe(shared);
    expect(await world.connectAccount(user)).toBe(shared);
    expect(await connectOwn()).toBe(own);
    const { json } = await world.call('tiktok-status', { user });
    expect(json.accounts.map(({ authMethod }: { authMethod: string }) => authMethod).sort()).toEqual([
      'own',
      'shared',
    ]);
  });

  test('renews an account in place where it is the very app of the site', async () => {
    const shared = await world.connectAccount(user);
    await put({ clientKey: world.env.TIKTOK_CLIENT_KEY, clientSecret: world.env.TIKTOK_CLIENT_SECRET });
    expect(await connectOwn()).toBe(shared);
    expect((await world.call('tiktok-status', { user })).json.accounts).toMatchObject([
      { authMethod: 'own' },
    ]);
    expect(
      (await world.call('tiktok-refresh', { method: 'POST', user, body: { accountId: shared } })).status,
    ).toBe(200);
  });
});

describe('with accounts that are connected through it', () => {
  let accountId: string;
  beforeEach(async () => {
    await put();
    accountId = await connectOwn();
  });
  const refresh = (id = accountId) =>
    world.call('tiktok-refresh', { method: 'POST', user, body: { accountId: id } });

  test('it is not deleted, and the answer names them', async () => {
    const answer = await remove();
    expect(problem(answer)).toEqual([409, 'tiktok_app_in_use']);
    expect(answer.json.detail).toContain(`Ada Films (${accountId})`);
    expect((await refresh()).status).toBe(200);

    await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
    expect((await remove()).json).toEqual({ deleted: true });
    expect(await rows()).toEqual([]);
  });

  test('exchanged for another, it stays for them alone, and goes when they have gone', async () => {
    world.emulator.putApp({ clientKey: 'newer', clientSecret: 'newer-secret' });
    await put({ clientKey: 'newer', clientSecret: 'newer-secret' });
    expect((await get()).json.clientKey).toBe('newer');
    expect((await refresh()).status).toBe(200);
    const newer = await connectOwn();
    expect(newer).not.toBe(accountId);
    expect((await refresh(newer)).status).toBe(200);
    expect(problem(await remove())).toEqual([409, 'tiktok_app_in_use']);

    await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
    expect(
      world.emulator.requests().filter(({ endpoint, errorCode }) => endpoint === 'revoke' && !errorCode),
    ).toHaveLength(1);
    await put({ clientKey: 'newer', clientSecret: 'newer-secret' });
    expect((await rows()).map(({ client_key }) => client_key)).toEqual(['newer']);
  });

  test('a new secret for it counts at once', async () => {
    world.emulator.putApp({ clientKey: KEY, clientSecret: 'rotated' });
    const refused = await refresh();
    expect(problem(refused)).toEqual([503, 'token_refresh_failed']);
    expect(refused.json.detail).toContain('PUT tiktok-app');
    expect(refused.json.detail).not.toContain('whoever runs this site');
    await put({ clientKey: KEY, clientSecret: 'rotated' });
    expect((await refresh()).status).toBe(200);
    expect((await rows()).map(({ secret_version }) => Number(secret_version))).toEqual([2]);
  });

  test('the app of another user by the same key is not used for them', async () => {
    const other = await world.signUp();
    await put(APP, other);
    await world.sql`delete from social_apps where user_id = ${user.userId}`;
    expect(problem(await refresh())).toEqual([503, 'tiktok_app_changed']);
  });

  test('another user’s accounts through the same app do not keep it from being deleted', async () => {
    const other = await world.signUp();
    await put(APP, other);
    expect((await remove(other)).json).toEqual({ deleted: true });
    expect((await refresh()).status).toBe(200);
  });

  test('deleting the user deletes it', async () => {
    await world.sql`delete from auth.users where id = ${user.userId}`;
    expect(await rows()).toEqual([]);
  });
});
