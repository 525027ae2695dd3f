import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MediaError } from '../../src/media/errors.ts';
import { createMediaSource } from '../../src/media/source.ts';
import { type Handle, protocolsOffered, serve, serveTcp } from '../http/serve.ts';
import { seededRandom } from './random.ts';

const FILE = film(300_000);
const TIMEOUT_MS = 5_000;

function film(sizeBytes: number): Buffer {
  const random = seededRandom(sizeBytes);
  const bytes = Buffer.from(Array.from({ length: sizeBytes }, () => Math.floor(random() * 256)));
  bytes.write('\0\0\0\x18ftypisom', 'latin1');
  return bytes;
}

/** A server as storage buckets are: it knows ranges, and versions by ETag. Some send so many bytes at once and no more. */
const bucket =
  (file: Buffer, etag = '"v1"', mostBytes = file.length): Handle =>
  (request, response) => {
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const first = Number(start);
    const last = Math.min(end ? Number(end) : file.length, file.length - 1, first + mostBytes - 1);
    response.writeHead(206, {
      etag,
      'content-length': last - first + 1,
      'content-range': `bytes ${first}-${last}/${file.length}`,
    });
    response.end(file.subarray(first, last + 1));
  };

/** A server that has never heard of ranges. */
const plain =
  (file: Buffer, headers: Record<string, string> = {}): Handle =>
  (_request, response) =>
    response.writeHead(200, { 'content-length': file.length, ...headers }).end(file);

