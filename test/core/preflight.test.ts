import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { fixture, ninetySeconds } from '../support/movies.ts';
import { createShelf, type Shelf } from '../support/shelf.ts';
import { createWorld, type World } from '../support/world.ts';

/** A post that is due later is looked at two hours before, and never begun before its time. */

let world: World;
let shelf: Shelf;
let user: TestUser;
let accountId: string;
let lifeline: Lifeline;
beforeAll(async () => {
  world = await createWorld();
  shelf = await createShelf();
  lifeline = createLifeline();
  vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
});
afterAll(async () => {
  await lifeline.close();
  await shelf[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  world.emulator.reset();
  lifeline.reset(() => 'pass');
  world.logLines.length = 0;
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  shelf.put('film.mp4', fixture('vertical.mp4'));
});

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
const queue = (changes: Record<string, unknown> = {}) =>
  world.queuePost(user, accountId, {
    transfer: 'upload',
    videoUrl: shelf.put('film.mp4', fixture('vertical.mp4')),
    scheduledAt: inHours(24).toISOString(),
    ...changes,
  });
const inits = () => world.emulator.requests().filter(({ endpoint }) => endpoint?.endsWith('_init')).length;
const asked = (endpoint: string) =>
  world.emulator.requests().filter((request) => request.endpoint === endpoint).length;
const codes = (post: PostView) => post.warnings.map(({ code }) => code);

/** Time passes, for the database, until the post is due in so many seconds; a look comes two hours before. */
async function passUntil(id: string, secondsBefore: number): Promise<void> {
  await world.sql`
    update social_posts
    set run_at = run_at - (due_at - now()) + make_interval(secs => ${secondsBefore}),
        due_at = now() + make_interval(secs => ${secondsBefore})
    where id = ${id}`;
}
const passToLook = (id: string) => passUntil(id, 7_199);
const passToDue = (id: string) => passUntil(id, -1);

async function tick(): Promise<{ visits: number; errors: number }> {
  const report = await world.tick();
  await world.emulator.settled();
  return report;
}

/** A post that was queued with good media, just before its first look. */
async function queueAndPass(changes: Record<string, unknown> = {}): Promise<PostView> {
  const post = await queue(changes);
  await passToLook(post.id);
  return post;
}

/** Ticks until the worker is done with a post that is due. */
async function runToTheEnd(id: string): Promise<PostView> {
  for (let count = 0; count < 5; count++) {
    await tick();
    const post = await world.getPost(user, id);
    if (post.nextCheckAt === null) return post;
    await world.makeDue();
    world.emulator.clock.advance(61_000);
  }
  return world.getPost(user, id);
}

test('nothing is done before the first look, which begins nothing and finds nothing wrong', async () => {
  const { id } = await queue();
  await passUntil(id, 7_205);
  expect((await tick()).visits).toBe(0);
  await passToLook(id);
  expect(await tick()).toMatchObject({ visits: 1, errors: 0 });

  const post = await world.getPost(user, id);
  expect(post).toMatchObject({ status: 'queued', error: null, warnings: [], attempts: [] });
  expect(Date.parse(post.nextCheckAt ?? '') - Date.now()).toBeGreaterThan(7_000_000);
  expect([inits(), asked('creator_info')]).toEqual([0, 1]);
  // It is not looked at twice, …
  expect((await tick()).visits).toBe(0);

  // … not even when it is due.
  await passToDue(id);
  shelf.reads.length = 0;
  expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  expect(shelf.reads).not.toContain('bytes=0-65535');
  expect(inits()).toBe(1);
});

test('a look holds up no post that is due', async () => {
  for (let count = 0; count < 5; count++) await queueAndPass();
  const { id } = await queue();
  await passToDue(id);
  await world.sql`update social_posts set run_at = now() where id = ${id}`;
  const order: string[] = [];
  lifeline.reset(({ label }) => {
    if (label.endsWith('/init/') || label.includes('creator_info')) order.push(label);
    return 'pass';
  });
  expect(await tick()).toMatchObject({ visits: 6, errors: 0 });
  expect(order.map((label) => label.includes('creator_info'))).toEqual([false, true]);
});

test('what TikTok tells of the creator is kept', async () => {
  world.emulator.putUser({ username: 'ada.films', maxVideoPostDurationSec: 123 });
  await queueAndPass();
  await tick();
  const [row] = await world.sql`
    select username, max_video_duration_sec::int as max, creator_checked_at > now() - interval '1 minute' as fresh
    from social_accounts where id = ${accountId}`;
  expect(row).toEqual({ username: 'ada.films', max: 123, fresh: true });
});

describe('a file that has gone bad since', () => {
  test('is told two hours before, and mended in time the post goes out', async () => {
    const { id } = await queueAndPass();
    shelf.put('film.mp4', fixture('slow.mp4'));
    await tick();
    const told = await world.getPost(user, id);
    expect(told).toMatchObject({
      status: 'queued',
      error: {
        code: 'frame_rate_check_failed',
        message: expect.stringContaining('looked at once more when'),
      },
      attempts: [],
    });
    expect(Date.parse(told.nextCheckAt ?? '')).toBeGreaterThan(Date.now() + 7_000_000);

    shelf.put('film.mp4', fixture('vertical.mp4'));
    await passToDue(id);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });

  test('and stays so: the post fails when it is due, with the reason, and TikTok is not called', async () => {
    const { id } = await queueAndPass();
    shelf.put('film.mp4', fixture('slow.mp4'));
    await tick();
    await passToDue(id);
    await tick();
    const failed = await world.getPost(user, id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'frame_rate_check_failed', message: expect.stringContaining('It has 15.') },
      attempts: [],
      nextCheckAt: null,
    });
    expect(inits()).toBe(0);

    // Tried again, it is looked at again.
    const retry = () => world.call('social-posts', { method: 'POST', path: `/${id}/retry`, user });
    await retry();
    expect(await runToTheEnd(id)).toMatchObject({ status: 'failed' });
    shelf.put('film.mp4', fixture('vertical.mp4'));
    await retry();
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published' });
    expect(inits()).toBe(1);
  });

  test('is looked at again when its owner tries a failed post once more', async () => {
    const { id } = await queue({ scheduledAt: undefined });
    await world.sql`
      update social_posts set status = 'failed', run_at = null, error_code = 'internal', error_message = 'TikTok failed.'
      where id = ${id} and media_checked`;
    shelf.put('film.mp4', fixture('slow.mp4'));
    await world.call('social-posts', { method: 'POST', path: `/${id}/retry`, user });
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: { code: 'frame_rate_check_failed' },
    });
    expect(inits()).toBe(0);
  });

  test('an edit sets it right at once', async () => {
    const { id } = await queueAndPass();
    shelf.put('film.mp4', fixture('slow.mp4'));
    await tick();
    const edited = await world.call('social-posts', {
      method: 'PATCH',
      path: `/${id}`,
      user,
      body: { videoUrl: `${world.media.url}/vertical.mp4`, scheduledAt: null },
    });
    expect(edited.json).toMatchObject({ status: 'queued', error: null });
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published' });
  });
});

