import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeCells, kindsOf } from '../support/crash-cells.ts';
import { KINDS } from '../support/crash-scene.ts';
import { CRASH_POINTS, HIGHEST_NUMBER, IMPOSSIBLE } from './crash-table.ts';

/**
 * A real worker process is killed, frozen past its lease, or made to miss an answer, at every point of the failure
 * model. Then other workers carry on, and TikTok's ledger is the judge. Here: from the claim to the first byte.
 */
describeCells('start');

test('the table has every point with every kind of post, but for what cannot be', () => {
  const points = Object.values(CRASH_POINTS).flat();
  const rows = new Set(points.flatMap((point) => kindsOf(point).map((kind) => `C${point.number} ${kind}`)));
  const impossible = new Set(
    IMPOSSIBLE.flatMap(({ numbers, kinds }) => numbers.flatMap((n) => kinds.map((kind) => `C${n} ${kind}`))),
  );
  const all = Array.from({ length: HIGHEST_NUMBER }, (_, i) =>
    KINDS.map((kind) => `C${i + 1} ${kind}`),
  ).flat();
  expect(all.filter((cell) => rows.has(cell) === impossible.has(cell))).toEqual([]);
  expect(new Set(points.map(({ what }) => what)).size).toBe(points.length);
});

test('every part of the table is run', () => {
  const files = Object.keys(CRASH_POINTS).map((group) => new URL(`crash-${group}.test.ts`, import.meta.url));
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
