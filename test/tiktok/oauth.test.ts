import { describe, expect, test } from 'vitest';
import { secret } from '../../src/lib/secret.ts';
import type { Fetch, FetchInit } from '../../src/tiktok/call.ts';
import { oauthMeaning } from '../../src/tiktok/errors.ts';
import {
  authorizeUrl,
  checkApp,
  exchangeCode,
  lifetimeSeconds,
  refreshTokens,
  revokeToken,
  type TokenAnswer,
} from '../../src/tiktok/oauth.ts';

const APP = { clientKey: 'the-key', clientSecret: secret('the&secret=1+2') };

/** A stand-in for fetch that gives one answer and remembers what it was asked. */
function answering(body: string, init?: ResponseInit) {
  const asked: { url: string; init: FetchInit }[] = [];
  const fetch: Fetch = async (url, request) => {
    asked.push({ url, init: request });
    return new Response(body, init);
  };
  return { asked, options: { fetch, apiUrl: 'https://tiktok.example.com', timeoutMs: 1_000 } };
}

const TOKENS = {
  access_token: 'act.example',
  expires_in: 7200,
  open_id: 'afd97af1-b87b-48b9-ac98-410aghda5344',
  refresh_expires_in: 15_552_000,
  refresh_token: 'rft.example',
  scope: 'user.info.basic,video.publish',
  token_type: 'Bearer',
};

async function exchange(body: unknown, init?: ResponseInit): Promise<TokenAnswer> {
  const { options } = answering(typeof body === 'string' ? body : JSON.stringify(body), init);
  return await exchangeCode(options, APP, { code: 'c', redirectUri: 'https://app.example.com/cb' });
}

describe("where the user's browser is sent", () => {
  const build = (base: string) =>
    authorizeUrl(base, {
      clientKey: 'the key&',
      redirectUri: 'https://app.example.com/.netlify/functions/tiktok-callback',
      scopes: ['user.info.basic', 'video.publish'],
      state: 'st+te/&=',
    });

  test("has TikTok's names, commas between scopes, no PKCE and no secret", () => {
    const url = new URL(build('https://www.tiktok.com/v2/auth/authorize/'));
    expect(url.origin + url.pathname).toBe('https://www.tiktok.com/v2/auth/authorize/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_key: 'the key&',
      response_type: 'code',
      scope: 'user.info.basic,video.publish',
      redirect_uri: 'https://app.example.com/.netlify/functions/tiktok-callback',
      state: 'st+te/&=',
      disable_auto_auth: '1',
    });
  });

  test('to a machine of the user’s own it has the SHA-256 of the verifier, in hex', () => {
    const url = new URL(
      authorizeUrl('https://www.tiktok.com/v2/auth/authorize/', {
        clientKey: 'the-key',
        redirectUri: 'http://127.0.0.1:3455/callback',
        scopes: ['user.info.basic'],
        state: 's',
        codeVerifier: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ',
      }),
    );
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('code_challenge')).toBe(
      '46a2199782c8827f0ac56f503be9d39efee97f40a736b92cc7d7c5f825cfd851',
    );
    expect(url.href).not.toContain('abcdefgh');
  });

  test('keeps what stands in the address, and replaces what is ours', () => {
    const url = new URL(build('http://127.0.0.1:8790/v2/auth/authorize/?disable_auto_auth=1&state=theirs'));
    expect(url.searchParams.get('disable_auto_auth')).toBe('1');
    expect(url.searchParams.getAll('state')).toEqual(['st+te/&=']);
  });
});

