import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
});
afterAll(() => world[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: what a line holds is what the test is about
type Line = Record<string, any>;
const lines = (): Line[] => world.logLines.map((line) => JSON.parse(line));

test('one post’s life can be followed by its lines in the log alone, with TikTok’s name for each call of it', async () => {
  const accountId = await world.connectAccount(user);
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  const { id: otherId } = await world.queuePost(user, accountId, { title: 'Another' });
  await world.tick();
  const { publishId } = await world.getPost(user, id);
  world.emulator.faults.add({
    endpoint: 'status',
    match: { publishId: publishId ?? '' },
    kind: 'error',
    code: 'rate_limit_exceeded',
    httpStatus: 429,
  });
  for (let times = 0; times < 5; times++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
  }
  const post = await world.getPost(user, id);
  expect(post.status).toBe('published');

  const life = lines().filter(({ postId }) => postId === id);
  const told = life.map(({ event, from, to, path, httpStatus }) =>
    [event, from && `${from} → ${to}`, path, httpStatus].filter(Boolean).join(' '),
  );
  // In this order, whatever else lies between.
  const story = [
    'post_queued',
    'tiktok_called /v2/post/publish/video/init/ 200',
    'post_moved initializing → uploading',
    'chunk_sent 201',
    'post_moved uploading → processing',
    'tiktok_called /v2/post/publish/status/fetch/ 429',
    'status_refused',
    'tiktok_called /v2/post/publish/status/fetch/ 200',
    'post_moved processing → published',
  ];
  let at = -1;
  for (const step of story) {
    at = told.indexOf(step, at + 1);
    if (at < 0) throw new Error(`no ${step} in its place among\n${told.join('\n')}`);
  }

  for (const line of life.filter(({ event }) => /tiktok_called|chunk_sent/.test(event)))
    expect(line).toMatchObject({ accountId, tickId: expect.any(String), durationMs: expect.any(Number) });
  for (const line of life.filter(({ event }) => event === 'tiktok_called'))
    expect(line).toMatchObject({ logId: expect.stringMatching(/^\w{10,}$/), code: expect.any(String) });
  const refused = life.filter(({ event, httpStatus }) => event === 'tiktok_called' && httpStatus === 429);
  expect(refused).toMatchObject([{ code: 'rate_limit_exceeded', logId: expect.any(String) }]);
  expect(life.find(({ event, to }) => event === 'post_moved' && to === 'uploading')).toMatchObject({
    attemptId: expect.any(String),
    publishId: post.publishId,
    logId: expect.any(String),
  });
  // The first line names the request that the caller knows by its header; the others name a tick, which says what it did.
  const [first] = life;
  expect(first?.requestId).toMatch(/^[\w-]{8,}$/);
  const request = lines().find(
    ({ event, requestId }) => event === 'request' && requestId === first?.requestId,
  );
  expect(request).toMatchObject({
    function: 'social-posts',
    method: 'POST',
    httpStatus: 201,
    durationMs: expect.any(Number),
  });
  const ticks = lines().filter(({ event }) => event === 'tick_done');
  expect(new Set(ticks.map(({ tickId }) => tickId)).size).toBe(6);
  for (const { tickId } of life.slice(1)) expect(ticks.map((tick) => tick.tickId)).toContain(tickId);
  expect(JSON.stringify(life)).not.toContain(otherId);
});

test('every request is one line with its id, what was asked and how long it took, and nothing of what was in it', async () => {
  world.logLines.length = 0;
  const asked = [
    await world.call('tiktok-status', { user }),
    await world.call('tiktok-status', { path: '?accountId=MARK' }),
    await world.call('social-posts', { method: 'PUT', user, path: '/MARK' }),
    await world.call('health', { path: '/MARK%0a{"level":"info"}' }),
  ];
  const requests = lines().filter(({ event }) => event === 'request');
  expect(requests.map(({ requestId, httpStatus }) => [requestId, httpStatus])).toEqual(
    asked.map(({ headers, status }) => [headers.get('x-request-id'), status]),
  );
  for (const { durationMs } of requests) expect(durationMs).toBeGreaterThanOrEqual(0);
  expect(requests.map((line) => line.function)).toEqual([
    'tiktok-status',
    'tiktok-status',
    'social-posts',
    'health',
  ]);
  expect(world.logLines.join('')).not.toContain('MARK');
});
