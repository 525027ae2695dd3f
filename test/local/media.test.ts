import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRange } from '../../local/byte-range.ts';
import { type MediaServer, serveMedia } from '../../local/media.ts';

let parent: string;
let media: MediaServer;
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'media-test-'));
  const directory = path.join(parent, 'files');
  await mkdir(directory);
  await writeFile(path.join(parent, 'secret.mp4'), 'outside');
  await writeFile(path.join(directory, 'ten.mp4'), '0123456789');
  await writeFile(path.join(directory, 'notes.txt'), 'no media');
  await utimes(path.join(directory, 'ten.mp4'), 1_700_000_000, 1_700_000_000);
  media = await serveMedia({ directory });
});
afterAll(async () => {
  await media.close();
  await rm(parent, { recursive: true });
});

describe('a media file', () => {
  test('comes whole, with what a client needs to go on later', async () => {
    const response = await fetch(`${media.url}/ten.mp4`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('0123456789');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
      etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
    });
  });

  test('is the same under /verified/', async () => {
    expect(await (await fetch(`${media.url}/verified/ten.mp4`)).text()).toBe('0123456789');
  });

  test('comes in parts', async () => {
    const response = await fetch(`${media.url}/ten.mp4`, { headers: { range: 'bytes=2-4' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 2-4/10');
    expect(response.headers.get('content-length')).toBe('3');
    expect(await response.text()).toBe('234');
  });

  test('has no part after its end', async () => {
    const response = await fetch(`${media.url}/ten.mp4`, { headers: { range: 'bytes=10-' } });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */10');
  });

  test('comes whole when it is not the file that was asked of', async () => {
    const part = (condition: string) =>
      fetch(`${media.url}/ten.mp4`, { headers: { range: 'bytes=0-0', 'if-range': condition } });
    const etag = (await fetch(`${media.url}/ten.mp4`)).headers.get('etag') ?? '';
    expect((await part(etag)).status).toBe(206);
    expect((await part('"another"')).status).toBe(200);
  });

  test('can be asked for its headers alone', async () => {
    const response = await fetch(`${media.url}/ten.mp4`, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
  });
});

test('only GET and HEAD are allowed', async () => {
  const response = await fetch(`${media.url}/ten.mp4`, { method: 'POST', body: 'x' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

test.each([
  '/',
  '/missing.mp4',
  '/notes.txt',
  '/../secret.mp4',
  '/%2e%2e/secret.mp4',
  '/verified/../../secret.mp4',
])('there is nothing at %s', async (target) => {
  expect(await statusOf(target)).toBe(404);
});

/** Asks for the path as it is: fetch would resolve the dots before sending. */
function statusOf(target: string): Promise<number | undefined> {
  const { hostname, port } = new URL(media.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: target }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

test.each([
  ['bytes=0-', 10, { firstByte: 0, lastByte: 9 }],
  ['bytes=3-99', 10, { firstByte: 3, lastByte: 9 }],
  ['bytes=-4', 10, { firstByte: 6, lastByte: 9 }],
  ['bytes=-40', 10, { firstByte: 0, lastByte: 9 }],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=10-20', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=5-3', 10, null],
  ['bytes=-', 10, null],
  ['bytes=0-1,3-4', 10, null],
  ['pages=1-2', 10, null],
  [undefined, 10, null],
])('range %s of %i bytes', (header, sizeBytes, expected) => {
  expect(parseRange(header, sizeBytes)).toEqual(expected);
});