/** What is read when the file is asked for from a byte on, taken in parts as the worker takes chunks. */
async function readFrom(
  origin: string,
  startByte: number,
  endByte: number,
  partBytes = 100_000,
  timeoutMs = TIMEOUT_MS,
) {
  await using source = createMediaSource({ allowedOrigins: [origin] });
  await using media = await source.open(`${origin}/film.mp4`, startByte, timeoutMs);
  const pieces: Uint8Array[] = [];
  for (let at = media.startByte; at < endByte; at += partBytes) {
    for await (const piece of media.take(Math.min(partBytes, endByte - at))) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function describeAt(origin: string, timeoutMs = TIMEOUT_MS) {
  await using source = createMediaSource({ allowedOrigins: [origin] });
  return await source.describe(`${origin}/film.mp4`, timeoutMs);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The code of a media error; anything else is thrown. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    expect(error.message).toMatch(/\.$/);
    return `${error.code}${error.isTemporary ? ', for now' : ''}`;
  }
  return 'no error';
}

describe('a file that is there', () => {
  test.each([
    ['a server of ranges', bucket(FILE), true],
    ['a server that ignores ranges', plain(FILE, { etag: '"v1"' }), false],
  ])('is described by %s', async (_kind, handle, hasRanges) => {
    await using server = await serve(handle);
    expect(await describeAt(server.url)).toEqual({
      sizeBytes: FILE.length,
      contentType: 'video/mp4',
      identity: `${FILE.length} "v1"`,
      isVersioned: true,
      hasRanges,
    });
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({ range: 'bytes=0-4095', 'accept-encoding': 'identity' });
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.headers).not.toHaveProperty('cookie');
  });

  test.each([0, 1, 65_536, 250_000, FILE.length - 1])(
    'is read from byte %i, and from the first by a server that knows no ranges or always sends all',
    async (startByte) => {
      await using ranges = await serve(bucket(FILE));
      await using whole = await serve(plain(FILE));
      await using all = await serve((_request, response) =>
        response.writeHead(206, { 'content-range': `bytes 0-${FILE.length - 1}/${FILE.length}` }).end(FILE),
      );
      expect(sha256(await readFrom(ranges.url, startByte, FILE.length))).toBe(
        sha256(FILE.subarray(startByte)),
      );
      expect(sha256(await readFrom(whole.url, startByte, FILE.length))).toBe(sha256(FILE));
      expect(sha256(await readFrom(all.url, startByte, FILE.length))).toBe(sha256(FILE));
      expect(ranges.requests[0]?.headers.range).toBe(`bytes=${startByte}-`);
    },
  );

  test.each([1, 7, 4_096, 99_999, 300_000])('is cut into parts of %i bytes exactly', async (partBytes) => {
    const file = FILE.subarray(0, partBytes === 1 ? 2_000 : FILE.length);
    await using server = await serve(bucket(file));
    expect(sha256(await readFrom(server.url, 0, file.length, partBytes))).toBe(sha256(file));
  });

  test('is fetched over a connection of its own, not as a stream of HTTP/2', async () => {
    const offered = await protocolsOffered(async (url) => {
      await using source = createMediaSource({ allowedOrigins: [url] });
      await source.describe(`${url}/film.mp4`, TIMEOUT_MS);
    });
    expect(offered).toEqual(['http/1.1']);
  });

  test.each([0, 7, 250_000, FILE.length - 1])(
    'is asked for again, from byte %i on, where a server sends less than all',
    async (startByte) => {
      await using server = await serve(bucket(FILE, '"v1"', 70_000));
      expect(sha256(await readFrom(server.url, startByte, FILE.length))).toBe(
        sha256(FILE.subarray(startByte)),
      );
      const asked = Array.from(
        { length: Math.ceil((FILE.length - startByte) / 70_000) },
        (_, run) => `bytes=${startByte + run * 70_000}-`,
      );
      expect(server.requests.map(({ headers }) => headers.range)).toEqual(asked);
    },
  );

  test('is looked at in part, where a server sends less than that', async () => {
    await using server = await serve(bucket(FILE, '"v1"', 65_536));
    await using source = createMediaSource({ allowedOrigins: [server.url] });
    const { bytes } = await source.readPart(`${server.url}/film.mp4`, 5_000, 140_000, TIMEOUT_MS);
    expect(bytes).toEqual(FILE.subarray(5_000, 140_000));
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([
      'bytes=5000-139999',
      'bytes=70536-139999',
      'bytes=136072-139999',
    ]);
  });

  /** The first answer by one, all others by another. */
  const then =
    (first: Handle, others: Handle): Handle =>
    (request, response) =>
      (request.headers.range === 'bytes=0-' ? first : others)(request, response);

  test.each<[string, Handle]>([
    ['has become another', then(bucket(FILE, '"v1"', 70_000), bucket(FILE, '"v2"', 70_000))],
    ['has no version', bucket(FILE, '', 70_000)],
    ['comes in morsels', bucket(FILE, '"v1"', 65_535)],
    ['has become shorter', then(bucket(FILE, '"v1"', 70_000), bucket(FILE.subarray(0, 140_000)))],
    [
      'goes on with nothing',
      (request, response) => {
        const firstByte = request.headers.range === 'bytes=0-' ? 0 : 70_000;
        response
          .writeHead(206, { etag: '"v1"', 'content-range': `bytes ${firstByte}-69999/${FILE.length}` })
          .end(FILE.subarray(firstByte, 70_000));
      },
    ],
    [
      'begins anew',
      (_request, response) =>
        response
          .writeHead(206, { etag: '"v1"', 'content-range': `bytes 0-69999/${FILE.length}` })
          .end(FILE.subarray(0, 70_000)),
    ],
  ])('is not put together from parts when it %s', async (_what, handle) => {
    await using server = await serve(handle);
    expect(await codeOf(readFrom(server.url, 0, FILE.length))).toBe('media_unreachable, for now');
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  const date = 'Sat, 21 Nov 2026 09:00:00 GMT';
  test.each<[string, Record<string, string>, string]>([
    ['its ETag', { etag: '"a"', 'last-modified': date }, '"a"'],
    ['its date, where the ETag is weak', { etag: 'W/"a"', 'last-modified': date }, date],
    [
      'its date, where the ETag is longer than is kept',
      { etag: `"${'x'.repeat(5_000)}"`, 'last-modified': date },
      date,
    ],
    ['its date', { 'last-modified': date }, date],
    ['nothing, where the ETag is weak', { etag: 'w/"a"' }, ''],
    ['nothing, where the ETag is empty', { etag: '' }, ''],
    ['nothing', {}, ''],
  ])('has its versions told apart by %s', async (_what, headers, version) => {
    await using server = await serve(plain(FILE, headers));
    expect(await describeAt(server.url)).toMatchObject({
      identity: `300000 ${version}`,
      isVersioned: version !== '',
    });
  });

  test('shows when it has become another', async () => {
    let version = 0;
    await using server = await serve((request, response) => {
      version++;
      return bucket(version === 1 ? FILE : film(300_000 + version), `"v${version}"`)(request, response);
    });
    const { url } = server;
    await using source = createMediaSource({ allowedOrigins: [url] });
    const seen = await source.describe(`${url}/film.mp4`, TIMEOUT_MS);
    await using media = await source.open(`${url}/film.mp4`, 0, TIMEOUT_MS);
    expect(media.identity).not.toBe(seen.identity);
  });

  test('of exactly 4 GB is taken, one byte more is not', async () => {
    const sized = (sizeBytes: number): Handle => {
      return (_request, response) =>
        response
          .writeHead(206, { 'content-range': `bytes 0-4095/${sizeBytes}` })
          .end(FILE.subarray(0, 4_096));
    };
    await using largest = await serve(sized(4_000_000_000));
    await using larger = await serve(sized(4_000_000_001));
    expect((await describeAt(largest.url)).sizeBytes).toBe(4_000_000_000);
    expect(await codeOf(describeAt(larger.url))).toBe('media_too_large');
  });

  test('is read no further than its head to be described', async () => {
    let closed = false;
    await using server = await serve((_request, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(200, { 'content-length': 3_000_000_000 });
      const more = () => {
        while (!response.destroyed && response.write(FILE));
        response.once('drain', more);
      };
      more();
    });
    expect((await describeAt(server.url)).sizeBytes).toBe(3_000_000_000);
    await expect.poll(() => closed, { interval: 5 }).toBe(true);
  });
});

describe('a file that cannot be had', () => {
  const status =
    (code: number, headers: Record<string, string> = {}): Handle =>
    (_request, response) =>
      response.writeHead(code, headers).end('no film here');
  const head =
    (code: number, headers: Record<string, string | number>, body: Buffer = FILE): Handle =>
    (_request, response) =>
      response.writeHead(code, headers).end(body);

  test.each<[string, Handle, string]>([
    ['404', status(404), 'media_unreachable, for now'],
    ['410', status(410), 'media_unreachable, for now'],
    ['403', status(403), 'media_unreachable, for now'],
    ['416', status(416, { 'content-range': 'bytes */300000' }), 'media_unreachable, for now'],
    ['429', status(429), 'media_unreachable, for now'],
    ['500', status(500), 'media_unreachable, for now'],
    ['503', status(503), 'media_unreachable, for now'],
    ['204', (_request, response) => response.writeHead(204).end(), 'media_unreachable, for now'],
    ['301', status(301, { location: '/elsewhere.mp4' }), 'media_redirects'],
    ['302 to the metadata service', status(302, { location: 'http://169.254.169.254/' }), 'media_redirects'],
    ['304', (_request, response) => response.writeHead(304).end(), 'media_unreachable, for now'],
    ['307', status(307, { location: '/elsewhere.mp4' }), 'media_redirects'],
    [
      'gzip although not asked for',
      plain(gzipSync(FILE), { 'content-encoding': 'gzip' }),
      'media_unreachable, for now',
    ],
    [
      'brotli although not asked for',
      plain(FILE, { 'content-encoding': 'br' }),
      'media_unreachable, for now',
    ],
    ['no length', head(200, {}), 'media_size_unknown'],
    ['a range of unknown length', head(206, { 'content-range': 'bytes 0-4095/*' }), 'media_size_unknown'],
    ['206 without a range', head(206, { 'content-length': FILE.length }), 'media_size_unknown'],
    [
      'several ranges',
      head(206, { 'content-type': 'multipart/byteranges; boundary=x' }),
      'media_size_unknown',
    ],
    ['a range nobody can read', head(206, { 'content-range': 'pages 1-2/3' }), 'media_size_unknown'],
    [
      'a length with 16 digits',
      head(206, { 'content-range': `bytes 0-4095/${'9'.repeat(16)}` }),
      'media_size_unknown',
    ],
    ['another part', head(206, { 'content-range': 'bytes 1-4096/300000' }), 'media_unreachable, for now'],
    ['nothing', plain(Buffer.alloc(0)), 'media_empty'],
    ['nothing, in a range', head(206, { 'content-range': 'bytes 0-0/0' }), 'media_empty'],
    ['too much', head(206, { 'content-range': 'bytes 0-4095/5000000000' }), 'media_too_large'],
    ['a web page', plain(Buffer.from('<!doctype html><title>Sign in</title>')), 'media_not_video'],
    [
      'a picture',
      plain(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), { 'content-type': 'video/mp4' }),
      'media_not_video',
    ],
    ['seven bytes', plain(FILE.subarray(0, 7)), 'media_not_video'],
  ])('%s', async (_what, handle, code) => {
    await using server = await serve(handle);
    expect(await codeOf(describeAt(server.url))).toBe(code);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['closes', ''],
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['breaks off in the headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['sends two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['sends endless headers', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('a server that %s', async (_what, text) => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.end(text, 'latin1')));
    expect(await codeOf(describeAt(server.url))).toBe('media_unreachable, for now');
  });

  test.each([
    ['never answers', () => undefined],
    [
      'answers with headers and no more',
      (_request, response) => response.writeHead(200, { 'content-length': 100 }).flushHeaders(),
    ],
    [
      'sends one byte and no more',
      (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('x'),
    ],
  ] as [string, Handle][])('a server that %s', async (_what, handle) => {
    await using server = await serve(handle);
    expect(await codeOf(describeAt(server.url, 200))).toBe('media_unreachable, for now');
  });

  test('nobody listens', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    expect(await codeOf(describeAt(server.url))).toBe('media_unreachable, for now');
  });
});

describe('a file that does not come whole', () => {
  const cut: Handle = (_request, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 150_000), () => response.destroy());
  };
  const hang: Handle = (_request, response) => {
    response.writeHead(200, { 'content-length': FILE.length }).write(FILE.subarray(0, 150_000));
  };
  const short: Handle = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${FILE.length - 1}/${FILE.length}` });
    response.end(FILE.subarray(0, 150_000));
  };

  test.each([
    ['drops', cut],
    ['hangs', hang],
    ['ends early', short],
  ])('because the connection %s in the middle', async (_what, handle) => {
    await using server = await serve(handle);
    expect(await codeOf(readFrom(server.url, 0, FILE.length, 100_000, 300))).toBe(
      'media_unreachable, for now',
    );
  });

  test('because it ends before what was asked for', async () => {
    await using server = await serve(plain(FILE));
    expect(await codeOf(readFrom(server.url, FILE.length, FILE.length + 1))).toBe(
      'media_unreachable, for now',
    );
  });

  test('and one that is longer than was said is read no further', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-99999/100000` });
      response.end(FILE);
    });
    expect(sha256(await readFrom(server.url, 0, 100_000))).toBe(sha256(FILE.subarray(0, 100_000)));
  });
});

