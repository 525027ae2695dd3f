import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLocalFiles } from '../../src/cli/local-media.ts';
import { createMediaSource } from '../../src/media/source.ts';
import { film } from '../support/limited-media.ts';

const media = withLocalFiles(createMediaSource({ allowedOrigins: [] }));
const WAIT_MS = 5_000;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'local-media-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fresh(sizeBytes = 2_000_000): Promise<{ file: string; url: string }> {
  const file = path.join(directory, `${sizeBytes}-${Math.random()}.mp4`);
  await writeFile(file, film(sizeBytes));
  // Clocks of file systems may stand for some milliseconds.
  await pause(30);
  return { file, url: pathToFileURL(file).href };
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a file is described and read from any byte', async () => {
  const { url } = await fresh();
  const { sizeBytes, contentType, identity } = await media.describe(url, WAIT_MS);
  expect([sizeBytes, contentType]).toEqual([2_000_000, 'video/mp4']);
  await using opened = await media.open(url, 1_000_000, WAIT_MS);
  expect([opened.identity, opened.startByte]).toEqual([identity, 1_000_000]);
  expect(await read(opened.take(600_000))).toEqual(film(2_000_000).subarray(1_000_000, 1_600_000));
  expect(await read(opened.take(400_000))).toEqual(film(2_000_000).subarray(1_600_000));
  const part = await media.readPart(url, 1_999_990, 2_100_000, WAIT_MS);
  expect([part.bytes?.byteLength, part.identity]).toEqual([10, identity]);
});

test.each<[string, (file: string) => Promise<unknown>]>([
  ['is written over, of the same size', (file) => writeFile(file, film(2_000_000, 1), { flag: 'r+' })],
  ['grows', (file) => appendFile(file, 'more')],
  [
    'is written over and dated back',
    async (file) => {
      await writeFile(file, film(2_000_000, 1), { flag: 'r+' });
      await utimes(file, 1, 1);
    },
  ],
])('a file that %s while it is read is not read on, and is another from then on', async (_name, change) => {
  const { file, url } = await fresh();
  await utimes(file, 1, 1);
  const before = await media.describe(url, WAIT_MS);
  await using opened = await media.open(url, 0, WAIT_MS);
  await read(opened.take(300_000));
  await pause(30);
  await change(file);
  await expect(read(opened.take(300_000))).rejects.toMatchObject({ code: 'media_changed' });
  expect((await media.describe(url, WAIT_MS)).identity).not.toBe(before.identity);
});

test('a file that is exchanged for another of its size and date is another', async () => {
  const { file, url } = await fresh();
  const before = await media.describe(url, WAIT_MS);
  await writeFile(`${file}.2`, film(2_000_000, 2));
  await rename(`${file}.2`, file);
  expect((await media.describe(url, WAIT_MS)).identity).not.toBe(before.identity);
});

test('what is not there, a directory, or nothing is refused', async () => {
  await expect(media.describe('file:///nowhere/film.mp4', WAIT_MS)).rejects.toMatchObject({
    code: 'media_unreachable',
  });
  await expect(media.open(pathToFileURL(directory).href, 0, WAIT_MS)).rejects.toMatchObject({
    code: 'media_unreachable',
  });
  const { url } = await fresh(32);
  expect((await media.describe(url, WAIT_MS)).sizeBytes).toBe(32);
});
