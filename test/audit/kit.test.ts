import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditPage } from './page.ts';
import { RULES, SCENES, SCOPES } from './rules.ts';

const folder = new URL('../../docs/audit/', import.meta.url);
const named = RULES.flatMap(({ pictures }) => pictures);

test('every rule has its row, in TikTok’s order', () => {
  const ids = Array.from({ length: 25 }, (_, place) => `UX-${String(place + 1).padStart(2, '0')}`);
  expect(RULES.map(({ id }) => id)).toEqual(ids);
  for (const id of ids) expect(auditPage()).toContain(`| ${id} |`);
});

test('docs/audit is what the command writes: run `npm run audit-kit`', () => {
  expect(readFileSync(new URL('README.md', folder), 'utf8')).toBe(auditPage());
});

test('every picture that is named is there, is small, and no other is', () => {
  expect(
    readdirSync(folder)
      .filter((name) => name !== 'README.md')
      .sort(),
  ).toEqual([...named].sort());
  for (const name of named) {
    const bytes = readFileSync(new URL(name, folder));
    expect([name, bytes.subarray(1, 4).toString()]).toEqual([name, 'PNG']);
    expect([name, bytes.length < 200_000]).toEqual([name, true]);
  }
});

test('what a browser can check has a picture, and every rule that can be filmed is in the script', () => {
  const filmed = new Set(SCENES.flatMap(({ rules }) => rules));
  for (const { id, pictures } of RULES) {
    const isSeen = !['UX-23', 'UX-24', 'UX-25'].includes(id);
    expect([id, pictures.length > 0]).toEqual([id, isSeen]);
    if (isSeen) expect([id, filmed.has(id)]).toEqual([id, true]);
  }
});

test('the scopes are those that the site asks for', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const asked = /^TIKTOK_SCOPES=(.*)$/m.exec(example)?.[1]?.split(',');
  expect(SCOPES.map(({ scope }) => scope)).toEqual(asked);
});

test('the README’s pictures are there', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const pictures = [...readme.matchAll(/docs\/screenshots\/[\w-]+\.png/g)].map(([file]) => file);
  expect(pictures.length).toBe(12);
  expect(pictures.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)))).toEqual([]);
});
