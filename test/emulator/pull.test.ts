import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHarness, pullBody, verdict } from './harness.ts';

const film = Buffer.from('a whole film');
const sha256 = createHash('sha256').update(film).digest('hex');

/** An answer for every URL, and a list of those asked for. */
function fakeMedia(answer: () => Response | Promise<Response>) {
  const urls: string[] = [];
  const fetchMedia: typeof fetch = async (input, init) => {
    expect(init?.redirect).toBe('manual');
    urls.push(String(input));
    return answer();
  };
  return { urls, fetchMedia };
}

const verified = [{ verifiedProperties: ['media.example'] }];
const videoUrl = 'https://media.example/film.mp4';

describe('ownership is checked at init', () => {
  test.each<[string, string]>([
    ['static.example.com', 'https://static.example.com/x.mp4'],
    ['static.example.com', 'https://video.static.example.com/x.mp4?a=b'],
    ['static.example.com', 'https://STATIC.example.com/x.mp4'],
    ['https://example.com/videos/user/', 'https://example.com/videos/user/123/x.mp4'],
  ])('%s covers %s', async (property, url) => {
    const { urls, fetchMedia } = fakeMedia(() => new Response(film));
    const tiktok = createHarness({ apps: [{ verifiedProperties: [property] }], fetchMedia });
    expect(verdict(await tiktok.init(tiktok.tokenOf(), pullBody(url)))).toBe('200 ok');
    expect(urls).toEqual([url]);
  });

  test.each<[string, string]>([
    ['static.example.com', 'https://example.com/x.mp4'],
    ['static.example.com', 'https://notstatic.example.com/x.mp4'],
    ['static.example.com', 'https://static.example.com.evil.example/x.mp4'],
    ['static.example.com', 'http://static.example.com/x.mp4'],
    ['static.example.com', 'https://static.example.com:8443/x.mp4'],
    ['static.example.com', 'https://user:pass@static.example.com/x.mp4'],
    ['static.example.com', 'https://93.184.216.34/x.mp4'],
    ['static.example.com', 'https://[2001:db8::1]/x.mp4'],
    ['static.example.com', 'ftp://static.example.com/x.mp4'],
    ['https://example.com/videos/user/', 'https://example.com/videos/2023/user/x.mp4'],
    ['https://example.com/videos/user/', 'https://example.com/videos/user/../secret/x.mp4'],
    ['https://example.com/videos/user/', 'https://www.example.com/videos/user/x.mp4'],
  ])('%s does not cover %s', async (property, url) => {
    const { urls, fetchMedia } = fakeMedia(() => new Response(film));
    const tiktok = createHarness({ apps: [{ verifiedProperties: [property] }], fetchMedia });
    const answer = await tiktok.init(tiktok.tokenOf(), pullBody(url));
    expect(verdict(answer)).toBe('403 url_ownership_unverified');
    expect(answer.json.error?.message).toMatch(/#pull_from_url$/);
    expect([urls, tiktok.emulator.ledger()]).toEqual([[], []]);
  });

  test('an insecure origin may be used where it is named, and verified too', async () => {
    const origin = 'http://127.0.0.1:9';
    const { fetchMedia } = fakeMedia(() => new Response(film));
    const unverified = createHarness({ insecureMediaOrigins: [origin], fetchMedia });
    const body = pullBody(`${origin}/x.mp4`);
    expect(verdict(await unverified.init(unverified.tokenOf(), body))).toBe('403 url_ownership_unverified');
    const apps = [{ verifiedProperties: [`${origin}/`] }];
    const both = createHarness({ insecureMediaOrigins: [origin], apps, fetchMedia });
    expect(verdict(await both.init(both.tokenOf(), body))).toBe('200 ok');
  });

  test.each([
    'http://example.com/',
    'https://example.com/videos',
    'https://example.com/?a/',
    '93.184.216.34',
    '',
  ])('%j cannot be registered', (property) => {
    expect(() => createHarness({ apps: [{ verifiedProperties: [property] }] })).toThrow(TypeError);
  });
});

describe('a pull', () => {
  test('answers a publish id alone, and publishes when the download is complete', async () => {
    const gate = Promise.withResolvers<Response>();
    const { fetchMedia } = fakeMedia(() => gate.promise);
    const tiktok = createHarness({ apps: verified, fetchMedia, processingMs: 1_000 });
    const token = tiktok.tokenOf();
    const { json } = await tiktok.init(token, pullBody(videoUrl));
    expect(json.data).toEqual({ publish_id: expect.stringMatching(/^v_pub_url~v2\.\d{19}$/) });
    const data = async () => (await tiktok.status(token, json.data?.publish_id)).json.data;
    expect(await data()).toEqual({ status: 'PROCESSING_DOWNLOAD', downloaded_bytes: 0 });
    expect(tiktok.emulator.ledger()).toMatchObject([{ published: false, sha256: null, videoUrl }]);
    gate.resolve(new Response(film));
    await tiktok.emulator.settled();
    expect(await data()).toEqual({ status: 'PROCESSING_DOWNLOAD', downloaded_bytes: film.length });
    expect(tiktok.emulator.ledger()).toMatchObject([{ published: true, sizeBytes: film.length, sha256 }]);
    tiktok.emulator.clock.advance(1_000);
    expect(await data()).toMatchObject({ status: 'PUBLISH_COMPLETE', downloaded_bytes: film.length });
  });

  test.each<[string, () => Response | Promise<Response>, string]>([
    ['a redirect', () => Response.redirect('https://media.example/there.mp4', 302), 'video_pull_failed'],
    ['a missing file', () => new Response('gone', { status: 404 }), 'video_pull_failed'],
    ['a partial answer', () => new Response('part', { status: 206 }), 'video_pull_failed'],
    ['no content', () => new Response(null, { status: 204 }), 'video_pull_failed'],
    ['a failing connection', () => Promise.reject(new TypeError('fetch failed')), 'video_pull_failed'],
    ['a body that breaks off', brokenBody, 'video_pull_failed'],
    ['an empty file', () => new Response(''), 'file_format_check_failed'],
  ])('of %s fails, and that is no error of the call', async (_name, answer, reason) => {
    const tiktok = createHarness({ apps: verified, fetchMedia: fakeMedia(answer).fetchMedia });
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.init(token, pullBody(videoUrl))).json;
    await tiktok.emulator.settled();
    const status = await tiktok.status(token, data.publish_id);
    expect(verdict(status)).toBe('200 ok');
    expect(status.json.data).toMatchObject({ status: 'FAILED', fail_reason: reason });
    expect(tiktok.emulator.ledger()).toMatchObject([{ published: false, postIds: [] }]);
  });

  test('of more than an hour fails, even if the bytes come after all', async () => {
    const gate = Promise.withResolvers<Response>();
    const tiktok = createHarness({ apps: verified, fetchMedia: fakeMedia(() => gate.promise).fetchMedia });
    await tiktok.init(tiktok.tokenOf(), pullBody(videoUrl));
    tiktok.emulator.clock.advance(3_600_000);
    gate.resolve(new Response(film));
    await tiktok.emulator.settled();
    expect(tiktok.emulator.ledger()).toMatchObject([
      { status: 'FAILED', failReason: 'video_pull_failed', published: false },
    ]);
  });

  test('whose answer is lost publishes all the same', async () => {
    const { fetchMedia } = fakeMedia(() => new Response(film));
    const tiktok = createHarness({ apps: verified, fetchMedia });
    tiktok.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    await expect(tiktok.init(tiktok.tokenOf(), pullBody(videoUrl))).rejects.toThrow(TypeError);
    await tiktok.emulator.settled();
    expect(tiktok.emulator.ledger()).toMatchObject([{ published: true, sha256 }]);
  });
});

