import { expect, test } from 'vitest';
import { createWorld } from '../support/world.ts';
import { runRefreshStorm } from './refresh.ts';

test('no account is lost but by an answer that was: strict rotation, five at it at once', {
  timeout: 240_000,
}, async () => {
  await using world = await createWorld({ revokesReusedGrants: true, moderationMs: 1e12 });
  const report = await runRefreshStorm(world, {
    accounts: 6,
    refreshes: 120,
    lostAnswers: 4,
    seed: 20261121,
  });
  expect(report).toMatchObject({ oddAnswers: [], deadAccounts: 0 });
  expect(report.stored).toBeGreaterThanOrEqual(120);
  expect(report.storedByWorkers).toBeGreaterThan(20);
  expect(report.stored - report.storedByWorkers).toBeGreaterThan(20);
  expect(report.lostAnswers).toBeGreaterThan(0);
  expect(report.lostAccounts).toBe(report.lostAnswers);
  // An old token comes again only where nobody could know that there is a new one.
  expect(report.refused).toBe(report.lostAnswers);
});
