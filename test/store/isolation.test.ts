import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hideAnsweredErrors } from '../../local/lite.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { createWorld, type World } from '../support/world.ts';

/**
 * Two users and every function of our SQL, called through HTTP with the secret key, as our own code calls it if it is
 * wrong: with the ids of one user and the name, the lease or the tokens of the other. Not a row is written.
 */

const STATE = 's'.repeat(43);
const BROWSER = 'b'.repeat(43);
const LEASE = { holder: randomUUID(), otherHolder: randomUUID(), fence: 1_000, otherFence: 2_000 };

let world: World;
let showAnsweredErrors: () => void;
const ids = {
  owner: '',
  other: '',
  account: '',
  post: '',
  failed: '',
  unsettled: '',
  attempt: '',
  openId: '',
  app: randomUUID(),
  revocation: randomUUID(),
};

beforeAll(async () => {
  showAnsweredErrors = hideAnsweredErrors();
  world = await createWorld();
  const [owner, other] = await Promise.all([world.signUp(), world.signUp()]);
  const { sql } = world;
  ids.owner = owner.userId;
  ids.other = other.userId;
  ids.account = await world.connectAccount(owner);
  const othersAccount = await world.connectAccount(other, { username: 'bo.private' });
  const [row] = await sql`select open_id from social_accounts where id = ${ids.account}`;
  ids.openId = row?.open_id;
  for (const name of ['post', 'failed', 'unsettled'] as const)
    ids[name] = (await world.queuePost(owner, ids.account, { transfer: 'upload' })).id;
  await sql`update social_posts set status = 'failed', run_at = null, error_code = 'internal', error_message = 'No.'
    where id = ${ids.failed}`;
  await sql`update social_posts set status = 'needs_attention', error_code = 'internal', error_message = 'No.'
    where id = ${ids.unsettled}`;
  ids.attempt = randomUUID();
  await sql`insert into social_apps (id, user_id, client_key, sealed_client_secret, secret_version)
    values (${ids.app}, ${owner.userId}, 'own-key', 'sealed', 1)`;
  await sql`insert into social_revocations (id, account_id, user_id, open_id, auth_method, client_key,
      sealed_access_token, sealed_refresh_token, give_up_at, holder, held_until)
    values (${ids.revocation}, ${ids.account}, ${owner.userId}, 'gone', 'shared', 'key', 'a', 'r',
      now() + interval '1 day', ${LEASE.holder}, now() + interval '1 hour')`;
  // Both accounts are being worked, each by a worker of its own.
  for (const [id, holder, fence] of [
    [ids.account, LEASE.holder, LEASE.fence],
    [othersAccount, LEASE.otherHolder, LEASE.otherFence],
  ] as const) {
    await sql`update social_accounts
      set lease_holder = ${holder}, fence = ${fence}, lease_expires_at = now() + interval '1 hour' where id = ${id}`;
  }
  await sql`select begin_oauth_flow(${STATE}, ${BROWSER}, ${ids.owner}, 'https://app.example.com', 'shared', 'key', '{}')`;
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  showAnsweredErrors();
});

interface Call {
  args: Record<string, unknown>;
  /** What it answers; an error by its code. */
  answer: unknown;
}

const ofOther = (post: keyof typeof ids) => ({ p_post_id: ids[post], p_user_id: ids.other });
const say = { p_code: 'x', p_message: 'X.' };
const underOthersLease = () => ({ p_post_id: ids.post, p_fence: LEASE.otherFence });

