import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHarness, fileBody, type Harness, harnessOf } from './harness.ts';
import { type ServedEmulator, serveEmulator } from './serve.ts';

const chunkSize = 5_242_880;
const total = chunkSize * 2 + 1_000;
const film = Buffer.alloc(total);
for (let index = 0; index < total; index += 4_096) film.writeUInt32LE(index, index);

async function open(tiktok: Harness, size = total, chunk = chunkSize, count = 2) {
  const { json } = await tiktok.init(tiktok.tokenOf(), fileBody(size, { chunk, count }));
  return String(json.data?.upload_url);
}

function part(first: number, end = total): { first: number; total: number; bytes: Buffer<ArrayBuffer> } {
  return { first, total, bytes: film.subarray(first, end) };
}

describe('chunks in order', () => {
  test('answer 206 with the progress, then 201, and their hash is that of the file', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    const first = await tiktok.put(url, part(0, chunkSize));
    expect([first.status, first.headers.get('content-range')]).toEqual([206, `bytes 0-5242879/${total}`]);
    expect(tiktok.emulator.ledger()).toMatchObject([
      { receivedBytes: chunkSize, sha256: null, published: false },
    ]);
    const last = await tiktok.put(url, part(chunkSize));
    expect([last.status, last.headers.get('content-range')]).toEqual([201, `bytes 0-${total - 1}/${total}`]);
    const sha256 = createHash('sha256').update(film).digest('hex');
    expect(tiktok.emulator.ledger()).toMatchObject([
      { receivedBytes: total, sizeBytes: total, sha256, published: true, status: 'PUBLISH_COMPLETE' },
    ]);
  });

  test('the progress may be a count, where configured', async () => {
    const tiktok = createHarness({ uploadedBytesMeaning: 'count' });
    const answer = await tiktok.put(await open(tiktok), part(0, chunkSize));
    expect(answer.headers.get('content-range')).toBe(`bytes 0-${chunkSize}/${total}`);
  });

  test.each(['video/mp4', 'video/quicktime', 'video/webm'])('%s is a video', async (type) => {
    const tiktok = createHarness();
    const answer = await tiktok.put(await open(tiktok), {
      ...part(0, chunkSize),
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(206);
  });
});

describe('416 tells the actual progress', () => {
  test('to a chunk ahead, a chunk again, and anything after the end', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    const see = async (first: number, end?: number) => {
      const { status, headers } = await tiktok.put(url, part(first, end));
      return `${status} ${headers.get('content-range')}`;
    };
    expect(await see(chunkSize)).toBe(`416 bytes 0-0/${total}`);
    expect(await see(0, chunkSize)).toBe(`206 bytes 0-5242879/${total}`);
    expect(await see(0, chunkSize)).toBe(`416 bytes 0-5242879/${total}`);
    expect(await see(chunkSize)).toBe(`201 bytes 0-${total - 1}/${total}`);
    expect(await see(chunkSize)).toBe(`416 bytes 0-${total - 1}/${total}`);
    expect(tiktok.emulator.ledger().filter(({ published }) => published)).toHaveLength(1);
  });

  test('to the slower of two that send the same chunk at once', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    const answers = await Promise.all([
      tiktok.put(url, part(0, chunkSize)),
      tiktok.put(url, part(0, chunkSize)),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([206, 416]);
    expect(tiktok.emulator.ledger()[0]?.receivedBytes).toBe(chunkSize);
  });
});

describe('400', () => {
  test.each<[string, Record<string, string>]>([
    ['another content type', { 'content-type': 'application/octet-stream' }],
    ['a content type with a parameter', { 'content-type': 'video/mp4; codecs=avc1' }],
    ['no content type', { 'content-type': '' }],
    ['a bearer token', { authorization: 'Bearer act.x' }],
    ['a length that is not the range', { 'content-length': '1000' }],
    ['no length', { 'content-length': '' }],
    ['no range', { 'content-range': '' }],
    ['a range past its last byte', { 'content-range': `bytes 0-${chunkSize}/${total}` }],
    ['a range of another total', { 'content-range': `bytes 0-${chunkSize - 1}/${total + 1}` }],
    ['a range without total', { 'content-range': `bytes 0-${chunkSize - 1}/*` }],
    ['a range in other words', { 'content-range': `0-${chunkSize - 1}/${total}` }],
  ])('to %s', async (_name, headers) => {
    const tiktok = createHarness();
    const answer = await tiktok.put(await open(tiktok), { ...part(0, chunkSize), headers });
    expect(answer.status).toBe(400);
    expect(tiktok.emulator.ledger()[0]?.receivedBytes).toBe(0);
  });

  test.each([
    ['a shorter chunk than declared', 0, chunkSize - 1],
    ['a longer one', 0, chunkSize + 1],
    ['all at once', 0, total],
  ])('to %s', async (_name, first, end) => {
    const tiktok = createHarness();
    expect((await tiktok.put(await open(tiktok), part(first, end))).status).toBe(400);
  });

  test('to a last chunk without the remainder', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    await tiktok.put(url, part(0, chunkSize));
    expect((await tiktok.put(url, part(chunkSize, chunkSize * 2))).status).toBe(400);
  });

  test('to fewer or more bytes than announced', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    const headers = {
      'content-length': String(chunkSize),
      'content-range': `bytes 0-${chunkSize - 1}/${total}`,
    };
    for (const end of [chunkSize - 1, chunkSize + 1]) {
      expect((await tiktok.put(url, { ...part(0, end), headers })).status).toBe(400);
    }
    expect(tiktok.emulator.ledger()[0]?.receivedBytes).toBe(0);
  });
});

