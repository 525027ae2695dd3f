import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmulator, type Fault } from './emulator.ts';
import { createHarness, fileBody, type Harness, harnessOf, verdict } from './harness.ts';
import { type ServedEmulator, serveEmulator } from './serve.ts';

const small = Buffer.alloc(1_000, 7);

describe.each(['in process', 'over HTTP'])('faults %s', (where) => {
  let served: ServedEmulator | undefined;
  let tiktok: Harness;
  let token: string;

  beforeEach(async () => {
    served = where === 'over HTTP' ? await serveEmulator() : undefined;
    tiktok =
      served === undefined
        ? createHarness()
        : harnessOf(served.emulator, served.url, (request) => fetch(request));
    token = tiktok.tokenOf();
  });
  afterEach(() => served?.close());

  const addFault = (fault: Fault) => tiktok.emulator.faults.add(fault);

  test('drop before the effect: no answer, nothing happened', async () => {
    addFault({ endpoint: 'video_init', kind: 'drop' });
    await expect(tiktok.init(token, fileBody(1_000))).rejects.toThrow(TypeError);
    expect(tiktok.emulator.ledger()).toEqual([]);
    expect(tiktok.emulator.requests()).toMatchObject([
      { endpoint: 'video_init', status: null, fault: 'drop' },
    ]);
  });

  test('drop after the effect: no answer, but it happened', async () => {
    addFault({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    await expect(tiktok.init(token, fileBody(1_000))).rejects.toThrow(TypeError);
    expect(tiktok.emulator.ledger()).toHaveLength(1);
    expect(tiktok.emulator.requests()).toMatchObject([{ endpoint: 'video_init', status: null }]);
  });

  test.each(['before', 'after'] as const)('hang %s the effect, until the client leaves', async (when) => {
    addFault({ endpoint: 'video_init', kind: 'hang', when });
    const body = JSON.stringify(fileBody(1_000));
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const call = tiktok.request('/v2/post/publish/video/init/', {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(60),
    });
    await expect(call).rejects.toThrow(/abort|timeout/i);
    expect(tiktok.emulator.ledger()).toHaveLength(when === 'after' ? 1 : 0);
    expect(tiktok.emulator.requests()[0]?.status).toBeNull();
  });

  test('truncate: the body ends before its announced length, after the effect', async () => {
    addFault({ endpoint: 'video_init', kind: 'truncate' });
    await expect(tiktok.init(token, fileBody(1_000))).rejects.toThrow(TypeError);
    expect(tiktok.emulator.ledger()).toHaveLength(1);
    expect(tiktok.emulator.requests()[0]?.status).toBe(200);
  });

  test('garbled: a whole answer with half its JSON', async () => {
    addFault({ endpoint: 'creator_info', kind: 'garbled' });
    await expect(tiktok.creatorInfo(token)).rejects.toThrow(SyntaxError);
  });

  test.each([
    [{ kind: 'html' }, 502, /Bad Gateway/],
    [{ kind: 'html', status: 200 }, 200, /Bad Gateway/],
    [{ kind: 'empty' }, 200, /^$/],
    [{ kind: 'status', status: 503 }, 503, /^$/],
    [{ kind: 'status', status: 200, body: '{"data":{}}' }, 200, /^\{"data":\{\}\}$/],
    [{ kind: 'error', code: 'internal_error' }, 500, /"code":"internal_error"/],
    [{ kind: 'error', httpStatus: 200, code: 'odd', message: 'Odd.' }, 200, /"message":"Odd."/],
  ] as const)('%o is what the client sees', async (fault, status, text) => {
    addFault({ endpoint: 'video_init', ...fault });
    const answer = await tiktok.init(token, fileBody(1_000));
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
    expect(tiktok.emulator.ledger()).toEqual([]);
  });

  test('an altered answer after the effect', async () => {
    addFault({ endpoint: 'video_init', when: 'after', kind: 'error', code: 'internal_error' });
    expect(verdict(await tiktok.init(token, fileBody(1_000)))).toBe('500 internal_error');
    expect(tiktok.emulator.ledger()).toHaveLength(1);
  });

  test('an error of OAuth is flat', async () => {
    addFault({ endpoint: 'token', kind: 'error', code: 'server_error' });
    const answer = await tiktok.token({ grant_type: 'client_credentials' });
    expect(answer.json).toMatchObject({ error: 'server_error', error_description: 'server_error' });
  });

  test('headers, Retry-After for one', async () => {
    const headers = { 'retry-after': '90' };
    addFault({ endpoint: 'status', kind: 'error', httpStatus: 429, code: 'rate_limit_exceeded', headers });
    const answer = await tiktok.status(token, 'any');
    expect(verdict(answer)).toBe('429 rate_limit_exceeded');
    expect(answer.headers.get('retry-after')).toBe('90');
  });

  test.each(['before', 'after'] as const)('delay %s the effect', async (when) => {
    addFault({ endpoint: 'creator_info', kind: 'delay', ms: 5, when });
    expect(verdict(await tiktok.creatorInfo(token))).toBe('200 ok');
    expect(tiktok.emulator.requests()[0]?.fault).toBe('delay');
  });

  test('failReason on an init: the publish fails when its bytes are here', async () => {
    addFault({ endpoint: 'video_init', failReason: 'frame_rate_check_failed' });
    const { data = {} } = (await tiktok.init(token, fileBody(1_000))).json;
    await tiktok.put(data.upload_url, { first: 0, total: 1_000, bytes: small });
    const status = await tiktok.status(token, data.publish_id);
    expect(verdict(status)).toBe('200 ok');
    expect(status.json.data).toMatchObject({ status: 'FAILED', fail_reason: 'frame_rate_check_failed' });
    expect(tiktok.emulator.ledger()[0]?.published).toBe(false);
  });

  test('failReason with a dropped answer on an upload', async () => {
    addFault({ endpoint: 'upload', failReason: 'spam_risk', kind: 'drop', when: 'after' });
    const { data = {} } = (await tiktok.init(token, fileBody(1_000))).json;
    const put = tiktok.put(data.upload_url, { first: 0, total: 1_000, bytes: small });
    await expect(put).rejects.toThrow(TypeError);
    expect(tiktok.emulator.ledger()).toMatchObject([{ status: 'FAILED', failReason: 'spam_risk' }]);
  });

  test('an upload cut in the middle stores nothing and can be sent again', async () => {
    addFault({ endpoint: 'upload', cutAfterBytes: 400_000 });
    const { data = {} } = (await tiktok.init(token, fileBody(3_000_000))).json;
    const chunk = { first: 0, total: 3_000_000, bytes: Buffer.alloc(3_000_000, 1) };
    await expect(tiktok.put(data.upload_url, chunk)).rejects.toThrow(TypeError);
    expect(tiktok.emulator.ledger()).toMatchObject([{ receivedBytes: 0, published: false }]);
    expect((await tiktok.put(data.upload_url, chunk)).status).toBe(201);
    expect(tiktok.emulator.requests()[1]).toMatchObject({ endpoint: 'upload', status: null, fault: 'cut' });
  });
});

describe('the queue of faults', () => {
  test('skip, times and match count only requests that match', async () => {
    const tiktok = createHarness();
    const match = { grantType: 'refresh_token' };
    tiktok.emulator.faults.add({ endpoint: 'token', skip: 1, times: 2, match, kind: 'status', status: 503 });
    const refresh = async () => {
      const { refresh_token } = tiktok.emulator.grant({ username: 'ada.films' });
      return (await tiktok.token({ grant_type: 'refresh_token', refresh_token })).status;
    };
    expect((await tiktok.token({ grant_type: 'client_credentials' })).status).toBe(200);
    expect([await refresh(), await refresh(), await refresh(), await refresh()]).toEqual([
      200, 503, 503, 200,
    ]);
    expect(tiktok.emulator.faults.pending()).toEqual([]);
  });

  test('match by user and by publish', async () => {
    const tiktok = createHarness();
    const [ada, bo] = [tiktok.tokenOf(), tiktok.tokenOf(undefined, 'bo.private')];
    const match = { username: 'bo.private' };
    tiktok.emulator.faults.add({ endpoint: 'creator_info', match, kind: 'empty', status: 500 });
    expect((await tiktok.creatorInfo(ada)).status).toBe(200);
    expect((await tiktok.creatorInfo(bo)).status).toBe(500);
    tiktok.emulator.faults.add({
      endpoint: 'status',
      match: { publishId: 'p1' },
      kind: 'empty',
      status: 500,
    });
    expect((await tiktok.status(ada, 'p2')).status).toBe(400);
    expect((await tiktok.status(ada, 'p1')).status).toBe(500);
  });

  test('match by title', async () => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    const match = { title: 'the second' };
    tiktok.emulator.faults.add({ endpoint: 'video_init', match, kind: 'status', status: 503 });
    const init = (title: string) =>
      tiktok.init(token, { ...fileBody(1_000), post_info: { title, privacy_level: 'SELF_ONLY' } });
    expect((await init('the first')).status).toBe(200);
    expect((await init('the second')).status).toBe(503);
  });

  test('pending shows what is left, clear empties it', () => {
    const { faults } = createEmulator();
    faults.add({ endpoint: 'token', kind: 'drop', times: 3 });
    expect(faults.pending()).toEqual([{ endpoint: 'token', kind: 'drop', skip: 0, times: 3 }]);
    faults.clear();
    expect(faults.pending()).toEqual([]);
  });

  test.each<[Fault, RegExp]>([
    [{ endpoint: 'token' }, /needs a kind/],
    [{ endpoint: 'token', kind: 'delay' }, /needs ms/],
    [{ endpoint: 'token', kind: 'status' }, /needs status/],
    [{ endpoint: 'token', kind: 'error' }, /needs code/],
    [{ endpoint: 'token', kind: 'drop', times: 0 }, /times/],
    [{ endpoint: 'token', cutAfterBytes: 1 }, /only an upload/],
    [{ endpoint: 'status', failReason: 'internal' }, /publishes nothing/],
  ])('%o is refused when added', (fault, problem) => {
    expect(() => createEmulator().faults.add(fault)).toThrow(problem);
  });
});