/** A string says why a function knows no owner. */
const FUNCTIONS: Record<string, (() => Call[]) | string> = {
  // What an owner's call comes to.
  cancel_post: () =>
    (['post', 'unsettled'] as const).map((post) => ({
      args: { ...ofOther(post), ...say },
      answer: 'too_late',
    })),
  edit_post: () => [
    { args: { ...ofOther('post'), p_revision: 0, p_post: '{"title": "Mine now"}' }, answer: false },
  ],
  retry_post: () => [{ args: ofOther('failed'), answer: false }],
  resolve_post: () =>
    [true, false].map((p_is_published) => ({
      args: { ...ofOther('unsettled'), p_is_published, ...say },
      answer: false,
    })),
  lease_account: () => [
    {
      args: { p_account_id: ids.account, p_user_id: ids.other, p_holder: randomUUID(), p_lease_seconds: 60 },
      answer: expect.objectContaining({ leased: false, account: null }),
    },
  ],
  disconnect_account: () => [
    {
      args: {
        p_account_id: ids.account,
        p_user_id: ids.other,
        p_expected_version: 1,
        p_revocation_id: randomUUID(),
        p_sealed_access_token: 'a',
        p_sealed_refresh_token: 'r',
        p_holder: randomUUID(),
        p_hold_seconds: 60,
      },
      answer: 'stale',
    },
  ],
  save_account: () => [
    {
      args: {
        p_id: ids.account,
        p_user_id: ids.other,
        p_open_id: ids.openId,
        p_display_name: 'Mine now',
        p_avatar_url: null,
        p_scopes: [],
        p_auth_method: 'shared',
        p_client_key: 'key',
        p_sealed_access_token: 'a',
        p_sealed_refresh_token: 'r',
        p_access_expires_in_seconds: 1,
        p_refresh_expires_in_seconds: 1,
        p_expected_version: 1,
        p_asked_at: null,
      },
      answer: { code: '23505' },
    },
  ],
  save_app: () => [
    {
      args: {
        p_id: ids.app,
        p_user_id: ids.other,
        p_client_key: 'own-key',
        p_sealed_client_secret: 'x',
        p_expected_version: 1,
      },
      answer: { code: '23505' },
    },
  ],
  delete_apps: () => [{ args: { p_user_id: ids.other }, answer: { deleted: false, accounts: [] } }],
  begin_oauth_flow: 'a flow is new, and its user is who calls',
  consume_oauth_flow: () => [
    { args: { p_state_hash: STATE, p_browser_hash: 'o'.repeat(43) }, answer: [] },
    { args: { p_state_hash: 'o'.repeat(43), p_browser_hash: BROWSER }, answer: [] },
  ],

  // The worker's: whose lease it holds is whose posts it may touch.
  lock_leased_post: () => [{ args: { ...underOthersLease(), p_need_seconds: 0 }, answer: false }],
  hold_posts: () => [
    {
      args: {
        ...underOthersLease(),
        p_bound: 'inits',
        p_wait_seconds: 60,
        p_is_met: true,
        p_code: 'x',
        p_message: 'X.',
      },
      answer: 'lease_lost',
    },
  ],
  begin_attempt: () => [
    {
      args: {
        ...underOthersLease(),
        p_revision: 0,
        p_attempt_id: ids.attempt,
        p_transfer: 'upload',
        p_size_bytes: 1,
        p_chunk_size_bytes: 1,
        p_media_identity: 'x',
        p_need_seconds: 0,
      },
      answer: { result: 'lease_lost' },
    },
  ],
  record_init: () => [
    {
      args: {
        ...underOthersLease(),
        p_attempt_id: ids.attempt,
        p_publish_id: 'p',
        p_sealed_upload_url: 'x',
        p_status: 'uploading',
        p_run_in_seconds: 0,
        p_log_id: null,
      },
      answer: 'lease_lost',
    },
  ],
  save_progress: () => [
    {
      args: {
        ...underOthersLease(),
        p_attempt_id: ids.attempt,
        p_next_byte: 0,
        p_is_last: true,
        p_sent_sha256: null,
        p_lease_seconds: 7_200,
      },
      answer: 'lease_lost',
    },
  ],
  advance_post: () => [
    {
      args: {
        ...underOthersLease(),
        p_from: 'queued',
        p_to: 'failed',
        p_run_in_seconds: null,
        p_error_code: 'x',
        p_error_message: 'X.',
        p_post_ids: null,
        p_share_url: null,
        p_outcome: null,
        p_log_id: null,
        p_revision: 0,
      },
      answer: 'lease_lost',
    },
  ],
  save_preflight: () => [
    {
      args: {
        ...underOthersLease(),
        p_revision: 0,
        p_media_checked: true,
        p_warnings: '[]',
        p_error_code: null,
        p_error_message: null,
      },
      answer: 'lease_lost',
    },
  ],
  adopt_candidate: () => [{ args: { ...underOthersLease(), p_publish_id: 'p' }, answer: 'lease_lost' }],
  drop_candidate: () => [{ args: { ...underOthersLease(), p_publish_id: 'p' }, answer: 'lease_lost' }],
  rotate_tokens: () => [
    {
      args: {
        p_account_id: ids.account,
        p_expected_version: 7,
        p_sealed_access_token: 'a',
        p_sealed_refresh_token: 'r',
        p_access_expires_in_seconds: 1,
        p_refresh_expires_in_seconds: 1,
        p_scopes: null,
      },
      answer: false,
    },
  ],
  forget_scopes: () => [
    {
      args: { p_account_id: ids.account, p_expected_version: 7, p_scopes: ['video.publish'] },
      answer: false,
    },
  ],
  require_reauth: () => [{ args: { p_account_id: ids.account, p_expected_version: 7 }, answer: false }],
  renew_revocation: () => [
    {
      args: {
        p_id: ids.revocation,
        p_holder: LEASE.otherHolder,
        p_expected_version: 1,
        p_sealed_access_token: 'a',
        p_sealed_refresh_token: 'r',
        p_access_expires_in_seconds: 1,
      },
      answer: false,
    },
  ],
  release_revocation: () => [
    { args: { p_id: ids.revocation, p_holder: LEASE.otherHolder, p_is_over: true }, answer: null },
  ],
  claim_sweep: 'it works for all owners, and what it claims nobody else holds',
  lock_consent: 'it locks, and writes nothing',
  refresh_moment: 'it computes',
  release_accounts: 'it gives back what its holder holds; below',
  claim_accounts: 'it works for all owners; what it gives back is what its holder holds; below',
  last_effective_attempt: 'it is part of other functions',
  is_named_since: 'it is part of begin_attempt and cancel_post',
  put_off_creator: 'it notes what TikTok has said of an account, for its own token',
  put_off_checks: 'it notes what TikTok has said of an account, for its own token',
  save_creator: 'it notes what TikTok has said of an account, for its own token',

  // Webhooks name a TikTok account and a publish, never a row of ours.
  hint_post: () => [
    {
      args: {
        p_publish_id: 'p',
        p_open_id: 'of nobody',
        p_client_key: 'key',
        p_reopen: [],
        p_owners: null,
        p_is_draft: false,
        p_post_id: null,
        p_happened_at: new Date().toISOString(),
      },
      answer: false,
    },
  ],
  hint_account: () => [
    { args: { p_open_id: 'of nobody', p_client_key: 'key', p_owners: null }, answer: false },
  ],
  note_publish: 'it is part of hint_post',
  keep_publish_id: 'it is part of record_init: an attempt is known by its id and its fence',
  free_draft: 'it is part of advance_post and resolve_post',

  // These read, and only the worker asks them.
  find_candidate: 'it reads',
  accounts_of_apps: 'it reads',
  find_webhook_apps: 'it reads: whoever has signed a webhook is told by its signature',
  is_meant: 'it computes',
  is_answered: 'it computes',
  scope_for: 'it computes',
  find_rivals: 'it reads, of one TikTok account, whoever has connected it',
  fitting_publishes: 'it reads, of one TikTok account, whoever has connected it',
  direct_posts_today: 'it reads',
  limits_on: 'it reads',
  may_check: 'it computes',
  worker_health: 'it reads, and tells of nobody',
  site_report: 'it reads, and tells of nobody',
  sealing_kid: 'it computes',
  count_sealed: 'it reads, and tells of nobody',
  list_sealed: 'it reads what is sealed',
  reseal: () => [
    {
      args: {
        p_table: 'social_accounts',
        p_column: 'sealed_access_token',
        p_ids: [ids.account],
        p_old: ['what lies in another row'],
        p_new: ['x'],
      },
      answer: 0,
    },
  ],
};

