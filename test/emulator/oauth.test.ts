import { describe, expect, test } from 'vitest';
import { consent } from './consent.ts';
import { createHarness, credentials, redirectUri, type Seen, verdict } from './harness.ts';

type TikTok = ReturnType<typeof createHarness>;

async function newCode(tiktok: TikTok, query: Record<string, string> = {}): Promise<string> {
  return (await consent(tiktok, { query })).location.searchParams.get('code') ?? '';
}

function exchange(tiktok: TikTok, code: string, more: Record<string, string> = {}): Promise<Seen> {
  return tiktok.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more });
}

function refresh(tiktok: TikTok, refreshToken: unknown): Promise<Seen> {
  return tiktok.token({ grant_type: 'refresh_token', refresh_token: String(refreshToken) });
}

const lifetimes = [
  ['current', 7_200, 15_552_000],
  ['legacy', 86_400, 31_536_000],
] as const;

describe.each(lifetimes)('profile %s', (profile, accessSeconds, refreshSeconds) => {
  test('a code becomes seven flat fields', async () => {
    const tiktok = createHarness({ profile });
    const { status, json } = await exchange(tiktok, await newCode(tiktok));
    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.stringMatching(/^act\./),
      expires_in: accessSeconds,
      open_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      refresh_expires_in: refreshSeconds,
      refresh_token: expect.stringMatching(/^rft\./),
      scope: 'user.info.basic,video.publish',
      token_type: 'Bearer',
    });
  });

  test('an access token works until it expires', async () => {
    const tiktok = createHarness({ profile });
    const token = tiktok.tokenOf();
    tiktok.emulator.clock.advance(accessSeconds * 1000 - 1);
    expect(verdict(await tiktok.creatorInfo(token))).toBe('200 ok');
    tiktok.emulator.clock.advance(1);
    expect(verdict(await tiktok.creatorInfo(token))).toBe('401 access_token_invalid');
  });

  test('a refresh token works until it expires, and a rotation starts its clock again', async () => {
    const tiktok = createHarness({ profile });
    const first = tiktok.emulator.grant({ username: 'ada.films' });
    tiktok.emulator.clock.advance(refreshSeconds * 1000 - 1);
    const second = await refresh(tiktok, first.refresh_token);
    expect(second.json.refresh_expires_in).toBe(refreshSeconds);
    tiktok.emulator.clock.advance(refreshSeconds * 1000 - 1);
    const third = await refresh(tiktok, second.json.refresh_token);
    expect(third.json.open_id).toBe(first.open_id);
    tiktok.emulator.clock.advance(refreshSeconds * 1000);
    expect(verdict(await refresh(tiktok, third.json.refresh_token))).toBe('200 invalid_grant');
  });
});

describe('an authorization code', () => {
  test('is good once', async () => {
    const tiktok = createHarness();
    const code = await newCode(tiktok);
    expect((await exchange(tiktok, code)).json.access_token).toBeDefined();
    expect(verdict(await exchange(tiktok, code))).toBe('200 invalid_grant');
  });

  test('is burnt by a first attempt that fails', async () => {
    const tiktok = createHarness();
    const code = await newCode(tiktok);
    const wrong = await exchange(tiktok, code, { redirect_uri: `${redirectUri}/` });
    expect(wrong.json.error_description).toBe(
      'Redirect_uri is not matched with the uri when requesting code.',
    );
    expect(verdict(await exchange(tiktok, code))).toBe('200 invalid_grant');
  });

  test('survives an attempt with a wrong secret, which proves nothing', async () => {
    const tiktok = createHarness();
    const code = await newCode(tiktok);
    expect(verdict(await exchange(tiktok, code, { client_secret: 'x' }))).toBe('200 invalid_client');
    expect((await exchange(tiktok, code)).json.access_token).toBeDefined();
  });

  test('must be decoded once', async () => {
    const tiktok = createHarness();
    const code = await newCode(tiktok);
    expect(verdict(await exchange(tiktok, encodeURIComponent(code).replace('*', '%2A')))).toBe(
      '200 invalid_grant',
    );
  });

  test('lives 300 s, or as configured', async () => {
    for (const codeLifetimeSeconds of [300, 10]) {
      const tiktok = createHarness({ codeLifetimeSeconds });
      const [early, late] = [await newCode(tiktok), await newCode(tiktok)];
      tiktok.emulator.clock.advance(codeLifetimeSeconds * 1000 - 1);
      expect((await exchange(tiktok, early)).json.access_token).toBeDefined();
      tiktok.emulator.clock.advance(1);
      expect((await exchange(tiktok, late)).json.error_description).toBe('Authorization code is expired.');
    }
  });

  test('belongs to its app', async () => {
    const tiktok = createHarness({ apps: [{}, { clientKey: 'other', clientSecret: 's' }] });
    const code = await newCode(tiktok);
    const stolen = await exchange(tiktok, code, { client_key: 'other', client_secret: 's' });
    expect(verdict(stolen)).toBe('200 invalid_grant');
  });
});

