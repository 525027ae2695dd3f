import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POST_STATUSES, type PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});
afterAll(() => world[Symbol.asyncDispose]());

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test('a queued post answers with all that it is', async () => {
  const scheduledAt = inAnHour();
  const post = await world.queuePost(user, accountId, {
    title: 'Ein Film 🎬 #film',
    transfer: 'upload',
    disableDuet: true,
    videoCoverTimestampMs: 1500,
    brandOrganicToggle: true,
    isAigc: true,
    scheduledAt,
  });
  expect(post).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    accountId,
    mediaType: 'video',
    videoUrl: `${world.media.url}/vertical.mp4`,
    photoUrls: null,
    photoCoverIndex: null,
    title: 'Ein Film 🎬 #film',
    description: null,
    mode: 'direct',
    transfer: 'upload',
    privacyLevel: 'PUBLIC_TO_EVERYONE',
    disableDuet: true,
    disableStitch: false,
    disableComment: false,
    videoCoverTimestampMs: 1500,
    brandContentToggle: false,
    brandOrganicToggle: true,
    isAigc: true,
    autoAddMusic: false,
    consent: null,
    scheduledAt,
    status: 'queued',
    publishId: null,
    postIds: [],
    shareUrl: null,
    error: null,
    warnings: [],
    cancelRequestedAt: null,
    nextCheckAt: scheduledAt,
    createdAt: expect.stringMatching(/Z$/),
    publishedAt: null,
    attempts: [],
  });
  expect(await world.getPost(user, post.id)).toEqual({
    ...post,
    story: [{ at: expect.stringMatching(/Z$/), status: 'queued', code: null, message: null }],
  });
});

test('an instant with an offset is the same instant; one gone by means now', async () => {
  const later = await world.queuePost(user, accountId, { scheduledAt: '2026-12-24T18:00:00+02:00' });
  expect(later.scheduledAt).toBe('2026-12-24T16:00:00.000Z');
  // Two hours before, its media are looked at.
  expect(later.nextCheckAt).toBe('2026-12-24T14:00:00.000Z');
  const toTheMinute = await world.queuePost(user, accountId, { scheduledAt: '2026-12-24T18:00+02:00' });
  expect(toTheMinute.scheduledAt).toBe(later.scheduledAt);
  const past = await world.queuePost(user, accountId, { scheduledAt: '2020-01-01T00:00:00Z' });
  expect(past.scheduledAt).toBe('2020-01-01T00:00:00.000Z');
  expect(Math.abs(Date.parse(past.nextCheckAt ?? '') - Date.now())).toBeLessThan(60_000);
});

test('the same key with the same request gives the same post, in whatever order it is written', async () => {
  const body = {
    accountId,
    videoUrl: `${world.media.url}/vertical.mp4`,
    privacyLevel: 'SELF_ONLY',
    title: 'Once',
  };
  const send = (body: unknown, key = 'key-1') =>
    world.call('social-posts', { method: 'POST', user, body, headers: { 'idempotency-key': key } });
  const first = await send(body);
  const again = await send(Object.fromEntries(Object.entries(body).reverse()));
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual(first.json);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(again.headers.get('idempotency-replayed')).toBe('true');

  const other = await send({ ...body, title: 'Twice' });
  expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
  expect((await send(body, 'key-2')).json.id).not.toBe(first.json.id);
});

test('the same key is another post for another user', async () => {
  const other = await world.signUp();
  const othersAccount = await world.connectAccount(other);
  const send = (sender: TestUser, accountId: string) =>
    world.call('social-posts', {
      method: 'POST',
      user: sender,
      body: { accountId, videoUrl: `${world.media.url}/vertical.mp4`, privacyLevel: 'SELF_ONLY' },
      headers: { 'idempotency-key': 'shared-key' },
    });
  expect((await send(user, accountId)).json.id).not.toBe((await send(other, othersAccount)).json.id);
});

