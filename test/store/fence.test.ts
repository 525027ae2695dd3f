import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

/** Every verb of the worker, called by one whose lease is over: nothing happens. */

let world: World;
let accountId: string;
let postId: string;
const attemptId = randomUUID();

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  const user = await world.signUp();
  accountId = await world.connectAccount(user);
  postId = (await world.queuePost(user, accountId, { transfer: 'upload' })).id;
});

type Verb = (fence: number) => PromiseLike<{ result: string }[]>;

const begin: Verb = (fence) => world.sql`
  select begin_attempt(${postId}, ${fence}, 0, ${attemptId}, 'upload', 100, 100, 'x', 20) ->> 'result' as result`;
const preflight: Verb = (fence) => world.sql`
  select save_preflight(${postId}, ${fence}, 0, true, '[]', 'some_code', 'Some words.') as result`;
const hold: Verb = (fence) => world.sql`
  select hold_posts(${postId}, ${fence}, 'inits', 60, true, 'rate_limit_exceeded', 'It waits.') as result`;
const record: Verb = (fence) => world.sql`
  select record_init(${postId}, ${fence}, ${attemptId}, 'v_pub_file~1', 'sealed', 'uploading', 0, null) as result`;
const note: Verb = (fence) => world.sql`
  select save_progress(${postId}, ${fence}, ${attemptId}, 50, true, null, 60) as result`;
const advance: Verb = (fence) => world.sql`
  select advance_post(${postId}, ${fence}, 'uploading', 'processing', 10, null, null, null, null, null, null, 0) as result`;

/** The verbs in the order in which a worker calls them, each with those before it done. */
const VERBS: [string, Verb, Verb[]][] = [
  ['save_preflight', preflight, []],
  ['begin_attempt', begin, [preflight]],
  ['record_init', record, [begin]],
  ['save_progress', note, [begin, record]],
  ['advance_post', advance, [begin, record, note]],
  ['hold_posts', hold, []],
];

const snapshot = async () =>
  JSON.stringify(
    await world.sql`
  select to_jsonb(p) as post, (select jsonb_agg(t) from social_post_attempts t where t.post_id = p.id) as attempts
  from social_posts p where p.id = ${postId}`,
  );

async function lease(): Promise<number> {
  await world.sql`delete from social_post_attempts`;
  const [row] = await world.sql`
    update social_accounts
    set fence = fence + 1, lease_holder = gen_random_uuid(), lease_expires_at = now() + interval '90 seconds'
    where id = ${accountId} returning fence::int`;
  return row?.fence;
}

test.each(VERBS)('%s by a worker that another has followed', async (_name, verb, before) => {
  const fence = await lease();
  for (const earlier of before) expect(await earlier(fence)).toEqual([{ result: 'ok' }]);
  await world.sql`update social_accounts set fence = fence + 1 where id = ${accountId}`;
  const was = await snapshot();
  expect(await verb(fence)).toEqual([{ result: 'lease_lost' }]);
  expect(await snapshot()).toBe(was);
  expect(await verb(fence + 1)).not.toEqual([{ result: 'lease_lost' }]);
});

test.each(VERBS)('%s by a worker whose lease has lapsed', async (_name, verb, before) => {
  const fence = await lease();
  for (const earlier of before) expect(await earlier(fence)).toEqual([{ result: 'ok' }]);
  await world.sql`update social_accounts set lease_expires_at = now() - interval '1 second' where id = ${accountId}`;
  const was = await snapshot();
  expect(await verb(fence)).toEqual([{ result: 'lease_lost' }]);
  expect(await snapshot()).toBe(was);
});

test.each(VERBS.slice(1, 4))(
  '%s asked for again after a lost answer answers the same',
  async (_name, verb, before) => {
    const fence = await lease();
    for (const earlier of before) expect(await earlier(fence)).toEqual([{ result: 'ok' }]);
    expect(await verb(fence)).toEqual([{ result: 'ok' }]);
    const was = await snapshot();
    expect(await verb(fence)).toEqual([{ result: 'ok' }]);
    expect(await snapshot()).toBe(was);
  },
);