describe('a proof key', () => {
  const verifier = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
  const hex = '46a2199782c8827f0ac56f503be9d39efee97f40a736b92cc7d7c5f825cfd851';
  const base64url = Buffer.from(hex, 'hex').toString('base64url');
  const asked = (code_challenge: string) => ({ code_challenge, code_challenge_method: 'S256' });

  test.each([
    ['the hex digest', asked(hex), { code_verifier: verifier }, undefined],
    ['no challenge, a verifier', {}, { code_verifier: verifier }, undefined],
    ['the base64url digest', asked(base64url), { code_verifier: verifier }, 'invalid_request'],
    ['another verifier', asked(hex), { code_verifier: `${verifier}x` }, 'invalid_request'],
    ['no verifier', asked(hex), {}, 'invalid_request'],
  ])('%s', async (_name, query, fields, error) => {
    const tiktok = createHarness();
    const answer = await exchange(tiktok, await newCode(tiktok, query), fields);
    expect(answer.json.error).toBe(error);
    if (error) expect(answer.json.error_description).toBe('Code verifier or code challenge is invalid.');
  });
});

describe('a refresh', () => {
  test('ends the old refresh token at once, and leaves the old access token alive', async () => {
    const tiktok = createHarness();
    const old = tiktok.emulator.grant({ username: 'ada.films' });
    const fresh = await refresh(tiktok, old.refresh_token);
    expect(fresh.json.refresh_token).not.toBe(old.refresh_token);
    const again = await refresh(tiktok, old.refresh_token);
    expect(again.json).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Refresh token is invalid or expired.',
    });
    expect(verdict(await tiktok.creatorInfo(old.access_token))).toBe('200 ok');
    expect(verdict(await tiktok.creatorInfo(String(fresh.json.access_token)))).toBe('200 ok');
  });

  test('may be repeated within a grace, where configured', async () => {
    const tiktok = createHarness({ refreshGraceSeconds: 30 });
    const old = tiktok.emulator.grant({ username: 'ada.films' });
    await refresh(tiktok, old.refresh_token);
    tiktok.emulator.clock.advance(29_999);
    expect((await refresh(tiktok, old.refresh_token)).json.access_token).toBeDefined();
    tiktok.emulator.clock.advance(1);
    expect(verdict(await refresh(tiktok, old.refresh_token))).toBe('200 invalid_grant');
  });

  test('lives no longer by it, where configured: what is left of its life is told', async () => {
    const tiktok = createHarness({ refreshRestartsLife: false, frozenAtMs: 0 });
    const first = tiktok.emulator.grant({ username: 'ada.films' });
    tiktok.emulator.clock.advance(15_551_990_000);
    const { json } = await refresh(tiktok, first.refresh_token);
    expect(json.refresh_expires_in).toBe(10);
    tiktok.emulator.clock.advance(10_000);
    expect(verdict(await refresh(tiktok, String(json.refresh_token)))).toBe('200 invalid_grant');
  });

  test('that comes again ends what has come of its consent, where configured', async () => {
    const tiktok = createHarness({ revokesReusedGrants: true });
    const old = tiktok.emulator.grant({ username: 'ada.films' });
    const other = tiktok.emulator.grant({ username: 'ada.films' });
    const fresh = await refresh(tiktok, old.refresh_token);
    expect(verdict(await refresh(tiktok, old.refresh_token))).toBe('200 invalid_grant');
    for (const token of [old.access_token, String(fresh.json.access_token)]) {
      expect(verdict(await tiktok.creatorInfo(token))).toBe('401 access_token_invalid');
    }
    expect(verdict(await refresh(tiktok, fresh.json.refresh_token))).toBe('200 invalid_grant');
    expect((await refresh(tiktok, other.refresh_token)).json.access_token).toBeDefined();
  });

  test('is refused for the token of another app', async () => {
    const tiktok = createHarness({ apps: [{}, { clientKey: 'other', clientSecret: 's' }] });
    const { refresh_token } = tiktok.emulator.grant({ username: 'ada.films', clientKey: 'other' });
    expect(verdict(await refresh(tiktok, refresh_token))).toBe('200 invalid_grant');
  });
});

