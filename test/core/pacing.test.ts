import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import type { EndpointName, Fault } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** TikTok's limits: kept before TikTok has to say so, shown on every post that waits, and never a failure. */

let world: World;
let user: TestUser;
beforeEach(async () => {
  world = await createWorld({
    users: [
      { username: 'ada.films', dailyPostCap: 3 },
      { username: 'eve.films', dailyPostCap: 1_000 },
      { username: 'bo.films' },
    ],
  });
  user = await world.signUp();
});
afterEach(() => world[Symbol.asyncDispose]());

const HOUR = 3600;

const queue = (account: string, index: number, changes: Record<string, unknown> = {}) =>
  world.queuePost(user, account, {
    title: `film ${index}`,
    transfer: 'pull',
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
    ...changes,
  });

async function queueMany(account: string, count: number, changes?: Record<string, unknown>) {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push((await queue(account, index, changes)).id);
  return ids;
}

const postsOf = (ids: readonly string[]) => Promise.all(ids.map((id) => world.getPost(user, id)));
const begun = (posts: readonly PostView[]) => posts.filter(({ attempts }) => attempts.length > 0).length;
/** How often TikTok was asked to begin a post, and how often it said no. */
function inits() {
  const asked = world.emulator.requests().filter(({ endpoint }) => endpoint?.endsWith('_init'));
  return { asked: asked.length, refused: asked.filter(({ status }) => status !== 200).length };
}
const waitSeconds = ({ nextCheckAt }: PostView) => (Date.parse(nextCheckAt ?? '') - Date.now()) / 1000;

const refuse = (endpoint: EndpointName, code: string, httpStatus: number, more: Partial<Fault> = {}) =>
  world.emulator.faults.add({ endpoint, kind: 'error', code, httpStatus, ...more });

/** So many seconds pass, for the database and for TikTok. */
async function pass(seconds: number): Promise<void> {
  const columns = await world.sql`select table_name, column_name from information_schema.columns
    where table_schema = 'public' and starts_with(table_name, 'social_') and udt_name = 'timestamptz'`;
  for (const { table_name, column_name } of columns) {
    const [table, column] = [world.sql(table_name), world.sql(column_name)];
    await world.sql`update ${table} set ${column} = ${column} - make_interval(secs => ${seconds}) where true`;
  }
  world.emulator.clock.advance(seconds * 1000);
}

async function tickAndSettle() {
  await world.tick();
  await world.emulator.settled();
}

test('six posts are begun a minute, and each of the others shows when its turn comes', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const ids = await queueMany(account, 15);
  await tickAndSettle();
  let posts = await postsOf(ids);
  expect([begun(posts), inits()]).toEqual([6, { asked: 6, refused: 0 }]);
  const waiting = posts.slice(6);
  for (const post of waiting) {
    expect(post).toMatchObject({
      status: 'queued',
      error: { code: 'rate_limit_exceeded', message: expect.stringContaining('waits its turn') },
    });
  }
  const turns = waiting.map((post) => Math.round(waitSeconds(post) / 61));
  expect(turns).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2]);

  // Neither another tick nor a post queued since gets past them.
  const late = await queue(account, 99);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 6, refused: 0 });
  expect(begun([await world.getPost(user, late.id)])).toBe(0);

  for (const asked of [12, 16]) {
    await pass(62);
    await tickAndSettle();
    expect(inits()).toEqual({ asked, refused: 0 });
  }
  posts = await postsOf([...ids, late.id]);
  expect([begun(posts), posts.filter(({ error }) => error).length]).toEqual([16, 0]);
});

test('five drafts lie in the inbox; the sixth waits until one is posted, or a day has gone', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const draft = { mode: 'draft', privacyLevel: undefined };
  const ids = await queueMany(account, 7, draft);
  await tickAndSettle();
  const film = await queue(account, 8);
  await tickAndSettle();
  await pass(62);
  await tickAndSettle();
  const posts = await postsOf(ids);
  expect([begun(posts), inits()]).toEqual([5, { asked: 6, refused: 0 }]);
  expect(posts[5]).toMatchObject({
    status: 'queued',
    error: { code: 'spam_risk_too_many_pending_share', message: expect.stringMatching(/Next try: 20..-/) },
  });
  expect(waitSeconds(posts[5] as PostView) / HOUR).toBeCloseTo(24, 0);
  // A direct post is none of it.
  expect((await world.getPost(user, film.id)).attempts.length).toBe(1);

  // One is posted: there is room at once.
  await world.emulator.finishDraft((await world.getPost(user, ids[0] as string)).publishId as string);
  await pass(62);
  await tickAndSettle();
  await tickAndSettle();
  expect([begun(await postsOf(ids)), inits().refused]).toEqual([6, 0]);

  await pass(24 * HOUR);
  await tickAndSettle();
  expect([begun(await postsOf(ids)), inits().refused]).toEqual([7, 0]);
});