describe('connections', () => {
  const endless = (code: number, headers: Record<string, string | number>, closed: () => void): Handle => {
    return (_request: IncomingMessage, response: ServerResponse) => {
      response.on('close', closed);
      response.writeHead(code, headers).write(FILE);
    };
  };

  test.each([
    [404, {}],
    [500, {}],
    [206, { 'content-range': 'bytes 5-9/10' }],
    [200, {}],
    [200, { 'content-length': 5_000_000_000 }],
  ])('are closed at once when the answer is of no use: HTTP %i %j', async (code, headers) => {
    let closed = 0;
    await using server = await serve(endless(code, headers, () => closed++));
    await using source = createMediaSource({ allowedOrigins: [server.url] });
    expect(await codeOf(source.describe(`${server.url}/film.mp4`, TIMEOUT_MS))).not.toBe('no error');
    await expect.poll(() => closed, { interval: 5 }).toBe(1);
    expect(await codeOf(source.open(`${server.url}/film.mp4`, 0, TIMEOUT_MS))).not.toBe('no error');
    await expect.poll(() => closed, { interval: 5 }).toBe(2);
  });

  test('are closed when reading is given up, and when the source is disposed of', async () => {
    let closed = 0;
    await using server = await serve(endless(200, { 'content-length': 1_000_000_000 }, () => closed++));
    const source = createMediaSource({ allowedOrigins: [server.url] });
    const given = await source.open(`${server.url}/film.mp4`, 0, TIMEOUT_MS);
    for await (const _piece of given.take(1_000)) break;
    await given[Symbol.asyncDispose]();
    await expect.poll(() => closed, { interval: 5 }).toBe(1);
    await source.open(`${server.url}/film.mp4`, 0, TIMEOUT_MS);
    await source[Symbol.asyncDispose]();
    await expect.poll(() => closed, { interval: 5 }).toBe(2);
  });
});

