import { SCHEDULED_TICK, type TickReport } from '../../src/core/worker.ts';
import type { BenchContext, Measurement } from './measurement.ts';
import { rounded } from './measurement.ts';
import { startPart } from './part.ts';
import { total } from './parts/counted.ts';
import type { MediaApi } from './parts/media.ts';
import type { Watched } from './parts/watch.ts';
import { type ConnectedAccount, type Stack, startStack } from './stack.ts';

const POSTS = 2_000;
const POSTS_PER_ACCOUNT = 4;
const LATENCY_MS = 200;

/**
 * Many due posts, each of TikTok's answers 200 ms away. A tick does what it can, and what it leaves behind the
 * background run does that it would start. Ideal is the time the calls take by themselves, as many at once
 * as the worker has slots for; what is missing from it is ours.
 */
export async function* measurePublish({ serverUrl, scale }: BenchContext): AsyncGenerator<Measurement> {
  await using media = await startPart<MediaApi>('media');
  const mediaUrl = await media.call('url');
  await using stack = await startStack(serverUrl, { mediaUrl, latencyMs: LATENCY_MS });
  const accountCount = Math.ceil((POSTS * scale) / POSTS_PER_ACCOUNT);
  for (const [transfer, path] of [
    ['upload', 'vertical.mp4'],
    ['pull', 'verified/vertical.mp4'],
  ] as const) {
    // Each time other accounts: TikTok's limits by the minute are theirs.
    const accounts = await stack.connect(accountCount);
    yield await publishAll(stack, accounts, transfer, `${mediaUrl}/${path}`);
  }
}

async function publishAll(
  { sql, database, tiktok, worker }: Stack,
  accounts: readonly ConnectedAccount[],
  transfer: 'upload' | 'pull',
  videoUrl: string,
): Promise<Measurement> {
  const publishedBefore = await tiktok.call('publishedCount');
  const accountIds = accounts.map(({ id }) => id);
  const { count: posts } = await sql`
    insert into social_posts (user_id, account_id, media_type, video_url, title, mode, transfer, privacy_level,
      media_checked)
    select a.user_id, a.id, 'video', ${videoUrl}, 'A film', 'direct', ${transfer}, 'PUBLIC_TO_EVERYONE', true
    from social_accounts a, generate_series(1, ${POSTS_PER_ACCOUNT}::integer)
    where a.id = any (${accountIds})`;
  await Promise.all([database.call('takeTraffic'), tiktok.call('takeTraffic')]);

  let wallMs = 0;
  let workerCpuMs = 0;
  const went: { kind: 'tick' | 'run'; seconds: number }[] = [];
  let errors = 0;
  let kind: 'tick' | 'run' = 'tick';
  for (let open = posts; open > 0; ) {
    const { result, tookMs, cpuMs }: Watched<TickReport> = await worker.call(kind);
    wallMs += tookMs;
    workerCpuMs += cpuMs;
    went.push({ kind, seconds: rounded(tookMs / 1000, 1) });
    kind = result.needsRun ? 'run' : 'tick';
    errors += result.errors;
    const stuck = await sql`
      select status, error_code, count(*)::integer as posts from social_posts
      where status <> 'published' group by 1, 2`;
    if (result.visits === 0 && stuck.length > 0) throw new Error(`stuck: ${JSON.stringify(stuck)}`);
    open = stuck.reduce((sum, row) => sum + row.posts, 0);
  }

  const [databaseTraffic, tiktokTraffic] = await Promise.all([
    database.call('takeTraffic'),
    tiktok.call('takeTraffic'),
  ]);
  const published = (await tiktok.call('publishedCount')) - publishedBefore;
  if (published !== posts) throw new Error(`${posts} posts were due, and TikTok has ${published}`);
  const idealMs = (total(tiktokTraffic) * LATENCY_MS) / SCHEDULED_TICK.slots;
  const ratio = idealMs / wallMs;
  return {
    bench: 'publish',
    transfer,
    posts,
    accounts: accounts.length,
    latencyMs: LATENCY_MS,
    concurrency: SCHEDULED_TICK.slots,
    peakConcurrency: tiktokTraffic.peak,
    went,
    errors,
    wallSeconds: rounded(wallMs / 1000, 1),
    idealSeconds: rounded(idealMs / 1000, 1),
    postsPerMinute: Math.round((posts * 60_000) / wallMs),
    databaseCallsPerPost: rounded(total(databaseTraffic) / posts, 2),
    tiktokCallsPerPost: rounded(total(tiktokTraffic) / posts, 2),
    databaseCalls: databaseTraffic.calls,
    tiktokCalls: tiktokTraffic.calls,
    meanMsPerCall: { database: databaseTraffic.meanMs, tiktok: tiktokTraffic.meanMs },
    cpuMsPerPost: {
      worker: rounded(workerCpuMs / posts, 1),
      supabase: rounded(databaseTraffic.cpuMs / posts, 1),
      tiktok: rounded(tiktokTraffic.cpuMs / posts, 1),
    },
    ratio: rounded(ratio),
    goal: 'ratio >= 0.9',
    ok: ratio >= 0.9,
  };
}
