import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import type { PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { lookLater } from '../support/look-later.ts';
import { createWorld, type World } from '../support/world.ts';

/** The access token ends at every step of a post: it is renewed, and the post is published by its one init. */

/** From the last byte to TikTok's word that it is published, and from there to its public id. */
const SLOWNESS_MS = 60_000;

let world: World;
let user: TestUser;
let lifeline: Lifeline;
let media: Awaited<ReturnType<typeof serveMedia>>;
let directory: string;
const sha256: Record<string, string> = {};

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'token-media-'));
  const video = await readFile(new URL('../fixtures/vertical.mp4', import.meta.url));
  // Three chunks, by a box that players skip.
  const padding = Buffer.alloc(30_000_000);
  padding.writeUInt32BE(padding.byteLength, 0);
  padding.write('free', 4, 'latin1');
  for (const [size, file] of Object.entries({ small: video, large: Buffer.concat([video, padding]) })) {
    await writeFile(path.join(directory, `${size}.mp4`), file);
    sha256[size] = createHash('sha256').update(file).digest('hex');
  }
  media = await serveMedia({ directory });
  world = await createWorld({
    insecureMediaOrigins: [media.url],
    apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
    processingMs: SLOWNESS_MS,
    moderationMs: SLOWNESS_MS,
  });
  lifeline = createLifeline();
  vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
  vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', media.url);
  await lookLater(world.sql);
  user = await world.signUp();
});
afterAll(async () => {
  await lifeline.close();
  await media.close();
  await world[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const PUT = 'PUT /upload/video/';
const STATUS = 'POST /v2/post/publish/status/fetch/';
const verb = (name: string) => `POST /rest/v1/rpc/${name}`;

type Kind = 'upload' | 'pull' | 'draft';
interface Step {
  when: string;
  kinds: readonly Kind[];
  /** The worker's request just before which it happens, and which one of these. */
  request: string;
  nth?: number;
}

const STEPS: Step[] = [
  { when: 'before the claim', kinds: ['upload', 'pull', 'draft'], request: verb('claim_accounts') },
  { when: 'before init', kinds: ['upload', 'pull', 'draft'], request: verb('begin_attempt') },
  { when: 'between init and its record', kinds: ['upload', 'pull'], request: verb('record_init') },
  { when: 'before the first chunk', kinds: ['upload', 'draft'], request: PUT },
  { when: 'between chunks', kinds: ['upload'], request: PUT, nth: 2 },
  { when: 'before the last chunk', kinds: ['upload', 'draft'], request: PUT, nth: 3 },
  { when: 'before the first poll', kinds: ['upload', 'pull', 'draft'], request: STATUS },
  { when: 'during the polls', kinds: ['upload', 'pull'], request: STATUS, nth: 2 },
  { when: 'before the follow-up for the public id', kinds: ['upload', 'pull'], request: STATUS, nth: 3 },
  { when: 'before the follow-up of a draft', kinds: ['draft'], request: STATUS, nth: 3 },
];

/** Whether TikTok ends it although we think it good, or its time is up by our own reckoning, too. */
const ENDINGS = ['by TikTok alone', 'by its time'] as const;
let posts = 0;

/** Known beforehand, it is renewed at the next look whatever is posted: one kind will do. */
const cells = STEPS.flatMap(({ kinds, ...step }) =>
  kinds.flatMap((kind, i) => ENDINGS.slice(0, i === 0 ? 2 : 1).map((ending) => ({ ...step, kind, ending }))),
);

test.each(cells)('$when, $ending: $kind', { timeout: 60_000 }, async ({ kind, ending, request, nth = 1 }) => {
  const username = `token.${++posts}`;
  const size = request === PUT && nth > 1 ? 'large' : 'small';
  world.emulator.putUser({ username });
  lifeline.reset(() => 'pass');
  const accountId = await world.connectAccount(user, { username });
  const { id } = await world.queuePost(user, accountId, {
    transfer: kind === 'pull' ? 'pull' : 'upload',
    videoUrl: `${media.url}/verified/${size}.mp4`,
    ...(kind === 'draft' && { mode: 'draft', privacyLevel: undefined }),
  });

  let count = 0;
  lifeline.reset(({ label }) => (label === request && ++count === nth ? end() : 'pass'));
  async function end(): Promise<void> {
    world.emulator.endAccessTokens({ username });
    if (ending === 'by TikTok alone') return;
    await world.sql`update social_accounts set access_token_expires_at = now() where id = ${accountId}`;
  }

  const post = await runToTheEnd(id);
  const entries = world.emulator.ledger().filter((entry) => entry.username === username);
  expect(count).toBeGreaterThanOrEqual(nth);
  expect(entries).toMatchObject([{ published: true, sha256: sha256[size] }]);
  expect(post).toMatchObject({ status: 'published', error: null, postIds: entries[0]?.postIds });
  expect(post.postIds.length).toBe(1);
  // Its own connect, and one renewal at most: where the token is not needed any more, it is left as it is.
  const [account] =
    await world.sql`select status, token_version::int from social_accounts where id = ${accountId}`;
  expect(account).toEqual({ status: 'connected', token_version: 2 });
});

/** Ticks as time passes; a draft's owner posts it as soon as it lies in the inbox, and the worker has seen it there. */
async function runToTheEnd(id: string): Promise<PostView> {
  for (let i = 0; i < 12; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
    const post = await world.getPost(user, id);
    if (post.nextCheckAt === null) return post;
    // The second look comes while TikTok is still at it.
    if (i > 0) world.emulator.clock.advance(SLOWNESS_MS + 1_000);
    if (post.status === 'delivered') {
      const entry = world.emulator.ledger().find(({ publishId }) => publishId === post.publishId);
      if (entry?.status === 'SEND_TO_USER_INBOX') world.emulator.finishDraft(entry.publishId);
    }
  }
  return world.getPost(user, id);
}

test('a renewed pair outlives a database that takes nothing for some seconds', {
  timeout: 60_000,
}, async () => {
  world.emulator.putUser({ username: 'patient' });
  lifeline.reset(() => 'pass');
  const accountId = await world.connectAccount(user, { username: 'patient' });
  const { id } = await world.queuePost(user, accountId, {
    transfer: 'pull',
    videoUrl: `${media.url}/verified/small.mp4`,
  });
  await world.sql`update social_accounts set access_token_expires_at = now() where id = ${accountId}`;
  let tries = 0;
  lifeline.reset(({ label }) => {
    if (label === verb('rotate_tokens')) tries++;
    return label === verb('rotate_tokens') && tries < 7 ? 'lose_request' : 'pass';
  });
  await world.tick();
  expect(tries).toBe(7);
  expect(await world.getPost(user, id)).toMatchObject({ attempts: [{ transfer: 'pull' }] });
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id = ${id}`;
});

test('a renewed pair that cannot be saved is not used', { timeout: 60_000 }, async () => {
  world.emulator.putUser({ username: 'unsaved' });
  lifeline.reset(() => 'pass');
  const accountId = await world.connectAccount(user, { username: 'unsaved' });
  const { id } = await world.queuePost(user, accountId, {
    transfer: 'pull',
    videoUrl: `${media.url}/verified/small.mp4`,
  });
  await world.sql`update social_accounts set access_token_expires_at = now() where id = ${accountId}`;
  lifeline.reset(({ label }) => (label === verb('rotate_tokens') ? 'lose_request' : 'pass'));
  await world.tick();
  const calls = lifeline.passages().filter(({ label }) => label.includes('/v2/'));
  expect(calls.map(({ label }) => label)).toEqual(['POST /v2/oauth/token/']);
  expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', attempts: [] });
  const unsaved = world.logLines.filter((line) => line.includes('"tokens_unsaved"'));
  expect(unsaved.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', accountId }]);
  await world.sql`update social_posts set run_at = null, status = 'cancelled' where id = ${id}`;
});

test('a refresh refused because its owner has just connected the account again goes on with the new pair', async () => {
  world.emulator.putUser({ username: 'again' });
  lifeline.reset(() => 'pass');
  const accountId = await world.connectAccount(user, { username: 'again' });
  let isMeant = true;
  lifeline.reset(({ label }) => {
    if (label !== 'POST /v2/oauth/token/' || !isMeant) return 'pass';
    isMeant = false;
    return world.connectAccount(user, { username: 'again' }).then(() => {
      world.emulator.faults.add({
        endpoint: 'token',
        kind: 'error',
        code: 'invalid_grant',
        match: { grantType: 'refresh_token' },
      });
    });
  });
  const answer = await world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
  expect([isMeant, answer.status]).toEqual([false, 200]);
  const [account] =
    await world.sql`select status, token_version::int from social_accounts where id = ${accountId}`;
  expect(account).toEqual({ status: 'connected', token_version: 2 });
});

test('a renewed pair does not take the place of one that a new connect has stored meanwhile', async () => {
  world.emulator.putUser({ username: 'overtaken' });
  lifeline.reset(() => 'pass');
  const accountId = await world.connectAccount(user, { username: 'overtaken' });
  let isMeant = true;
  lifeline.reset(({ label }) => {
    if (label !== verb('rotate_tokens') || !isMeant) return 'pass';
    isMeant = false;
    return world.connectAccount(user, { username: 'overtaken' }).then(() => undefined);
  });
  const answer = await world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
  expect([isMeant, answer.status]).toEqual([false, 200]);
  const [account] =
    await world.sql`select status, token_version::int from social_accounts where id = ${accountId}`;
  expect(account).toEqual({ status: 'connected', token_version: 2 });
});