describe('a file that was not there', () => {
  test('when the post was queued is looked at when the post is due', async () => {
    shelf.take('film.mp4');
    const videoUrl = shelf.put('late.mp4', (response) => response.writeHead(404).end());
    const { id } = await queue({ videoUrl, scheduledAt: undefined });
    shelf.put('late.mp4', fixture('slow.mp4'));
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: { code: 'frame_rate_check_failed' },
    });
    expect(inits()).toBe(0);
  });

  test('and comes: its warning goes, and others come', async () => {
    const videoUrl = shelf.put('late.mp4', (response) => response.writeHead(404).end());
    const post = await queue({ videoUrl, scheduledAt: undefined });
    expect(codes(post)).toEqual(['media_unreachable']);
    shelf.put('late.mp4', fixture('turned.mp4'));
    expect(await runToTheEnd(post.id)).toMatchObject({ status: 'published', warnings: [] });
  });

  test('two hours before is a warning, no error', async () => {
    const { id } = await queueAndPass();
    shelf.take('film.mp4');
    await tick();
    const post = await world.getPost(user, id);
    expect([post.status, post.error, codes(post)]).toEqual(['queued', null, ['media_unreachable']]);
    shelf.put('film.mp4', fixture('vertical.mp4'));
    await passToDue(id);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', warnings: [] });
  });

  test('for us may be there for TikTok: a pull is begun all the same', async () => {
    const videoUrl = `${world.media.url}/verified/vertical.mp4`;
    const { id } = await queue({ videoUrl, transfer: 'pull', scheduledAt: undefined });
    await world.sql`update social_posts set media_checked = false, video_url = ${`${world.media.url}/verified/missing.mp4`} where id = ${id}`;
    await tick();
    expect((await world.getPost(user, id)).attempts).toMatchObject([{ transfer: 'pull' }]);
  });
});

