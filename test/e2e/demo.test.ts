import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSources, type Sources } from '../../local/environment.ts';
import { checkLedger } from '../../local/evidence.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { tellStory } from '../../local/story.ts';
import { openApiDocument } from '../../src/openapi/document.ts';
import { apiPage } from '../../src/openapi/page.ts';

const projectDirectory = path.resolve(import.meta.dirname, '../..');
const video = new URL('../fixtures/vertical.mp4', import.meta.url);
const { signal } = new AbortController();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    projectDirectory,
    sources: await isolatedSources(),
    databaseDirectory: null,
    usualPorts: false,
    logFile: path.join(projectDirectory, '.local', 'e2e.log'),
    say: () => undefined,
    signal,
  });
}, 180_000);
afterAll(() => stack?.close(), 30_000);

/** Nothing of the machine's own settings, nor of the test runner's, but what every program needs. */
async function isolatedSources(): Promise<Sources> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'npm_execpath'];
  const kept = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  return { ...(await readSources(projectDirectory, kept)), file: {} };
}

test('somebody signs up, connects and queues; the worker publishes each post once, byte for byte', async () => {
  const posts = await tellStory({ stack, say: () => undefined, signal, deadlineMs: 150_000 });
  expect(posts).toHaveLength(3);
  const evidence = await checkLedger(stack.emulator?.ledger() ?? [], posts, video);
  expect(evidence.map(({ post, entry }) => [post.label, entry.source])).toEqual([
    ['pulled', 'PULL_FROM_URL'],
    ['uploaded', 'FILE_UPLOAD'],
    ['scheduled', 'FILE_UPLOAD'],
  ]);
}, 180_000);

test('the page is served, and the site is healthy after its ticks', async () => {
  const page = await fetch(`${stack.siteUrl}/`);
  expect(page.headers.get('content-type')).toContain('text/html');
  const health = await fetch(`${stack.siteUrl}/api/health`);
  expect(health.status).toBe(200);
});

test('the document of the API and its page are served by the site itself', async () => {
  const document = await fetch(`${stack.siteUrl}/api/openapi.json`);
  expect(document.headers.get('content-type')).toContain('application/json');
  expect(document.headers.get('access-control-allow-origin')).toBe('*');
  expect(await document.json()).toEqual(openApiDocument());
  const page = await fetch(`${stack.siteUrl}/api.html`);
  expect(page.headers.get('content-security-policy')).toContain("style-src 'self'");
  expect(await page.text()).toBe(apiPage());
});
