import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NOTICES } from '../../src/notices.ts';
import { ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS } from '../../src/tiktok/errors.ts';
import { errorsPage } from './errors-page.ts';
import { troubleshootingPage } from './troubleshooting.ts';

test('docs/errors.md is what the catalogue says; `npm run docs` writes it', () => {
  expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});

test('every code has a row, with as many cells as its table has heads', () => {
  const rows = errorsPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual([
    ...Object.keys(ERROR_CODES),
    ...Object.keys(FAIL_REASONS),
    ...Object.keys(OAUTH_ERRORS),
    ...Object.keys(NOTICES),
  ]);
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).length - 2);
  expect(cells).toEqual([
    ...Object.keys(ERROR_CODES).map(() => 6),
    ...Object.keys(FAIL_REASONS).map(() => 5),
    ...Object.keys(OAUTH_ERRORS).map(() => 5),
    ...Object.keys(NOTICES).map(() => 5),
  ]);
});

test('docs/troubleshooting.md has every code of the catalogues, with why and what to do; `npm run docs` writes it', () => {
  const page = troubleshootingPage();
  expect(readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')).toBe(page);
  const rows = page.split('\n').filter((line) => /^\| [^|]+ \| `\w+` \|/.test(line));
  expect(rows.map((row) => /\| `(\w+)` \|/.exec(row)?.[1])).toEqual([
    ...Object.keys(ERROR_CODES),
    ...Object.keys(FAIL_REASONS),
    ...Object.keys(NOTICES),
    ...Object.keys(OAUTH_ERRORS),
  ]);
  for (const row of rows)
    expect(row.split(/(?<!\\)\|/).every((cell, at) => at === 0 || at === 5 || cell.trim())).toBe(true);
});

test('a code of ours and its sentence stand in the catalogue and nowhere else', () => {
  const folder = new URL('../../src/', import.meta.url);
  const strays = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(core|media)\/.*\.ts$/.test(name.replaceAll('\\', '/')))
    .flatMap(
      (name) => readFileSync(new URL(name, folder), 'utf8').match(/code: '\w+',\s+message: ['"`]/g) ?? [],
    );
  expect(strays).toEqual([]);
});