test('twenty requests at once with one key make one post', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      world.call('social-posts', {
        method: 'POST',
        user,
        body: { accountId, videoUrl: `${world.media.url}/vertical.mp4`, privacyLevel: 'SELF_ONLY' },
        headers: { 'idempotency-key': 'at-once' },
      }),
    ),
  );
  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length).toBe(1);
});

test('a list is read page by page, newest first, each post once', async () => {
  const reader = await world.signUp();
  const account = await world.connectAccount(reader, { username: 'bo.private' });
  const made: string[] = [];
  for (let i = 0; i < 7; i++) {
    made.unshift((await world.queuePost(reader, account, { scheduledAt: inAnHour() })).id);
  }
  // Some of the same millisecond, and some finer than that.
  await world.sql`update social_posts set created_at = '2026-01-01T00:00:00.123Z' where id in ${world.sql(made.slice(2, 6))}`;

  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const path: string = `?limit=2${cursor && `&cursor=${cursor}`}`;
    const { json } = await world.call('social-posts', { path, user: reader });
    seen.push(...json.posts.map(({ id }: PostView) => id));
    cursor = json.nextCursor;
  }
  expect([...seen].sort()).toEqual([...made].sort());
  expect(seen.slice(0, 3)).toEqual([made[0], made[1], made[6]]);
});

describe('halves of a list', () => {
  let reader: TestUser;
  let account: string;
  beforeAll(async () => {
    reader = await world.signUp();
    account = await world.connectAccount(reader, { username: 'bo.private' });
  });
  const dayOf = (day: number) => `2026-12-${String(day).padStart(2, '0')}T16:00:00.123456Z`;
  async function readAll(query: string): Promise<string[]> {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `?limit=2&${query}${cursor && `&cursor=${cursor}`}`;
      const { json } = await world.call('social-posts', { path, user: reader });
      seen.push(...json.posts.map(({ title }: PostView) => title));
      cursor = json.nextCursor;
    }
    return seen;
  }

  test('what is to come, soonest first, and what has been, latest first, page by page', async () => {
    // Queued in another order than that of their days, one for each state; some of the same instant.
    for (const [index, status] of POST_STATUSES.entries()) {
      const { id } = await world.queuePost(reader, account, { title: status, scheduledAt: inAnHour() });
      const isOver = ['failed', 'cancelled'].includes(status);
      const dueAt = dayOf(10 + ((index * 4) % 9));
      await world.sql`update social_posts set status = ${status}, run_at = ${isOver ? null : dueAt}, due_at = ${dueAt},
        error_code = 'internal', error_message = 'X.' where id = ${id}`;
    }
    // 10 queued, 14 initializing, 18 uploading, 13 processing, 17 published, 12 delivered, 16 failed, 11 needs_attention,
    // 15 cancelled
    expect(await readAll('when=upcoming')).toEqual(['queued', 'processing', 'initializing', 'uploading']);
    const past = ['published', 'failed', 'cancelled', 'delivered', 'needs_attention'];
    expect(await readAll('when=past')).toEqual(past);
    expect(await readAll(`when=past&status=failed&accountId=${account}`)).toEqual(['failed']);
    expect(await readAll('when=upcoming&status=failed')).toEqual([]);

    // Of one instant, to the microsecond, each still once.
    await world.sql`update social_posts set due_at = ${dayOf(20)} where user_id = ${reader.userId}`;
    expect((await readAll('when=past')).toSorted()).toEqual(past.toSorted());
    expect((await readAll('when=upcoming')).toSorted()).toHaveLength(4);
  });

  test.each([
    ['when=later', 'when_invalid'],
    ['when=', 'when_invalid'],
    ['when=past&when=upcoming', 'when_invalid'],
    [`when=past&cursor=${Buffer.from('2026-12-10 x').toString('base64url')}`, 'cursor_invalid'],
    [
      `cursor=${Buffer.from(`2026-13-41T00:00:00+00:00 ${crypto.randomUUID()}`).toString('base64url')}`,
      'cursor_invalid',
    ],
  ])('%s is refused', async (query, code) => {
    const { status, json } = await world.call('social-posts', { path: `?${query}`, user: reader });
    expect([status, json.code]).toEqual([400, code]);
  });
});

