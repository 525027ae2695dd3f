import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { notice } from '../../src/notices.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** What a post's owner has done while a worker was looking at it counts, and not what the worker has read before. */

let world: World;
let user: TestUser;
let accountId: string;
let postId: string;
let fence: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  const videoUrl = `${world.media.url}/verified/vertical.mp4`;
  postId = (await world.queuePost(user, accountId, { transfer: 'pull', videoUrl })).id;
  const [row] = await world.sql`
    select claim #>> '{claims,0,account,fence}' as fence
    from claim_accounts(${randomUUID()}, '{}', 1, 1, 90, true, null) claim`;
  fence = row?.fence;
});

const advance = async (
  from: string,
  to: string,
  code: string | null,
  outcome: string | null = null,
  revision = 0,
) => {
  const runInSeconds = ['failed', 'needs_attention'].includes(to) ? null : 600;
  const [row] = await world.sql`
    select advance_post(
      ${postId}, ${fence}, ${from}, ${to}, ${runInSeconds}, ${code}, ${code && 'So it is.'}, null, null, ${outcome},
      null, ${revision}
    ) as result`;
  return row?.result;
};
const begin = async () => {
  const attemptId = randomUUID();
  await world.sql`select begin_attempt(${postId}, ${fence}, 0, ${attemptId}, 'pull', null, null, null, 20)`;
  await world.sql`
    select record_init(${postId}, ${fence}, ${attemptId}, ${`v_pub_url~${attemptId}`}, null, 'processing', 600, null)`;
};
const post = () => world.getPost(user, postId);
const secondsUntilLook = async () => (Date.parse((await post()).nextCheckAt ?? '') - Date.now()) / 1000;

describe('a queued post that was edited meanwhile', () => {
  test.each([
    ['refused', 'failed', 'file_format_check_failed'],
    ['put off', 'queued', 'media_unreachable'],
    ['stranded', 'needs_attention', 'reauth_required'],
  ])('is not %s for what it was', async (_what, to, code) => {
    const edited = await world.call('social-posts', {
      method: 'PATCH',
      path: `/${postId}`,
      user,
      body: { title: 'Another' },
    });
    expect(edited.status).toBe(200);
    expect(await advance('queued', to, code)).toBe('state_changed');
    expect(await post()).toMatchObject({ status: 'queued', title: 'Another', error: null });
    expect(await secondsUntilLook()).toBeLessThan(1);
  });

  test('and one that was not, is', async () => {
    expect(await advance('queued', 'failed', 'file_format_check_failed')).toBe('ok');
    expect((await post()).status).toBe('failed');
  });
});

describe('a cancelling that was asked for meanwhile', () => {
  beforeEach(async () => {
    await begin();
    expect((await world.call('social-posts', { method: 'DELETE', path: `/${postId}`, user })).status).toBe(
      202,
    );
  });

  test('is not put off with the next look', async () => {
    expect(await advance('processing', 'processing', null)).toBe('state_changed');
    expect(await secondsUntilLook()).toBeLessThan(1);
  });

  test('keeps a post that TikTok has failed from being begun anew', async () => {
    expect(await advance('processing', 'queued', 'video_pull_failed', 'failed')).toBe('state_changed');
    expect(await post()).toMatchObject({ status: 'processing', error: null, attempts: [{ outcome: null }] });
    expect(await secondsUntilLook()).toBeLessThan(1);
  });

  test('does not undo that it is out', async () => {
    expect(await advance('processing', 'published', null, 'published')).toBe('ok');
    expect((await post()).status).toBe('published');
  });

  test('once a worker knows of it, is asked for at the usual times', async () => {
    expect(await advance('processing', 'processing', null, null, 1)).toBe('ok');
    expect(await secondsUntilLook()).toBeGreaterThan(500);
  });
});

test('what becomes queued after its account was disconnected is cancelled with the rest', async () => {
  await world.sql`select begin_attempt(${postId}, ${fence}, 0, ${randomUUID()}, 'pull', null, null, null, 20)`;
  await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
  expect(await advance('initializing', 'queued', 'reauth_required', 'rejected')).toBe('ok');
  expect(await post()).toMatchObject({
    status: 'cancelled',
    error: notice('account_disconnected'),
    nextCheckAt: null,
    attempts: [{ outcome: 'rejected', error: { code: 'reauth_required' } }],
  });
});

test('what its owner tries again after the disconnect is cancelled and says why', async () => {
  expect(await advance('queued', 'failed', 'file_format_check_failed')).toBe('ok');
  await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
  expect((await world.call('social-posts', { method: 'POST', path: `/${postId}/retry`, user })).status).toBe(
    200,
  );
  await world.sql`update social_accounts set lease_holder = null, lease_expires_at = null`;
  await world.tick();
  expect(await post()).toMatchObject({ status: 'cancelled', error: notice('account_disconnected') });
});

describe('connecting again', () => {
  const strand = (days: number) => world.sql`
    update social_posts
    set status = 'needs_attention', run_at = null, error_code = 'reauth_required', error_message = 'Connect it again.',
        due_at = now() - ${days} * interval '1 day'
    where id = ${postId}`;

  test('has a stranded post go on', async () => {
    await strand(6);
    await world.connectAccount(user);
    expect(await post()).toMatchObject({ status: 'queued', error: null });
  });

  test('publishes nothing more than a week late: its owner is told, and settles it', async () => {
    await strand(8);
    await world.connectAccount(user);
    expect(await post()).toMatchObject({
      status: 'needs_attention',
      nextCheckAt: null,
      error: { code: 'reauth_required', message: expect.stringContaining('more than a week') },
    });
  });
});
