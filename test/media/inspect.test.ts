import { describe, expect, test } from 'vitest';
import { inspectPhotos, inspectVideo } from '../../src/media/inspect.ts';
import { createMediaSource } from '../../src/media/source.ts';
import { type Handle, serve } from '../http/serve.ts';
import { box, FTYP, fixture, jpeg, webp, withCodec, withNumbers } from '../support/movies.ts';

/** A server as storage buckets are. */
const bucket =
  (file: Buffer): Handle =>
  (request, response) => {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = file.subarray(Number(start), Number(end) + 1);
    const last = Number(start) + part.length - 1;
    response
      .writeHead(206, { etag: '"v1"', 'content-range': `bytes ${start}-${last}/${file.length}` })
      .end(part);
  };

/** What is found out about a video, and by how many requests for how many bytes. */
async function inspect(file: Buffer) {
  await using server = await serve(bucket(file));
  await using media = createMediaSource({ allowedOrigins: [server.url] });
  const facts = await inspectVideo(media, `${server.url}/film.mp4`, () => 5_000);
  const ranges = server.requests.map(({ headers }) => String(headers.range));
  return { facts, ranges };
}

async function inspectPicture(file: Buffer) {
  await using server = await serve(bucket(file));
  await using media = createMediaSource({ allowedOrigins: [server.url] });
  const [facts] = await inspectPhotos(media, [`${server.url}/a.jpg`], () => 5_000);
  return { facts, requests: server.requests.length };
}

/** An MP4 whose index comes after so many bytes of pictures. */
function indexLast(movie: Buffer, pictureBytes: number): Buffer {
  const index = movie.subarray(movie.indexOf('moov') - 4);
  const indexBytes = index.readUInt32BE();
  return Buffer.concat([FTYP, box('mdat', Buffer.alloc(pictureBytes)), index.subarray(0, indexBytes)]);
}

const SOUND = box('hdlr', '\0\0\0\0\0\0\0\0soun\0\0\0\0');
const NOTHING = {
  hasVideo: null,
  codec: null,
  codecId: null,
  width: null,
  height: null,
  frameRate: null,
  durationSec: null,
};

