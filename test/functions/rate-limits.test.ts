import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const DIRECTORY = new URL('../../netlify/functions/', import.meta.url);
const functions = readdirSync(DIRECTORY).map((file) => ({
  name: file.replace(/\.ts$/, ''),
  url: new URL(file, DIRECTORY),
}));

/** Functions without a limit, each with the reason. */
const UNLIMITED: Record<string, string> = {
  'social-refresh-tiktok':
    'Netlify gives a scheduled function no address: nobody but the schedule can call it.',
  'social-worker-tiktok':
    'Netlify gives a scheduled function no address: nobody but the schedule can call it.',
};

// A list: given as one word, Netlify's bundler takes no notice of it and counts all callers together.
const LIMIT = /rateLimit: \{ windowSize: 60, windowLimit: (\d+), aggregateBy: \['ip', 'domain'\] \}/;

describe.each(functions)('$name', ({ name, url }) => {
  test('says how often one address may call it in a minute, or is listed with the reason why not', async () => {
    const { config } = await import(url.href);
    if (UNLIMITED[name]) return expect(config.rateLimit).toBeUndefined();
    expect(config.rateLimit).toEqual({
      windowSize: 60,
      windowLimit: expect.any(Number),
      aggregateBy: ['ip', 'domain'],
    });
    expect(config.rateLimit.windowLimit).toBeGreaterThanOrEqual(30);
    expect(config.rateLimit.windowLimit).toBeLessThanOrEqual(1200);
  });
});

test.each(functions.filter(({ name }) => !UNLIMITED[name]))(
  '$name says so as Netlify reads it: from the text, without running it',
  ({ url }) => {
    const text = readFileSync(url, 'utf8');
    expect(text).toMatch(/^export const config: Config/m);
    expect(text).toMatch(LIMIT);
  },
);

test('only a scheduled function goes without', async () => {
  for (const name of Object.keys(UNLIMITED)) {
    const { config } = await import(new URL(`${name}.ts`, DIRECTORY).href);
    expect(config.schedule).toEqual(expect.any(String));
  }
});
