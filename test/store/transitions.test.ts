import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hideAnsweredErrors } from '../../local/lite.ts';
import { POST_STATUSES, type PostStatus } from '../../src/contract.ts';
import { TRANSITIONS } from '../../src/core/machine.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** The database knows the ways a post can go, and refuses every other, to the functions' own key as well. */

/** Besides the worker's: what its owner does, and what a reconnect or a disconnect makes of a post. */
const BESIDES: Partial<Record<PostStatus, readonly PostStatus[]>> = {
  queued: ['cancelled'],
  initializing: ['cancelled'],
  uploading: ['cancelled'],
  failed: ['queued'],
  needs_attention: ['queued', 'uploading', 'processing'],
};

const PAIRS = POST_STATUSES.flatMap((from) => POST_STATUSES.map((to) => ({ from, to })));
const isLegal = ({ from, to }: { from: PostStatus; to: PostStatus }) =>
  from === to ||
  Object.values<{ to: PostStatus }>(
    from in TRANSITIONS ? TRANSITIONS[from as keyof typeof TRANSITIONS] : {},
  ).some((transition) => transition.to === to) ||
  (BESIDES[from]?.includes(to) ?? false);

let database: TestDatabase;
let service: ReturnType<typeof createClient>;
let showAnsweredErrors: () => void;
const [accountId, postId] = [randomUUID(), randomUUID()];
const FENCE = 7;
const REFUSED = /a post does not go from/;

beforeAll(async () => {
  showAnsweredErrors = hideAnsweredErrors();
  database = await createTestDatabase();
  service = createClient(database.supabaseUrl, database.secretKey);
  const { userId } = await database.signUp();
  await database.sql`
    insert into social_accounts (
      id, user_id, open_id, scopes, auth_method, client_key, sealed_access_token, sealed_refresh_token,
      fence, lease_holder, lease_expires_at
    ) values (
      ${accountId}, ${userId}, 'open-id', '{}', 'shared', 'key', 'a', 'r', ${FENCE}, gen_random_uuid(), 'infinity'
    )`;
  await database.sql`
    insert into social_posts (id, user_id, account_id, media_type, video_url, mode)
    values (${postId}, ${userId}, ${accountId}, 'video', 'https://example.com/v.mp4', 'draft')`;
});
afterAll(async () => {
  await database.close();
  showAnsweredErrors();
});

/** By hand, as who owns the database may. */
async function putInto(status: PostStatus): Promise<void> {
  const isOver = status === 'failed' || status === 'cancelled';
  await database.sql`
    update social_posts set status = ${status}, run_at = ${isOver ? null : new Date()}, error_code = 'x',
      error_message = 'X.' where id = ${postId}`;
}
beforeEach(() => putInto('queued'));

const statusNow = async () =>
  (await database.sql<{ status: string }[]>`select status from social_posts where id = ${postId}`)[0]?.status;

test('of all pairs of states, the table takes those that the worker and the owner need', async () => {
  const wrong: string[] = [];
  for (const pair of PAIRS) {
    await putInto(pair.from);
    const isOver = pair.to === 'failed' || pair.to === 'cancelled';
    const { error } = await service
      .from('social_posts')
      .update({ status: pair.to, run_at: isOver ? null : new Date().toISOString() } as never)
      .eq('id', postId);
    if (error !== null) expect(error.message).toMatch(REFUSED);
    const taken = error === null;
    if (taken !== isLegal(pair) || (await statusNow()) !== (taken ? pair.to : pair.from))
      wrong.push(`${pair.from} to ${pair.to}: ${taken ? 'taken' : 'refused'}`);
  }
  expect(wrong).toEqual([]);
  expect(PAIRS.filter((pair) => !isLegal(pair)).length).toBeGreaterThan(30);
});

test('advance_post takes no way that there is not, whatever its caller says', async () => {
  const wrong: string[] = [];
  for (const { from, to } of PAIRS.filter((pair) => !isLegal(pair))) {
    await putInto(from);
    const { error } = await service.rpc('advance_post', {
      p_post_id: postId,
      p_fence: FENCE,
      p_from: from,
      p_to: to,
      p_run_in_seconds: to === 'failed' || to === 'cancelled' ? null : 60,
      p_error_code: 'x',
      p_error_message: 'X.',
      p_post_ids: null,
      p_share_url: null,
      p_outcome: null,
      p_log_id: null,
      p_revision: 0,
    } as never);
    if (!REFUSED.test(error?.message ?? '') || (await statusNow()) !== from)
      wrong.push(`${from} to ${to}: ${error?.message}`);
  }
  expect(wrong).toEqual([]);
});

test.each(['published', 'delivered'] as const)('record_init does not make a post %s', async (to) => {
  const attemptId = randomUUID();
  await database.sql`
    insert into social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence)
    select ${attemptId}, id, user_id, account_id, (select count(*) from social_post_attempts), 'pull', mode, ${FENCE}
    from social_posts`;
  await putInto('initializing');
  const { error } = await service.rpc('record_init', {
    p_post_id: postId,
    p_fence: FENCE,
    p_attempt_id: attemptId,
    p_publish_id: `p-${to}`,
    p_sealed_upload_url: null,
    p_status: to,
    p_run_in_seconds: 60,
    p_log_id: null,
  } as never);
  expect(error?.message).toMatch(REFUSED);
  expect(await statusNow()).toBe('initializing');
  await database.sql`delete from social_post_attempts`;
});

test.each(POST_STATUSES.filter((status) => status !== 'queued'))('no post begins %s', async (status) => {
  const [row] = await database.sql`select user_id from social_posts`;
  const { error } = await service.from('social_posts').insert({
    user_id: row?.user_id,
    account_id: accountId,
    media_type: 'video',
    video_url: 'https://example.com/v.mp4',
    mode: 'draft',
    status,
    error_code: 'x',
    error_message: 'X.',
    run_at: status === 'failed' || status === 'cancelled' ? null : new Date().toISOString(),
  } as never);
  expect(error?.message).toMatch(REFUSED);
});