test('a list can be narrowed to a status and an account', async () => {
  const { json } = await world.call('social-posts', {
    path: `?status=published&accountId=${accountId}`,
    user,
  });
  expect(json).toEqual({ posts: [], nextCursor: null });
  const queued = await world.call('social-posts', { path: `?status=queued&limit=100`, user });
  expect(queued.json.posts.length).toBeGreaterThan(3);
});

test('a queued post can be cancelled, again and again, and is never published', async () => {
  const { id } = await world.queuePost(user, accountId);
  for (let i = 0; i < 2; i++) {
    const answer = await world.call('social-posts', { method: 'DELETE', path: `/${id}`, user });
    expect([answer.status, answer.json.status, answer.json.nextCheckAt]).toEqual([200, 'cancelled', null]);
  }
  await world.tick();
  expect((await world.getPost(user, id)).status).toBe('cancelled');
});

test('both addresses reach the same function', async () => {
  const { default: posts } = await import('../../netlify/functions/social-posts.ts');
  for (const prefix of ['/api', '/.netlify/functions']) {
    const response = await posts(
      new Request(`http://localhost:8888${prefix}/social-posts?limit=1`, {
        headers: { authorization: `Bearer ${user.accessToken}` },
      }),
    );
    expect(response.status).toBe(200);
  }
});

test('health: well after a tick, ill without one, and ill when a post waits too long', async () => {
  await world.tick();
  const well = await world.call('health');
  expect([well.status, well.json]).toEqual([
    200,
    {
      status: 'ok',
      database: 'reachable',
      lastTickAt: expect.stringMatching(/Z$/),
      oldestOverduePostAt: null,
      problems: [],
    },
  ]);
  const { id } = await world.queuePost(user, accountId);
  await world.sql`update social_posts set run_at = now() - interval '11 minutes' where id = ${id}`;
  expect((await world.call('health')).json.problems).toEqual([
    expect.stringContaining('more than 10 minutes'),
  ]);
  await world.call('social-posts', { method: 'DELETE', path: `/${id}`, user });
  await world.sql`update social_worker set last_tick_at = now() - interval '6 minutes' where true`;
  const ill = await world.call('health');
  expect([ill.status, ill.json.problems]).toEqual([503, [expect.stringContaining('5 minutes')]]);
  await world.sql`update social_worker set last_tick_at = null where true`;
  expect((await world.call('health')).status).toBe(503);
});

test('a post whose account a worker is at is not overdue, however long an upload keeps it', async () => {
  await world.tick();
  const { id } = await world.queuePost(user, accountId);
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id <> ${id}`;
  await world.sql`update social_posts set run_at = now() - interval '11 minutes' where id = ${id}`;
  const lease = (seconds: number) => world.sql`update social_accounts
    set lease_holder = gen_random_uuid(), lease_expires_at = now() + make_interval(secs => ${seconds})
    where id = ${accountId}`;
  await lease(60);
  const well = await world.call('health');
  expect([well.status, well.json.oldestOverduePostAt]).toEqual([200, null]);
  await lease(-1);
  expect((await world.call('health')).status).toBe(503);
});

test('a post that TikTok is not to be asked about yet is not overdue', async () => {
  await world.tick();
  const { id } = await world.queuePost(user, accountId);
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id <> ${id}`;
  await world.sql`update social_posts
    set status = 'needs_attention', error_code = 'x', error_message = 'X.',
      run_at = now() - interval '11 minutes' where id = ${id}`;
  expect((await world.call('health')).status).toBe(503);
  await world.sql`select put_off_checks(${accountId}, 600)`;
  const well = await world.call('health');
  expect([well.status, well.json.oldestOverduePostAt]).toEqual([200, null]);
});
