import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { openConnections } from '../../src/tiktok/connections.ts';
import {
  type ChunkRequest,
  isUploadUrlAllowed,
  putChunk,
  type StreamingPut,
} from '../../src/tiktok/upload.ts';
import { bodyOf, closedPortUrl, serve, serveTcp } from '../http/serve.ts';

const connections = await openConnections();
afterAll(() => connections[Symbol.asyncDispose]());
const { put } = connections;

async function* pieces(totalBytes: number, pieceBytes = 65_536) {
  for (let sent = 0; sent < totalBytes; sent += pieceBytes) {
    yield Buffer.alloc(Math.min(pieceBytes, totalBytes - sent), sent / pieceBytes);
  }
}

const chunk = (url: string, changes: Partial<ChunkRequest> = {}): ChunkRequest => ({
  uploadUrl: `${url}/video/?upload_id=67890&upload_token=Xza123%2F%7E`,
  contentType: 'video/mp4',
  startByte: 1_000_000,
  endByte: 2_000_000,
  sizeBytes: 5_000_000,
  bytes: pieces(1_000_000),
  timeoutMs: 5_000,
  ...changes,
});

/** Reads the whole chunk, as TikTok does, then answers. */
const reading =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  async (incoming: IncomingMessage, response: ServerResponse) => {
    await bodyOf(incoming);
    response.writeHead(status, headers).end(body);
  };

test.each(['video/mp4', 'video/quicktime', 'video/webm'] as const)(
  'sends a chunk of %s with the headers TikTok wants, to the URL as it came, without a token',
  async (contentType) => {
    const received: Buffer[] = [];
    await using server = await serve(async (incoming, response) => {
      received.push(await bodyOf(incoming));
      response.writeHead(206).end();
    });
    expect(await putChunk(put, chunk(server.url, { contentType }))).toEqual({ kind: 'accepted' });
    const [sent] = server.requests;
    expect([sent?.method, sent?.url]).toEqual(['PUT', '/video/?upload_id=67890&upload_token=Xza123%2F%7E']);
    expect(sent?.headers).toEqual({
      host: new URL(server.url).host,
      connection: 'close',
      'content-type': contentType,
      'content-length': '1000000',
      'content-range': 'bytes 1000000-1999999/5000000',
    });
    const expected: Buffer[] = [];
    for await (const piece of pieces(1_000_000)) expected.push(piece);
    expect(received[0]?.equals(Buffer.concat(expected))).toBe(true);
  },
);

test.each([
  [201, { kind: 'complete' }],
  [206, { kind: 'accepted' }],
  [200, { kind: 'accepted' }],
  [416, { kind: 'out_of_step' }],
  [403, { kind: 'url_dead', httpStatus: 403 }],
  [404, { kind: 'url_dead', httpStatus: 404 }],
  [400, { kind: 'refused', httpStatus: 400 }],
  [401, { kind: 'refused', httpStatus: 401 }],
  [411, { kind: 'refused', httpStatus: 411 }],
  [413, { kind: 'refused', httpStatus: 413 }],
  [429, { kind: 'refused', httpStatus: 429 }],
  [202, { kind: 'unclear', reason: 'HTTP 202' }],
  [204, { kind: 'unclear', reason: 'HTTP 204' }],
  [301, { kind: 'unclear', reason: 'HTTP 301' }],
  [302, { kind: 'unclear', reason: 'HTTP 302' }],
  [307, { kind: 'unclear', reason: 'HTTP 307' }],
  [308, { kind: 'unclear', reason: 'HTTP 308' }],
  [500, { kind: 'unclear', reason: 'HTTP 500' }],
  [502, { kind: 'unclear', reason: 'HTTP 502' }],
  [503, { kind: 'unclear', reason: 'HTTP 503' }],
  [504, { kind: 'unclear', reason: 'HTTP 504' }],
])('HTTP %i is %j', async (status, answer) => {
  await using elsewhere = await serve(reading(201));
  await using server = await serve(
    reading(status, { location: `${elsewhere.url}/` }, status === 204 ? '' : 'a body nobody documents'),
  );
  expect(await putChunk(put, chunk(server.url))).toEqual(answer);
  expect(server.requests).toHaveLength(1);
  expect(elsewhere.requests).toEqual([]);
});