test('what was sent as a draft, or as none, counts so, whatever its owner has made of it since', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const film = await queue(account, 0);
  const ids = await queueMany(account, 5, { mode: 'draft', privacyLevel: undefined });
  await tickAndSettle();
  await world.sql`update social_posts set mode = 'direct', privacy_level = 'SELF_ONLY' where id = any (${ids.slice(0, 2)})`;
  await world.sql`update social_posts set mode = 'draft', privacy_level = null where id = ${film.id}`;
  const [counted] = await world.sql`select count(*)::int as direct from direct_posts_today(${account})`;
  expect(counted).toEqual({ direct: 1 });
  await pass(62);
  const sixth = await queue(account, 9, { mode: 'draft', privacyLevel: undefined });
  await tickAndSettle();
  expect(await world.getPost(user, sixth.id)).toMatchObject({
    error: { code: 'spam_risk_too_many_pending_share' },
    attempts: [],
  });
});

test.each<[string, (id: string) => Promise<unknown>]>([
  [
    'fails at TikTok',
    async () => {
      await pass(62);
      await tickAndSettle();
    },
  ],
  [
    'is called published by its owner',
    async (id) => {
      await world.sql`update social_posts set status = 'needs_attention', error_code = 'x', error_message = 'X.'
        where id = ${id}`;
      const body = { outcome: 'published' };
      await world.call('social-posts', { method: 'POST', path: `/${id}/resolve`, user, body });
      await pass(62);
    },
  ],
])('a draft that %s gives its place to the sixth', async (_what, end) => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  world.emulator.faults.add({ endpoint: 'inbox_init', failReason: 'file_format_check_failed' });
  const ids = await queueMany(account, 6, { mode: 'draft', privacyLevel: undefined });
  await tickAndSettle();
  const [first = '', sixth = ''] = [ids[0], ids[5]];
  expect((await world.getPost(user, sixth)).error?.code).toBe('spam_risk_too_many_pending_share');
  await end(first);
  await tickAndSettle();
  const posts = await postsOf([first, sixth]);
  expect([begun(posts), posts[1]?.error, inits()]).toEqual([2, null, { asked: 6, refused: 0 }]);
});

test('the day’s posts are learnt from TikTok’s no, asked for again hourly, and go on the day after', async () => {
  const account = await world.connectAccount(user, { username: 'ada.films' });
  const ids = await queueMany(account, 6);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 4, refused: 1 });
  for (const post of (await postsOf(ids)).slice(3)) {
    expect(post).toMatchObject({
      status: 'queued',
      error: { code: 'spam_risk_too_many_posts', message: expect.stringMatching(/Next try: 20..-/) },
    });
    expect(waitSeconds(post)).toBeGreaterThan(HOUR - 60);
  }
  // What is queued now waits with them, and TikTok is not asked.
  const late = await queue(account, 99);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 4, refused: 1 });
  expect(await world.getPost(user, late.id)).toMatchObject({ error: { code: 'spam_risk_too_many_posts' } });

  await pass(HOUR + 10);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 5, refused: 2 });

  // A day later three places are free again: they are used, and no more is asked.
  await pass(24 * HOUR);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 8, refused: 2 });
  const posts = await postsOf([...ids, late.id]);
  expect(posts.filter(({ publishId }) => publishId).length).toBe(6);
  expect(posts.filter(({ status }) => status === 'failed')).toEqual([]);

  // TikTok takes more now, which the hourly question finds out: what waits goes at once.
  world.emulator.putUser({ username: 'ada.films', dailyPostCap: 100 });
  await queueMany(account, 2);
  await pass(HOUR + 10);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 11, refused: 2 });
});

test('a day’s cap of which publishes fail that TikTok had taken holds the posts that are left', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const failReason = 'spam_risk_too_many_posts';
  world.emulator.faults.add({ endpoint: 'video_init', failReason, times: 12 });
  const ids = await queueMany(account, 12);
  await tickAndSettle();
  // The checks of six are two claims' worth.
  for (const seconds of [15, 40, 62]) {
    await pass(seconds);
    await tickAndSettle();
  }
  const posts = await postsOf(ids);
  expect([begun(posts), inits()]).toEqual([6, { asked: 6, refused: 0 }]);
  for (const [index, post] of posts.entries()) {
    expect(post).toMatchObject({ status: index < 6 ? 'failed' : 'queued', error: { code: failReason } });
  }
  expect(waitSeconds(posts[11] as PostView)).toBeGreaterThan(HOUR - 300);
});

