import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { createWorld, SITE, type World } from '../support/world.ts';

/**
 * Two users and every route there is: one of them calls it with the ids of the other. The answer is a 404 that says
 * nothing, no row of the database is written, and TikTok is asked nothing.
 */

const FOLDER = new URL('../../netlify/functions/', import.meta.url);

let world: World;
let owner: TestUser;
let other: TestUser;
let accountId: string;
/** The owner's posts, one in each state in which its owner could do something with it. */
const posts: Record<'queued' | 'processing' | 'failed' | 'needs_attention', string> = {
  queued: '',
  processing: '',
  failed: '',
  needs_attention: '',
};
/** Of a connect that the owner has begun. */
let callbackQuery: string;

beforeAll(async () => {
  world = await createWorld();
  vi.stubEnv('TIKTOK_SCOPES', 'user.info.basic,video.publish,video.upload,video.list');
  [owner, other] = await Promise.all([world.signUp(), world.signUp()]);
  accountId = await world.connectAccount(owner);
  await world.connectAccount(other, { username: 'bo.private' });
  for (const status of Object.keys(posts) as (keyof typeof posts)[]) {
    const { id } = await world.queuePost(owner, accountId, {
      videoUrl: `${world.media.url}/verified/vertical.mp4`,
      scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    posts[status] = id;
    const isOver = status === 'failed' || status === 'needs_attention';
    await world.sql`
      update social_posts set status = ${status}, run_at = ${isOver ? null : new Date(Date.now() + 3_600_000)},
        error_code = ${isOver ? 'internal' : null}, error_message = ${isOver ? 'TikTok failed.' : null}
      where id = ${id}`;
  }
  await world.sql`
    insert into social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence)
    select gen_random_uuid(), id, user_id, account_id, 1, 'pull', mode, 1 from social_posts where id = ${posts.processing}`;
  const { authorizeUrl } = await world.beginConnect(owner);
  callbackQuery = await world.consent(authorizeUrl);
});
afterAll(() => world[Symbol.asyncDispose]());

interface Probe {
  /** Below the function's name. */
  path?: string;
  body?: unknown;
}
interface Route {
  /** What the other user asks, with ids that are the owner's. Read when the ids are known. */
  probes(): Probe[];
  /** Default 404, which the owner does not get for the same. */
  status?: number;
  /** Why it asks for no user; the other user is nobody special there. */
  needsNoUser?: string;
}

const ofAccount = (): Probe[] => [{ body: { accountId } }];
const inQuery = (): Probe[] => [{ path: `?accountId=${accountId}` }];
const eachPost =
  (suffix = '', body?: unknown) =>
  (): Probe[] =>
    Object.values(posts).map((id) => ({ path: `/${id}${suffix}`, ...(body !== undefined && { body }) }));

const eachCheck = (path: string) => (): Probe[] =>
  ['direct', 'draft'].map((mode) => ({
    path,
    body: { accountId, mode, videoUrl: `${world.media.url}/vertical.mp4` },
  }));

const ROUTES: Record<string, Route> = {
  'tiktok-connect POST': {
    probes: () => [],
    needsNoUser: 'it takes no id: who calls it connects for themselves',
  },
  'tiktok-callback GET': {
    probes: () => [{ path: callbackQuery }],
    status: 400,
    needsNoUser: 'the browser that began the flow is told by its cookie, which the other user has not got',
  },
  'tiktok-status GET': { probes: inQuery },
  'tiktok-refresh POST': { probes: ofAccount },
  'tiktok-disconnect POST': { probes: ofAccount },
  'tiktok-creator-info GET': { probes: inQuery },
  'tiktok-videos GET': {
    probes: () => ['', '&maxCount=1', '&ids=1'].map((rest) => ({ path: `?accountId=${accountId}${rest}` })),
  },
  'tiktok-app GET': { probes: () => [], needsNoUser: 'it takes no id: everybody has their own' },
  'tiktok-app PUT': { probes: () => [], needsNoUser: 'the same' },
  'tiktok-app DELETE': { probes: () => [], needsNoUser: 'the same' },
  'tiktok-app POST /:id': { probes: () => [], needsNoUser: 'the same' },
  'tiktok-webhook POST': {
    probes: () => [{ body: { event: 'authorization.removed', user_openid: 'x', content: '{}' } }],
    status: 401,
    needsNoUser: "TikTok's signature is what counts",
  },
  'social-posts POST': {
    probes: () =>
      ['direct', 'draft'].map((mode) => ({
        body: {
          accountId,
          mediaType: 'video',
          mode,
          videoUrl: `${world.media.url}/vertical.mp4`,
          ...(mode === 'direct' && { privacyLevel: 'SELF_ONLY' }),
        },
      })),
  },
  'social-posts-check POST': { probes: eachCheck('') },
  'social-posts-check POST /:id': { probes: eachCheck('/check') },
  'social-posts GET': {
    probes: () =>
      ['', '&when=upcoming', '&when=past'].map((rest) => ({ path: `?accountId=${accountId}${rest}` })),
    status: 200,
  },
  'social-posts GET /:id': { probes: eachPost() },
  'social-posts PATCH /:id': { probes: eachPost('', { title: 'Mine now' }) },
  'social-posts DELETE /:id': { probes: eachPost() },
  'social-posts POST /:id/retry': { probes: eachPost('/retry', {}) },
  'social-posts POST /:id/resolve': {
    probes: () => ['published', 'not_published'].flatMap((outcome) => eachPost('/resolve', { outcome })()),
  },
  'social-refresh-tiktok GET': {
    probes: () => [],
    needsNoUser: 'Netlify gives a scheduled function no address',
  },
  'social-refresh-tiktok POST': { probes: () => [], needsNoUser: 'the same' },
  'social-worker-tiktok GET': {
    probes: () => [],
    needsNoUser: 'Netlify gives a scheduled function no address',
  },
  'social-worker-tiktok POST': { probes: () => [], needsNoUser: 'the same' },
  'social-worker-tiktok-run POST': {
    probes: () => [{ body: {} }],
    status: 401,
    needsNoUser: 'it asks for WORKER_SECRET',
  },
  'web-config GET': { probes: () => [], needsNoUser: 'it takes no id and tells what everybody may know' },
  'health GET': { probes: () => [], needsNoUser: 'it takes no id and tells of nobody' },
};

/** The routes of a function, as they stand in its source. */
function routesOf(name: string): string[] {
  const source = readFileSync(new URL(`${name}.ts`, FOLDER), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  const METHODS = 'GET|POST|PUT|PATCH|DELETE';
  const found = source.matchAll(
    new RegExp(`[{,]\\s*(?:async )?(?:'((?:${METHODS})(?: /[^']+)?)'|\\b(${METHODS}))\\s*[(:]`, 'g'),
  );
  return [...new Set([...found].map(([, quoted, plain]) => `${name} ${quoted ?? plain}`))];
}

test('every route of every function is here', () => {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ''));
  const found = names.map(routesOf);
  expect(found.filter((routes) => routes.length === 0)).toEqual([]);
  expect(Object.keys(ROUTES).sort()).toEqual(found.flat().sort());
});

async function ask(route: string, { path = '', body }: Probe, user: TestUser | null) {
  const [name = '', method = ''] = route.split(' ');
  const { default: handle } = await import(new URL(`${name}.ts`, FOLDER).href);
  const response: Response = await handle(
    new Request(`${SITE}/api/${name}${path}`, {
      method,
      headers: {
        ...(user && { authorization: `Bearer ${user.accessToken}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, text: await response.text() };
}

/** What is not to change, and what is not to be asked of TikTok. */
const everything = async () => ({
  database: await wholeDatabase(world.sql),
  requests: world.emulator.requests().length,
});

describe.each(Object.entries(ROUTES))('%s', (route, { probes, status = 404, needsNoUser }) => {
  test('with the ids of another user: nothing is told and nothing happens', async () => {
    const before = await everything();
    for (const probe of probes()) {
      const answer = await ask(route, probe, other);
      expect([probe, answer.status]).toEqual([probe, status]);
      const ids = [accountId, owner.userId, owner.email, ...Object.values(posts)];
      expect(ids.filter((id) => answer.text.includes(id))).toEqual([]);
    }
    expect(await everything()).toEqual(before);
  });

  if (needsNoUser) return;
  test('without a user: 401, and nothing happens', async () => {
    const before = await everything();
    for (const probe of probes()) expect((await ask(route, probe, null)).status).toBe(401);
    expect(await everything()).toEqual(before);
  });
});

/** So that the 404s above are about whose it is. In an order in which each finds what it needs. */
test('with the same calls their owner is answered', async () => {
  const order = (route: string) =>
    /disconnect/.test(route) ? 2 : /DELETE|retry|resolve/.test(route) ? 1 : 0;
  const routes = Object.entries(ROUTES)
    .filter(([, { needsNoUser }]) => !needsNoUser)
    .sort(([one], [two]) => order(one) - order(two));
  for (const [route, { probes }] of routes) {
    const answers = [];
    for (const probe of probes()) answers.push((await ask(route, probe, owner)).status);
    expect([route, answers.filter((code) => code === 404 || code === 401 || code >= 500)]).toEqual([
      route,
      [],
    ]);
    expect([route, answers.some((code) => code < 300)]).toEqual([route, true]);
  }
});
