import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, redirectUri } from './harness.ts';

const ask = async (tiktok: Harness, method: string, path: string, body?: unknown) => {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const { status, text } = await tiktok.request(`/_emulator/${path}`, init);
  return { status, json: JSON.parse(text) as unknown };
};

describe('control routes', () => {
  test('show the ledger, one publish, and the requests', async () => {
    const tiktok = createHarness();
    const publishId = await tiktok.publishFile(tiktok.tokenOf());
    const entry = expect.objectContaining({ publishId, published: true });
    expect(await ask(tiktok, 'GET', 'ledger')).toEqual({ status: 200, json: [entry] });
    expect(await ask(tiktok, 'GET', `publishes/${encodeURIComponent(publishId)}`)).toEqual({
      status: 200,
      json: entry,
    });
    expect((await ask(tiktok, 'GET', 'publishes/none')).status).toBe(404);
    const { json } = await ask(tiktok, 'GET', 'requests');
    expect(json).toMatchObject([
      { endpoint: 'video_init', method: 'POST', status: 200, username: 'ada.films', publishId },
      { endpoint: 'upload', method: 'PUT', status: 201, publishId },
    ]);
  });

  test('add, show and clear faults', async () => {
    const tiktok = createHarness();
    const fault = { endpoint: 'token', kind: 'status', status: 503, times: 2 };
    expect((await ask(tiktok, 'POST', 'faults', fault)).status).toBe(200);
    expect((await tiktok.token({})).status).toBe(503);
    expect(await ask(tiktok, 'GET', 'faults')).toMatchObject({ json: [{ ...fault, times: 1 }] });
    await ask(tiktok, 'DELETE', 'faults');
    expect(tiktok.emulator.faults.pending()).toEqual([]);
  });

  test('move the clock forward', async () => {
    const tiktok = createHarness();
    const before = tiktok.emulator.clock.now();
    expect(await ask(tiktok, 'POST', 'clock', { advanceMs: 5 })).toMatchObject({ json: { now: before + 5 } });
    expect(await ask(tiktok, 'GET', 'clock')).toMatchObject({ json: { now: before + 5 } });
  });

  test('change users and apps', async () => {
    const tiktok = createHarness();
    await ask(tiktok, 'POST', 'users', { username: 'ada.films', banned: true });
    await ask(tiktok, 'POST', 'users', { username: 'cy' });
    expect(tiktok.emulator.users()).toMatchObject([{ banned: true }, {}, { username: 'cy', banned: false }]);
    await ask(tiktok, 'POST', 'apps', { audited: false, addRedirectUri: 'https://a.example/cb' });
    await ask(tiktok, 'POST', 'apps', { addVerifiedProperty: 'a.example' });
    expect((await ask(tiktok, 'GET', 'apps')).json).toMatchObject([
      {
        audited: false,
        redirectUris: [redirectUri, 'https://a.example/cb'],
        verifiedProperties: ['a.example'],
      },
    ]);
  });

  test('grant and revoke', async () => {
    const tiktok = createHarness();
    const { json } = await ask(tiktok, 'POST', 'grants', {
      username: 'ada.films',
      scopes: ['video.publish'],
    });
    const { access_token } = json as { access_token: string };
    expect((await tiktok.creatorInfo(access_token)).status).toBe(200);
    await ask(tiktok, 'POST', 'grants/revoke', { username: 'ada.films' });
    expect((await tiktok.creatorInfo(access_token)).status).toBe(401);
  });

  test('an access token ends before its time, and its refresh token lives on', async () => {
    const tiktok = createHarness();
    const { access_token, refresh_token } = tiktok.emulator.grant({ username: 'ada.films' });
    const bo = tiktok.tokenOf(undefined, 'bo.private');
    await ask(tiktok, 'POST', 'grants/expire', { username: 'ada.films' });
    expect((await tiktok.creatorInfo(access_token)).status).toBe(401);
    expect((await tiktok.creatorInfo(bo)).status).toBe(200);
    const { json } = await tiktok.token({ grant_type: 'refresh_token', refresh_token });
    expect((await tiktok.creatorInfo(String(json.access_token))).status).toBe(200);
  });

  test('reset everything, the clock too', async () => {
    const tiktok = createHarness();
    const { emulator } = tiktok;
    const before = emulator.clock.now();
    const token = tiktok.tokenOf();
    await tiktok.publishFile(token);
    emulator.putUser({ username: 'ada.films', banned: true });
    emulator.clock.advance(1_000);
    emulator.faults.add({ endpoint: 'token', kind: 'drop' });
    await ask(tiktok, 'POST', 'reset');
    expect([emulator.ledger(), emulator.requests(), emulator.faults.pending()]).toEqual([[], [], []]);
    expect([emulator.clock.now(), emulator.users()[0]?.banned]).toEqual([before, false]);
    expect((await tiktok.creatorInfo(token)).status).toBe(401);
  });

  test.each<[string, string, unknown]>([
    ['POST', 'faults', { endpoint: 'nowhere', kind: 'drop' }],
    ['POST', 'faults', { endpoint: 'token', kind: 'drop', sometimes: true }],
    ['POST', 'clock', { advanceMs: -1 }],
    ['POST', 'clock', {}],
    ['POST', 'users', {}],
    ['POST', 'users', { username: 'x', bannd: true }],
    ['POST', 'users', { username: 'x', banned: 'yes' }],
    ['POST', 'apps', { redirectUris: 'x' }],
    ['POST', 'apps', { addVerifiedProperty: 'http://example.com/' }],
    ['POST', 'grants', { username: 'nobody' }],
    ['POST', 'grants', { username: 'ada.films', scopes: ['all'] }],
    ['POST', 'reset', []],
  ])('%s %s refuses %o', async (method, path, body) => {
    const { status, json } = await ask(createHarness(), method, path, body);
    expect(status).toBe(400);
    expect(json).toEqual({ error: expect.any(String) });
  });

  test('are not recorded, and unknown ones are listed', async () => {
    const tiktok = createHarness();
    const { status, json } = await ask(tiktok, 'GET', 'nothing');
    expect(status).toBe(404);
    expect(json).toHaveProperty('routes');
    expect(tiktok.emulator.requests()).toEqual([]);
  });
});
