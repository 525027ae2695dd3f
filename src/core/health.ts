import type { Queue } from '../store/queue.ts';

/** The schedule ticks every minute; this long without one means that it does not. */
const MAX_TICK_AGE_MS = 5 * 60_000;
/** A due post is looked at within a tick or two, even after a busy spell. */
const MAX_OVERDUE_MS = 10 * 60_000;
/** A sweep that gets nowhere puts an account off by an hour: only without sweeps one waits for so long. */
const MAX_REFRESH_OVERDUE_MS = 24 * 3_600_000;

export interface Health {
  status: 'ok' | 'wrong';
  database: 'reachable' | 'unreachable';
  lastTickAt: string | null;
  /** When the longest waiting post should have been looked at; null when none is waiting. */
  oldestOverduePostAt: string | null;
  problems: string[];
}

export async function checkHealth(queue: Pick<Queue, 'health'>): Promise<Health> {
  const worker = await queue.health().catch(() => null);
  if (!worker) {
    const problems = [
      'The database does not answer. Check SUPABASE_URL and SUPABASE_SECRET_KEY, and that the migrations are applied.',
    ];
    return {
      status: 'wrong',
      database: 'unreachable',
      lastTickAt: null,
      oldestOverduePostAt: null,
      problems,
    };
  }
  const { checkedAt, lastTickAt, oldestOverdueRunAt, oldestOverdueRefreshAt } = worker;
  const ageMs = (instant: Date | null) => (instant === null ? null : checkedAt.getTime() - instant.getTime());
  const problems: string[] = [];
  if ((ageMs(lastTickAt) ?? Number.POSITIVE_INFINITY) > MAX_TICK_AGE_MS) {
    problems.push(
      'The worker has not looked for work for 5 minutes. Check that social-worker-tiktok runs on its schedule.',
    );
  }
  if ((ageMs(oldestOverdueRunAt) ?? 0) > MAX_OVERDUE_MS) {
    problems.push(
      'A post has been waiting for the worker for more than 10 minutes. Look at the log of social-worker-tiktok.',
    );
  }
  if ((ageMs(oldestOverdueRefreshAt) ?? 0) > MAX_REFRESH_OVERDUE_MS) {
    problems.push(
      'An idle account has been waiting for more than a day to be renewed. Check that social-refresh-tiktok runs on its schedule.',
    );
  }
  return {
    status: problems.length === 0 ? 'ok' : 'wrong',
    database: 'reachable',
    lastTickAt: lastTickAt?.toISOString() ?? null,
    oldestOverduePostAt: oldestOverdueRunAt?.toISOString() ?? null,
    problems,
  };
}
