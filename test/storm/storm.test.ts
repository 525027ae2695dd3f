import { expect, inject, test } from 'vitest';
import { neverMet, violationsOf } from './checker.ts';
import { runStorm } from './storm.ts';

/** Fixed, so that the same things happen each time; `npm run soak` draws others. */
const SEED = 20261121;

test('a storm over 1,000 posts: none doubled, lost, stuck, or told wrong', { timeout: 900_000 }, async () => {
  const report = await runStorm({
    postgresUrl: inject('postgresUrl'),
    seed: SEED,
    posts: 1_000,
    accounts: 200,
    workers: 6,
    spreadHours: 1.5,
    tickMinutes: 5,
  });
  expect(violationsOf(report), report.offenders.slice(0, 5).join('\n')).toEqual([]);
  expect(neverMet(report.met, 1, false), 'a storm that did not rage').toEqual([]);
});
