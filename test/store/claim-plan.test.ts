import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { fillHistory, queueDuePosts } from '../support/history.ts';

/** How Postgres goes about the worker's verbs where most posts are over and many are for later: never through them all. */

const FINISHED = 30_000;
const LATER = 2_000;
const DUE = 400;

let database: TestDatabase;
let sql: postgres.Sql;
let notices: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.databaseUrl, { max: 1, onnotice: ({ message }) => notices.push(message ?? '') });
  await fillHistory(sql, 50, FINISHED);
  await queueDuePosts(sql, 50, LATER);
  await sql`update social_posts set run_at = now() + interval '1 day' where run_at is not null`;
  await queueDuePosts(sql, 10, DUE);
  await sql`vacuum (analyze)`;
  await sql.unsafe(`
    load 'auto_explain';
    set auto_explain.log_level = notice;
    set auto_explain.log_format = json;
    set auto_explain.log_analyze = on;
    set auto_explain.log_nested_statements = on;
    set auto_explain.log_min_duration = 0;`);
});
afterAll(async () => {
  await sql.end();
  await database.close();
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Every scan of posts and attempts that these statements make, inside of functions, too. */
async function scansOf(run: () => Promise<unknown>) {
  // A statement's own plan is told when the next one begins.
  await sql`select 1`;
  notices = [];
  await run();
  await sql`select 1`;
  const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
  return (
    notices
      .flatMap((notice) => {
        const json = /plan:\n([\s\S]*)$/.exec(notice)?.[1];
        return json === undefined ? [] : nodesOf((JSON.parse(json) as { Plan: PlanNode }).Plan);
      })
      .filter((node) => node['Node Type'] !== 'ModifyTable')
      .map((node) => ({
        // A bitmap is of an index, whose name begins with its table's.
        table: /^social_post(s|_attempts)/.exec(node['Relation Name'] ?? node['Index Name'] ?? '')?.[0],
        how: node['Node Type'],
        loops: node['Actual Loops'],
        rowsRead: (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      }))
      // Without loops: planned, and never begun.
      .filter(({ table, loops }) => table !== undefined && loops > 0)
  );
}

/** Each table is read, by an index, and no more of it than so many rows at a time. */
function expectIndexes(
  scans: Awaited<ReturnType<typeof scansOf>>,
  tables: readonly string[],
  rowsAtMost: number,
): void {
  expect(new Set(scans.map(({ table }) => table))).toEqual(new Set(tables));
  expect(scans.filter(({ how, rowsRead }) => how === 'Seq Scan' || rowsRead > rowsAtMost)).toEqual([]);
}

// A session that has called a function a few times goes over to the generic plan.
describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (mode) => {
  beforeEach(async () => {
    // Else the indexes lead to what earlier tests have taken back; a plain one passes over pages that are in use.
    await sql`vacuum (freeze, disable_page_skipping) social_posts, social_post_attempts`;
    await sql.unsafe(`begin; set local plan_cache_mode = ${mode}`);
  });
  afterEach(() => sql`rollback`);

  test('the claim reads what is due', async () => {
    let claimed: unknown;
    const scans = await scansOf(async () => {
      [claimed] = await sql`
        select jsonb_array_length(claim_accounts(${randomUUID()}, '{}', 8, 5, 90, true, null) -> 'claims') as accounts`;
    });
    expect(claimed).toEqual({ accounts: 8 });
    expectIndexes(scans, ['social_posts', 'social_post_attempts'], DUE);
  });

  test('the way of a post reads that post', async () => {
    const [row] = await sql`
      select claim #>> '{claims,0,account,fence}' as fence, claim #>> '{claims,0,posts,0,id}' as post_id
      from claim_accounts(${randomUUID()}, '{}', 1, 1, 90, true, null) claim`;
    const fence = row?.fence;
    const postId = row?.post_id;
    const attemptId = randomUUID();
    const results: unknown[] = [];
    const scans = await scansOf(async () => {
      for (const statement of [
        sql`select begin_attempt(${postId}, ${fence}, 0, ${attemptId}, 'upload', 9, 9, 'x', 20) ->> 'result' as result`,
        sql`select record_init(${postId}, ${fence}, ${attemptId}, 'v_pub~1', 'x', 'uploading', 0, null) as result`,
        sql`select save_progress(${postId}, ${fence}, ${attemptId}, 0, true, null, null) as result`,
        sql`
          select advance_post(
            ${postId}, ${fence}, 'uploading', 'failed', null, 'internal', 'TikTok failed.', null, null, 'failed', null, 0
          ) as result`,
      ])
        results.push((await statement)[0]?.result);
    });
    expect(results).toEqual(['ok', 'ok', 'ok', 'ok']);
    // TikTok's limits are about what the account has begun in a day.
    const [today] = await sql`
      select count(*)::integer as attempts from social_post_attempts
      where started_at > now() - interval '24 hours'
        and account_id = (select account_id from social_posts where id = ${postId})`;
    expectIndexes(scans, ['social_posts', 'social_post_attempts'], Math.max(today?.attempts, 2));
  });

  test('a hint reads its publish', async () => {
    const [row] = await sql`
      select p.publish_id, a.open_id from social_posts p join social_accounts a on a.id = p.account_id
      where p.publish_id is not null limit 1`;
    const scans = await scansOf(
      () => sql`select hint_post(${row?.publish_id}, ${row?.open_id}, 'key', null, '{}', false, null, now())`,
    );
    expectIndexes(scans, ['social_posts', 'social_post_attempts'], 1);
  });

  test('a hint of a publish that nobody knows reads what its account has begun lately', async () => {
    const [row] = await sql`
      select a.open_id, count(*) filter (where t.started_at > now() - interval '8 days')::integer as lately
      from social_accounts a join social_post_attempts t on t.account_id = a.id
      group by 1 order by count(*) desc limit 1`;
    const scans = await scansOf(
      () => sql`select note_publish('v_pub_url~unknown', ${row?.open_id}, 'key', null, false, now())`,
    );
    expectIndexes(scans, ['social_post_attempts'], row?.lately);
  });

  test('the health check reads the oldest overdue post', async () => {
    const scans = await scansOf(() => sql`select * from worker_health()`);
    expectIndexes(scans, ['social_posts'], 1);
  });

  test('with nothing due, nothing that is for later is read', async () => {
    await sql`update social_posts set run_at = now() + interval '1 day' where run_at is not null`;
    const scans = await scansOf(() => sql`select * from worker_health()`);
    expectIndexes(scans, ['social_posts'], 1);
    const claim = () => sql`select claim_accounts(${randomUUID()}, '{}', 8, 5, 90, true, null)`;
    // An index still leads to what was due a moment ago.
    expectIndexes(await scansOf(claim), ['social_posts'], DUE);
  });
});