async function call(name: string, args: Record<string, unknown>): Promise<unknown> {
  const response = await fetch(`${world.database.supabaseUrl}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: {
      apikey: world.database.secretKey,
      authorization: `Bearer ${world.database.secretKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(args),
  });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  return response.ok ? answer : { code: answer.code };
}

test('every function is here', async () => {
  const functions = await world.sql<{ name: string }[]>`
    select distinct proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype`;
  expect(Object.keys(FUNCTIONS).sort()).toEqual(functions.map(({ name }) => name).sort());
});

test.each(
  Object.entries(FUNCTIONS).flatMap(([name, calls]) =>
    typeof calls === 'string' ? [] : [[name, calls] as const],
  ),
)('%s with what is the other user’s does nothing', async (name, calls) => {
  const before = await wholeDatabase(world.sql);
  for (const { args, answer } of calls()) expect(await call(name, args)).toEqual(answer);
  expect(await wholeDatabase(world.sql)).toBe(before);
});

test('a worker gives back what it holds itself, and nothing of another’s', async () => {
  const without = ['public.social_worker'];
  const before = await wholeDatabase(world.sql, { without });
  await call('release_accounts', { p_holder: randomUUID(), p_is_run: true });
  await call('claim_accounts', {
    p_holder: randomUUID(),
    p_done: [ids.account],
    p_account_limit: 10,
    p_post_limit: 5,
    p_lease_seconds: 60,
    p_may_begin: true,
    p_run_seconds: null,
  });
  expect(await wholeDatabase(world.sql, { without })).toBe(before);
});

