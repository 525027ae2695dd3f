import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** What may settle a post after its owner was asked about it, and what may not. */

const DAY_SECONDS = 86_400;

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`delete from social_accounts`;
  world.emulator.reset();
  world.logLines.length = 0;
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const verified = () => `${world.media.url}/verified/vertical.mp4`;
const get = (id: string) => world.getPost(user, id);
const published = () => world.emulator.ledger().filter((entry) => entry.published);
const calls = (endpoint: string) =>
  world.emulator.requests().filter((request) => request.endpoint === endpoint).length;
const act = (id: string, verb: string, body?: unknown) =>
  world.call('social-posts', { method: 'POST', path: `/${id}/${verb}`, user, body });

async function visit(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
  }
}

/** So much time passes for all posts and their attempts. */
async function age(seconds: number): Promise<void> {
  const by = `${seconds} seconds`;
  await world.sql`update social_post_attempts set started_at = started_at - ${by}::interval where true`;
  await world.sql`update social_posts
    set due_at = due_at - ${by}::interval, trouble_since = trouble_since - ${by}::interval where true`;
}

const secondsUntilLook = ({ nextCheckAt }: PostView) => (Date.parse(nextCheckAt ?? '') - Date.now()) / 1000;

const asked = (code: string, count: number) =>
  world.emulator.faults.add({ endpoint: 'status', kind: 'error', code, httpStatus: 400, times: count });

/** TikTok's next answers about a status, `data` as it would come. */
function answerStatus(data: Record<string, unknown>, times = 1): void {
  const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
  world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body, times });
}

