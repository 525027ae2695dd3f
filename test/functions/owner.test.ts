import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import type { Fault } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { createWorld, type World } from '../support/world.ts';

/** What an owner may do with a post, also while a worker is holding it. */

let world: World;
let user: TestUser;
let accountId: string;
let lifeline: Lifeline;
/** TikTok's downloads wait for it. */
let mayDownload: Promise<void> = Promise.resolve();
beforeAll(async () => {
  world = await createWorld({
    fetchMedia: async (...args) => {
      await mayDownload;
      return fetch(...args);
    },
  });
  lifeline = createLifeline();
  vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
});
afterAll(async () => {
  await lifeline.close();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  world.emulator.reset();
  lifeline.reset(() => 'pass');
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const verified = () => `${world.media.url}/verified/vertical.mp4`;
const act = (id: string, action: string, body?: unknown) =>
  world.call('social-posts', { method: 'POST', path: `/${id}/${action}`, user, body });
const edit = (id: string, body: unknown) =>
  world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body });
const cancel = (id: string) => world.call('social-posts', { method: 'DELETE', path: `/${id}`, user });
const published = () => world.emulator.ledger().filter((entry) => entry.published);

async function visit(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
    world.emulator.clock.advance(61_000);
  }
}

/** Something happens between the worker's claim and its call of this TikTok endpoint. */
function meanwhile(path: string, act: () => Promise<unknown>): void {
  let hasActed = false;
  lifeline.reset(({ label }) => {
    if (hasActed || !label.includes(path)) return 'pass';
    hasActed = true;
    return act().then(() => undefined);
  });
}