test('a post cannot lie in an account of somebody else, nor an attempt at a post of somebody else', async () => {
  const { sql } = world;
  await expect(sql`
    insert into social_posts (user_id, account_id, media_type, video_url, mode)
    values (${ids.other}, ${ids.account}, 'video', 'https://example.com/v.mp4', 'draft')`).rejects.toMatchObject(
    {
      code: '23503',
    },
  );
  await expect(sql`
    insert into social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence)
    values (gen_random_uuid(), ${ids.post}, ${ids.other}, ${ids.account}, 1, 'pull', 'direct', 1)`).rejects.toMatchObject(
    {
      code: '23503',
    },
  );
});

test('a publish that is no evidence for one owner may still be for another', async () => {
  const { sql } = world;
  const [account] = await sql`select client_key from social_accounts where id = ${ids.account}`;
  const note = (userId: string | null, publishId = 'v_pub_url~1', openId = ids.openId) =>
    sql`insert into social_unclaimed_publishes (publish_id, open_id, client_key, user_id, is_draft, happened_at)
      values (${publishId}, ${openId}, ${account?.client_key}, ${userId}, false, now())`;
  await note(null);
  await note(ids.owner);
  await note(ids.other);
  await note(null, 'v_pub_url~2');
  await note(null, 'v_pub_url~1', 'another account');
  const named = { p_post_id: ids.unsettled, p_publish_id: 'v_pub_url~1' };
  expect(await call('drop_candidate', { ...named, p_fence: LEASE.fence })).toBe('ok');
  expect(
    await sql`select publish_id, open_id, user_id from social_unclaimed_publishes order by publish_id, user_id`,
  ).toEqual([
    { publish_id: 'v_pub_url~1', open_id: ids.openId, user_id: ids.other },
    { publish_id: 'v_pub_url~1', open_id: 'another account', user_id: null },
    { publish_id: 'v_pub_url~2', open_id: ids.openId, user_id: null },
  ]);
  await sql`delete from social_unclaimed_publishes`;
});

/** So that the refusals above are about whose it is. */
test('the same calls with what is the owner’s own do something', async () => {
  const own = (args: Record<string, unknown>) => ({
    ...args,
    ...('p_user_id' in args && { p_user_id: ids.owner }),
    ...('p_fence' in args && { p_fence: LEASE.fence }),
    ...('p_expected_version' in args && { p_expected_version: 1 }),
  });
  const first = async (name: string) => {
    const calls = FUNCTIONS[name];
    if (typeof calls !== 'function') throw new Error(`${name} is not called`);
    return call(name, own(calls()[0]?.args ?? {}));
  };
  expect(await first('lock_leased_post')).toBe(true);
  for (const name of ['save_preflight', 'hold_posts'])
    expect([name, await first(name)]).toEqual([name, 'ok']);
  await world.sql`update social_posts set run_at = now(), due_at = now() where id = ${ids.post}`;
  await world.sql`delete from social_app_limits`;
  await world.sql`update social_accounts set inits_free_at = null`;
  expect(await first('begin_attempt')).toEqual({ result: 'ok' });
  for (const name of ['record_init', 'save_progress'])
    expect([name, await first(name)]).toEqual([name, 'ok']);
  expect(await first('retry_post')).toBe(true);
  expect(await call('cancel_post', { p_post_id: ids.failed, p_user_id: ids.owner, ...say })).toBe(
    'cancelled',
  );
  expect(await first('resolve_post')).toBe(true);
  expect(await first('rotate_tokens')).toBe(true);
  expect(await call('consume_oauth_flow', { p_state_hash: STATE, p_browser_hash: BROWSER })).toMatchObject([
    { live: true, user_id: ids.owner },
  ]);
});