describe('a publish that TikTok long did not know', () => {
  /** Stranded with its publish id; from here on TikTok answers as it is. */
  async function forgotten(changes: Record<string, unknown> = {}): Promise<PostView> {
    asked('invalid_publish_id', 50);
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified(), ...changes });
    await visit(3);
    await age(31 * 60);
    await visit();
    world.emulator.faults.clear();
    const post = await get(id);
    expect(post).toMatchObject({ status: 'needs_attention', publishId: expect.any(String) });
    return post;
  }

  test('is asked about hourly, and published when TikTok says so', async () => {
    const post = await forgotten();
    expect(secondsUntilLook(post)).toBeGreaterThan(3_500);
    expect(secondsUntilLook(post)).toBeLessThanOrEqual(3_600);
    await visit();
    expect(await get(post.id)).toMatchObject({
      status: 'published',
      error: null,
      postIds: published()[0]?.postIds,
      shareUrl: expect.stringContaining('@ada.films'),
      publishedAt: expect.any(String),
      nextCheckAt: null,
      attempts: [{ outcome: 'published', error: null }],
    });
    expect([calls('video_init'), published().length]).toEqual([1, 1]);
  });

  test('is failed when TikTok says so, and goes out again only by its owner', async () => {
    const { id } = await forgotten();
    answerStatus({ status: 'FAILED', fail_reason: 'internal' });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: expect.stringContaining('Nothing was published.') },
      nextCheckAt: null,
      attempts: [{ outcome: 'failed', error: { code: 'internal' } }],
    });
    await visit(2);
    expect(calls('video_init')).toBe(1);

    expect((await act(id, 'retry')).json).toMatchObject({ status: 'queued', error: null });
    await visit(2);
    expect(await get(id)).toMatchObject({
      status: 'published',
      attempts: [{ outcome: 'failed' }, { outcome: 'published' }],
    });
  });

  test('is delivered when TikTok says so', async () => {
    const { id } = await forgotten({ mode: 'draft', privacyLevel: undefined, title: undefined });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'delivered',
      error: null,
      attempts: [{ outcome: 'delivered' }],
    });
  });

  test('is cancelled when its owner had asked for it and TikTok has stopped', async () => {
    const { id } = await forgotten();
    await world.sql`update social_posts set cancel_requested_at = now() where id = ${id}`;
    answerStatus({ status: 'FAILED', fail_reason: 'publish_cancelled' });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'cancelled',
      nextCheckAt: null,
      attempts: [{ outcome: 'failed' }],
    });
  });

  const NOTHING_LEARNT: [string, () => void][] = [
    ['still unknown', () => asked('invalid_publish_id', 9)],
    ['of another account', () => asked('token_not_authorized_for_specified_publish_id', 9)],
    ['no answer', () => world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 9 })],
    ['under way', () => answerStatus({ status: 'PROCESSING_DOWNLOAD' }, 9)],
    ['a status nobody knows', () => answerStatus({ status: 'PROCESSING_PUBLISH' }, 9)],
    [
      'FAILED with a public post id',
      () => answerStatus({ status: 'FAILED', publicaly_available_post_id: ['7500000000000000001'] }, 9),
    ],
    ['too many calls', () => asked('rate_limit_exceeded', 9)],
    [
      'an account to be connected again',
      () => {
        world.emulator.removeGrant({ username: 'ada.films' });
        world.emulator.faults.add({
          endpoint: 'status',
          kind: 'error',
          code: 'access_token_invalid',
          times: 9,
        });
      },
    ],
  ];
  test.each(NOTHING_LEARNT)(
    '%s: what its owner was told stays, and it is looked at later',
    async (_what, spoil) => {
      const { id, error, attempts } = await forgotten();
      spoil();
      const before = calls('status');
      for (let look = 1; look <= 3; look++) {
        await visit();
        const post = await get(id);
        expect(post).toMatchObject({ status: 'needs_attention', error, attempts });
        expect(secondsUntilLook(post)).toBeGreaterThan(3_500);
        expect(calls('status') - before).toBeLessThanOrEqual(look);
      }
      expect(calls('video_init')).toBe(1);
    },
  );

  test('is asked about for seven days; then its owner decides, or a webhook has it looked at once more', async () => {
    const { id } = await forgotten();
    asked('invalid_publish_id', 99);
    await age(6.9 * DAY_SECONDS);
    await visit();
    expect((await get(id)).nextCheckAt).not.toBeNull();
    await age(0.2 * DAY_SECONDS);
    await visit();
    expect(await get(id)).toMatchObject({ status: 'needs_attention', nextCheckAt: null });
    const before = calls('status');
    await visit(2);
    expect(calls('status')).toBe(before);
    expect((await act(id, 'resolve', { outcome: 'not_published' })).json.status).toBe('queued');
  });

  test('whose owner decides while the worker is asking stays as its owner said', async () => {
    for (const [outcome, status] of [
      ['published', 'published'],
      ['not_published', 'queued'],
    ]) {
      const { id } = await forgotten();
      world.emulator.faults.add({ endpoint: 'status', kind: 'delay', ms: 700 });
      const before = calls('status');
      await world.makeDue();
      const ticking = world.tick();
      await vi.waitFor(() => expect(calls('status')).toBe(before + 1), 5_000);
      expect((await act(id, 'resolve', { outcome })).json).toMatchObject({ status, error: null });
      await ticking;
      expect(world.logLines.join('\n')).toContain('"post_dropped"');
      const [attempt] = (await get(id)).attempts;
      expect(attempt).toMatchObject({ error: { code: 'resolved_by_owner' } });
      await world.sql`delete from social_posts`;
      world.logLines.length = 0;
    }
  });

  test('that this release cannot read keeps what its owner was told', async () => {
    const { id, error } = await forgotten();
    await world.sql`update social_posts set warnings = '[1]' where id = ${id}`;
    await visit();
    const [row] =
      await world.sql`select status, error_code, error_message from social_posts where id = ${id}`;
    expect(row).toEqual({
      status: 'needs_attention',
      error_code: error?.code,
      error_message: error?.message,
    });
  });

  test('does not make the worker look ill', async () => {
    await forgotten();
    expect((await world.call('health')).json).toMatchObject({ status: 'ok', oldestOverduePostAt: null });
  });
});

test('a post that nothing was sent of is not looked at', async () => {
  await world.sql`update social_accounts set access_token_expires_at = now() - interval '1 minute'`;
  world.emulator.removeGrant({ username: 'ada.films' });
  const { id } = await world.queuePost(user, accountId);
  await visit();
  await age(73 * 3_600);
  await visit();
  expect(await get(id)).toMatchObject({
    status: 'needs_attention',
    error: { code: 'reauth_required' },
    nextCheckAt: null,
  });
  // Nor would a look find anything.
  await world.sql`update social_posts set run_at = now()`;
  await world.tick();
  expect(await get(id)).toMatchObject({
    status: 'needs_attention',
    error: { code: 'reauth_required' },
    nextCheckAt: null,
  });
});
