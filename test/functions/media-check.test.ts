import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { createShelf, type Shelf } from '../support/shelf.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { createWorld, type World } from '../support/world.ts';

/** What is said of media while a post is being written: word for word what queueing would say, and nothing happens. */

let world: World;
let shelf: Shelf;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
  shelf = await createShelf();
});
afterAll(async () => {
  await shelf[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const at = (name: string) => `${world.media.url}/${name}`;
const check = (body: Record<string, unknown>) =>
  world.call('social-posts-check', { method: 'POST', user, body: { accountId, ...body } });
const queue = (body: Record<string, unknown>) =>
  world.call('social-posts', {
    method: 'POST',
    user,
    body: { accountId, privacyLevel: 'SELF_ONLY', ...body },
  });
const everything = async () => ({
  database: await wholeDatabase(world.sql),
  tiktok: world.emulator.requests().length,
});

test('what was measured of a video', async () => {
  const before = await everything();
  const { status, json } = await check({ videoUrl: at('vertical.mp4') });
  expect([status, json.warnings]).toEqual([200, []]);
  expect(json.media).toEqual({
    sizeBytes: readFileSync(new URL('../fixtures/vertical.mp4', import.meta.url)).byteLength,
    contentType: 'video/mp4',
    codec: 'avc',
    width: expect.any(Number),
    height: expect.any(Number),
    frameRate: expect.any(Number),
    durationSec: expect.any(Number),
    photos: null,
  });
  expect(json.media.height).toBeGreaterThan(json.media.width);
  expect(await everything()).toEqual(before);
});

test('of photos, in their order, and of none that is not there', async () => {
  const photoUrls = [at('vertical.jpg'), at('missing.jpg'), at('vertical.webp')];
  const { status, json } = await check({ mediaType: 'photo', photoUrls });
  expect([status, json.warnings.map(({ code }: { code: string }) => code)]).toEqual([
    200,
    ['media_unreachable'],
  ]);
  const [first, none, last] = json.media.photos;
  expect([first.contentType, none, last.contentType]).toEqual(['image/jpeg', null, 'image/webp']);
  expect(json.media).toMatchObject({ sizeBytes: first.sizeBytes + last.sizeBytes, durationSec: null });

  const missing = await check({ mediaType: 'photo', photoUrls: [at('missing.jpg')] });
  expect([missing.status, missing.json.media]).toEqual([200, null]);
});

describe('is what queueing says', () => {
  const PUBLIC = { mediaType: 'video' };
  test.each<[string, () => Record<string, unknown>]>([
    ['a good one', () => ({ videoUrl: at('vertical.mp4') })],
    ['one that is unwise', () => ({ videoUrl: at('landscape.mov') })],
    ['one that is not measured', () => ({ videoUrl: at('fragmented.mp4') })],
    ['one that is not there', () => ({ videoUrl: at('missing.mp4') })],
    ['too few frames', () => ({ videoUrl: at('slow.mp4') })],
    ['a codec that TikTok does not take', () => ({ videoUrl: at('av1.webm') })],
    ['a photo for a video', () => ({ videoUrl: at('vertical.jpg') })],
    ['a video for a photo', () => ({ mediaType: 'photo', photoUrls: [at('vertical.mp4')] })],
    [
      'a redirect',
      () => ({
        videoUrl: shelf.put('moved.mp4', (response) =>
          response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
        ),
      }),
    ],
    ['an address within', () => ({ videoUrl: 'https://169.254.169.254/latest/meta-data/' })],
    ['a name that leads within', () => ({ videoUrl: 'https://localhost/v.mp4' })],
    ['plain http', () => ({ videoUrl: 'http://example.com/v.mp4' })],
    ['a file', () => ({ videoUrl: 'file:///etc/passwd' })],
    ['nothing', () => ({})],
    ['both', () => ({ videoUrl: at('vertical.mp4'), photoUrls: [at('vertical.jpg')] })],
    [
      'photos to be uploaded',
      () => ({ mediaType: 'photo', transfer: 'upload', photoUrls: [at('vertical.jpg')] }),
    ],
    ['a wrong mode', () => ({ videoUrl: at('vertical.mp4'), mode: 'soon' })],
  ])('of %s', async (_what, body) => {
    const request = { ...PUBLIC, ...body() };
    const [said, queued] = [await check(request), await queue(request)];
    if (queued.status === 201) {
      expect([said.status, said.json.warnings]).toEqual([200, queued.json.warnings]);
    } else {
      const { requestId, ...problem } = queued.json;
      expect([said.status, said.json]).toEqual([
        queued.status,
        { ...problem, requestId: expect.not.stringContaining(requestId) },
      ]);
    }
  });

  test('of a video that is too long for its creator, but for a draft', async () => {
    await world.sql`update social_accounts set max_video_duration_sec = 0, creator_checked_at = now()
      where id = ${accountId}`;
    const request = { videoUrl: at('vertical.mp4') };
    expect(await check(request)).toMatchObject({ status: 422, json: { code: 'duration_check_failed' } });
    expect(await queue(request)).toMatchObject({ status: 422, json: { code: 'duration_check_failed' } });
    expect((await check({ ...request, mode: 'draft' })).status).toBe(200);
  });

  test('of an account that has not allowed it', async () => {
    await world.sql`update social_accounts set scopes = '{video.upload}' where id = ${accountId}`;
    const request = { videoUrl: at('vertical.mp4') };
    expect(await check(request)).toMatchObject({ status: 409, json: { code: 'scope_missing' } });
    expect((await check({ ...request, mode: 'draft' })).status).toBe(200);
  });
});

test('asks for no more than the media, and takes no more', async () => {
  const { status, json } = await check({
    videoUrl: at('vertical.mp4'),
    title: 'A film',
    privacyLevel: 'SELF_ONLY',
  });
  expect([status, json.code]).toEqual([400, 'unknown_field']);
});

test("nobody’s media are looked at for somebody else's account, nor for nobody", async () => {
  let looks = 0;
  const videoUrl = shelf.put('counted.mp4', (response) => {
    looks++;
    response.writeHead(404).end();
  });
  const other = await world.signUp();
  const request = { method: 'POST', body: { accountId, videoUrl } };
  expect((await world.call('social-posts-check', { ...request, user: other })).status).toBe(404);
  expect((await world.call('social-posts-check', request)).status).toBe(401);
  expect(looks).toBe(0);
});

test('there is nothing else below it', async () => {
  const { status, json } = await world.call('social-posts-check', {
    method: 'POST',
    path: '/other',
    user,
    body: {},
  });
  expect([status, json.code]).toEqual([404, 'not_found']);
});

test('a page learns what it needs to sign in and to connect, and no secret', async () => {
  const { status, json, headers } = await world.call('web-config');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(json).toEqual({
    supabaseUrl: world.database.supabaseUrl,
    supabasePublishableKey: world.database.publishableKey,
    scopes: ['user.info.basic', 'video.publish', 'video.upload'],
  });
});