const leftSeconds = async () => {
  const [row] = await world.sql`select extract(epoch from lease_expires_at - clock_timestamp())::float as left
    from social_accounts where id = ${accountId}`;
  return row?.left;
};

test('a note renews the lease for as long as it says, and never shortens it', async () => {
  const fence = await lease();
  await begin(fence);
  await record(fence);
  expect(await note(fence)).toEqual([{ result: 'ok' }]);
  expect(await leftSeconds()).toBeGreaterThan(60);
  await world.sql`update social_accounts set lease_expires_at = now() + interval '5 seconds' where id = ${accountId}`;
  expect(await note(fence)).toEqual([{ result: 'ok' }]);
  expect(await leftSeconds()).toBeGreaterThan(30);
});

test.each([
  ['lapsed', (id: string) => world.sql`update social_accounts set lease_expires_at = now() where id = ${id}`],
  [
    'another’s',
    (id: string) => world.sql`update social_accounts set fence = fence + 1,
      lease_expires_at = now() + interval '5 seconds' where id = ${id}`,
  ],
  [
    'given back',
    (id: string) =>
      world.sql`update social_accounts set lease_holder = null, lease_expires_at = null where id = ${id}`,
  ],
])('a note renews no lease that is %s', async (_what, lose) => {
  const fence = await lease();
  await begin(fence);
  await record(fence);
  await lose(accountId);
  expect(await note(fence)).toEqual([{ result: 'lease_lost' }]);
  expect((await leftSeconds()) ?? 0).toBeLessThan(10);
});

test('notes at once on one account do not wait for each other', async () => {
  const fence = await lease();
  await begin(fence);
  await record(fence);
  const notes = await Promise.all(Array.from({ length: 4 }, () => note(fence)));
  expect(notes).toEqual(Array(4).fill([{ result: 'ok' }]));
});

test('an attempt needs enough of the lease to be left', async () => {
  const fence = await lease();
  await world.sql`update social_accounts set lease_expires_at = now() + interval '15 seconds' where id = ${accountId}`;
  expect(await begin(fence)).toEqual([{ result: 'lease_lost' }]);
});

test('a post has one running attempt, whatever the code above believes', async () => {
  const fence = await lease();
  await begin(fence);
  await expect(
    world.sql`insert into social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence)
      select ${randomUUID()}, id, user_id, account_id, 99, 'pull', mode, 1 from social_posts where id = ${postId}`,
  ).rejects.toThrow('social_post_attempts_live_idx');
});

test('two claims at once never hold the same account', async () => {
  await world.sql`update social_accounts set lease_expires_at = null, lease_holder = null`;
  const claims = await Promise.all(
    Array.from(
      { length: 8 },
      () => world.sql`select claim_accounts(${randomUUID()}, '{}', 8, 5, 90, true, null) as claim`,
    ),
  );
  const ids = claims.flatMap(([row]) =>
    row?.claim.claims.map(({ account }: { account: { id: string } }) => account.id),
  );
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

test('an init’s answer that is written down late and once more does not stop what came of it', async () => {
  const fence = await lease();
  const pull = () => world.sql`
    select record_init(${postId}, ${fence}, ${attemptId}, 'v_pub_url~1', null, 'processing', 0, null) as result`;
  await world.sql`select begin_attempt(${postId}, ${fence}, 0, ${attemptId}, 'pull', null, null, null, 20)`;
  expect(await pull()).toEqual([{ result: 'ok' }]);
  await world.sql`select advance_post(${postId}, ${fence}, 'processing', 'queued', 30, 'video_pull_failed', 'X.', null, null,
    'failed', null, 0)`;
  await world.sql`update social_accounts set fence = fence + 1 where id = ${accountId}`;
  const was = await snapshot();
  expect(await pull()).toEqual([{ result: 'lease_lost' }]);
  expect(await snapshot()).toBe(was);
});
