import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { fixture, ninetySeconds } from '../support/movies.ts';
import { createShelf, type Shelf } from '../support/shelf.ts';
import { createWorld, type World } from '../support/world.ts';

/** What somebody who queues a post is told at once about its media. */

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
  world.emulator.reset();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const at = (name: string) => `${world.media.url}/${name}`;
const send = (changes: Record<string, unknown>, headers: Record<string, string> = {}) =>
  world.call('social-posts', {
    method: 'POST',
    user,
    headers,
    body: { accountId, mode: 'direct', privacyLevel: 'SELF_ONLY', ...changes },
  });
const codes = (post: { warnings: { code: string }[] }) => post.warnings.map(({ code }) => code);
const stored = async () =>
  (await world.sql`select media_checked, run_at, due_at from social_posts where user_id = ${user.userId}`)[0];

describe('what TikTok would refuse is refused, and nothing is stored', () => {
  test.each([
    ['15 frames a second', 'slow.mp4', 'frame_rate_check_failed', 'It has 15.'],
    ['a codec it does not take', 'av1.webm', 'file_format_check_failed', 'codec is av1'],
    ['a file without a picture', 'sound.mp4', 'file_format_check_failed', 'no picture'],
    ['a photo for a video', 'vertical.jpg', 'file_format_check_failed', 'MP4, MOV or WebM'],
  ])('%s', async (_what, name, code, words) => {
    const { status, json } = await send({ videoUrl: at(name) });
    expect([status, json.code]).toEqual([422, code]);
    expect(json.detail).toContain(words);
    expect(json.errors).toEqual([{ field: 'videoUrl', code, message: json.detail }]);
    expect(await stored()).toBeUndefined();
  });

  test('a photo that is none', async () => {
    const photoUrls = [at('vertical.jpg'), at('vertical.mp4')];
    const { status, json } = await send({ mediaType: 'photo', photoUrls });
    expect([status, json.code]).toEqual([422, 'file_format_check_failed']);
    expect(json.errors).toMatchObject([
      { field: 'photoUrls', message: expect.stringContaining('Photo 2 is a video') },
    ]);
  });

  test('a redirect, wherever it leads', async () => {
    const videoUrl = shelf.put('moved.mp4', (response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    );
    expect(await send({ videoUrl })).toMatchObject({ status: 422, json: { code: 'media_redirects' } });
  });
});

describe('what is only unwise, or not known, is a warning', () => {
  test.each([
    ['as TikTok likes it', 'vertical.mp4', []],
    ['turned upright', 'turned.mp4', []],
    ['wide and small', 'landscape.mov', ['video_landscape', 'video_below_720p']],
    ['in fragments', 'fragmented.mp4', ['media_not_measured']],
  ])('%s', async (_what, name, expected) => {
    const { status, json } = await send({ videoUrl: at(name) });
    expect([status, codes(json)]).toEqual([201, expected]);
    expect((await stored())?.media_checked).toBe(true);
  });

  test('photos', async () => {
    const photoUrls = [at('vertical.jpg'), at('vertical.webp'), at('missing.jpg')];
    const { status, json } = await send({ mediaType: 'photo', photoUrls });
    expect([status, codes(json)]).toEqual([201, ['media_unreachable']]);
    expect(json.warnings[0].message).toMatch(/^Photo 3: /);
    expect((await stored())?.media_checked).toBe(false);
  });

  test.each([
    ['not there yet', 404],
    ['in trouble', 500],
    ['forbidden', 403],
  ])('a file that is %s', async (_what, httpStatus) => {
    const videoUrl = shelf.put('later.mp4', (response) => response.writeHead(httpStatus).end());
    const { status, json } = await send({ videoUrl });
    expect([status, codes(json)]).toEqual([201, ['media_unreachable']]);
    expect((await stored())?.media_checked).toBe(false);
  });

  describe('a file whose size its server does not say', () => {
    const unsized = () =>
      shelf.put('unsized.mp4', (response) => {
        response.writeHead(200, { 'content-type': 'video/mp4' }).write(fixture('vertical.mp4'));
        response.end();
      });

    test.each([['auto'], ['upload']])('is refused where it is to be uploaded: %s', async (transfer) => {
      const { status, json } = await send({ videoUrl: unsized(), transfer });
      expect([status, json.code]).toEqual([422, 'media_size_unknown']);
      expect(await stored()).toBeUndefined();
    });

    test('is taken where TikTok is told to pull it', async () => {
      const { status, json } = await send({ videoUrl: unsized(), transfer: 'pull' });
      expect([status, codes(json)]).toEqual([201, ['media_size_unknown']]);
    });

    test('is taken by auto where TikTok may pull it, but not of an app of their own', async () => {
      const before = process.env.TIKTOK_VERIFIED_URLS;
      vi.stubEnv('TIKTOK_VERIFIED_URLS', `${new URL(unsized()).origin}/`);
      const pulled = await send({ videoUrl: unsized() });
      await world.sql`update social_accounts set auth_method = 'own' where id = ${accountId}`;
      const own = await send({ videoUrl: unsized() });
      vi.stubEnv('TIKTOK_VERIFIED_URLS', before);
      expect([pulled.status, codes(pulled.json)]).toEqual([201, ['media_size_unknown']]);
      expect([own.status, own.json.code]).toEqual([422, 'media_size_unknown']);
    });
  });

  test('beside those of the request itself', async () => {
    const { json } = await send({ mode: 'draft', videoUrl: at('landscape.mov') });
    expect(codes(json)).toEqual(['draft_settings_not_sent', 'video_landscape', 'video_below_720p']);
  });
});

describe("the creator's longest video", () => {
  const ask = () => world.call('tiktok-creator-info', { path: `?accountId=${accountId}`, user });
  beforeEach(async () => {
    world.emulator.putUser({ username: 'ada.films', maxVideoPostDurationSec: 3 });
  });

  test('counts for direct posts, once it is known', async () => {
    expect((await send({ videoUrl: at('vertical.mp4') })).status).toBe(201);
    const before = world.emulator.requests().length;
    await ask();
    const { status, json } = await send({ videoUrl: at('vertical.mp4') });
    expect([status, json.code]).toEqual([422, 'duration_check_failed']);
    expect(json.detail).toContain('It lasts 4 s; 3 s are allowed.');
    expect((await send({ mode: 'draft', videoUrl: at('vertical.mp4') })).status).toBe(201);
    // TikTok was asked by tiktok-creator-info alone.
    expect(world.emulator.requests().length).toBe(before + 1);
  });

  test('is left to be asked about where it is not known and may be too short', async () => {
    const videoUrl = shelf.put('ninety.mp4', ninetySeconds());
    world.emulator.putUser({ username: 'ada.films', maxVideoPostDurationSec: 120 });
    const checkedOf = async (changes: Record<string, unknown>) => {
      const { status, json } = await send({ videoUrl, ...changes });
      const [row] = await world.sql`select media_checked from social_posts where id = ${json.id}`;
      return [status, row?.media_checked];
    };
    expect(await checkedOf({})).toEqual([201, false]);
    expect(await checkedOf({ videoUrl: at('vertical.mp4') })).toEqual([201, true]);
    expect(await checkedOf({ mode: 'draft' })).toEqual([201, true]);
    await ask();
    expect(await checkedOf({})).toEqual([201, true]);
  });

  test('counts no more when it was learnt long ago', async () => {
    await ask();
    await world.sql`update social_accounts set creator_checked_at = now() - interval '25 hours' where id = ${accountId}`;
    expect((await send({ videoUrl: at('vertical.mp4') })).status).toBe(201);
  });
});

test('the same request again is answered without another look', async () => {
  const videoUrl = shelf.put('once.mp4', fixture('vertical.mp4'));
  const headers = { 'idempotency-key': 'once' };
  const first = await send({ videoUrl }, headers);
  const reads = shelf.reads.length;
  shelf.put('once.mp4', fixture('slow.mp4'));
  const again = await send({ videoUrl }, headers);
  expect([first.status, again.status, again.json.id]).toEqual([201, 201, first.json.id]);
  expect(shelf.reads.length).toBe(reads);
});

test('a key is not used up by a request that was refused', async () => {
  const videoUrl = shelf.put('mended.mp4', fixture('slow.mp4'));
  const headers = { 'idempotency-key': 'mended' };
  expect((await send({ videoUrl }, headers)).status).toBe(422);
  shelf.put('mended.mp4', fixture('vertical.mp4'));
  expect((await send({ videoUrl }, headers)).status).toBe(201);
});

describe('an edit', () => {
  const edit = (id: string, body: unknown) =>
    world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body });

  test('is looked at in the same way', async () => {
    const { json: post } = await send({ videoUrl: at('landscape.mov') });
    const refused = await edit(post.id, { videoUrl: at('slow.mp4') });
    expect([refused.status, refused.json.code]).toEqual([422, 'frame_rate_check_failed']);
    expect(await world.getPost(user, post.id)).toMatchObject(post);

    const mended = await edit(post.id, { videoUrl: at('vertical.mp4') });
    expect([mended.status, mended.json.warnings]).toEqual([200, []]);

    const away = await edit(post.id, { videoUrl: at('missing.mp4') });
    expect([away.status, codes(away.json)]).toEqual([200, ['media_unreachable']]);
    expect((await stored())?.media_checked).toBe(false);
  });

  test('moves the first look with the time of the post', async () => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const far = inHours(24);
    const { json: post } = await send({ videoUrl: at('vertical.mp4'), scheduledAt: far });
    const lookAt = new Date(Date.parse(far) - 2 * 3_600_000).toISOString();
    expect([post.scheduledAt, post.nextCheckAt]).toEqual([far, lookAt]);
    expect((await stored())?.due_at.toISOString()).toBe(far);

    const near = inHours(2.2);
    expect((await edit(post.id, { scheduledAt: near })).json.nextCheckAt).toBe(near);
    expect((await stored())?.due_at.toISOString()).toBe(near);

    await edit(post.id, { scheduledAt: null });
    const row = await stored();
    expect(row?.run_at).toEqual(row?.due_at);
    expect(row?.due_at.getTime()).toBeLessThan(Date.now() + 60_000);
  });
});