/** Until so many calls of the database wait for a lock. */
async function areWaiting(count: number): Promise<void> {
  const waiting = () => world.sql`select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  while ((await waiting()).length < count) await pause(20);
}

describe('editing', () => {
  test('changes what is sent, and leaves the rest', async () => {
    const { id } = await world.queuePost(user, accountId, {
      title: 'Frist',
      disableDuet: true,
      isAigc: true,
    });
    const answer = await edit(id, { title: 'First', isAigc: false, videoCoverTimestampMs: 500 });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      title: 'First',
      disableDuet: true,
      isAigc: false,
      videoCoverTimestampMs: 500,
    });
    await visit(2);
    expect(published()[0]?.postInfo).toMatchObject({ title: 'First', disable_duet: true, is_aigc: false });
  });

  test('null takes a field away, and a new instant moves the post', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await world.queuePost(user, accountId, { scheduledAt });
    const later = new Date(Date.now() + 7_200_000).toISOString();
    expect((await edit(id, { title: null, scheduledAt: later })).json).toMatchObject({
      title: null,
      nextCheckAt: later,
    });
    const now = await edit(id, { scheduledAt: null });
    expect(Date.parse(now.json.nextCheckAt)).toBeLessThan(Date.now() + 60_000);
  });

  test.each([
    [{ title: 'a'.repeat(2201) }, 400, 'title_too_long'],
    [{ privacyLevel: null }, 400, 'privacy_level_required'],
    [{ status: 'published' }, 400, 'unknown_field'],
    [{ publishId: 'x' }, 400, 'unknown_field'],
    [{ videoUrl: 'http://10.0.0.1/a.mp4' }, 400, 'video_url_invalid'],
    [{ accountId: '00000000-0000-4000-8000-000000000000' }, 400, 'field_fixed'],
    [[], 400, 'body_not_object'],
  ])('refuses %j', async (changes, status, code) => {
    const { id } = await world.queuePost(user, accountId);
    const answer = await edit(id, changes);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  test('by two at once: who is second is told, and nothing of the first is lost', async () => {
    const { id } = await world.queuePost(user, accountId, { title: 'old' });
    const both = await world.sql.begin(async (sql) => {
      await sql`select 1 from social_posts where id = ${id} for update`;
      const edits = [edit(id, { title: 'new' }), edit(id, { isAigc: true })];
      // Both have read the post when they wait for the row.
      await areWaiting(2);
      return { edits };
    });
    const answers = await Promise.all(both.edits);
    expect(answers.map(({ status, json }) => [status, json.code])).toContainEqual([409, 'post_changed']);
    const [kept] = answers.filter(({ status }) => status === 200);
    expect(await world.getPost(user, id)).toMatchObject({
      title: kept?.json.title,
      isAigc: kept?.json.isAigc,
    });
    expect([kept?.json.title === 'new', kept?.json.isAigc].filter(Boolean)).toHaveLength(1);
  });

  test('while a worker holds the old post makes it drop it: only the new one goes out', async () => {
    const { id } = await world.queuePost(user, accountId, { title: 'old', transfer: 'upload' });
    await world.sql`update social_accounts set access_token_expires_at = now() where id = ${accountId}`;
    meanwhile('/v2/oauth/token/', () => edit(id, { title: 'new' }));
    await visit(3);
    expect(world.emulator.ledger().map(({ title }) => title)).toEqual(['new']);
    expect((await world.getPost(user, id)).status).toBe('published');
  });

  test('comes too late once it is begun', async () => {
    const { id } = await world.queuePost(user, accountId, { title: 'old', videoUrl: verified() });
    let answer: Awaited<ReturnType<typeof edit>> | undefined;
    meanwhile('/video/init/', async () => {
      answer = await edit(id, { title: 'new' });
    });
    await visit(2);
    expect([answer?.status, answer?.json.code]).toEqual([409, 'post_not_editable']);
    expect(published().map(({ title }) => title)).toEqual(['old']);
  });
});

describe('cancelling', () => {
  test('while a worker holds the post, before it has begun: nothing is sent', async () => {
    const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
    await world.sql`update social_accounts set access_token_expires_at = now() where id = ${accountId}`;
    meanwhile('/v2/oauth/token/', () => cancel(id));
    await visit(2);
    expect((await world.getPost(user, id)).status).toBe('cancelled');
    expect(world.emulator.ledger()).toEqual([]);
  });

  test('while TikTok downloads asks TikTok, and is done when TikTok says so', async () => {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    const { promise, resolve: letDownload } = Promise.withResolvers<void>();
    mayDownload = promise;
    await world.makeDue();
    await world.tick();
    const answer = await cancel(id);
    expect([answer.status, answer.json.status]).toEqual([202, 'processing']);
    expect(answer.json.cancelRequestedAt).toMatch(/Z$/);
    for (let i = 0; i < 3; i++) {
      await world.makeDue();
      await world.tick();
    }
    letDownload();
    await world.emulator.settled();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'cancelled',
      error: null,
      nextCheckAt: null,
    });
    expect(published()).toEqual([]);
    const again = await cancel(id);
    expect([again.status, again.json.status]).toEqual([200, 'cancelled']);
  });

  test('of one that fails by itself meanwhile: nothing is begun anew, and it says how often it was tried', async () => {
    const id = await downloading();
    expect((await cancel(id)).status).toBe(202);
    const body = JSON.stringify({
      data: { status: 'FAILED', fail_reason: 'internal' },
      error: { code: 'ok', message: '', log_id: 'x' },
    });
    world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body });
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: expect.stringContaining('It was tried once.') },
    });
  });

  test('too late for TikTok ends as it went: published, and never called cancelled', async () => {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    await visit();
    expect((await cancel(id)).status).toBe(202);
    await visit(2);
    expect((await world.getPost(user, id)).status).toBe('published');
    const late = await cancel(id);
    expect([late.status, late.json.code]).toEqual([409, 'post_not_cancellable']);
  });

  test.each<[string, Omit<Fault, 'endpoint'>]>([
    ['refuses', { kind: 'error', code: 'publish_not_cancellable', httpStatus: 400 }],
    ['does not hear', { kind: 'drop' }],
    [
      'takes, and does not keep to,',
      { kind: 'status', status: 200, body: '{"data":{},"error":{"code":"ok"}}' },
    ],
  ])('that TikTok %s is no cancelling: the post ends as it went', async (_what, fault) => {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    const { promise, resolve: letDownload } = Promise.withResolvers<void>();
    mayDownload = promise;
    await world.tick();
    expect((await cancel(id)).status).toBe(202);
    world.emulator.faults.add({ endpoint: 'cancel', ...fault });
    await world.tick();
    letDownload();
    expect((await world.getPost(user, id)).status).toBe('processing');
    await visit(2);
    expect((await world.getPost(user, id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  /** A post that TikTok downloads until the test is over. */
  async function downloading(): Promise<string> {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    const { promise, resolve: letDownload } = Promise.withResolvers<void>();
    mayDownload = promise;
    onTestFinished(() => letDownload());
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('processing');
    await world.makeDue();
    return id;
  }
  const calls = (endpoint: string) =>
    world.emulator.requests().filter((request) => request.endpoint === endpoint).length;

  test('is asked for again within a minute where the call was lost, however long TikTok is at it', async () => {
    const id = await downloading();
    await world.sql`update social_posts set check_count = 9 where id = ${id}`;
    expect((await cancel(id)).status).toBe(202);
    world.emulator.faults.add({ endpoint: 'cancel', kind: 'drop' });
    await world.tick();
    const { nextCheckAt } = await world.getPost(user, id);
    expect(Date.parse(nextCheckAt ?? '') - Date.now()).toBeLessThan(60_000);
  });

  test('that a worker could not read, and that was begun before its look, is asked for at once', async () => {
    const id = await downloading();
    const before = calls('status');
    const { ticking } = await world.sql.begin(async (sql) => {
      const [told] = await sql`select cancel_post(${id}, ${user.userId}, 'withdrawn', 'X.') as result`;
      expect(told?.result).toBe('requested');
      const ticking = world.tick();
      await vi.waitFor(() => expect(calls('status')).toBe(before + 1), 5_000);
      return { ticking };
    });
    await ticking;
    expect(calls('cancel')).toBe(1);
  });

  test('while TikTok is being told to download asks TikTok to stop at once', async () => {
    const { promise, resolve: letDownload } = Promise.withResolvers<void>();
    mayDownload = promise;
    onTestFinished(() => letDownload());
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    meanwhile('/video/init/', async () => expect((await cancel(id)).status).toBe(202));
    await world.tick();
    expect(calls('cancel')).toBe(1);
    await world.makeDue();
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'cancelled', error: null });
  });

  test.each<[string, Omit<Fault, 'endpoint'>, Record<string, unknown>]>([
    [
      'refuses it for now',
      { kind: 'error', code: 'rate_limit_exceeded', httpStatus: 429 },
      { outcome: 'rejected', error: { code: 'rate_limit_exceeded' } },
    ],
    [
      'does not accept the token',
      { kind: 'error', code: 'access_token_invalid', httpStatus: 401 },
      { outcome: 'rejected', error: { code: 'access_token_invalid' } },
    ],
  ])('while TikTok, told to download, %s: nothing is begun anew', async (_what, fault, attempt) => {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    world.emulator.faults.add({ endpoint: 'video_init', ...fault });
    meanwhile('/video/init/', () => cancel(id));
    await visit(2);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'cancelled',
      error: null,
      nextCheckAt: null,
      attempts: [attempt],
    });
    expect(calls('video_init')).toBe(1);
  });

  test('waits for what a worker is writing, and sees it', async () => {
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    await world.sql`update social_posts set status = 'initializing' where id = ${id}`;
    const { cancelling } = await world.sql.begin(async (sql) => {
      await sql`update social_posts set status = 'queued' where id = ${id}`;
      const cancelling = cancel(id);
      await areWaiting(1);
      return { cancelling };
    });
    const answer = await cancelling;
    expect([answer.status, answer.json.status]).toEqual([200, 'cancelled']);
  });

  test('an upload under way is too late', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', times: 9 });
    const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
    await world.tick();
    expect((await cancel(id)).status).toBe(409);
  });
});

describe('trying again', () => {
  test('a failed post goes out at another try, with its tries counted anew', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', failReason: 'internal', times: 4 });
    const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
    await visit(8);
    const failed = await world.getPost(user, id);
    expect([failed.status, failed.attempts.length]).toEqual(['failed', 3]);
    const answer = await act(id, 'retry');
    expect([answer.status, answer.json.status, answer.json.error]).toEqual([200, 'queued', null]);
    await visit(5);
    const post = await world.getPost(user, id);
    expect([post.status, post.attempts.length, published().length]).toEqual(['published', 5, 1]);
  });

  test('is for failed posts alone', async () => {
    const { id } = await world.queuePost(user, accountId);
    for (const step of [() => Promise.resolve(), () => visit(2), () => visit()]) {
      await step();
      const answer = await act(id, 'retry');
      expect([answer.status, answer.json.code]).toEqual([409, 'post_not_failed']);
    }
    expect(published().length).toBe(1);
  });
});

describe('resolving', () => {
  async function unresolved(): Promise<PostView> {
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    await visit();
    return world.getPost(user, id);
  }

  test('published: it is so, and nothing is sent again', async () => {
    const { id, status } = await unresolved();
    expect(status).toBe('needs_attention');
    const answer = await act(id, 'resolve', { outcome: 'published' });
    expect(answer.json).toMatchObject({ status: 'published', error: null, publishedAt: expect.any(String) });
    await visit(2);
    expect(published().length).toBe(1);
  });

  test('not published: it goes out once more', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    await visit();
    const answer = await act(id, 'resolve', { outcome: 'not_published' });
    expect([answer.status, answer.json.status]).toEqual([200, 'queued']);
    await visit(2);
    expect((await world.getPost(user, id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('one whose publish id is known is asked for its link', async () => {
    world.emulator.faults.add({
      endpoint: 'status',
      kind: 'error',
      code: 'invalid_publish_id',
      httpStatus: 400,
      times: 9,
    });
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified() });
    await visit(4);
    await world.sql`update social_posts set trouble_since = trouble_since - interval '31 minutes' where id = ${id}`;
    await visit();
    expect((await world.getPost(user, id)).status).toBe('needs_attention');
    world.emulator.faults.clear();
    await act(id, 'resolve', { outcome: 'published' });
    await visit();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'published',
      shareUrl: expect.stringContaining('@ada.films'),
    });
  });

  test('is for posts that need attention alone, and wants a word it knows', async () => {
    const { id } = await world.queuePost(user, accountId);
    const answer = await act(id, 'resolve', { outcome: 'published' });
    expect([answer.status, answer.json.code]).toEqual([409, 'post_not_unresolved']);
    expect((await act(id, 'resolve', { outcome: 'maybe' })).json.code).toBe('outcome_invalid');
  });
});
