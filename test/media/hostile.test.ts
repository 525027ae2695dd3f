import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MediaError } from '../../src/media/errors.ts';
import { inspectPhotos, inspectVideo } from '../../src/media/inspect.ts';
import { createMediaSource } from '../../src/media/source.ts';
import { type Handle, serve } from '../http/serve.ts';
import { box, FTYP, fixture, withNumbers } from '../support/movies.ts';

/** Servers that mean harm, or might as well. Each look ends in time, with a reason or with nothing known. */

/** For those that are silent: a look at them takes all the time it is given. */
const SHORT_MS = 700;
const LONG_MS = 20_000;
const FILM = fixture('landscape.mov');
const HUGE_BYTES = 3_900_000_000;
/** Begins as a video does, with an index that lies far behind. */
const FAR_INDEX = Buffer.concat([FTYP, hugeBox('mdat', 3_000_000_000)]);

function hugeBox(type: string, sizeBytes: number): Buffer {
  const head = box(type);
  head.writeUInt32BE(sizeBytes);
  return head;
}

/** So many bytes of a file that is said to be huge; zeros where it is longer than what is given. */
const huge =
  (file: Buffer, headers: Record<string, string> = {}): Handle =>
  (request, response) => {
    const [start, end] = rangeOf(request.headers.range);
    const part = Buffer.alloc(end - start + 1);
    file.copy(part, 0, Math.min(start, file.length));
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${HUGE_BYTES}`, ...headers }).end(part);
  };

function rangeOf(range: string | undefined): [number, number] {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return [Number(start), Number(end)];
}

/** One answer to the first request, another to all that follow. */
function first(one: Handle, other: Handle): Handle {
  let count = 0;
  return (request, response) => (count++ === 0 ? one : other)(request, response);
}

function drip(response: ServerResponse, everyMs: number): void {
  const timer = setInterval(() => response.write('x'), everyMs);
  response.on('close', () => clearInterval(timer));
}

/** What comes of a look: an error's code, or how much is known. */
async function outcomeOf(url: string, budgetMs: number): Promise<string> {
  await using media = createMediaSource({ allowedOrigins: [new URL(url).origin] });
  const startedMs = performance.now();
  const leftMs = () => budgetMs - (performance.now() - startedMs);
  try {
    const facts = await inspectVideo(media, `${url}/film.mov`, leftMs);
    return facts.width === null ? `unknown ${facts.contentType}` : `${facts.codec}`;
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return error.code;
  }
}

let before: number;
beforeAll(() => {
  before = process.memoryUsage.rss();
});
afterAll(() => {
  expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
});

describe('a server that', () => {
  test.each<[string, Handle, string]>([
    [
      'never ends',
      (_request, response) => {
        response.writeHead(200, { 'content-length': HUGE_BYTES }).write(FAR_INDEX);
        const more = () => {
          while (!response.destroyed && response.write(FILM));
          response.once('drain', more);
        };
        more();
      },
      'unknown video/mp4',
    ],
    ['never ends and says no length', (_request, response) => drip(response, 1), 'media_size_unknown'],
    [
      'says a length it does not keep',
      (_request, response) => {
        response
          .writeHead(206, { 'content-range': `bytes 0-65535/${HUGE_BYTES}` })
          .end(FILM.subarray(0, 500));
      },
      'media_unreachable',
    ],
    [
      'compresses although asked not to',
      (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
      'media_unreachable',
    ],
    [
      'sends one byte a second',
      (_request, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-65535/${HUGE_BYTES}` });
        drip(response, 1_000);
      },
      'media_unreachable',
    ],
    [
      'sends headers and no more',
      (_request, response) =>
        response.writeHead(206, { 'content-range': `bytes 0-65535/${HUGE_BYTES}` }).flushHeaders(),
      'media_unreachable',
    ],
    ['never answers', () => undefined, 'media_unreachable'],
    [
      'sends another part than asked for',
      (_request, response) =>
        response.writeHead(206, { 'content-range': `bytes 500-66035/${HUGE_BYTES}` }).end(FILM),
      'media_unreachable',
    ],
    [
      'sends more than asked for',
      (_request, response) =>
        response
          .writeHead(206, { 'content-range': `bytes 0-${FILM.length - 1}/${FILM.length}` })
          .end(Buffer.concat([FILM, Buffer.alloc(1_000_000)])),
      'hevc',
    ],
    [
      'has another file for each part',
      first(huge(FAR_INDEX, { etag: '"v1"' }), huge(FAR_INDEX, { etag: '"v2"' })),
      'media_changed',
    ],
    [
      'has a file that grows',
      first(huge(FAR_INDEX), (request, response) => {
        const [start, end] = rangeOf(request.headers.range);
        response
          .writeHead(206, { 'content-range': `bytes ${start}-${end}/${HUGE_BYTES + 1}` })
          .end(Buffer.alloc(65_536));
      }),
      'media_changed',
    ],
    [
      'gives files from their beginning only',
      first(huge(FAR_INDEX), (_request, response) =>
        response.writeHead(200, { 'content-length': HUGE_BYTES }).write(FAR_INDEX),
      ),
      'unknown video/mp4',
    ],
    [
      'fails in the middle',
      first(huge(FAR_INDEX), (_request, response) => response.writeHead(500).end()),
      'media_unreachable',
    ],
    ['falls silent in the middle', first(huge(FAR_INDEX), () => undefined), 'media_unreachable'],
    [
      'sends the reader elsewhere in the middle',
      first(huge(FAR_INDEX), (_request, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      ),
      'media_redirects',
    ],
    [
      'sends one byte to a request',
      (request, response) => {
        const [start] = rangeOf(request.headers.range);
        response
          .writeHead(206, { etag: '"v1"', 'content-range': `bytes ${start}-${start}/${FILM.length}` })
          .end(FILM.subarray(start, start + 1));
      },
      'media_unreachable',
    ],
    [
      'has an index of gigabytes',
      huge(Buffer.concat([FTYP, hugeBox('moov', 3_800_000_000)])),
      'unknown video/mp4',
    ],
    [
      'has an index that claims more frames than there is memory',
      huge(withNumbers(fixture('slow.mp4'), { frames: 0xffffffff })),
      'avc',
    ],
    [
      'has nothing but empty boxes',
      (request, response) => {
        const [start, end] = rangeOf(request.headers.range);
        const boxes = Buffer.alloc(65_536, box('free'));
        if (start === 0) FTYP.copy(boxes);
        response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${HUGE_BYTES}` }).end(boxes);
      },
      'unknown video/mp4',
    ],
    ['has a WebM of gigabytes in one piece', huge(gigabytesOfWebm()), 'vp9'],
    ['has a WebM of noise', huge(noiseAfterWebmHead()), 'unknown video/webm'],
  ])('%s', async (what, handle, expected) => {
    await using server = await serve(handle);
    const isSilent = /silent|never answers|no more|one byte/.test(what);
    expect(await outcomeOf(server.url, isSilent ? SHORT_MS : LONG_MS)).toBe(expected);
    const ranges = server.requests.map(({ headers }) => rangeOf(headers.range));
    expect(ranges.length).toBeLessThanOrEqual(24);
    const bytesAsked = ranges.reduce((sum, [start, end]) => sum + end + 1 - start, 0);
    expect(bytesAsked).toBeLessThanOrEqual(16_000_000);
  });

  test('never answers holds up no more than the time for all photos', async () => {
    await using server = await serve(() => undefined);
    await using media = createMediaSource({ allowedOrigins: [server.url] });
    const startedMs = performance.now();
    const leftMs = () => SHORT_MS - (performance.now() - startedMs);
    const found = await inspectPhotos(media, Array(35).fill(`${server.url}/a.jpg`), leftMs);
    expect(new Set(found.map((photo) => 'code' in photo && photo.code))).toEqual(
      new Set(['media_unreachable']),
    );
  });
});

/** The first cluster says that it is as long as the whole file. */
function gigabytesOfWebm(): Buffer {
  const file = Buffer.from(fixture('vertical.webm'));
  const at = file.indexOf(Buffer.from('1f43b675', 'hex'));
  const size = Buffer.from('01000000e0000000', 'hex');
  return Buffer.concat([
    unbounded(file.subarray(0, at)),
    Buffer.from('1f43b675', 'hex'),
    size,
    file.subarray(at + 12),
  ]);
}

function noiseAfterWebmHead(): Buffer {
  const head = fixture('vertical.webm').subarray(0, 60);
  return Buffer.concat([
    unbounded(head),
    Buffer.from(Array.from({ length: 500_000 }, (_, i) => (i * i * 31) % 251)),
  ]);
}

/** The segment's size becomes unknown: it goes on to the end of the file. */
function unbounded(head: Buffer): Buffer {
  const file = Buffer.from(head);
  const at = file.indexOf(Buffer.from('18538067', 'hex'));
  file.write('01ffffffffffffff', at + 4, 'hex');
  return file;
}
