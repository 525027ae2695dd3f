import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { createWorld, SITE, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.emulator.reset();
  world.logLines.length = 0;
});

const tokenCalls = () => world.emulator.requests().filter(({ endpoint }) => endpoint === 'token').length;
const accountCount = async () => (await world.sql`select count(*)::int as n from social_accounts`)[0]?.n;
const errorOf = (result: URLSearchParams | null) => result?.get('tiktok_error');

async function begunAndAllowed(consent = {}) {
  const { cookie, authorizeUrl } = await world.beginConnect(user);
  return { cookie, query: await world.consent(authorizeUrl, consent) };
}

describe('beginning', () => {
  test('gives TikTok’s address with this site’s app, scopes and redirect URI, and a cookie for this browser', async () => {
    const { answer, authorizeUrl } = await world.beginConnect(user);
    expect(answer.status).toBe(200);
    const url = new URL(authorizeUrl);
    expect(url.origin + url.pathname).toBe(`${world.tiktok.url}/v2/auth/authorize/`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_key: 'emulator-client-key',
      response_type: 'code',
      scope: 'user.info.basic,video.publish,video.upload',
      redirect_uri: `${SITE}/.netlify/functions/tiktok-callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      disable_auto_auth: '1',
    });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-tiktok-connect-[\w-]{12}=[\w-]{43}; Max-Age=900; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    const leftMs = Date.parse(answer.json.expiresAt) - Date.now();
    expect(Math.round(leftMs / 60_000)).toBe(15);
  });

  test('keeps only hashes of the state and of the cookie', async () => {
    const { cookie, authorizeUrl } = await world.beginConnect(user);
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const rows = JSON.stringify(await world.sql`select * from oauth_flows`);
    expect(rows).not.toContain(state);
    expect(rows).not.toContain(cookie.split('=')[1]);
  });

  test('asks for fewer scopes when told, and never for more than the site may', async () => {
    const { authorizeUrl } = await world.beginConnect(user, { scopes: ['video.upload'] });
    expect(new URL(authorizeUrl).searchParams.get('scope')).toBe('user.info.basic,video.upload');
    const { answer } = await world.beginConnect(user, { scopes: ['video.list'] });
    expect([answer.status, answer.json.code]).toEqual([400, 'scopes_not_allowed']);
  });

  test.each([
    'https://evil.example/',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://evil.example/https://app.example.com',
    'http://app.example.com/',
    'https://app.example.com:444/',
    'https://app.example.com\\@evil.example/',
    'https:\\\\evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '///evil.example',
    'https:evil.example',
    'https:/app.example.com',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example.com/\u0000',
    'https://app.example.com/ x',
    '\thttps://app.example.com/',
    'https://app.example.com/\r\nset-cookie: a=b',
    'https://user@app.example.com/',
    'https://app。example。com.evil.example/',
    'https://APP.EXAMPLE.COM.evil.example',
    'https://[::1]/',
    'null',
    '',
    'app.example.com',
    `https://app.example.com/${'a'.repeat(2048)}`,
  ])('refuses to come back to %j', async (redirectUrl) => {
    const { answer } = await world.beginConnect(user, { redirectUrl });
    expect(answer.status).toBe(400);
    expect(answer.json.code).toMatch(/^redirect_url_(invalid|not_allowed)$/);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });
});

describe('coming back', () => {
  test('stores the account and tells the app its name and id', async () => {
    const { cookie, query } = await begunAndAllowed();
    const { answer, location, result } = await world.finishConnect(query, cookie);
    expect(answer.status).toBe(302);
    expect(location).toMatch(new RegExp(`^${SITE}/done\\?`));
    expect(Object.fromEntries(result ?? [])).toEqual({
      tiktok_connected: 'true',
      tiktok_username: 'Ada Films',
      tiktok_account: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(answer.headers.get('set-cookie')).toMatch(/=; Max-Age=0; Path=\/; Secure; HttpOnly/);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');

    const status = await world.call('tiktok-status', { user });
    expect(status.json).toEqual({
      connected: true,
      accounts: [
        {
          id: result?.get('tiktok_account'),
          openId: expect.any(String),
          username: 'Ada Films',
          avatarUrl: expect.stringContaining('http'),
          scopes: ['user.info.basic', 'video.publish', 'video.upload'],
          authMethod: 'shared',
          status: 'connected',
          connectedAt: expect.stringMatching(/Z$/),
          tokenExpiresAt: expect.stringMatching(/Z$/),
          refreshTokenExpiresAt: expect.stringMatching(/Z$/),
          reconnectBy: null,
        },
      ],
    });
  });

  test('no plaintext token is anywhere in the database, the logs or the answers', async () => {
    const { cookie, query } = await begunAndAllowed();
    const { answer } = await world.finishConnect(query, cookie);
    const status = await world.call('tiktok-status', { user });
    const dump = await world.dump();
    expect(dump).toContain('"sealed_access_token":"ey');
    const everything = [
      dump,
      ...world.logLines,
      answer.text,
      String(answer.headers.get('location')),
      status.text,
    ].join('\n');
    expect(everything).not.toMatch(/\b(act|rft)\./);
    for (const secret of [
      world.env.TIKTOK_CLIENT_SECRET,
      world.env.TOKEN_ENCRYPTION_KEYS,
      world.env.SUPABASE_SECRET_KEY,
    ]) {
      expect(everything).not.toContain(secret);
    }
  });

  test('connecting the same TikTok account again renews it in place', async () => {
    const first = await world.connectAccount(user);
    const before = await accountCount();
    expect(await world.connectAccount(user)).toBe(first);
    expect(await accountCount()).toBe(before);
  });

  test('two users may connect the same TikTok account: each has a row, and neither row changes owner', async () => {
    const other = await world.signUp();
    const mine = await world.connectAccount(user);
    const theirs = await world.connectAccount(other);
    expect(theirs).not.toBe(mine);
    const owners =
      await world.sql`select id, user_id from social_accounts where id in ${world.sql([mine, theirs])}`;
    expect(Object.fromEntries(owners.map(({ id, user_id }) => [id, user_id]))).toEqual({
      [mine]: user.userId,
      [theirs]: other.userId,
    });
  });

  test('a code with characters that must be decoded exactly once works', async () => {
    const { cookie, query } = await begunAndAllowed();
    expect(query).toMatch(/code=[^&]*%(2A|21)/i);
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBeNull();
  });

  test('the account is kept although TikTok does not tell its name', async () => {
    world.emulator.faults.add({ endpoint: 'user_info', kind: 'html' });
    const { cookie, query } = await begunAndAllowed({ username: 'bo.private' });
    const { result } = await world.finishConnect(query, cookie);
    expect([result?.get('tiktok_connected'), result?.get('tiktok_username')]).toEqual(['true', '']);
  });
});

describe('every tiktok_error', () => {
  test('authorization_denied: the person says no', async () => {
    const { cookie, query } = await begunAndAllowed({ decision: 'deny' });
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('authorization_denied');
    expect(tokenCalls()).toBe(0);
  });

  test('missing_params: neither code nor error, or a doubled code', async () => {
    for (const damage of [
      (query: URLSearchParams) => query.delete('code'),
      (query: URLSearchParams) => query.append('code', 'another'),
      (query: URLSearchParams) => query.set('code', ''),
    ]) {
      const { cookie, query } = await begunAndAllowed();
      const damaged = new URLSearchParams(query);
      damage(damaged);
      expect(errorOf((await world.finishConnect(`?${damaged}`, cookie)).result)).toBe('missing_params');
    }
    expect(tokenCalls()).toBe(0);
  });

  test('session_expired: after 15 minutes, and when the flow was used already', async () => {
    const late = await begunAndAllowed();
    await world.sql`update oauth_flows set expires_at = now() - interval '1 second' where used_at is null`;
    expect(errorOf((await world.finishConnect(late.query, late.cookie)).result)).toBe('session_expired');
    expect(tokenCalls()).toBe(0);

    const { cookie, query } = await begunAndAllowed();
    await world.finishConnect(query, cookie);
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('session_expired');
    expect(tokenCalls()).toBe(1);
  });

  test.each([
    ['a refused code', { kind: 'error', code: 'invalid_grant', httpStatus: 400 }],
    ['an error with HTTP 200', { kind: 'error', code: 'invalid_grant', httpStatus: 200 }],
    ['TikTok’s own trouble', { kind: 'error', code: 'server_error', httpStatus: 500 }],
    ['a lost answer', { kind: 'drop', when: 'after' }],
    ['a proxy’s page', { kind: 'html' }],
    ['an empty answer', { kind: 'empty' }],
    ['half an answer', { kind: 'garbled' }],
  ] as const)('token_exchange_failed: %s', async (_what, fault) => {
    world.emulator.faults.add({ endpoint: 'token', ...fault });
    const before = await accountCount();
    const { cookie, query } = await begunAndAllowed();
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('token_exchange_failed');
    expect(await accountCount()).toBe(before);
  });

  test('scope_missing: neither way of posting is allowed', async () => {
    const before = await accountCount();
    const { cookie, query } = await begunAndAllowed({ scopes: ['user.info.basic'] });
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('scope_missing');
    expect(await accountCount()).toBe(before);
  });

  test('invalid_config: TikTok refuses the app, in the redirect or at the exchange', async () => {
    for (const error of ['unauthorized_client', 'invalid_scope', 'invalid_request']) {
      const { cookie, query } = await begunAndAllowed();
      const state = new URLSearchParams(query).get('state');
      const { result } = await world.finishConnect(
        `?error=${error}&error_description=x&state=${state}`,
        cookie,
      );
      expect(errorOf(result)).toBe('invalid_config');
    }
    const { cookie, query } = await begunAndAllowed();
    world.emulator.faults.add({ endpoint: 'token', kind: 'error', code: 'invalid_client', httpStatus: 200 });
    expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('invalid_config');
  });

  test('internal_error: the account cannot be stored', async () => {
    const { cookie, query } = await begunAndAllowed();
    await world.sql`alter table social_accounts rename to hidden`;
    try {
      expect(errorOf((await world.finishConnect(query, cookie)).result)).toBe('internal_error');
    } finally {
      await world.sql`alter table hidden rename to social_accounts`;
    }
  });
});

describe('nobody gets in sideways', () => {
  type Tampering = { query?: (query: URLSearchParams) => void; cookie?: (cookie: string) => string };
  const stateOf = (query: URLSearchParams) => query.get('state') ?? '';
  const rename = (query: URLSearchParams, from: string, to: string) => {
    query.set(to, query.get(from) ?? '');
    query.delete(from);
  };
  const withState = (change: (state: string) => string): Tampering => ({
    query: (query) => query.set('state', change(stateOf(query))),
  });
  const vectors: [string, Tampering][] = [
    ['no state', { query: (query) => query.delete('state') }],
    ['an empty state', withState(() => '')],
    ['a doubled state', { query: (query) => query.append('state', stateOf(query)) }],
    ['two states', { query: (query) => query.append('state', 'x'.repeat(43)) }],
    ['an unknown state', withState(() => 'x'.repeat(43))],
    ['a state in capitals', withState((state) => state.toUpperCase())],
    ['a state with a space', withState((state) => `${state} `)],
    ['a state with a zero byte', withState((state) => `${state}\u0000`)],
    ['a state cut short', withState((state) => state.slice(0, -1))],
    ['the hash for the state', withState((state) => createHash('sha256').update(state).digest('base64url'))],
    ['a wildcard', withState(() => '%')],
    ['a very long state', withState(() => 'x'.repeat(100_000))],
    [
      'state[] for state',
      {
        query: (query) => {
          query.set('state[]', stateOf(query));
          query.delete('state');
        },
      },
    ],
    ['no cookie', { cookie: () => '' }],
    ['an empty cookie', { cookie: (cookie) => `${cookie.split('=')[0]}=` }],
    ['another nonce', { cookie: (cookie) => `${cookie.split('=')[0]}=${'x'.repeat(43)}` }],
    ['a doubled cookie', { cookie: (cookie) => `${cookie}; ${cookie}` }],
    ['a cookie without its prefix', { cookie: (cookie) => cookie.replace('__Host-', '') }],
    ['a state with a line break', withState((state) => `${state}\n`)],
    ['a state encoded twice', withState((state) => encodeURIComponent(`%${state}`))],
    ['a state padded', withState((state) => `${state}=`)],
    ['a state with a plus for its dash', withState((state) => `+${state.slice(1)}`)],
    ['a state in base64 of itself', withState((state) => Buffer.from(state).toString('base64url'))],
    ['the hash in hex', withState((state) => createHash('sha256').update(state).digest('hex'))],
    ['the word null', withState(() => 'null')],
    ['the word undefined', withState(() => 'undefined')],
    ['the word true', withState(() => 'true')],
    ['an object’s own name', withState(() => '__proto__')],
    ['SQL', withState((state) => `${state}' or '1'='1`)],
    ['a filter of PostgREST', withState((state) => `eq.${state}`)],
    ['a list', withState((state) => `${state},${state}`)],
    ['State for state', { query: (query) => rename(query, 'state', 'State') }],
    ['state with a space in its name', { query: (query) => rename(query, 'state', ' state') }],
    ['an empty state besides', { query: (query) => query.append('state', '') }],
    ['the nonce for the state', { query: (query) => query.set('state', 'nonce'.repeat(9)) }],
    ['a nonce cut short', { cookie: (cookie) => cookie.slice(0, -1) }],
    ['a nonce in capitals', { cookie: (cookie) => cookie.replace(/=.*/, (nonce) => nonce.toUpperCase()) }],
    ['a quoted nonce', { cookie: (cookie) => cookie.replace(/=(.*)/, '="$1"') }],
    ['another cookie’s name', { cookie: (cookie) => cookie.replace(/connect-./, 'connect-~') }],
    ['neither', { query: (query) => query.delete('state'), cookie: () => '' }],
  ];

  test('in forty ways', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(40);
  });

  test.each(vectors)('%s: a page, no redirect, no exchange, nothing stored', async (_what, tampering) => {
    const before = await accountCount();
    const begun = await begunAndAllowed();
    const query = new URLSearchParams(begun.query);
    tampering.query?.(query);
    const cookie = tampering.cookie?.(begun.cookie) ?? begun.cookie;
    const { answer, location } = await world.finishConnect(`?${query}`, cookie);
    expect(answer.status).toBe(400);
    expect(location).toBeNull();
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(tokenCalls()).toBe(0);
    expect(await accountCount()).toBe(before);
  });

  test('only the browser that began a flow can end it, and it ends for the user who began it', async () => {
    const users = [user, await world.signUp(), await world.signUp(), await world.signUp()];
    for (const [i, owner] of users.entries()) {
      for (const [j] of users.entries()) {
        const mine = await world.beginConnect(owner);
        const others = await world.beginConnect(users[j] ?? owner);
        const query = await world.consent(mine.authorizeUrl);
        const browser = i === j ? mine.cookie : others.cookie;
        const { answer, result } = await world.finishConnect(query, browser);
        expect(answer.status).toBe(i === j ? 302 : 400);
        if (i !== j) continue;
        const [row] =
          await world.sql`select user_id from social_accounts where id = ${result?.get('tiktok_account') ?? ''}`;
        expect(row?.user_id).toBe(owner.userId);
      }
    }
  });

  test('of fifty callbacks at once with one state, one exchanges the code', async () => {
    const { cookie, query } = await begunAndAllowed();
    const results = await Promise.all(Array.from({ length: 50 }, () => world.finishConnect(query, cookie)));
    expect(tokenCalls()).toBe(1);
    expect(results.filter(({ result }) => result?.get('tiktok_connected')).length).toBe(1);
    expect(results.filter(({ result }) => errorOf(result) === 'session_expired').length).toBe(49);
  });

  test('what TikTok’s redirect says is never shown or passed on', async () => {
    const payload = '<script>alert(1)</script>%0d%0aset-cookie:x=y';
    const { answer } = await world.finishConnect(
      `?error=${payload}&error_description=${payload}&state=${payload}`,
      '',
    );
    expect(answer.text).not.toContain('alert(1)');
    const { cookie, query } = await begunAndAllowed();
    const state = new URLSearchParams(query).get('state');
    const { location } = await world.finishConnect(
      `?error=${payload}&error_description=${payload}&state=${state}`,
      cookie,
    );
    expect(location).toBe(`${SITE}/done?tiktok_error=token_exchange_failed`);
  });

  test('parameters of the way back are kept, but none that could pass for our answer', async () => {
    const { cookie, authorizeUrl } = await world.beginConnect(user, {
      redirectUrl: `${SITE}/done?tab=2&tiktok_connected=true&tiktok_account=forged#top`,
    });
    const { location } = await world.finishConnect(
      await world.consent(authorizeUrl, { decision: 'deny' }),
      cookie,
    );
    expect(location).toBe(`${SITE}/done?tab=2&tiktok_error=authorization_denied#top`);
  });
});

test('a user who no longer exists cannot begin', async () => {
  const ghost = await new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('00000000-0000-4000-8000-000000000000')
    .setAudience('authenticated')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(world.database.jwtSecret));
  const { answer } = await world.beginConnect({ ...user, accessToken: ghost });
  expect([answer.status, answer.json.code]).toEqual([401, 'token_invalid']);
});
