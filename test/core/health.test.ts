import { expect, test } from 'vitest';
import { checkHealth } from '../../src/core/health.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const MINUTE_MS = 60_000;

/** What the database would say, where all is well but for the changes. */
const said = (changes: Record<string, Date | null>) => ({
  health: async () => ({
    checkedAt: NOW,
    lastTickAt: ago(MINUTE_MS),
    oldestOverdueRunAt: null,
    oldestOverdueRefreshAt: null,
    ...changes,
  }),
});

const NO_TICK = 'The worker has not looked for work for 5 minutes.';
const OVERDUE = 'A post has been waiting for the worker for more than 10 minutes.';
const NO_SWEEP = 'An idle account has been waiting for more than a day to be renewed.';

test.each([
  ['all well', {}, []],
  ['a tick five minutes ago', { lastTickAt: ago(5 * MINUTE_MS) }, []],
  ['a tick a moment longer ago', { lastTickAt: ago(5 * MINUTE_MS + 1) }, [NO_TICK]],
  ['no tick ever', { lastTickAt: null }, [NO_TICK]],
  ['a post overdue by ten minutes', { oldestOverdueRunAt: ago(10 * MINUTE_MS) }, []],
  ['a post overdue by a moment more', { oldestOverdueRunAt: ago(10 * MINUTE_MS + 1) }, [OVERDUE]],
  ['an account put off by a day', { oldestOverdueRefreshAt: ago(1440 * MINUTE_MS) }, []],
  ['an account put off by a moment more', { oldestOverdueRefreshAt: ago(1440 * MINUTE_MS + 1) }, [NO_SWEEP]],
  [
    'all at once',
    { lastTickAt: null, oldestOverdueRunAt: ago(1e9), oldestOverdueRefreshAt: ago(1e9) },
    [NO_TICK, OVERDUE, NO_SWEEP],
  ],
])('%s', async (_, changes, problems) => {
  const health = await checkHealth(said(changes));
  expect(health.problems.map((problem) => /^.*?\./.exec(problem)?.[0])).toEqual(problems);
  expect(health.status).toBe(problems.length === 0 ? 'ok' : 'wrong');
  expect(health.database).toBe('reachable');
});

test('a database that does not answer', async () => {
  const health = await checkHealth({ health: () => Promise.reject(new Error('no')) });
  expect(health).toMatchObject({ status: 'wrong', database: 'unreachable', lastTickAt: null });
  expect(health.problems).toEqual([
    expect.stringMatching(/^The database does not answer\. Check SUPABASE_URL/),
  ]);
});