test('the app’s number of posting accounts, met by one, holds for all that have not posted today', async () => {
  world.emulator.putApp({ activeUserCap: 1 });
  const first = await world.connectAccount(user, { username: 'eve.films' });
  const second = await world.connectAccount(user, { username: 'ada.films' });
  const third = await world.connectAccount(user, { username: 'bo.films' });
  await queue(first, 1);
  await tickAndSettle();
  await queue(second, 2);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 2, refused: 1 });
  const { id } = await queue(third, 3);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 2, refused: 1 });
  expect(await world.getPost(user, id)).toMatchObject({
    status: 'queued',
    error: { code: 'reached_active_user_cap' },
  });
  await queue(first, 4);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 3, refused: 1 });

  world.emulator.putApp({ activeUserCap: 3 });
  await pass(HOUR + 10);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 5, refused: 1 });
});

test.each(['spam_risk_too_many_posts', 'reached_active_user_cap'])(
  'a draft that TikTok refuses by a limit of direct posts, %s, waits alone',
  async (code) => {
    const account = await world.connectAccount(user, { username: 'eve.films' });
    world.emulator.faults.add({ endpoint: 'content_init', kind: 'error', code, httpStatus: 403 });
    const photos = { mediaType: 'photo', videoUrl: undefined };
    const photoUrls = [`${world.media.url}/verified/vertical.jpg`];
    const draft = await queue(account, 0, { ...photos, photoUrls, mode: 'draft', privacyLevel: undefined });
    const films = await queueMany(account, 2);
    await tickAndSettle();
    const [waiting, ...others] = await postsOf([draft.id, ...films]);
    expect(waiting).toMatchObject({ status: 'queued', error: { code } });
    expect(waitSeconds(waiting as PostView)).toBeGreaterThan(HOUR - 60);
    expect([begun(others), inits()]).toEqual([2, { asked: 3, refused: 1 }]);

    await pass(HOUR + 10);
    await tickAndSettle();
    await queueMany(account, 1);
    await tickAndSettle();
    expect(inits()).toEqual({ asked: 5, refused: 1 });
  },
);

test('Retry-After holds the whole account', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  refuse('video_init', 'rate_limit_exceeded', 429, { headers: { 'retry-after': '300' } });
  const ids = await queueMany(account, 3);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 1, refused: 1 });
  for (const post of await postsOf(ids)) expect(waitSeconds(post)).toBeGreaterThan(290);
  await pass(5);
  const late = await queue(account, 99);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 1, refused: 1 });
  expect(waitSeconds(await world.getPost(user, late.id))).toBeGreaterThan(250);
  await pass(301);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 5, refused: 1 });
});

test('Retry-After of a status call holds all the account’s, whatever became of its posts', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const draft = { mode: 'draft', privacyLevel: undefined };
  const ids = [await queue(account, 1, draft), await queue(account, 2, draft)].map(({ id }) => id);
  ids.push(...(await queueMany(account, 3)));
  await tickAndSettle();
  await pass(15);
  await tickAndSettle();
  expect((await postsOf(ids)).map(({ status }) => status)).toContain('delivered');

  const checks = () => world.emulator.requests().filter(({ endpoint }) => endpoint === 'status').length;
  refuse('status', 'rate_limit_exceeded', 429, { times: 9, headers: { 'retry-after': '300' } });
  await world.sql`update social_posts set run_at = now(), share_url = null, post_ids = '{}' where status <> 'queued'`;
  await world.sql`update social_accounts set checks_booked_until = null`;
  const before = checks();
  await tickAndSettle();
  expect(checks() - before).toBe(1);
  for (const post of await postsOf(ids)) expect(waitSeconds(post)).toBeGreaterThan(250);

  // Not even one that a webhook brings nearer.
  await pass(60);
  await world.sql`update social_posts set run_at = now()`;
  await tickAndSettle();
  expect(checks() - before).toBe(1);
  world.emulator.faults.clear();
  await pass(301);
  await tickAndSettle();
  expect(checks() - before).toBeGreaterThan(1);
});

test('drafts that TikTok has no room for hold those queued later, until one of ours makes room', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const draft = { mode: 'draft', privacyLevel: undefined };
  const lying = await queue(account, 1, draft);
  await tickAndSettle();
  refuse('inbox_init', 'spam_risk_too_many_pending_share', 403);
  await queue(account, 2, draft);
  await tickAndSettle();
  const late = await queue(account, 3, draft);
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 2, refused: 1 });
  expect((await world.getPost(user, late.id)).error?.code).toBe('spam_risk_too_many_pending_share');

  await world.emulator.finishDraft((await world.getPost(user, lying.id)).publishId as string);
  await pass(62);
  await tickAndSettle();
  await tickAndSettle();
  expect(inits()).toEqual({ asked: 4, refused: 1 });
});