describe('only what is public', () => {
  test.each(['https://localhost/film.mp4', 'https://10.0.0.1/film.mp4', 'http://example.com/film.mp4'])(
    'never asks for %s',
    async (url) => {
      await using source = createMediaSource({
        allowedOrigins: [],
        lookup: () => expect.unreachable('nothing is looked up'),
      });
      expect(await codeOf(source.describe(url, TIMEOUT_MS))).toBe('media_url_not_public');
      expect(await codeOf(source.open(url, 0, TIMEOUT_MS))).toBe('media_url_not_public');
      expect(await codeOf(source.readPart(url, 0, 10, TIMEOUT_MS))).toBe('media_url_not_public');
    },
  );

  test.each(['127.0.0.1', '::1', '192.168.1.1', '169.254.169.254', '::ffff:10.0.0.1'])(
    'never asks a name that resolves to %s',
    async (address) => {
      const lookedUp: string[] = [];
      await using source = createMediaSource({
        allowedOrigins: ['http://127.0.0.1:1'],
        lookup: (hostname, _options, callback) => {
          lookedUp.push(hostname);
          callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
        },
      });
      expect(await codeOf(source.describe('https://media.example.com/a.mp4', TIMEOUT_MS))).toBe(
        'media_url_not_public',
      );
      expect(await codeOf(source.open('https://media.example.com/a.mp4', 0, TIMEOUT_MS))).toBe(
        'media_url_not_public',
      );
      expect(await codeOf(source.readPart('https://media.example.com/a.mp4', 0, 10, TIMEOUT_MS))).toBe(
        'media_url_not_public',
      );
      expect(lookedUp).toEqual(Array(3).fill('media.example.com'));
    },
  );

  test('a name that does not resolve may do so later', async () => {
    await using source = createMediaSource({
      allowedOrigins: [],
      lookup: (_hostname, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []),
    });
    expect(await codeOf(source.describe('https://media.example.com/a.mp4', TIMEOUT_MS))).toBe(
      'media_unreachable, for now',
    );
  });
});
