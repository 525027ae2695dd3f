import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { SCHEDULED_TICK } from '../../src/core/worker.ts';
import { fillHistory, queueDuePosts } from '../support/history.ts';
import { databaseUrl, templateName } from '../support/template.ts';
import { type BenchContext, type Measurement, median, quantile, rounded } from './measurement.ts';

const FINISHED = 1_000_000;
const DUE = 1_000;
const ACCOUNTS_WITH_DUE = 250;
const ACCOUNTS = 500;
const ROUNDS = 200;
/** At first Postgres reads from disk, plans, and caches its plans. */
const WARM_UP_ROUNDS = 20;

const verbs = [
  'claim_accounts',
  'begin_attempt',
  'record_init',
  'save_progress',
  'advance_post',
  'release_accounts',
  'hint_post',
  'worker_health',
] as const;

/** What the worker asks of the database, in front of a long history and in front of none. */
export async function* measureClaim({ serverUrl, scale }: BenchContext): AsyncGenerator<Measurement> {
  await using stack = new AsyncDisposableStack();
  const finished = Math.round(FINISHED * scale);
  const open = async (history: number) => {
    const { sql } = stack.use(await openDatabase(serverUrl));
    await fillHistory(sql, ACCOUNTS, history);
    await queueDuePosts(sql, ACCOUNTS_WITH_DUE, DUE);
    await sql`vacuum (analyze)`;
    return sql;
  };
  const databases = { without: await open(0), with: await open(finished) };

  const times = Object.fromEntries(
    verbs.map((verb) => [verb, { without: [] as number[], with: [] as number[] }]),
  ) as Record<Verb, { without: number[]; with: number[] }>;
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const side of ['without', 'with'] as const) {
      const spent = await visitOnce(databases[side]);
      if (round < 0) continue;
      for (const [verb, ms] of spent) times[verb][side].push(ms);
    }
  }
  const ratioOf = (verb: Verb) => rounded(median(times[verb].with) / median(times[verb].without));
  const claim = times.claim_accounts;
  yield {
    bench: 'claim',
    due: DUE,
    accounts: ACCOUNTS_WITH_DUE,
    finished,
    medianMs: rounded(median(claim.with)),
    medianMsWithoutFinished: rounded(median(claim.without)),
    p95Ms: rounded(quantile(claim.with, 0.95)),
    ratioOfOthers: Object.fromEntries(verbs.slice(1).map((verb) => [verb, ratioOf(verb)])),
    ratio: ratioOf('claim_accounts'),
    goal: 'ratio <= 1.2',
    ok: ratioOf('claim_accounts') <= 1.2,
  };
}

type Verb = (typeof verbs)[number];

/** A claim and the whole way of one post, taken back at the end. Returns what each call took, in milliseconds. */
async function visitOnce(sql: postgres.Sql): Promise<[Verb, number][]> {
  const spent: [Verb, number][] = [];
  const undo = new Error('rolled back');
  await sql
    .begin(async (transaction) => {
      async function timed(verb: Verb, query: PromiseLike<readonly postgres.Row[]>): Promise<unknown> {
        const begunMs = performance.now();
        const [row] = await query;
        spent.push([verb, performance.now() - begunMs]);
        return row?.result;
      }
      async function written(verb: Verb, query: PromiseLike<readonly postgres.Row[]>): Promise<void> {
        const result = await timed(verb, query);
        if (result !== 'ok') throw new Error(`${verb} answered ${result}`);
      }
      const holder = randomUUID();
      const attempt = randomUUID();
      const publishId = `v_pub_file~bench.${attempt.slice(0, 8)}`;
      const claimed = (await timed(
        'claim_accounts',
        transaction`select claim_accounts(${holder}, '{}', ${SCHEDULED_TICK.lanes}, 5, 90, true, null) as result`,
      )) as { claims: { account: { fence: number; open_id: string }; posts: { id: string }[] }[] };
      const [first] = claimed.claims;
      const postId = first?.posts[0]?.id ?? '';
      const { fence = 0, open_id: openId = '' } = first?.account ?? {};
      await written(
        'begin_attempt',
        transaction`select begin_attempt(${postId}, ${fence}, 0, ${attempt}, 'upload', 9, 9, 'x', 20) ->> 'result' as result`,
      );
      await written(
        'record_init',
        transaction`
          select record_init(${postId}, ${fence}, ${attempt}, ${publishId}, 'sealed', 'uploading', 0, null) as result`,
      );
      await written(
        'save_progress',
        transaction`select save_progress(${postId}, ${fence}, ${attempt}, 0, true, null, null) as result`,
      );
      await written(
        'advance_post',
        transaction`
          select advance_post(
            ${postId}, ${fence}, 'uploading', 'processing', 10, null, null, null, null, null, null, 0
          ) as result`,
      );
      await timed('release_accounts', transaction`select release_accounts(${holder}, false)`);
      await timed(
        'hint_post',
        transaction`select hint_post(${publishId}, ${openId}, 'key', null, '{}', false, null, now())`,
      );
      await timed('worker_health', transaction`select * from worker_health()`);
      throw undo;
    })
    .catch((error) => {
      if (error !== undo) throw error;
    });
  return spent;
}

/** An empty database with our tables, asked directly. */
async function openDatabase(serverUrl: string): Promise<AsyncDisposable & { sql: postgres.Sql }> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(name)} template ${admin(templateName)}`;
  const sql = postgres(databaseUrl(serverUrl, name), { max: 1, onnotice: () => undefined });
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end();
      await admin`drop database ${admin(name)} with (force)`;
      await admin.end();
    },
  };
}