describe('a pull over HTTP', () => {
  let media: Server | undefined;
  afterEach(() => void media?.close());

  async function pullFrom(listener: RequestListener) {
    const server = createServer(listener);
    media = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const apps = [{ verifiedProperties: [`${origin}/films/`] }];
    const tiktok = createHarness({ insecureMediaOrigins: [origin], apps });
    await tiktok.init(tiktok.tokenOf(), pullBody(`${origin}/films/x.mp4`));
    await tiktok.emulator.settled();
    return tiktok.emulator.ledger();
  }

  test('downloads the very bytes', async () => {
    const ledger = await pullFrom((_request, response) => response.end(film));
    expect(ledger).toMatchObject([{ published: true, sha256, receivedBytes: film.length }]);
  });

  test('does not follow a redirect', async () => {
    const asked: unknown[] = [];
    const ledger = await pullFrom((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: '/films/y.mp4' }).end();
    });
    expect(asked).toEqual(['/films/x.mp4']);
    expect(ledger).toMatchObject([{ status: 'FAILED', failReason: 'video_pull_failed' }]);
  });

  test('notices a body shorter than announced', async () => {
    const ledger = await pullFrom((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(film, () => response.destroy());
    });
    expect(ledger).toMatchObject([{ status: 'FAILED', failReason: 'video_pull_failed' }]);
  });
});

function brokenBody(): Response {
  const body = new ReadableStream({
    pull: (controller) => controller.error(new TypeError('terminated')),
  });
  return new Response(body);
}
