import { readdirSync } from 'node:fs';
import type { Context } from '@netlify/functions';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startProxy } from '../support/proxy.ts';
import { createWorld, type World } from '../support/world.ts';

/** What every function does at its door, whatever is behind it. */

const NAMES = readdirSync(new URL('../../netlify/functions/', import.meta.url)).map((file) =>
  file.replace('.ts', ''),
);
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];

let world: World;
let bearer: string;
let accountId: string;
const calls: string[] = [];
const closing: AsyncDisposable[] = [];
beforeAll(async () => {
  world = await createWorld();
  const user = await world.signUp();
  bearer = `Bearer ${user.accessToken}`;
  accountId = await world.connectAccount(user);
  // Whoever the site calls is called by way of these, which note what they were told.
  for (const [name, url] of [
    ['TIKTOK_API_URL', world.tiktok.url],
    ['SUPABASE_URL', world.database.supabaseUrl],
  ] as const) {
    const proxy = await startProxy(url, (request, forward) => {
      calls.push(JSON.stringify(request));
      return forward();
    });
    closing.push(proxy);
    vi.stubEnv(name, proxy.url);
  }
});
afterAll(async () => {
  for (const one of closing) await one[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function ask(
  name: string,
  init: RequestInit,
  { host = 'localhost:8888', path = '', context = {} } = {},
) {
  const { default: handle } = await import(`../../netlify/functions/${name}.ts`);
  const request = new Request(`http://${host}/api/${name}${path}`, init);
  return (await handle(request, context as Context)) as Response;
}

/** Every function by every method, as nobody and as somebody, with a body and without. */
function* everyWay() {
  for (const name of NAMES) {
    for (const method of METHODS) {
      for (const authorization of ['', bearer, 'Bearer test-only-worker-secret-test-only']) {
        const headers: Record<string, string> = authorization ? { authorization } : {};
        const isBodied = !['GET', 'HEAD', 'OPTIONS'].includes(method);
        const bodies = isBodied
          ? [JSON.stringify({ accountId, redirectUrl: 'http://localhost:8888/done' }), '{']
          : [null];
        for (const body of bodies) {
          // The one call that would end what the others need.
          if (name === 'tiktok-disconnect' && authorization === bearer && body !== '{') continue;
          yield {
            name,
            method,
            headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
            body,
          };
        }
      }
    }
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

function expectGuarded({ headers }: Response) {
  expect(Object.fromEntries(headers)).toMatchObject(HEADERS);
  const policy = headers.get('content-security-policy') ?? '';
  for (const rule of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ])
    expect(policy).toContain(rule);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  expect(headers.get('vary')).toContain('Origin');
  for (const name of ['server', 'x-powered-by']) expect(headers.has(name)).toBe(false);
}

describe('every answer of every function', () => {
  test('has the headers that guard it, and names no host of the request’s choosing', async () => {
    calls.length = 0;
    world.logLines.length = 0;
    const statuses = new Set<number>();
    for (const { name, ...init } of everyWay()) {
      const evil = {
        ...init.headers,
        host: 'evil.test',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'evil.test',
        'x-original-host': 'evil.test',
        'x-host': 'evil.test',
        forwarded: 'host=evil.test;proto=https',
        'x-nf-site-url': 'https://evil.test',
      };
      const response = await ask(name, { ...init, headers: evil }, { host: 'evil.test' });
      expectGuarded(response);
      expect([...response.headers].join('\n')).not.toContain('evil.test');
      expect(await response.text()).not.toContain('evil.test');
      statuses.add(response.status);
    }
    expect([...statuses].sort()).toEqual([200, 204, 400, 401, 404, 405, 503]);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.join('\n')).not.toContain('evil.test');
    expect(world.logLines.join('\n')).not.toContain('evil.test');
    expect(JSON.stringify(await world.sql`select * from oauth_flows`)).not.toContain('evil.test');
  }, 120_000);

  test('also of a preview, without a configuration, and without a database', async () => {
    for (const name of NAMES) {
      expectGuarded(
        await ask(name, { method: 'POST' }, { context: { deploy: { context: 'deploy-preview' } } }),
      );
    }
    vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:9');
    const lost = await ask('tiktok-status', { headers: { authorization: bearer } });
    expectGuarded(lost);
    expect(lost.status).toBe(503);
    vi.stubEnv('WORKER_SECRET', '');
    for (const name of NAMES) {
      const unusable = await ask(name, { method: 'GET' });
      expectGuarded(unusable);
      expect(unusable.status).toBe(503);
    }
    vi.stubEnv('WORKER_SECRET', world.env.WORKER_SECRET ?? '');
    vi.stubEnv('SUPABASE_URL', world.database.supabaseUrl);
  });
});

describe('the callback', () => {
  test('shows a page that can hold nothing but its own style, and leaves its opener', async () => {
    const response = await ask('tiktok-callback', {}, { path: '?state=<script>' });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    const html = await response.text();
    const hash = Buffer.from(
      await crypto.subtle.digest('SHA-256', Buffer.from(/<style>(.*)<\/style>/s.exec(html)?.[1] ?? '')),
    ).toString('base64');
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
    expect(html).not.toMatch(/<script|onload|https?:/);
  });

  test('redirects with no policy that would cut a popup off from the page that opened it', async () => {
    const user = await world.signUp();
    const { authorizeUrl, cookie } = await world.beginConnect(user);
    const { answer } = await world.finishConnect(await world.consent(authorizeUrl), cookie);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('cross-origin-opener-policy')).toBeNull();
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });
});
