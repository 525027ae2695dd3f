import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PostWithStoryView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** The database writes down what becomes of a post, whoever moves it, and nothing where there is no news. */

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  world.emulator.reset();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const told = ({ story }: PostWithStoryView) =>
  story.map(({ status, code }) => (code ? [status, code] : [status]));

async function tickUntil(id: string, status: string): Promise<PostWithStoryView> {
  for (let i = 0; i < 8; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
    world.emulator.clock.advance(61_000);
    const post = await world.getPost(user, id);
    if (post.status === status) return post;
  }
  throw new Error(`not ${status}`);
}

test('each state, in its order, with its time', async () => {
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  const post = await tickUntil(id, 'published');
  expect(told(post)).toEqual([['queued'], ['initializing'], ['uploading'], ['processing'], ['published']]);
  const moments = post.story.map(({ at }) => Date.parse(at));
  expect(moments).toEqual(moments.toSorted((one, other) => one - other));
  expect(Math.abs((moments[0] ?? 0) - Date.parse(post.createdAt))).toBeLessThan(1_000);
});

test('a wait with its reason, once however often it is looked at', async () => {
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  world.emulator.faults.add({ endpoint: 'video_init', kind: 'status', status: 503, body: '', times: 3 });
  const post = await tickUntil(id, 'published');
  expect(post.attempts.length).toBeGreaterThan(1);
  expect(told(post)).toContainEqual(['queued', post.attempts[0]?.error?.code]);
  expect(post.story.filter(({ status }) => status === 'published')).toHaveLength(1);
});

test('a limit that an account waits for, hour after hour, is one wait', async () => {
  await world.sql`update social_accounts set daily_cap = 0, daily_cap_met_at = now() where id = ${accountId}`;
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  for (let i = 0; i < 3; i++) {
    await world.tick();
    await world.sql`update social_posts set run_at = now() where id = ${id}`;
  }
  const post = await world.getPost(user, id);
  expect(told(post)).toEqual([['queued'], ['queued', 'spam_risk_too_many_posts']]);
});

test('looking again without news writes nothing, and another reason does', async () => {
  const { id } = await world.queuePost(user, accountId);
  const say = (code: string | null, message: string | null) =>
    world.sql`update social_posts set status = 'queued', run_at = now(), error_code = ${code}, error_message = ${message},
      check_count = check_count + 1 where id = ${id}`;
  await say('tiktok_unreachable', 'Not there.');
  await say('tiktok_unreachable', 'Not there.');
  await say('tiktok_unreachable', 'Not there, next try at 12:00.');
  await say('media_unreachable', 'No file.');
  await say(null, null);
  await say(null, null);
  expect(told(await world.getPost(user, id))).toEqual([
    ['queued'],
    ['queued', 'tiktok_unreachable'],
    ['queued', 'media_unreachable'],
    ['queued'],
  ]);
});

test('what its owner does: cancel, retry, settle', async () => {
  const [cancelled, failed, unsettled] = await Promise.all(
    [0, 1, 2].map(async () => (await world.queuePost(user, accountId)).id),
  );
  await world.call('social-posts', { method: 'DELETE', path: `/${cancelled}`, user });
  expect(told(await world.getPost(user, cancelled ?? ''))).toEqual([['queued'], ['cancelled']]);

  await world.sql`update social_posts set status = 'failed', run_at = null, error_code = 'internal',
    error_message = 'TikTok failed.' where id = ${failed ?? ''}`;
  await world.call('social-posts', { method: 'POST', path: `/${failed}/retry`, user });
  const retried = await world.getPost(user, failed ?? '');
  expect(told(retried)).toEqual([['queued'], ['failed', 'internal'], ['queued']]);
  expect(retried.story[1]?.message).toBe('TikTok failed.');

  await world.sql`update social_posts set status = 'needs_attention', error_code = 'outcome_unknown',
    error_message = 'Look.' where id = ${unsettled ?? ''}`;
  const body = { outcome: 'published' };
  await world.call('social-posts', { method: 'POST', path: `/${unsettled}/resolve`, user, body });
  expect(told(await world.getPost(user, unsettled ?? ''))).toEqual([
    ['queued'],
    ['needs_attention', 'outcome_unknown'],
    ['published'],
  ]);
});

test('it goes with its post', async () => {
  const { id } = await world.queuePost(user, accountId);
  await world.sql`delete from social_posts where id = ${id}`;
  expect(await world.sql`select from social_post_events where post_id = ${id}`).toEqual([]);
});

test('nobody rewrites it through HTTP, not even with the key of the functions', async () => {
  const { id } = await world.queuePost(user, accountId);
  for (const method of ['PATCH', 'DELETE']) {
    const response = await fetch(
      `${world.database.supabaseUrl}/rest/v1/social_post_events?post_id=eq.${id}`,
      {
        method,
        headers: {
          apikey: world.database.secretKey,
          authorization: `Bearer ${world.database.secretKey}`,
          'content-type': 'application/json',
        },
        ...(method === 'PATCH' && { body: '{"message": "Never."}' }),
      },
    );
    expect([method, response.ok]).toEqual([method, false]);
  }
});
