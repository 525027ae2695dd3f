import { fillHistory } from '../support/history.ts';
import type { BenchContext, Measurement } from './measurement.ts';
import { total } from './parts/counted.ts';
import { startStack } from './stack.ts';

const FINISHED = 1_000;

/** A tick with nothing due: on a new site, and on one that has published before. */
export async function* measureIdle({ serverUrl }: BenchContext): AsyncGenerator<Measurement> {
  await using stack = await startStack(serverUrl, { mediaUrl: 'http://127.0.0.1:1', latencyMs: 0 });
  const { sql, database, tiktok, worker } = stack;
  for (const finished of [0, FINISHED]) {
    if (finished > 0) await fillHistory(sql, 10, finished);
    await Promise.all([database.call('takeTraffic'), tiktok.call('takeTraffic')]);
    const { tookMs } = await worker.call('tick');
    const databaseTraffic = await database.call('takeTraffic');
    const databaseCalls = total(databaseTraffic);
    const tiktokCalls = total(await tiktok.call('takeTraffic'));
    yield {
      bench: 'idle',
      finished,
      databaseCalls: databaseTraffic.calls,
      tiktokCalls,
      tookMs: Math.round(tookMs),
      goal: 'database calls <= 2, TikTok calls = 0',
      ok: databaseCalls <= 2 && tiktokCalls === 0,
    };
  }
}