describe('a video that not every creator may post, due at once', () => {
  const queueLong = () => queue({ videoUrl: shelf.put('long.mp4', ninetySeconds()), scheduledAt: undefined });

  test('is refused by what TikTok says of its creator, before anything is begun', async () => {
    world.emulator.putUser({ username: 'ada.films', maxVideoPostDurationSec: 60 });
    const { id } = await queueLong();
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'duration_check_failed',
        message: expect.stringContaining('It lasts 90 s; 60 s are allowed.'),
      },
      attempts: [],
    });
    expect([asked('creator_info'), inits()]).toEqual([1, 0]);

    world.emulator.putUser({ username: 'ada.films', maxVideoPostDurationSec: 600 });
    await world.call('social-posts', { method: 'POST', path: `/${id}/retry`, user });
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });

  test('goes out where it may, and TikTok is asked once for several', async () => {
    const ids = [(await queueLong()).id, (await queueLong()).id];
    await tick();
    for (const id of ids) expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
    expect([asked('creator_info'), inits()]).toEqual([1, 2]);
  });

  test('goes out where TikTok does not say', async () => {
    const { id } = await queueLong();
    world.emulator.faults.add({ endpoint: 'creator_info', kind: 'drop', when: 'before' });
    await tick();
    expect([asked('creator_info'), inits()]).toEqual([1, 1]);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });

  test('goes out with a new token where TikTok refuses the old one when it is asked', async () => {
    const { id } = await queueLong();
    world.emulator.endAccessTokens({ username: 'ada.films' });
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'published',
      error: null,
      attempts: [{ outcome: 'published' }],
    });
    const [account] = await world.sql`
      select status, token_version::int as version from social_accounts where id = ${accountId}`;
    expect(account).toEqual({ status: 'connected', version: 2 });
  });

  test('waits for its owner where TikTok says that it is not allowed any more', async () => {
    const { id } = await queueLong();
    world.emulator.faults.add({
      endpoint: 'creator_info',
      kind: 'error',
      httpStatus: 401,
      code: 'scope_not_authorized',
    });
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'scope_missing' },
      attempts: [],
    });
  });

  test('goes out although what TikTok says of its creator cannot be kept', async () => {
    const { id } = await queueLong();
    await world.sql`alter function public.save_creator rename to save_creator_gone`;
    try {
      await tick();
      expect(inits()).toBe(1);
    } finally {
      await world.sql`alter function public.save_creator_gone rename to save_creator`;
    }
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });

  test('is refused by what TikTok said today, where it does not answer when the media are looked at', async () => {
    const { id } = await queueAndPass({ videoUrl: shelf.put('long.mp4', ninetySeconds()) });
    await world.sql`update social_accounts set max_video_duration_sec = 60, creator_checked_at = now() where id = ${accountId}`;
    world.emulator.faults.add({ endpoint: 'creator_info', kind: 'drop', when: 'before' });
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({ error: { code: 'duration_check_failed' } });
  });
});

