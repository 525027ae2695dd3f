import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createMediaSource } from '../../src/media/source.ts';
import { serve } from '../http/serve.ts';

const SIZE_BYTES = 200_000_000;
const PART_BYTES = 10_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is in use, and what the process has taken of the machine. */
function memory() {
  collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, held: heapUsed + arrayBuffers };
}

// In a process of its own (ALONE in vitest.config.ts): what other tests leave behind would hide what this one takes.
test('200 MB pass through in constant memory', async () => {
  const block = Buffer.alloc(1_000_000, 'a film, and not a short one; ');
  await using server = await serve((_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE_BYTES - 1}/${SIZE_BYTES}` });
    let sent = 0;
    const more = () => {
      while (sent < SIZE_BYTES) {
        sent += block.length;
        if (!response.write(block)) return response.once('drain', more);
      }
      return response.end();
    };
    more();
  });
  await using source = createMediaSource({ allowedOrigins: [server.url] });
  await using media = await source.open(`${server.url}/film.mp4`, 0, 60_000);
  const digest = createHash('sha256');
  const before = memory();
  const most = { rss: 0, held: 0 };
  let received = 0;
  for (let at = 0; at < SIZE_BYTES; at += PART_BYTES) {
    for await (const piece of media.take(PART_BYTES)) {
      digest.update(piece);
      received += piece.byteLength;
      most.rss = Math.max(most.rss, process.memoryUsage.rss() - before.rss);
    }
    most.held = Math.max(most.held, memory().held - before.held);
  }
  const expected = createHash('sha256');
  for (let at = 0; at < SIZE_BYTES; at += block.length) expected.update(block);
  expect([received, digest.digest('hex')]).toEqual([SIZE_BYTES, expected.digest('hex')]);
  expect(most.held).toBeLessThan(30_000_000);
  expect(most.rss).toBeLessThan(80_000_000);
});
