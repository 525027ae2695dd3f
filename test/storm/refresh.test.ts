import { expect, inject, test } from 'vitest';
import { refreshViolations, runRefreshStorm } from './refresh.ts';

test('no account is lost but by an answer that was: strict rotation, six at it at once', {
  timeout: 240_000,
}, async () => {
  const storm = {
    postgresUrl: inject('postgresUrl'),
    accounts: 6,
    refreshes: 120,
    lostAnswers: 4,
    seed: 20261121,
  };
  const report = await runRefreshStorm(storm);
  expect(refreshViolations(report, storm), JSON.stringify(report)).toEqual([]);
});
