import { expect, test } from 'vitest';
import { checkLedger } from '../../../local/evidence.ts';
import { tellStory } from '../../../local/story.ts';
import { openApiDocument } from '../../../src/openapi/document.ts';
import { apiPage } from '../../../src/openapi/page.ts';
import { stage } from '../support/scene.ts';

const video = new URL('../../fixtures/vertical.mp4', import.meta.url);

/** What a program has of the site, without a browser. It comes first: TikTok must have what it has published, and no more. */
export function program(): void {
  test('somebody signs up, connects and queues; the worker publishes each post once, byte for byte', async () => {
    const { stack } = stage();
    const posts = await tellStory({
      stack,
      say: () => undefined,
      signal: new AbortController().signal,
      deadlineMs: 150_000,
    });
    expect(posts).toHaveLength(3);
    const evidence = await checkLedger(stack.emulator?.ledger() ?? [], posts, video);
    expect(evidence.map(({ post, entry }) => [post.label, entry.source])).toEqual([
      ['pulled', 'PULL_FROM_URL'],
      ['uploaded', 'FILE_UPLOAD'],
      ['scheduled', 'FILE_UPLOAD'],
    ]);
  }, 180_000);

  test('the page is served, and the site is healthy after its ticks', async () => {
    const { siteUrl } = stage();
    const page = await fetch(`${siteUrl}/`);
    expect(page.headers.get('content-type')).toContain('text/html');
    const health = await fetch(`${siteUrl}/api/health`);
    expect(health.status).toBe(200);
  });

  test('the document of the API and its page are served by the site itself', async () => {
    const { siteUrl } = stage();
    const document = await fetch(`${siteUrl}/api/openapi.json`);
    expect(document.headers.get('content-type')).toContain('application/json');
    expect(document.headers.get('access-control-allow-origin')).toBe('*');
    expect(await document.json()).toEqual(openApiDocument());
    const page = await fetch(`${siteUrl}/api.html`);
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self'");
    expect(await page.text()).toBe(apiPage());
  });
}