describe('the request', () => {
  test('for a code sends it as it came, once encoded, as a form without a bearer', async () => {
    const { options, asked } = answering(JSON.stringify(TOKENS));
    const code = 'a*b!c%20d+e&f=6410';
    await exchangeCode(options, APP, { code, redirectUri: 'https://app.example.com/cb' });
    const [{ url, init }] = asked as [(typeof asked)[0]];
    expect(url).toBe('https://tiktok.example.com/v2/oauth/token/');
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(init.headers).toEqual({
      'content-type': 'application/x-www-form-urlencoded',
      'cache-control': 'no-cache',
    });
    expect(Object.fromEntries(new URLSearchParams(init.body ?? ''))).toEqual({
      client_key: 'the-key',
      client_secret: 'the&secret=1+2',
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://app.example.com/cb',
    });
  });

  test('for a code that came to a machine of the user’s own sends the verifier, too', async () => {
    const { options, asked } = answering(JSON.stringify(TOKENS));
    const redirectUri = 'http://127.0.0.1:3455/callback';
    await exchangeCode(options, APP, { code: 'c', redirectUri, codeVerifier: 'v'.repeat(43) });
    const form = new URLSearchParams(asked[0]?.init.body ?? '');
    expect([form.get('code_verifier'), form.get('redirect_uri')]).toEqual(['v'.repeat(43), redirectUri]);
  });

  test('for a refresh sends the refresh token and no redirect URI', async () => {
    const { options, asked } = answering(JSON.stringify(TOKENS));
    await refreshTokens(options, APP, secret('rft.old+/='));
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.init.body ?? ''))).toEqual({
      client_key: 'the-key',
      client_secret: 'the&secret=1+2',
      grant_type: 'refresh_token',
      refresh_token: 'rft.old+/=',
    });
  });
});

describe('tokens', () => {
  test('as TikTok documents them', async () => {
    const answer = await exchange(TOKENS);
    expect(answer).toMatchObject({
      kind: 'ok',
      tokens: {
        openId: TOKENS.open_id,
        scopes: ['user.info.basic', 'video.publish'],
        accessExpiresInSeconds: 7200,
        refreshExpiresInSeconds: 15_552_000,
      },
    });
    if (answer.kind !== 'ok') return;
    expect(answer.tokens.accessToken.reveal()).toBe('act.example');
    expect(answer.tokens.refreshToken.reveal()).toBe('rft.example');
    expect(JSON.stringify(answer)).not.toContain('example');
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'of old, for 24 hours',
      { expires_in: 86_400, refresh_expires_in: 31_536_000 },
      { accessExpiresInSeconds: 86_400, refreshExpiresInSeconds: 31_536_000 },
    ],
    [
      'with lifetimes in strings',
      { expires_in: '7200', refresh_expires_in: '15552000' },
      { accessExpiresInSeconds: 7200, refreshExpiresInSeconds: 15_552_000 },
    ],
    [
      'without lifetimes',
      { expires_in: undefined, refresh_expires_in: null },
      { accessExpiresInSeconds: null, refreshExpiresInSeconds: null },
    ],
    [
      'with nonsense for lifetimes',
      { expires_in: 'soon', refresh_expires_in: {} },
      { accessExpiresInSeconds: null, refreshExpiresInSeconds: null },
    ],
    [
      'with negative lifetimes',
      { expires_in: -7200, refresh_expires_in: 0 },
      { accessExpiresInSeconds: null, refreshExpiresInSeconds: null },
    ],
    [
      'with a lifetime beyond 2^53',
      { expires_in: '99999999999999999999' },
      { accessExpiresInSeconds: 315_360_000 },
    ],
    [
      'with a refresh lifetime beyond 2^53',
      { refresh_expires_in: '99999999999999999999' },
      { accessExpiresInSeconds: 7200, refreshExpiresInSeconds: 315_360_000 },
    ],
    [
      'with one lifetime for both, and neither of them ours',
      { expires_in: 60, refresh_expires_in: 60 },
      { accessExpiresInSeconds: 60, refreshExpiresInSeconds: 60 },
    ],
    ['without scopes', { scope: undefined }, { scopes: [] }],
    ['with scopes null', { scope: null }, { scopes: [] }],
    ['with an empty scope', { scope: '' }, { scopes: [] }],
    ['with scopes separated by spaces', { scope: 'a b' }, { scopes: ['a', 'b'] }],
    ['with commas and spaces', { scope: 'a, b,,c ' }, { scopes: ['a', 'b', 'c'] }],
    ['with members nobody knows', { union_id: 'u', error: '', error_description: '' }, {}],
    ['with an empty error beside them', { error: '' }, {}],
  ])('%s', async (_what, changes, expected) => {
    expect(await exchange({ ...TOKENS, ...changes })).toMatchObject({ kind: 'ok', tokens: expected });
  });

  test('count whatever the HTTP status', async () => {
    expect(await exchange(TOKENS, { status: 400 })).toMatchObject({ kind: 'ok' });
  });
});

