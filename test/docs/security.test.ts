import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('SECURITY.md', ROOT), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, , , heldBy] = line.split('|').map((cell) => cell.trim());
    return /^T\d+$/.test(number ?? '') ? [{ number: number ?? '', heldBy: heldBy ?? '' }] : [];
  });

test('the table has every threat once, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 28 }, (_, index) => `T${index + 1}`));
});

describe.each(rows)('$number', ({ heldBy }) => {
  const files = [...heldBy.matchAll(/`(test\/[^`]+)`([^`]*)/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }));

  test('is held by tests that there are, by these names', () => {
    expect(files.length).toBeGreaterThan(0);
    for (const { file, titles } of files) {
      const url = new URL(file, ROOT);
      expect([file, existsSync(url), titles.length > 0]).toEqual([file, true, true]);
      const text = readFileSync(url, 'utf8');
      for (const title of titles) {
        expect([title, text.includes(`'${title}'`)]).toEqual([title, true]);
        expect(text).not.toMatch(/\b(test|describe|it)\.(skip|only|todo|fails)\b/);
      }
    }
  });
});