describe('a video', () => {
  test.each([
    ['vertical.mp4', 'video/mp4', 'avc', 720, 1280, 30, 4],
    ['turned.mp4', 'video/mp4', 'avc', 720, 1280, 30, 1],
    ['slow.mp4', 'video/mp4', 'avc', 720, 1280, 15, 2],
    ['landscape.mov', 'video/quicktime', 'hevc', 640, 360, 30, 1],
    ['vertical.webm', 'video/webm', 'vp9', 720, 1280, 30, 2],
    ['av1.webm', 'video/webm', 'av1', 720, 1280, 30, 1],
    ['fragmented.mp4', 'video/mp4', 'avc', 720, 1280, null, null],
  ])('%s', async (name, contentType, codec, width, height, frameRate, durationSec) => {
    const { facts } = await inspect(fixture(name));
    expect(facts).toMatchObject({
      hasVideo: true,
      contentType,
      codec,
      width,
      height,
      frameRate,
      durationSec,
    });
    expect(facts.sizeBytes).toBe(fixture(name).length);
  });

  test.each(['sound.mp4', 'sound.webm'])('without a picture is known as such: %s', async (name) => {
    expect((await inspect(fixture(name))).facts).toMatchObject({ hasVideo: false, width: null });
  });

  test('with its index in front costs one request', async () => {
    expect((await inspect(fixture('vertical.mp4'))).ranges).toEqual(['bytes=0-65535']);
  });

  test('with its index behind 20 MB of pictures costs few, and few bytes', async () => {
    const { facts, ranges } = await inspect(indexLast(fixture('slow.mp4'), 20_000_000));
    expect(facts).toMatchObject({ codec: 'avc', width: 720, height: 1280, frameRate: 15, durationSec: 2 });
    expect(ranges).toHaveLength(2);
  });

  test('of hours is measured by what its index says', async () => {
    const long = withNumbers(fixture('slow.mp4'), { ticks: 36_000_000, frames: 864_000, ticksPerFrame: 256 });
    expect((await inspect(long)).facts).toMatchObject({ durationSec: 36_000, frameRate: 60 });
  });

  test('that claims four billion frames is not counted out', async () => {
    const movie = withNumbers(fixture('slow.mp4'), { frames: 0xffffffff });
    expect((await inspect(movie)).facts).toMatchObject({ codec: 'avc', frameRate: 15 });
  });

  test.each([
    ['ProRes', 'apch', 'prores', 'apch'],
    ['MPEG-4 part 2', 'mp4v', null, 'mp4v'],
    ['something new', 'zzzz', null, 'zzzz'],
  ])('of another codec is named: %s', async (_what, id, codec, codecId) => {
    expect((await inspect(withCodec(fixture('slow.mp4'), 'avc1', id))).facts).toMatchObject({
      codec,
      codecId,
    });
  });

  test.each([
    ['nothing but the beginning', FTYP],
    ['pictures without an index', Buffer.concat([FTYP, box('mdat', Buffer.alloc(1_000))])],
    ['an empty index', Buffer.concat([FTYP, box('free'), box('mdat'), box('moov').subarray(0, 4)])],
    ['a box of impossible size', Buffer.concat([FTYP, Buffer.from('\0\0\0\x04moov', 'latin1')])],
    ['a box longer than the file', Buffer.concat([FTYP, Buffer.from('\x7f\0\0\0moov', 'latin1')])],
    [
      'a long size that is none',
      Buffer.concat([FTYP, Buffer.from('\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1')]),
    ],
    ['ten thousand empty boxes', Buffer.concat([FTYP, ...Array(10_000).fill(box('free'))])],
    ['zeros', Buffer.concat([FTYP, Buffer.alloc(300_000)])],
    [
      'noise',
      Buffer.concat([FTYP, Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) % 251))]),
    ],
    ['an index without tracks', Buffer.concat([FTYP, box('moov', box('udta'))])],
    [
      'a sound track behind thousands of empty boxes',
      Buffer.concat([
        FTYP,
        box('moov', Buffer.concat([...Array(5_000).fill(box('free')), box('trak', box('mdia', SOUND))])),
      ]),
    ],
    ['a thousand tracks', Buffer.concat([FTYP, box('moov', Buffer.concat(Array(1_000).fill(box('trak'))))])],
    ['EBML and no more', Buffer.from('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm', 'latin1')],
    ['half a WebM', fixture('vertical.webm').subarray(0, 200)],
  ])('that is broken is not known: %s', async (_what, file) => {
    const { facts, ranges } = await inspect(file);
    expect(facts).toEqual({ ...NOTHING, contentType: expect.any(String), sizeBytes: file.length });
    expect(ranges.length).toBeLessThan(8);
  });

  test.each(['vertical.mp4', 'landscape.mov', 'vertical.webm', 'fragmented.mp4'])(
    'cut off or changed at any place does no harm: %s',
    async (name) => {
      const whole = fixture(name);
      for (let at = 40; at < Math.min(whole.length, 12_000); at += 1_009) {
        const changed = Buffer.from(whole);
        changed.fill(0xff, at, at + 4);
        for (const file of [whole.subarray(0, at), changed]) {
          const { facts } = await inspect(file);
          for (const value of [facts.width, facts.frameRate, facts.durationSec]) {
            expect(value === null || (Number.isFinite(value) && value > 0)).toBe(true);
          }
        }
      }
    },
  );

  test('of no kind that TikTok takes is not looked into', async () => {
    for (const file of [
      Buffer.from('<!doctype html>'),
      jpeg(720, 1280),
      Buffer.from('\x1a\x45\xdf\xa3 matroska', 'latin1'),
    ]) {
      expect((await inspect(file)).facts).toEqual({ ...NOTHING, contentType: null, sizeBytes: file.length });
    }
  });
});