describe('refusals', () => {
  const CODES = [
    'access_denied',
    'invalid_client',
    'invalid_grant',
    'invalid_request',
    'invalid_scope',
    'unauthorized_client',
    'unsupported_grant_type',
    'unsupported_response_type',
    'server_error',
    'temporarily_unavailable',
    'brand_new',
  ];

  test.each(CODES)('%s, with HTTP 200, 400 or 500', async (code) => {
    const body = {
      error: code,
      error_description: 'act.secret',
      log_id: '202206221854370101130062072500FFA2',
    };
    for (const status of [200, 400, 401, 500]) {
      expect(await exchange(body, { status })).toEqual({ kind: 'refused', code, logId: body.log_id });
    }
  });

  test('without a log id', async () => {
    const refused = { kind: 'refused', code: 'invalid_grant', logId: null };
    expect(await exchange({ error: 'invalid_grant' })).toEqual(refused);
    expect(await exchange({ error: 'invalid_grant', log_id: null })).toEqual(refused);
    expect(await exchange({ error: 'invalid_grant', log_id: 7 })).toEqual(refused);
  });

  test('each means one thing; only one of them ends an account', () => {
    const meant = (meaning: string) => CODES.filter((code) => oauthMeaning(code) === meaning).sort();
    expect(meant('denied')).toEqual(['access_denied']);
    expect(meant('dead')).toEqual(['invalid_grant']);
    expect(meant('misconfigured')).toEqual([
      'invalid_client',
      'invalid_request',
      'invalid_scope',
      'unauthorized_client',
      'unsupported_grant_type',
      'unsupported_response_type',
    ]);
    expect(meant('trouble')).toEqual(['brand_new', 'server_error', 'temporarily_unavailable']);
    expect(oauthMeaning('constructor')).toBe('trouble');
  });
});

describe('an answer that is neither leaves the outcome unclear', () => {
  const { refresh_token: _refresh, ...noRefreshToken } = TOKENS;
  const { access_token: _access, ...noAccessToken } = TOKENS;
  const { open_id: _openId, ...noOpenId } = TOKENS;

  test.each<[string, unknown]>([
    ['an empty body', ''],
    ['HTML', '<html>502 Bad Gateway</html>'],
    ['cut JSON', JSON.stringify(TOKENS).slice(0, -20)],
    ['an empty object', {}],
    ['a list', [TOKENS]],
    ['null', 'null'],
    ['a string', '"act.example"'],
    ['an empty error', { error: '' }],
    [
      'the envelope of the other endpoints',
      { data: TOKENS, error: { code: 'ok', message: '', log_id: 'x' } },
    ],
    ['no access token', noAccessToken],
    ['no refresh token', noRefreshToken],
    ['no open id', noOpenId],
    ['an empty access token', { ...TOKENS, access_token: '' }],
    ['an access token that is a number', { ...TOKENS, access_token: 5 }],
    ['an access token without end', { ...TOKENS, access_token: 'a'.repeat(5_000) }],
    ['an open id without end', { ...TOKENS, open_id: 'a'.repeat(129) }],
    ['scopes in a list', { ...TOKENS, scope: ['a', 'b'] }],
  ])('%s', async (_what, body) => {
    for (const status of [200, 400, 502])
      expect(await exchange(body, { status })).toMatchObject({ kind: 'unclear' });
  });
});