describe('the upload URL', () => {
  test('is dead an hour after the init, and the publish failed', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    tiktok.emulator.clock.advance(3_599_999);
    expect((await tiktok.put(url, part(0, chunkSize))).status).toBe(206);
    tiktok.emulator.clock.advance(1);
    expect((await tiktok.put(url, part(chunkSize))).status).toBe(403);
    expect(tiktok.emulator.ledger()).toMatchObject([
      { status: 'FAILED', failReason: 'internal', published: false },
    ]);
  });

  test('must be used whole and unchanged', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    for (const changed of [`${url}x`, `${url}&a=b`, url.replace(/&.*/, ''), url.replace('/?', '?')]) {
      expect((await tiktok.put(changed, part(0, chunkSize))).status).toBe(404);
    }
  });

  test('takes PUT alone', async () => {
    const tiktok = createHarness();
    expect((await tiktok.request(await open(tiktok), { method: 'POST' })).status).toBe(405);
  });

  test('is gone when the user removes the app', async () => {
    const tiktok = createHarness();
    const url = await open(tiktok);
    tiktok.emulator.removeGrant({ username: 'ada.films' });
    expect((await tiktok.put(url, part(0, chunkSize))).status).toBe(404);
    expect(tiktok.emulator.ledger()).toMatchObject([{ status: 'FAILED', failReason: 'auth_removed' }]);
  });
});

describe('over HTTP', () => {
  let served: ServedEmulator;
  afterEach(() => served.close());

  test('the upload URL is on the origin by which the emulator was reached', async () => {
    served = await serveEmulator();
    const byName = served.url.replace('127.0.0.1', 'localhost');
    for (const origin of [served.url, byName]) {
      const tiktok = harnessOf(served.emulator, origin, (request) => fetch(request));
      expect(await open(tiktok)).toMatch(new RegExp(`^${origin}/upload/video/`));
    }
  });

  test('a client that breaks off in the middle has stored nothing, and can send the chunk again', async () => {
    served = await serveEmulator();
    const tiktok = harnessOf(served.emulator, served.url, (request) => fetch(request));
    const url = await open(tiktok);
    await breakOff(url, () => served.emulator.requests().some(({ endpoint }) => endpoint === 'upload'));
    expect(served.emulator.ledger()[0]?.receivedBytes).toBe(0);
    expect((await tiktok.put(url, part(0, chunkSize))).status).toBe(206);
    expect((await tiktok.put(url, part(chunkSize))).status).toBe(201);
    expect(served.emulator.ledger()[0]?.sha256).toBe(createHash('sha256').update(film).digest('hex'));
    expect(served.emulator.requests()[1]).toMatchObject({ endpoint: 'upload', status: null });
  });

  test('a body sent in pieces without a length is refused', async () => {
    served = await serveEmulator();
    const tiktok = harnessOf(served.emulator, served.url, (request) => fetch(request));
    const url = await open(tiktok, 3, 3, 1);
    const headers = { 'content-type': 'video/mp4', 'content-range': 'bytes 0-2/3' };
    const init = { method: 'PUT', body: new Blob(['abc']).stream(), headers, duplex: 'half' as const };
    expect((await fetch(url, init)).status).toBe(400);
  });
});

/** Sends part of the first chunk, and destroys the connection once the emulator has noticed the request. */
async function breakOff(url: string, noticed: () => boolean): Promise<void> {
  const headers = {
    'content-type': 'video/mp4',
    'content-length': String(chunkSize),
    'content-range': `bytes 0-${chunkSize - 1}/${total}`,
  };
  const put = request(url, { method: 'PUT', headers });
  put.on('error', () => undefined);
  put.write(film.subarray(0, 2_000_000));
  await vi.waitUntil(noticed, { interval: 5 });
  put.destroy();
}