describe('what TikTok says of the creator', () => {
  test.each([
    ['banned from posting', { banned: true }, 'spam_risk_user_banned_from_posting'],
    ['at the end of the day’s posts', { dailyPostCap: 0 }, 'spam_risk_too_many_posts'],
    ['private now', { privateAccount: true }, 'privacy_level_option_mismatch'],
    ['allowed shorter videos now', { maxVideoPostDurationSec: 3 }, 'duration_check_failed'],
  ])('%s: the owner is told before', async (_what, changes, code) => {
    const { id } = await queueAndPass();
    world.emulator.putUser({ username: 'ada.films', ...changes });
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', error: { code }, attempts: [] });

    world.emulator.putUser({
      username: 'ada.films',
      banned: false,
      dailyPostCap: 15,
      privateAccount: false,
      maxVideoPostDurationSec: 600,
    });
    await world.sql`update social_accounts set creator_checked_at = null where true`;
    await passToDue(id);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });

  test('is one error, and the rest are warnings', async () => {
    const { id } = await queueAndPass();
    world.emulator.putUser({ username: 'ada.films', banned: true });
    shelf.put('film.mp4', fixture('slow.mp4'));
    await tick();
    const post = await world.getPost(user, id);
    expect(post.error?.code).toBe('spam_risk_user_banned_from_posting');
    expect(codes(post)).toEqual(['frame_rate_check_failed']);
  });

  test('is not asked for a draft, whose settings are still not sent', async () => {
    const post = await queueAndPass({ mode: 'draft' });
    await tick();
    expect(asked('creator_info')).toBe(0);
    expect(codes(await world.getPost(user, post.id))).toEqual(['draft_settings_not_sent']);
  });

  test('is asked once for many posts, and every one is told', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 8; count++) ids.push((await queueAndPass()).id);
    world.emulator.putUser({ username: 'ada.films', banned: true });
    expect(await tick()).toMatchObject({ visits: 8, errors: 0 });
    for (const id of ids)
      expect((await world.getPost(user, id)).error?.code).toBe('spam_risk_user_banned_from_posting');
    expect(asked('creator_info')).toBe(1);
  });

  test.each(['html', 'drop'] as const)('is nothing where TikTok does not answer: %s', async (kind) => {
    const { id } = await queueAndPass();
    world.emulator.faults.add({ endpoint: 'creator_info', kind });
    await tick();
    const post = await world.getPost(user, id);
    expect([post.status, post.error, post.warnings]).toEqual(['queued', null, []]);
    expect(Date.parse(post.nextCheckAt ?? '')).toBeGreaterThan(Date.now() + 7_000_000);
  });

  test('is not asked again before TikTok answers again, whoever asks', async () => {
    await queueAndPass();
    world.emulator.faults.add({
      endpoint: 'creator_info',
      kind: 'error',
      code: 'rate_limit_exceeded',
      httpStatus: 429,
      headers: { 'retry-after': '300' },
    });
    await tick();
    expect(asked('creator_info')).toBe(1);
    await queueAndPass();
    await tick();
    expect(asked('creator_info')).toBe(1);
    await world.sql`update social_accounts set creator_free_at = creator_free_at - interval '299 seconds'`;
    await queueAndPass();
    await tick();
    expect(asked('creator_info')).toBe(1);
    await world.sql`update social_accounts set creator_free_at = creator_free_at - interval '1 second'`;
    await queueAndPass();
    await tick();
    expect(asked('creator_info')).toBe(2);
  });

  test('a dead token is told, and connecting again does not publish before the time', async () => {
    const { id } = await queueAndPass();
    world.emulator.removeGrant({ username: 'ada.films' });
    await tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'reauth_required' },
    });

    await world.connectAccount(user);
    for (let count = 0; count < 3; count++) await tick();
    const post = await world.getPost(user, id);
    expect([post.status, post.error, inits()]).toEqual(['queued', null, 0]);
    expect(Date.parse(post.nextCheckAt ?? '')).toBeGreaterThan(Date.now() + 7_000_000);

    await passToDue(id);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published' });
    expect(inits()).toBe(1);
  });
});