test.each<[unknown, number | null]>([
  [7200, 7200],
  [86_400, 86_400],
  ['7200', 7200],
  ['86400', 86_400],
  [7200.9, 7200],
  [1, 1],
  [315_360_000, 315_360_000],
  [315_360_001, 315_360_000],
  [2 ** 53, 315_360_000],
  [1e300, 315_360_000],
  ['99999999999999999999', 315_360_000],
  [0, null],
  [0.5, null],
  [-1, null],
  [-7200, null],
  ['-7200', null],
  ['0', null],
  ['', null],
  [' 7200', null],
  ['7200s', null],
  ['7.2e3', null],
  ['0x1C20', null],
  ['9'.repeat(21), null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  [Number.NEGATIVE_INFINITY, null],
  [null, null],
  [undefined, null],
  [true, null],
  [[7200], null],
  [{ seconds: 7200 }, null],
])('the lifetime %j is %j seconds', (value, seconds) => {
  expect(lifetimeSeconds(value)).toBe(seconds);
});

describe('testing an app', () => {
  const CLIENT_TOKEN = { access_token: 'clt.example', expires_in: 7200, token_type: 'Bearer' };
  const check = (body: unknown, init?: ResponseInit) =>
    checkApp(answering(typeof body === 'string' ? body : JSON.stringify(body), init).options, APP);

  test('asks for a token of the app itself, and gives none', async () => {
    const { asked, options } = answering(JSON.stringify(CLIENT_TOKEN));
    expect(await checkApp(options, APP)).toEqual({ kind: 'ok' });
    expect(asked.map(({ url }) => url)).toEqual(['https://tiktok.example.com/v2/oauth/token/']);
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.init.body ?? ''))).toEqual({
      client_key: 'the-key',
      client_secret: 'the&secret=1+2',
      grant_type: 'client_credentials',
    });
  });

  test.each([200, 400, 401])('is refused by an error, with HTTP %i', async (status) => {
    for (const body of [
      { error: 'invalid_client', log_id: 'y' },
      { ...CLIENT_TOKEN, error: 'invalid_client', log_id: 'y' },
    ])
      expect(await check(body, { status })).toEqual({ kind: 'refused', code: 'invalid_client', logId: 'y' });
  });

  test.each([
    '',
    '<html>',
    '[]',
    'null',
    '{}',
    '{"access_token":""}',
    '{"access_token":5}',
    '{"data":{"access_token":"clt.x"}}',
  ])('is unclear after %j', async (body) => {
    for (const status of [200, 400, 502]) expect((await check(body, { status })).kind).toBe('unclear');
  });
});

describe('revoking', () => {
  const revoke = (body: string, init?: ResponseInit) =>
    revokeToken(answering(body, init).options, APP, secret('act.example'));

  test('sends the access token with the app’s key and secret, in a form', async () => {
    const { asked, options } = answering('{}');
    expect(await revokeToken(options, APP, secret('act.example'))).toEqual({ kind: 'ok' });
    expect(asked[0]?.url).toBe('https://tiktok.example.com/v2/oauth/revoke/');
    expect(asked[0]?.init.headers).not.toHaveProperty('authorization');
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.init.body ?? ''))).toEqual({
      client_key: 'the-key',
      client_secret: 'the&secret=1+2',
      token: 'act.example',
    });
  });

  test.each([200, 400])('is refused by an error, with HTTP %i', async (status) => {
    const body = '{"error":"invalid_grant","error_description":"x","log_id":"y"}';
    expect(await revoke(body, { status })).toEqual({ kind: 'refused', code: 'invalid_grant', logId: 'y' });
  });

  test.each([
    ['', 200],
    ['<html>', 502],
    ['[]', 200],
    ['null', 200],
    ['{}', 500],
    ['{}', 302],
  ])('is unclear after %j with HTTP %i', async (body, status) => {
    expect((await revoke(body, { status })).kind).toBe('unclear');
  });
});
