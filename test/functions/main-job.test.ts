import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const fixture = new URL('../fixtures/vertical.mp4', import.meta.url);

test('a queued post is published once, by upload and by pull, and its owner sees how', async () => {
  const user = await world.signUp();
  const accountId = await world.connectAccount(user);
  const uploaded = await world.queuePost(user, accountId);
  const pulled = await world.queuePost(user, accountId, {
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
  });
  expect([uploaded.status, pulled.status]).toEqual(['queued', 'queued']);

  await world.tick();
  await world.emulator.settled();
  await world.makeDue();
  await world.tick();

  const sha256 = createHash('sha256')
    .update(await readFile(fixture))
    .digest('hex');
  const ledger = world.emulator.ledger();
  expect(ledger.map(({ published, source, sha256 }) => ({ published, source, sha256 }))).toEqual([
    { published: true, source: 'FILE_UPLOAD', sha256 },
    { published: true, source: 'PULL_FROM_URL', sha256 },
  ]);
  for (const [index, { id }] of [uploaded, pulled].entries()) {
    const post = await world.getPost(user, id);
    const [postId] = ledger[index]?.postIds ?? [];
    expect(post).toMatchObject({
      status: 'published',
      publishId: ledger[index]?.publishId,
      postIds: [postId],
      shareUrl: `https://www.tiktok.com/@ada.films/video/${postId}`,
      error: null,
      nextCheckAt: null,
      attempts: [{ number: 1, outcome: 'published', transfer: index === 0 ? 'upload' : 'pull' }],
    });
  }
});