describe('never before its time', () => {
  test('however near it is, and however often the worker looks', async () => {
    const { id } = await queue();
    await passUntil(id, 1.5);
    const begun: boolean[] = [];
    while (!begun.at(-1)) {
      await tick();
      const [row] = await world.sql`select now() >= due_at as is_due from social_posts where id = ${id}`;
      begun.push(inits() > 0);
      if (inits() > 0) expect(row?.is_due).toBe(true);
    }
    const [attempt] = await world.sql`
      select t.started_at >= p.due_at as in_time from social_post_attempts t join social_posts p on p.id = t.post_id
      where p.id = ${id}`;
    expect(attempt?.in_time).toBe(true);
  });

  test('and at once when the worker comes too late for the look', async () => {
    const { id } = await queue();
    await passUntil(id, -600);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published' });
    expect(inits()).toBe(1);
  });

  test('a look that finds the post edited writes nothing', async () => {
    const { id } = await queueAndPass();
    shelf.put('film.mp4', fixture('slow.mp4'));
    let hasActed = false;
    lifeline.reset(({ label }) => {
      if (hasActed || !label.includes('creator_info')) return 'pass';
      hasActed = true;
      return world
        .call('social-posts', {
          method: 'PATCH',
          path: `/${id}`,
          user,
          body: { videoUrl: `${world.media.url}/vertical.mp4`, scheduledAt: inHours(48).toISOString() },
        })
        .then(() => undefined);
    });
    await tick();
    const post = await world.getPost(user, id);
    expect([hasActed, post.status, post.error]).toEqual([true, 'queued', null]);
    expect(Date.parse(post.nextCheckAt ?? '')).toBeGreaterThan(Date.now() + 45 * HOUR_MS);
  });

  test('and what was found before does not count as waiting', async () => {
    const { id } = await queueAndPass();
    shelf.put('film.mp4', fixture('slow.mp4'));
    await tick();
    await passUntil(id, -600);
    shelf.put('film.mp4', fixture('vertical.mp4'));
    await world.sql`update social_posts set created_at = now() - interval '9 days' where id = ${id}`;
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published' });
  });
});

describe('an account that is connected again while its post is looked at', () => {
  const FENCE = 99;
  /** What a look has found is written down; the account is connected by then. */
  async function save(id: string, code: string): Promise<PostView> {
    await world.sql`update social_accounts
      set fence = ${FENCE}, lease_holder = gen_random_uuid(), lease_expires_at = now() + interval '90 seconds'
      where id = ${accountId}`;
    const [saved] = await world.sql`
      select save_preflight(${id}, ${FENCE}, 0, true, '[]', ${code}, 'Connect it again.') as result`;
    expect(saved?.result).toBe('ok');
    return world.getPost(user, id);
  }
  const isDue = ({ nextCheckAt }: PostView) => Date.parse(nextCheckAt ?? '') < Date.now() + 1_000;

  test.each(['reauth_required', 'scope_missing'])('has the post looked at anew: %s', async (code) => {
    const post = await save((await queue()).id, code);
    expect([post.error, isDue(post)]).toEqual([null, true]);
  });

  test('without what the post needs answers nothing', async () => {
    await world.sql`update social_accounts set scopes = '{video.upload}' where id = ${accountId}`;
    const { id, scheduledAt } = await queue({ mode: 'draft', privacyLevel: undefined });
    await world.sql`update social_posts set mode = 'direct', privacy_level = 'SELF_ONLY' where id = ${id}`;
    const post = await save(id, 'scope_missing');
    expect([post.error?.code, post.nextCheckAt]).toEqual(['scope_missing', scheduledAt]);
  });
});
