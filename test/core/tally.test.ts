import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTally } from '../../src/core/tally.ts';
import type { WorkerDeps } from '../../src/core/visit.ts';
import type { ClaimedPost } from '../../src/store/rows.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld({ users: ['ada.films', 'bo.films'].map((username) => ({ username })) });
  user = await world.signUp();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Ticks, and gives the one line that the tick has written about itself. */
async function tickLine() {
  world.logLines.length = 0;
  await world.tick();
  const lines = world.logLines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'tick_done');
  expect(lines).toHaveLength(1);
  return lines[0];
}

test('each tick says in one line what has become of the posts that it was given', async () => {
  const [ada, bo] = [
    await world.connectAccount(user, { username: 'ada.films' }),
    await world.connectAccount(user, { username: 'bo.films' }),
  ];
  const none = { claimed: 0, begun: 0, published: 0, delivered: 0, failed: 0, needsAttention: 0, waiting: 0 };
  const idle = await tickLine();
  expect(idle).toMatchObject({ ...none, durationMs: expect.any(Number) });
  expect(idle).not.toHaveProperty('latenessP50Seconds');

  const early = await world.queuePost(user, ada);
  const late = await world.queuePost(user, ada, { title: 'Late', mode: 'draft', privacyLevel: undefined });
  await world.sql`update social_posts set due_at = now() - interval '1 hour' where id = ${late.id}`;
  await world.queuePost(user, bo, { title: 'Held' });
  world.emulator.faults.add({
    endpoint: 'video_init',
    match: { username: 'bo.films' },
    kind: 'error',
    code: 'spam_risk_too_many_posts',
    httpStatus: 403,
  });
  const first = await tickLine();
  expect(first).toMatchObject({ ...none, claimed: 3, begun: 3, waiting: 1 });
  expect(first.latenessP99Seconds).toBeGreaterThanOrEqual(3_600);
  expect(first.latenessP50Seconds).toBeLessThan(3_600);

  await world.emulator.settled();
  await world.sql`update social_posts set run_at = now() where status = 'processing'`;
  expect(await tickLine()).toMatchObject({ ...none, claimed: 2, published: 1, delivered: 1 });
  expect((await world.getPost(user, early.id)).status).toBe('published');
});

test('what the database did not take is not counted', async () => {
  const tally = createTally();
  const refusing = {
    beginAttempt: async () => ({ result: 'lease_lost' }),
    advance: async () => 'lease_lost',
    hold: async () => 'lease_lost',
  } as unknown as WorkerDeps['queue'];
  const post = { id: 'p1', dueAt: new Date(0) } as ClaimedPost;
  const queue = tally.watch(refusing, [post], () => new Date());
  const lease = { postId: 'p1', fence: 1n as never };
  await queue.beginAttempt(lease, {} as never, 1);
  await queue.advance(lease, { from: 'processing', to: 'published' } as never);
  await queue.hold(lease, {} as never);
  expect(tally.report()).toMatchObject({
    claimed: 1,
    begun: 0,
    published: 0,
    waiting: 0,
    latenessP50Seconds: null,
  });
});