describe('a picture', () => {
  test.each([
    ['a progressive JPEG', jpeg(720, 1280), { type: 'JPEG', width: 720, height: 1280 }],
    ['a baseline JPEG', jpeg(1080, 1920, { marker: 0xc0 }), { type: 'JPEG', width: 1080, height: 1920 }],
    ['a real JPEG', fixture('vertical.jpg'), { type: 'JPEG', width: 720, height: 1280 }],
    ['a real WebP', fixture('vertical.webp'), { type: 'WebP', width: 720, height: 1280 }],
    ['a lossy WebP', webp('VP8 ', 720, 1280), { type: 'WebP', width: 720, height: 1280 }],
    ['a lossless WebP', webp('VP8L', 1, 16_384), { type: 'WebP', width: 1, height: 16_384 }],
    ['an extended WebP', webp('VP8X', 70_000, 300), { type: 'WebP', width: 70_000, height: 300 }],
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), { type: 'PNG', width: null, height: null }],
    ['a GIF', Buffer.from('GIF89a'), { type: 'GIF', width: null, height: null }],
    ['a HEIC', box('ftyp', 'heic'), { type: 'HEIC', width: null, height: null }],
    ['an AVIF', box('ftyp', 'avif'), { type: 'AVIF', width: null, height: null }],
    ['a video', FTYP, { type: 'a video', width: null, height: null }],
    ['a web page', Buffer.from('\n <!DOCTYPE html>'), { type: 'a web page', width: null, height: null }],
    ['an SVG', Buffer.from('<svg xmlns='), { type: 'SVG', width: null, height: null }],
    ['something else', Buffer.from('something else'), { type: null, width: null, height: null }],
    ['a JPEG that is cut off', jpeg(720, 1280).subarray(0, 30), { type: 'JPEG', width: null, height: null }],
    ['a JPEG of nothing', jpeg(0, 0), { type: 'JPEG', width: null, height: null }],
    ['half a WebP', webp('VP8 ', 720, 1280).subarray(0, 28), { type: 'WebP', width: null, height: null }],
  ])('%s', async (_what, file, expected) => {
    expect((await inspectPicture(file)).facts).toEqual({ ...expected, sizeBytes: file.length });
  });

  test('whose size lies behind 400 KB of camera data is still measured, with two requests', async () => {
    const { facts, requests } = await inspectPicture(
      jpeg(720, 1280, { exifBytes: 400_000, sizeBytes: 3_000_000 }),
    );
    expect(facts).toMatchObject({ type: 'JPEG', width: 720, height: 1280 });
    expect(requests).toBe(2);
  });

  test('whose size lies behind more is not known', async () => {
    const { facts } = await inspectPicture(jpeg(720, 1280, { exifBytes: 900_000 }));
    expect(facts).toMatchObject({ type: 'JPEG', width: null });
  });

  test('is looked at with five requests at once at most, and told in its place', async () => {
    let now = 0;
    let most = 0;
    await using server = await serve((request, response) => {
      most = Math.max(most, ++now);
      const width = 100 + Number(/\d+/.exec(request.url ?? ''));
      setTimeout(() => {
        now--;
        if (width === 107) response.writeHead(404).end();
        else bucket(jpeg(width, 200))(request, response);
      }, 5);
    });
    await using media = createMediaSource({ allowedOrigins: [server.url] });
    const urls = Array.from({ length: 35 }, (_, index) => `${server.url}/${index}.jpg`);
    const found = await inspectPhotos(media, urls, () => 5_000);
    const widths = found.map((photo) => ('width' in photo ? photo.width : photo.code));
    expect(widths).toEqual(urls.map((_, index) => (index === 7 ? 'media_unreachable' : 100 + index)));
    expect(most).toBe(5);
  });
});
