import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { serve } from '../http/serve.ts';
import { createWorld } from '../support/world.ts';

const SIZE_BYTES = 200_000_123;
const BLOCK = Buffer.alloc(1_000_000, 'a film, and not a short one; ');
const HEAD = Buffer.from('\0\0\0\x18ftypisom', 'latin1');

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is in use of the heap and beside it: source, worker and TikTok are all in this process. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The film's bytes from one on, up to a block of them: nothing of it is ever anywhere as a whole. */
function filmAt(byte: number): Uint8Array {
  if (byte < HEAD.length) return HEAD.subarray(byte);
  const at = byte % BLOCK.length;
  return BLOCK.subarray(at, Math.min(BLOCK.length, at + SIZE_BYTES - byte));
}

// In a process of its own (ALONE in vitest.config.ts): what other tests leave behind would hide what this one takes.
test('a large film goes through source, worker and TikTok in constant memory', {
  timeout: 120_000,
}, async () => {
  let before = 0;
  let most = 0;
  await using source = await serve((request, response) => {
    let byte = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
    response.writeHead(206, { 'content-range': `bytes ${byte}-${SIZE_BYTES - 1}/${SIZE_BYTES}` });
    const more = () => {
      while (byte < SIZE_BYTES && !response.destroyed) {
        const piece = filmAt(byte);
        byte += piece.length;
        if (byte % 20_000_000 === 0) most = Math.max(most, heldBytes() - before);
        if (!response.write(piece)) return response.once('drain', more);
      }
      return response.end();
    };
    more();
  });
  await using world = await createWorld();
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', source.url);
  const user = await world.signUp();
  const accountId = await world.connectAccount(user);
  const videoUrl = `${source.url}/film.mp4`;
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload', videoUrl });

  before = heldBytes();
  // However slow the machine, the next tick goes on. There is no version, so every byte is hashed on its way.
  for (let i = 0; i < 8 && (await world.getPost(user, id)).status !== 'published'; i++) {
    await world.makeDue();
    await world.tick();
  }
  const expected = createHash('sha256');
  for (let byte = 0; byte < SIZE_BYTES; byte += filmAt(byte).length) expected.update(filmAt(byte));
  expect((await world.getPost(user, id)).status).toBe('published');
  expect(world.emulator.ledger().map(({ sha256 }) => sha256)).toEqual([expected.digest('hex')]);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(80_000_000);
});
