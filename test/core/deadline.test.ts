import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { databaseClock, soonerOf, startDeadline } from '../../src/core/deadline.ts';
import { BACKGROUND_RUN, SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import { serve } from '../http/serve.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { startWorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
let accountId: string;
let lifeline: Lifeline;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  lifeline = createLifeline();
  vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
  vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
});
afterAll(async () => {
  await lifeline.close();
  await world[Symbol.asyncDispose]();
});

test('a request gets what it wants, or what is left less the time to save its answer', () => {
  let nowMs = 1000.5;
  const deadline = startDeadline(() => nowMs, 22_000);
  expect([deadline.leftMs(), deadline.timeoutMs(8_000)]).toEqual([22_000, 8_000]);
  nowMs += 15_000.25;
  expect(deadline.timeoutMs(8_000)).toBe(3_999);
  nowMs += 10_000;
  expect(deadline.timeoutMs(8_000)).toBe(1);
});

test('who must keep two has what the sooner one leaves', () => {
  let nowMs = 5_000;
  const both = soonerOf(
    startDeadline(() => nowMs, 780_000),
    startDeadline(() => nowMs, 90_000, 4_000),
  );
  expect([both.leftMs(), both.timeoutMs(120_000), both.isOver()]).toEqual([89_000, 86_000, false]);
  nowMs += 86_000;
  expect([both.leftMs(), both.isOver()]).toEqual([3_000, true]);
});

test('the database’s clock goes on from the claim, whatever this machine’s clock does', () => {
  let nowMs = 5_000;
  const clock = databaseClock(() => nowMs, new Date('2026-11-21T10:00:00Z'), 4_000);
  expect(clock().toISOString()).toBe('2026-11-21T10:00:01.000Z');
  vi.useFakeTimers({ now: new Date('2031-01-01') });
  nowMs += 60_000;
  expect(clock().toISOString()).toBe('2026-11-21T10:01:01.000Z');
  vi.useRealTimers();
});

test('with less than ten seconds left no init is begun, and the post is as it was', async () => {
  const { id } = await world.queuePost(user, accountId, {
    transfer: 'pull',
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
  });
  // A clock by which 13 s of the 22 have gone as soon as the post is claimed.
  let readings = 0;
  const app = createApp(process.env, { monotonicMs: () => (readings++ < 3 ? 0 : 13_000) });
  await tick((stop) => app.startTick(stop, () => import('../../src/outbound.ts')), SCHEDULED_TICK);
  expect(world.emulator.ledger()).toEqual([]);
  expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', attempts: [] });
  await world.tick();
  expect(world.emulator.ledger().length).toBe(1);
});

test('nor are media looked at that nothing could be made of any more', async () => {
  world.emulator.clock.advance(61_000);
  const { id } = await world.queuePost(user, accountId, {
    transfer: 'upload',
    videoUrl: `${world.media.url}/missing.mp4`,
  });
  let nowMs = 0;
  lifeline.reset(({ label }) => {
    if (label.endsWith('/claim_accounts')) nowMs = 13_000;
    return 'pass';
  });
  const app = createApp(process.env, { monotonicMs: () => nowMs });
  const report = await tick(
    (stop) => app.startTick(stop, () => import('../../src/outbound.ts')),
    SCHEDULED_TICK,
  );
  lifeline.reset(() => 'pass');
  expect(report).toMatchObject({ visits: 1, needsRun: true });
  expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', error: null, attempts: [] });
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id = ${id}`;
});

test('media that the end of the tick kept from being had are not blamed for it', async () => {
  let nowMs = 0;
  await using source = await serve((_request, response) => {
    nowMs = 20_000;
    response.destroy();
  });
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', source.url);
  const { id } = await world.queuePost(user, accountId, {
    transfer: 'upload',
    videoUrl: `${source.url}/film.mp4`,
  });
  await world.sql`update social_posts set media_checked = true where id = ${id}`;
  nowMs = 0;
  const app = createApp(process.env, { monotonicMs: () => nowMs });
  const report = await tick(
    (stop) => app.startTick(stop, () => import('../../src/outbound.ts')),
    SCHEDULED_TICK,
  );
  expect(report).toMatchObject({ visits: 1, needsRun: true });
  expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', error: null, attempts: [] });
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id = ${id}`;
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', world.media.url);
});