test('a post that waits for something else goes on saying so, and is looked at within the hour', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const draft = { mode: 'draft', privacyLevel: undefined };
  const { id } = await queue(account, 0, draft);
  await world.sql`update social_posts
    set run_at = now() + interval '30 seconds', error_code = 'media_unreachable', error_message = 'It is away.',
      trouble_code = 'media_unreachable', trouble_since = now() - interval '20 hours'
    where id = ${id}`;
  const troubleSince = () => world.sql`select trouble_since from social_posts where id = ${id}`;
  const before = await troubleSince();
  const ids = await queueMany(account, 6, draft);
  await tickAndSettle();
  expect((await world.getPost(user, ids[5] ?? '')).error?.code).toBe('spam_risk_too_many_pending_share');
  const post = await world.getPost(user, id);
  expect(post.error).toEqual({ code: 'media_unreachable', message: 'It is away.' });
  expect(waitSeconds(post)).toBeGreaterThan(HOUR - 60);
  expect(waitSeconds(post)).toBeLessThanOrEqual(HOUR);
  expect(await troubleSince()).toEqual(before);
});

test('a post that waits for its media beside one that is held is looked at each hour, and first', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  refuse('video_init', 'spam_risk_too_many_posts', 403, { times: 10 });
  const away = await queue(account, 0, { transfer: 'upload', videoUrl: `${world.media.url}/away.mp4` });
  const held = await queue(account, 1);
  await tickAndSettle();
  const code = async ({ id }: PostView) => (await world.getPost(user, id)).error?.code;
  expect([await code(away), await code(held)]).toEqual(['media_unreachable', 'spam_risk_too_many_posts']);
  for (let probes = 2; probes <= 3; probes++) {
    await pass(30);
    const [{ looks } = { looks: 0 }] =
      await world.sql`select check_count as looks from social_posts where id = ${away.id}`;
    await pass(HOUR - 55);
    await tickAndSettle();
    const [row] = await world.sql`select check_count from social_posts where id = ${away.id}`;
    expect([row?.check_count, inits().asked]).toEqual([looks + 1, probes - 1]);
    await world.sql`update social_posts set run_at = now() + interval '20 minutes' where id = ${away.id}`;
    await pass(30);
    await tickAndSettle();
    expect(inits().asked).toBe(probes);
  }
});

test('posts that were held go out in the order in which they were due', async () => {
  const account = await world.connectAccount(user, { username: 'ada.films' });
  const ids = (await queueMany(account, 9)).sort().reverse();
  for (const [place, id] of ids.entries()) {
    const ago = world.sql`now() - make_interval(secs => ${90 - place})`;
    await world.sql`update social_posts set due_at = ${ago}, run_at = ${ago} where id = ${id}`;
  }
  for (let day = 1; day <= 3; day++) {
    for (let i = 0; i < 3; i++) {
      await tickAndSettle();
      await pass(62);
    }
    const posts = await postsOf(ids);
    expect(posts.map(({ status }) => status === 'published')).toEqual(ids.map((_, place) => place < 3 * day));
    await pass(25 * HOUR);
  }
});

test('a post that is edited while posts are held waits for no limit of its former mode', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const [held = '', edited = ''] = await queueMany(account, 2);
  await world.sql`update social_accounts
    set fence = 99, lease_holder = gen_random_uuid(), lease_expires_at = now() + interval '90 seconds'`;
  const { holding } = await world.sql.begin(async (sql) => {
    await sql`update social_posts set mode = 'draft' where id = ${edited}`;
    const holding = world.sql`
      select hold_posts(${held}, 99, 'daily_cap', 3600, false, 'spam_risk_too_many_posts', 'X.') as result`.execute();
    const waiting = () => world.sql`select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    await vi.waitFor(async () => expect((await waiting()).length).toBe(1), 5_000);
    return { holding };
  });
  expect(await holding).toEqual([{ result: 'ok' }]);
  const codes = (await postsOf([held, edited])).map(({ error }) => error?.code);
  expect(codes).toEqual(['spam_risk_too_many_posts', undefined]);
});

test('a post scheduled for later is left at its time by a limit that ends before', async () => {
  const account = await world.connectAccount(user, { username: 'eve.films' });
  const scheduledAt = new Date(Date.now() + 2 * HOUR * 1000).toISOString();
  const later = await queue(account, 0, { scheduledAt });
  await queueMany(account, 8);
  await tickAndSettle();
  expect((await world.getPost(user, later.id)).error).toBe(null);
  expect(inits()).toEqual({ asked: 6, refused: 0 });
});