describe('the token endpoint', () => {
  test('gives a client token that stands for no user', async () => {
    const tiktok = createHarness();
    const { json } = await tiktok.token({ grant_type: 'client_credentials' });
    expect(json).toEqual({
      access_token: expect.stringMatching(/^clt\./),
      expires_in: 7_200,
      token_type: 'Bearer',
    });
    expect(verdict(await tiktok.creatorInfo(String(json.access_token)))).toBe('401 access_token_invalid');
  });

  test.each([
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: '' }, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'authorization_code', code: 'x' }, 'invalid_request'],
    [{ grant_type: 'client_credentials', client_id: 'x' }, 'invalid_request'],
    [{ grant_type: 'client_credentials', client_key: 'x' }, 'invalid_client'],
    [{ grant_type: 'client_credentials', client_secret: 'x' }, 'invalid_client'],
  ])('refuses %o', async (fields, error) => {
    const { json } = await createHarness().token(fields);
    expect(json).toEqual({ error, error_description: expect.any(String), log_id: expect.any(String) });
  });

  test('takes no JSON, no credentials in the URL, no Authorization header, no field twice', async () => {
    const fields = { ...credentials, grant_type: 'client_credentials' };
    const form = new URLSearchParams(fields);
    const path = '/v2/oauth/token/';
    const bad: [string, RequestInit][] = [
      [path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }],
      [`${path}?${form}`, { body: form }],
      [path, { body: form, headers: { authorization: 'Basic eDp5' } }],
      [
        path,
        { body: `${form}&client_key=x`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      ],
    ];
    for (const [url, init] of bad) {
      const answer = await createHarness().request(url, { method: 'POST', ...init });
      expect(verdict(answer)).toBe('200 invalid_request');
    }
  });

  test('sends errors with status 400 where configured', async () => {
    const tiktok = createHarness({ oauthErrorStatus: 400 });
    expect(verdict(await refresh(tiktok, 'rft.none'))).toBe('400 invalid_grant');
  });

  test('is strict about its slash', async () => {
    expect(verdict(await createHarness().form('/v2/oauth/token', credentials))).toBe('404 not_found');
  });
});

describe('revoking', () => {
  const revoke = (tiktok: TikTok, token: string, more: Record<string, string> = {}) =>
    tiktok.form('/v2/oauth/revoke/', { ...credentials, token, ...more });

  test("answers {} and ends all the user's tokens for that app", async () => {
    const tiktok = createHarness();
    const [first, second] = [1, 2].map(() => tiktok.emulator.grant({ username: 'ada.films' }));
    const bo = tiktok.tokenOf(undefined, 'bo.private');
    expect((await revoke(tiktok, first?.access_token ?? '')).text).toBe('{}');
    expect(verdict(await tiktok.creatorInfo(second?.access_token ?? ''))).toBe('401 access_token_invalid');
    expect(verdict(await refresh(tiktok, second?.refresh_token))).toBe('200 invalid_grant');
    expect(verdict(await tiktok.creatorInfo(bo))).toBe('200 ok');
  });

  test('takes an access token, not a refresh token, and wants the right secret', async () => {
    const tiktok = createHarness();
    const { access_token, refresh_token } = tiktok.emulator.grant({ username: 'ada.films' });
    expect(verdict(await revoke(tiktok, refresh_token))).toBe('200 invalid_grant');
    expect(verdict(await revoke(tiktok, access_token, { client_secret: 'x' }))).toBe('200 invalid_client');
    expect(verdict(await revoke(tiktok, ''))).toBe('200 invalid_request');
    expect(verdict(await tiktok.creatorInfo(access_token))).toBe('200 ok');
  });

  test('a user who removes the app on their own ends the tokens too', async () => {
    const tiktok = createHarness();
    const { access_token, refresh_token } = tiktok.emulator.grant({ username: 'ada.films' });
    tiktok.emulator.removeGrant({ username: 'ada.films' });
    expect(verdict(await tiktok.creatorInfo(access_token))).toBe('401 access_token_invalid');
    expect(verdict(await refresh(tiktok, refresh_token))).toBe('200 invalid_grant');
  });
});
