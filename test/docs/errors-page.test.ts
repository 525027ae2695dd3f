import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES, FAIL_REASONS } from '../../src/tiktok/errors.ts';
import { errorsPage } from './errors-page.ts';

test('docs/errors.md is what the catalogue says; `npm run docs` writes it', () => {
  expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});

test('every code and every fail_reason has a row, with as many cells as its table has heads', () => {
  const rows = errorsPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual([
    ...Object.keys(ERROR_CODES),
    ...Object.keys(FAIL_REASONS),
  ]);
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).length - 2);
  expect(cells).toEqual([
    ...Object.keys(ERROR_CODES).map(() => 4),
    ...Object.keys(FAIL_REASONS).map(() => 3),
  ]);
});
