import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHarness, photoBody, verdict } from './harness.ts';

const apps = [{ verifiedProperties: ['media.example'] }];
const urls = ['https://media.example/1.jpg', 'https://media.example/2.webp'];
const fetchMedia: typeof fetch = async (url) => new Response(String(url));

async function tryInit(body: unknown, scopes: Parameters<ReturnType<typeof createHarness>['tokenOf']>[0]) {
  const tiktok = createHarness({ apps, fetchMedia });
  const answer = await tiktok.contentInit(tiktok.tokenOf(scopes), body);
  await tiktok.emulator.settled();
  return { answer, ledger: tiktok.emulator.ledger() };
}

describe('photos', () => {
  test('are pulled in order and posted', async () => {
    const { answer, ledger } = await tryInit(photoBody(urls), ['video.publish']);
    expect(answer.json.data).toEqual({ publish_id: expect.stringMatching(/^p_pub_url~v2\.\d{19}$/) });
    const sha256 = createHash('sha256').update(urls.join('')).digest('hex');
    expect(ledger).toMatchObject([
      { mediaType: 'photo', mode: 'direct', photoUrls: urls, videoUrl: null, published: true, sha256 },
    ]);
  });

  test('as a draft need video.upload, and no post_info', async () => {
    const { post_info, ...bare } = photoBody(urls, { post_mode: 'MEDIA_UPLOAD' });
    const { ledger } = await tryInit(bare, ['video.upload']);
    expect(ledger).toMatchObject([{ mode: 'draft', status: 'SEND_TO_USER_INBOX', published: false }]);
    expect(verdict((await tryInit(bare, ['video.publish'])).answer)).toBe('401 scope_not_authorized');
    const direct = await tryInit({ ...bare, post_mode: 'DIRECT_POST', post_info }, ['video.upload']);
    expect(verdict(direct.answer)).toBe('401 scope_not_authorized');
  });

  test('fail with a reason of their own', async () => {
    const tiktok = createHarness({ apps, fetchMedia: async () => new Response('', { status: 404 }) });
    await tiktok.contentInit(tiktok.tokenOf(), photoBody(urls));
    await tiktok.emulator.settled();
    expect(tiktok.emulator.ledger()).toMatchObject([{ status: 'FAILED', failReason: 'photo_pull_failed' }]);
  });

  test('must all be owned', async () => {
    const { answer } = await tryInit(photoBody([...urls, 'https://other.example/x.jpg']), undefined);
    expect(verdict(answer)).toBe('403 url_ownership_unverified');
  });

  test('are at most 35, with the cover among them', async () => {
    const many = (length: number) => Array.from({ length }, (_, n) => `https://media.example/${n}.jpg`);
    expect(verdict((await tryInit(photoBody(many(35)), undefined)).answer)).toBe('200 ok');
    expect(verdict((await tryInit(photoBody(many(36)), undefined)).answer)).toBe('400 invalid_params');
    expect(verdict((await tryInit(photoBody(many(0)), undefined)).answer)).toBe('400 invalid_params');
  });
});

const source = 'The request source info is empty or incorrect';
const info = 'The request post info is empty or incorrect';
const mediaType = 'Invalid media_type or post_mode';
const pull = { source: 'PULL_FROM_URL', photo_images: urls };

describe('a photo init is refused', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a video', { media_type: 'VIDEO' }, mediaType],
    ['the mode as the table prints it', { post_mode: 'DIRECT POST' }, mediaType],
    ['no mode', { post_mode: undefined }, mediaType],
    [
      'an upload',
      { source_info: { source: 'FILE_UPLOAD', photo_images: urls, photo_cover_index: 0 } },
      source,
    ],
    ['no cover', { source_info: pull }, source],
    ['a cover that is none of them', { source_info: { ...pull, photo_cover_index: 2 } }, source],
    [
      'one URL in place of a list',
      { source_info: { ...pull, photo_images: urls[0], photo_cover_index: 0 } },
      source,
    ],
    ['a title of 91 units', { post_info: { privacy_level: 'SELF_ONLY', title: 'x'.repeat(91) } }, info],
    [
      'a description of 4001',
      { post_info: { privacy_level: 'SELF_ONLY', description: 'x'.repeat(4_001) } },
      info,
    ],
    ['a field of videos', { post_info: { privacy_level: 'SELF_ONLY', is_aigc: true } }, info],
    ['a privacy level in a draft', { post_mode: 'MEDIA_UPLOAD' }, info],
    ['the cover in post_info', { post_info: { privacy_level: 'SELF_ONLY', photo_cover_index: 0 } }, info],
  ])('with %s', async (_name, change, message) => {
    const { answer } = await tryInit(photoBody(urls, change), undefined);
    expect(verdict(answer)).toBe('400 invalid_params');
    expect(answer.json.error?.message).toBe(message);
  });
});