test('nor is one begun when committing the attempt took the time that was left', async () => {
  world.emulator.clock.advance(61_000);
  const title = 'slow to commit';
  const { id } = await world.queuePost(user, accountId, {
    title,
    transfer: 'pull',
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
  });
  const entries = () => world.emulator.ledger().filter((entry) => entry.title === title);
  let nowMs = 0;
  lifeline.reset(({ label }) => {
    if (label.endsWith('/begin_attempt')) nowMs = 13_000;
    return 'pass';
  });
  const app = createApp(process.env, { monotonicMs: () => nowMs });
  await tick((stop) => app.startTick(stop, () => import('../../src/outbound.ts')), SCHEDULED_TICK);
  lifeline.reset(() => 'pass');
  expect(entries()).toEqual([]);
  expect(await world.getPost(user, id)).toMatchObject({
    status: 'queued',
    attempts: [{ outcome: 'not_sent' }],
  });
  await world.tick();
  expect(entries().length).toBe(1);
});

test('nor is one begun by a process that stood still until others may have the post, however long its run', async () => {
  world.emulator.clock.advance(61_000);
  const title = 'frozen before its init';
  const { id } = await world.queuePost(user, accountId, {
    title,
    transfer: 'pull',
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
  });
  let nowMs = 0;
  lifeline.reset(({ label }) => {
    if (label.endsWith('/begin_attempt')) nowMs += 10_500;
    return 'pass';
  });
  const app = createApp(process.env, { monotonicMs: () => nowMs });
  const run = { ...BACKGROUND_RUN, patienceMs: 0 };
  await tick((stop) => app.startTick(stop, () => import('../../src/outbound.ts')), run);
  lifeline.reset(() => 'pass');
  const sent = () => world.emulator.requests().filter((request) => request.title === title).length;
  expect(sent()).toBe(0);
  const { attempts } = await world.getPost(user, id);
  expect(attempts.map(({ outcome }) => outcome)).toContain('not_sent');
  await world.makeDue();
  await world.tick();
  expect(sent()).toBe(1);
});

test('no token is renewed that the lease might not outlive, however long the run', async () => {
  world.emulator.clock.advance(61_000);
  const title = 'late in its lease';
  const queue = () => world.queuePost(user, accountId, { title, transfer: 'upload' });
  await queue();
  await queue();
  let nowMs = 0;
  const refreshes = () =>
    world.emulator.requests().filter(({ grantType }) => grantType === 'refresh_token').length;
  lifeline.reset(({ label }) => {
    // The first post takes all but a few seconds of the lease; TikTok wants nothing of the token after that.
    if (!label.endsWith('/save_progress')) return 'pass';
    nowMs = 82_000;
    world.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'error',
      code: 'access_token_invalid',
      httpStatus: 401,
    });
    return 'pass';
  });
  const app = createApp(process.env, { monotonicMs: () => nowMs });
  const run = { ...BACKGROUND_RUN, patienceMs: 0 };
  const before = refreshes();
  await tick((stop) => app.startTick(stop, () => import('../../src/outbound.ts')), run);
  lifeline.reset(() => 'pass');
  expect(refreshes()).toBe(before);
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where title = ${title}`;
});

test.each([86_400_000, -86_400_000])(
  'a worker whose machine’s clock is off by %i ms does the same',
  async (offsetMs) => {
    world.emulator.clock.advance(61_000);
    const title = `off by ${offsetMs}`;
    const { id } = await world.queuePost(user, accountId, { transfer: 'upload', title });
    const worker = await startWorkerProcess({ CLOCK_OFFSET_MS: String(offsetMs) });
    for (let i = 0; i < 2; i++) {
      await worker.tick();
      await world.makeDue();
    }
    worker.kill();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'published',
      attempts: [{ outcome: 'published' }],
    });
    expect(world.emulator.ledger().filter((entry) => entry.title === title).length).toBe(1);
  },
);

/** The request never gets an answer, as long as the test lasts. */
function hang(isMeant: (label: string) => boolean) {
  lifeline.reset(({ label }) => (isMeant(label) ? new Promise<void>(() => undefined) : 'pass'));
}

test('an init that hangs is given up, and the post goes out at another visit', async () => {
  world.emulator.clock.advance(61_000);
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  hang((label) => label.includes('/video/init/'));
  await world.tick();
  lifeline.reset(() => 'pass');
  expect(await world.getPost(user, id)).toMatchObject({
    status: 'queued',
    error: { code: 'init_unanswered' },
  });
  for (let i = 0; i < 2; i++) {
    await world.makeDue();
    await world.tick();
  }
  expect((await world.getPost(user, id)).status).toBe('published');
});

test('a database that falls silent ends the tick by the tick’s own clock', { timeout: 60_000 }, async () => {
  world.emulator.clock.advance(61_000);
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  hang((label) => label.includes('/rpc/') && !label.endsWith('claim_accounts'));
  expect((await world.tick()).errors).toBeGreaterThan(0);
  lifeline.reset(() => 'pass');
  await world.sql`update social_accounts set lease_expires_at = now()`;
  await world.tick();
  await world.makeDue();
  await world.tick();
  expect((await world.getPost(user, id)).status).toBe('published');
});
