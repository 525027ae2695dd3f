import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import run from '../../netlify/functions/social-worker-tiktok-run.ts';
import { openApiDocument } from '../../src/openapi/document.ts';
import { EXAMPLE, OPERATIONS } from '../../src/openapi/operations.ts';
import type { TestUser } from '../support/database.ts';
import { assertDocumented } from '../support/documented.ts';
import { createWorld, type FunctionName, type World } from '../support/world.ts';

/**
 * Walks the OpenAPI document and sends the example of every operation to the real functions. `world.call` itself holds
 * each answer against the document. In an example stand ids and addresses that nobody has: they give way to those of a
 * real account, a real post and a media server.
 */

// biome-ignore lint/suspicious/noExplicitAny: OpenAPI's nesting
type Json = any;
const document: Json = openApiDocument();

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
  vi.stubEnv('TIKTOK_SCOPES', 'user.info.basic,video.publish,video.upload,video.list');
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  await world.tick();
});
afterAll(() => world[Symbol.asyncDispose]());

/** The request that a front end would make of an operation's example. */
function exampleOf(id: string, postId: string) {
  const [path, method, operation] = Object.entries<Json>(document.paths)
    .flatMap(([path, methods]) => Object.entries<Json>(methods).map((entry) => [path, ...entry] as const))
    .find(([, , { operationId }]) => operationId === id) ?? ['', '', null];
  const real = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(EXAMPLE.accountId, accountId)
        .replaceAll(EXAMPLE.postId, postId)
        .replaceAll(EXAMPLE.media, `${world.media.url}/`),
    );
  const parameters: Json[] = (operation.parameters ?? []).filter(
    ({ example }: Json) => example !== undefined,
  );
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const query = new URLSearchParams(of('query').map(({ name, example }) => [name, real(String(example))]));
  const filled = of('path').reduce(
    (address, { name, example }) => address.replace(`{${name}}`, real(example)),
    path,
  );
  return {
    method: method.toUpperCase(),
    address: `${filled}${query.size > 0 ? `?${query}` : ''}`,
    headers: Object.fromEntries(of('header').map(({ name, example }) => [name, example])),
    body: real(operation.requestBody?.content['application/json'].example ?? null),
  };
}

async function send(id: string, { postId = EXAMPLE.postId as string, headers = {} } = {}) {
  const { method, address, headers: named, body } = exampleOf(id, postId);
  const [, name = '', below = ''] = /^\/([\w-]+)(.*)$/.exec(address) ?? [];
  const isCheck = id === 'checkMedia';
  const { caller } = OPERATIONS.find((operation) => operation.id === id) ?? {};
  return world.call((isCheck ? 'social-posts-check' : name) as FunctionName, {
    method,
    path: isCheck ? '/check' : below,
    ...(caller === 'user' && { user }),
    ...(body !== null && { body }),
    headers: { ...named, ...headers },
  });
}

/** A post in that state, as the worker would have left it. */
async function postIn(status: string): Promise<string> {
  const { id } = await world.queuePost(user, accountId, {
    scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  if (status === 'queued') return id;
  await world.sql`
    update social_posts set status = ${status}, run_at = null, error_code = 'internal', error_message = 'TikTok failed.'
    where id = ${id}`;
  return id;
}

/** What each operation needs, and the status that its example is answered with; in this order. */
const SENT: Record<string, () => Promise<{ status: number }>> = {
  getWebConfig: () => send('getWebConfig'),
  getHealth: () => send('getHealth'),
  beginConnect: () => send('beginConnect'),
  finishConnect: async () => {
    const { authorizeUrl, cookie } = await world.beginConnect(user);
    const { answer } = await world.finishConnect(await world.consent(authorizeUrl), cookie);
    return answer;
  },
  listAccounts: () => send('listAccounts'),
  refreshAccount: () => send('refreshAccount'),
  getCreatorInfo: () => send('getCreatorInfo'),
  listVideos: () => send('listVideos'),
  saveApp: () => send('saveApp'),
  getApp: () => send('getApp'),
  testApp: () => send('testApp'),
  deleteApp: () => send('deleteApp'),
  queuePost: () => send('queuePost'),
  checkMedia: () => send('checkMedia'),
  listPosts: () => send('listPosts'),
  getPost: async () => send('getPost', { postId: await postIn('queued') }),
  editPost: async () => send('editPost', { postId: await postIn('queued') }),
  cancelPost: async () => send('cancelPost', { postId: await postIn('queued') }),
  retryPost: async () => send('retryPost', { postId: await postIn('failed') }),
  resolvePost: async () => send('resolvePost', { postId: await postIn('needs_attention') }),
  receiveWebhook: () => {
    const { body } = exampleOf('receiveWebhook', '');
    const atSeconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', world.env.TIKTOK_CLIENT_SECRET ?? '')
      .update(`${atSeconds}.${JSON.stringify(body)}`)
      .digest('hex');
    return send('receiveWebhook', { headers: { 'tiktok-signature': `t=${atSeconds},s=${signature}` } });
  },
  runWorker: async () => {
    const { method, address } = exampleOf('runWorker', '');
    const headers = { authorization: `Bearer ${world.env.WORKER_SECRET}` };
    const request = new Request(`https://site.example${address}`, { method, headers });
    expect((await run(request, undefined as never)).status).toBe(200);
    // The platform answers for a background function.
    return { status: 202 };
  },
  disconnectAccount: () => send('disconnectAccount'),
};

test('every operation has an example here', () => {
  expect(Object.keys(SENT).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

test.each(Object.entries(SENT))('the example of %s is answered as the document says', async (id, sending) => {
  const { answers } = OPERATIONS.find((operation) => operation.id === id) ?? {};
  const answer = await sending();
  expect([answer.status, 'json' in answer && answer.json]).toEqual([
    Number(Object.keys(answers ?? {})[0]),
    'json' in answer && answer.json,
  ]);
});

test('an answer that the document does not allow is found out', () => {
  const exchange = { method: 'GET', path: '/tiktok-app', status: 200, contentType: 'application/json' };
  const answer = { clientKey: 'key', savedAt: '2026-11-21T18:30:00.000Z' };
  assertDocumented({ ...exchange, json: answer });
  for (const wrong of [
    { json: { ...answer, clientSecret: 'x' } },
    { json: { clientKey: 'key' } },
    { json: { ...answer, savedAt: 'today' } },
    { status: 201, json: answer },
    { contentType: 'text/plain', json: null },
  ]) {
    expect(() => assertDocumented({ ...exchange, ...wrong })).toThrow('the document');
  }
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'No.', requestId: '1' };
  const refused = { ...exchange, status: 409, contentType: 'application/problem+json' };
  const deletion = { ...refused, method: 'DELETE' };
  assertDocumented({ ...deletion, json: { ...problem, code: 'tiktok_app_in_use' } });
  expect(() => assertDocumented({ ...deletion, json: { ...problem, code: 'account_busy' } })).toThrow(
    'the document',
  );
});