test('a single byte is a chunk, too', async () => {
  await using server = await serve(reading(201));
  const only = chunk(server.url, { startByte: 0, endByte: 1, sizeBytes: 1, bytes: pieces(1) });
  expect(await putChunk(put, only)).toEqual({ kind: 'complete' });
  expect(server.requests[0]?.headers['content-range']).toBe('bytes 0-0/1');
});

describe('when the source fails', () => {
  class SourceError extends Error {}
  async function* breaking(afterBytes: number) {
    yield* pieces(afterBytes);
    throw new SourceError('the media server went away');
  }

  test.each([0, 1, 500_000])(
    'after %i bytes, it is thrown as itself and TikTok gets no whole chunk',
    async (afterBytes) => {
      let whole = 0;
      await using server = await serve((incoming, response) =>
        bodyOf(incoming).then(
          () => {
            whole++;
            response.writeHead(206).end();
          },
          () => undefined,
        ),
      );
      await expect(putChunk(put, chunk(server.url, { bytes: breaking(afterBytes) }))).rejects.toThrow(
        SourceError,
      );
      expect(whole).toBe(0);
    },
  );

  test('whatever it throws', async () => {
    await using server = await serve(reading(206));
    async function* breakingWithText() {
      yield Buffer.alloc(10);
      throw 'a text';
    }
    await expect(putChunk(put, chunk(server.url, { bytes: breakingWithText() }))).rejects.toBe('a text');
  });

  test('only because the connection threw into it, that is not its failure', async () => {
    const breaking: StreamingPut = async (_url, { body }) => {
      const iterator = body[Symbol.asyncIterator]();
      await iterator.next();
      const lost = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
      await iterator.throw?.(lost).catch(() => undefined);
      throw lost;
    };
    expect(await putChunk(breaking, chunk('https://upload.example.com'))).toEqual({
      kind: 'unclear',
      reason: 'ECONNRESET',
    });
  });

  test('by giving too little, the chunk is no success', async () => {
    await using server = await serve((incoming, response) =>
      bodyOf(incoming).then(
        () => response.writeHead(206).end(),
        () => undefined,
      ),
    );
    expect(await putChunk(put, chunk(server.url, { bytes: pieces(999_999) }))).toMatchObject({
      kind: 'unclear',
    });
  });
});

describe('when the connection fails', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.destroy()],
    ['resets in the middle', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['closes without an answer', (socket) => socket.once('data', () => socket.end())],
    ['breaks off in its headers', (socket) => socket.once('data', () => socket.end('HTTP/1.1 20'))],
    ['speaks no HTTP', (socket) => socket.once('data', () => socket.end('220 smtp ESMTP\r\n'))],
    ['never answers', (socket) => socket.resume()],
    ['never reads', () => undefined],
  ])('because the server %s, the outcome is unclear', async (_what, connected) => {
    await using server = await serveTcp(connected);
    const big = { endByte: 11_000_000, sizeBytes: 40_000_000, bytes: pieces(10_000_000), timeoutMs: 500 };
    expect(await putChunk(put, chunk(server.url, big))).toMatchObject({ kind: 'unclear' });
  });

  test('because nobody listens, it is unclear as well: the next look asks TikTok', async () => {
    expect(await putChunk(put, chunk(await closedPortUrl()))).toEqual({
      kind: 'unclear',
      reason: 'ECONNREFUSED',
    });
  });

  test('after the status, that status stands', async () => {
    await using server = await serve(async (incoming, response) => {
      await bodyOf(incoming);
      response.writeHead(206, { 'content-length': 100 }).write('{', () => response.destroy());
    });
    expect(await putChunk(put, chunk(server.url))).toEqual({ kind: 'accepted' });
  });

  test('no answer in time says so, even where the source gives up at the same moment', async () => {
    async function* endless() {
      yield Buffer.alloc(10);
      await new Promise(() => undefined);
    }
    await using server = await serve((incoming) => incoming.resume());
    expect(await putChunk(put, chunk(server.url, { bytes: endless(), timeoutMs: 200 }))).toEqual({
      kind: 'unclear',
      reason: 'no answer in time',
    });
  });
});

describe('when TikTok answers before it has read the chunk', () => {
  // It reads no further than the first pieces: the source is left standing in the middle of the chunk.
  const early = (status: number) => (incoming: IncomingMessage, response: ServerResponse) => {
    incoming.once('data', () => {
      incoming.pause();
      response.writeHead(status).end();
    });
  };
  const big = () => ({ endByte: 51_000_000, sizeBytes: 90_000_000, bytes: pieces(50_000_000) });

  test.each([
    [416, 'out_of_step'],
    [403, 'url_dead'],
    [400, 'refused'],
    [500, 'unclear'],
  ])('HTTP %i is still %s', async (status, kind) => {
    await using server = await serve(early(status));
    expect(await putChunk(put, chunk(server.url, big()))).toMatchObject({ kind });
  });

  test.each([200, 206])(
    'HTTP %i is no proof that it has it: the next chunk would begin in the midst of this one',
    async (status) => {
      await using server = await serve(early(status));
      expect(await putChunk(put, chunk(server.url, big()))).toMatchObject({ kind: 'unclear' });
    },
  );

  test('the source is let go', async () => {
    let ended = false;
    async function* watched() {
      try {
        yield* pieces(50_000_000);
      } finally {
        ended = true;
      }
    }
    await using server = await serve(early(416));
    await putChunk(put, chunk(server.url, { ...big(), bytes: watched() }));
    await expect.poll(() => ended, { interval: 5 }).toBe(true);
  });
});

describe('upload URLs', () => {
  const API = 'https://open.tiktokapis.com';

  test.each([
    'https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=2',
    'https://open-upload.tiktokapis.com/upload/?x=1',
    'https://upload.us.tiktokapis.com/video/',
    'https://OPEN-UPLOAD.TikTokAPIs.com/video/',
    'https://open-upload.tiktokapis.com:443/video/',
    'https://open.tiktokapis.com/video/',
  ])('lets bytes go to %s', (url) => {
    expect(isUploadUrlAllowed(url, API)).toBe(true);
  });

  test.each([
    '',
    'open-upload.tiktokapis.com/video/',
    '//open-upload.tiktokapis.com/video/',
    'http://open-upload.tiktokapis.com/video/',
    'ftp://open-upload.tiktokapis.com/video/',
    'blob:https://open.tiktokapis.com/0b6a6c6e-0000-4000-8000-000000000000',
    'data:video/mp4;base64,AAAA',
    'javascript:alert(1)',
    'https://tiktokapis.com/video/',
    'https://evil-tiktokapis.com/video/',
    'https://eviltiktokapis.com/video/',
    'https://tiktokapis.com.evil.test/video/',
    'https://open-upload.tiktokapis.com.evil.test/video/',
    'https://open-upload.tiktokapis.co/video/',
    'https://open-upload.tiktokapis.com./video/',
    'https://open-upload.tiktokapis.com%2eevil.test/video/',
    'https://open-upload-tiktokapis.com/video/',
    'https://evil.test/open-upload.tiktokapis.com/',
    'https://evil.test/?open-upload.tiktokapis.com',
    'https://evil.test#.tiktokapis.com',
    'https://evil.test\\.tiktokapis.com/',
    'https://open-upload.tiktokapis.com@evil.test/video/',
    'https://user@open-upload.tiktokapis.com/video/',
    'https://user:password@open-upload.tiktokapis.com/video/',
    'https://:password@open-upload.tiktokapis.com/video/',
    'https://:password@open.tiktokapis.com/video/',
    'https://open-upload.tiktokapis.com:8443/video/',
    'https://open.tiktokapis.com:8443/video/',
    'https://open-upload.tiktokapis.com:80/video/',
    'https://оpen-upload.tiktоkapis.com/video/',
    'https://127.0.0.1/video/',
    'https://169.254.169.254/latest/',
    'https://www.tiktok.com/video/',
  ])('and not to %s', (url) => {
    expect(isUploadUrlAllowed(url, API)).toBe(false);
  });

  test.each([
    ['http://127.0.0.1:8790/upload/?x=1', true],
    ['https://open-upload.tiktokapis.com/video/', true],
    ['https://127.0.0.1:8790/upload/', false],
    ['http://127.0.0.1:8791/upload/', false],
    ['http://localhost:8790/upload/', false],
    ['http://user@127.0.0.1:8790/upload/', false],
    ['http://:password@127.0.0.1:8790/upload/', false],
    ['http://127.0.0.1:8790@evil.test/upload/', false],
    ['http://127.0.0.1/upload/', false],
    ['blob:http://127.0.0.1:8790/0b6a6c6e', false],
  ])('where another server stands in for TikTok, %s: %s', (url, isAllowed) => {
    expect(isUploadUrlAllowed(url, 'http://127.0.0.1:8790')).toBe(isAllowed);
    expect(isUploadUrlAllowed(url, 'http://127.0.0.1:8790/base')).toBe(isAllowed);
  });
});
