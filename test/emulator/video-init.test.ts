import { describe, expect, test } from 'vitest';
import { createHarness, fileBody, pullBody, verdict } from './harness.ts';
import { privacyLevels } from './world.ts';

const postInfoMessage = 'The request post info is empty or incorrect';
const sourceInfoMessage = 'The request source info is empty or incorrect';
const sizeMessage = 'The chunk size is invalid';
const countMessage = 'The total chunk count is invalid';

async function tryInit(body: unknown, options: Parameters<typeof createHarness>[0] = {}, user = 'ada.films') {
  const tiktok = createHarness(options);
  return tiktok.init(tiktok.tokenOf(undefined, user), body);
}

describe('an accepted init', () => {
  test('by file gives a publish id and a whole upload URL on this origin', async () => {
    const { json } = await tryInit(fileBody(1_000));
    const publishId = String(json.data?.publish_id);
    const uploadUrl = String(json.data?.upload_url);
    expect(publishId).toMatch(/^v_pub_file~v2-1\.\d{19}$/);
    expect(publishId.length).toBeLessThanOrEqual(64);
    expect(uploadUrl).toMatch(
      /^https:\/\/open\.tiktokapis\.com\/upload\/video\/\?upload_id=\d+&upload_token=[\w-]+$/,
    );
    expect(uploadUrl.length).toBeLessThanOrEqual(256);
  });

  test('keeps every field of post_info', async () => {
    const info = {
      privacy_level: 'SELF_ONLY',
      title: 'Ünï 🎬',
      disable_duet: true,
      disable_stitch: false,
      disable_comment: true,
      video_cover_timestamp_ms: 1_000,
      brand_content_toggle: false,
      brand_organic_toggle: true,
      is_aigc: true,
    };
    const tiktok = createHarness();
    await tiktok.init(tiktok.tokenOf(), fileBody(1_000, { info }));
    expect(tiktok.emulator.ledger()).toMatchObject([
      { username: 'ada.films', title: 'Ünï 🎬', privacyLevel: 'SELF_ONLY', postInfo: info, published: false },
    ]);
  });

  test('log_id is in the envelope and in the header', async () => {
    const { json, headers } = await tryInit(fileBody(1_000));
    expect(json.error).toEqual({
      code: 'ok',
      message: '',
      log_id: expect.stringMatching(/^\d{14}[0-9A-F]{20}$/),
    });
    expect(headers.get('x-tt-logid')).toBe(json.error?.log_id);
  });
});

describe('chunks', () => {
  test.each<[string, number, number, number]>([
    ['the worked sample', 50_000_123, 10_000_000, 5],
    ['one byte', 1, 1, 1],
    ['less than 5 MB, whole', 4_999_999, 4_999_999, 1],
    ['between both meanings of 5 MB, whole', 5_100_000, 5_100_000, 1],
    ['64 MB whole', 64_000_000, 64_000_000, 1],
    ['64 MB and a byte in two', 64_000_001, 32_000_000, 2],
    ['the smallest chunks', 10_485_760, 5_242_880, 2],
    ['the largest last chunk', 191_999_999, 64_000_000, 2],
    ['4 GB', 4_000_000_000, 10_000_000, 400],
    ['a thousand chunks', 4_000_000_000, 5_242_880, 762],
  ])('%s is accepted', async (_name, size, chunk, count) => {
    expect(verdict(await tryInit(fileBody(size, { chunk, count })))).toBe('200 ok');
  });

  test.each<[string, number, number, number, string]>([
    ['one chunk of another size than the video', 12_000_000, 10_000_000, 1, sizeMessage],
    ['a chunk larger than the video', 8_000_000, 10_000_000, 1, sizeMessage],
    ['one chunk above 64 MB', 64_000_001, 64_000_001, 1, sizeMessage],
    ['several chunks above 64 MB', 200_000_000, 64_000_001, 3, sizeMessage],
    ['several chunks below 5 MB', 12_000_000, 5_242_879, 2, sizeMessage],
    ['less than 5 MB in two', 4_000_000, 2_000_000, 2, sizeMessage],
    ['a count rounded up', 50_000_123, 10_000_000, 6, countMessage],
    ['a count too low', 50_000_123, 10_000_000, 4, countMessage],
    ['no chunk', 50_000_123, 10_000_000, 0, countMessage],
    ['more than a thousand', 4_000_000_000, 3_900_000, 1_025, countMessage],
    ['no byte', 0, 0, 1, sourceInfoMessage],
    ['more than 4 GB', 4_000_000_001, 10_000_000, 400, sourceInfoMessage],
  ])('%s is refused', async (_name, size, chunk, count, message) => {
    const answer = await tryInit(fileBody(size, { chunk, count }));
    expect(verdict(answer)).toBe('400 invalid_params');
    expect(answer.json.error?.message).toBe(message);
    expect(answer.json).not.toHaveProperty('data');
  });

  test.each([
    ['decimal', 5_000_000, 64_000_000],
    ['binary', 5_242_880, 67_108_864],
    ['strict', 5_242_880, 64_000_000],
  ] as const)('MB may be %s', async (megabyte, min, max) => {
    const attempt = async (chunk: number) =>
      verdict(await tryInit(fileBody(chunk * 2, { chunk, count: 2 }), { megabyte }));
    expect([await attempt(min), await attempt(max)]).toEqual(['200 ok', '200 ok']);
    expect([await attempt(min - 1), await attempt(max + 1)]).toEqual([
      '400 invalid_params',
      '400 invalid_params',
    ]);
  });
});

describe('post_info', () => {
  test('a title has 2200 UTF-16 units, and an emoji takes two', async () => {
    const attempt = async (title: string) => verdict(await tryInit(fileBody(1_000, { info: { title } })));
    expect(await attempt('é'.repeat(2_200))).toBe('200 ok');
    expect(await attempt('🎬'.repeat(1_100))).toBe('200 ok');
    expect(await attempt(`${'🎬'.repeat(1_100)}.`)).toBe('400 invalid_params');
    expect(await attempt('x'.repeat(2_201))).toBe('400 invalid_params');
  });

  test.each<[Record<string, unknown>]>([
    [{ privacy_level: 'PUBLIC' }],
    [{ privacy_level: null }],
    [{ title: null }],
    [{ title: 7 }],
    [{ disable_duet: 'true' }],
    [{ disable_comment: 0 }],
    [{ is_aigc: null }],
    [{ brand_content_toggle: 'no' }],
    [{ video_cover_timestamp_ms: 1.5 }],
    [{ video_cover_timestamp_ms: -1 }],
    [{ video_cover_timestamp_ms: '1000' }],
    [{ auto_add_music: true }],
    [{ constructor: 'x' }],
  ])('%o is invalid_params', async (info) => {
    const answer = await tryInit(fileBody(1_000, { info }));
    expect(verdict(answer)).toBe('400 invalid_params');
    expect(answer.json.error?.message).toBe(postInfoMessage);
  });

  test('missing altogether is invalid_params', async () => {
    const { source_info } = fileBody(1_000);
    expect((await tryInit({ source_info })).json.error?.message).toBe(postInfoMessage);
  });

  test.each([
    ['ada.films', ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY']],
    ['bo.private', ['MUTUAL_FOLLOW_FRIENDS', 'FOLLOWER_OF_CREATOR', 'SELF_ONLY']],
  ])('%s may choose %o', async (username, offered) => {
    for (const privacy_level of privacyLevels) {
      const answer = await tryInit(fileBody(1_000, { info: { privacy_level } }), {}, username);
      const expected = offered.includes(privacy_level) ? '200 ok' : '403 privacy_level_option_mismatch';
      expect(verdict(answer)).toBe(expected);
    }
  });

  test('a missing privacy level is a mismatch', async () => {
    const body = { ...fileBody(1_000), post_info: { title: 'x' } };
    expect(verdict(await tryInit(body))).toBe('403 privacy_level_option_mismatch');
  });
});

describe('source_info', () => {
  test.each<[unknown]>([
    [undefined],
    [null],
    [{}],
    [{ source: 'URL' }],
    [{ source: 'FILE_UPLOAD' }],
    [{ source: 'FILE_UPLOAD', video_size: 1_000, chunk_size: 1_000 }],
    [{ source: 'FILE_UPLOAD', video_size: '1000', chunk_size: 1_000, total_chunk_count: 1 }],
    [
      {
        source: 'FILE_UPLOAD',
        video_size: 1_000,
        chunk_size: 1_000,
        total_chunk_count: 1,
        video_url: 'https://x',
      },
    ],
    [{ source: 'PULL_FROM_URL' }],
    [{ source: 'PULL_FROM_URL', video_url: '' }],
    [{ source: 'PULL_FROM_URL', video_url: 'not a url' }],
    [{ source: 'PULL_FROM_URL', video_url: ['https://x'] }],
    [{ source: 'PULL_FROM_URL', video_url: 'https://x/', video_size: 1 }],
  ])('%o is invalid_params', async (source_info) => {
    const answer = await tryInit({ ...fileBody(1_000), source_info });
    expect(verdict(answer)).toBe('400 invalid_params');
  });
});

describe('the body', () => {
  test('has no field but post_info and source_info', async () => {
    expect(verdict(await tryInit({ ...fileBody(1_000), post_mode: 'DIRECT_POST' }))).toBe(
      '400 invalid_params',
    );
  });

  test.each(['', '[]', '"x"', '{', 'null'])('cannot be %j', async (body) => {
    const tiktok = createHarness();
    const headers = { authorization: `Bearer ${tiktok.tokenOf()}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body };
    expect(verdict(await tiktok.request('/v2/post/publish/video/init/', init))).toBe('400 invalid_params');
  });

  test('must be announced as JSON', async () => {
    const tiktok = createHarness();
    const headers = { authorization: `Bearer ${tiktok.tokenOf()}`, 'content-type': 'text/plain' };
    const init = { method: 'POST', headers, body: JSON.stringify(fileBody(1_000)) };
    expect(verdict(await tiktok.request('/v2/post/publish/video/init/', init))).toBe('400 invalid_params');
  });

  test('the code is invalid_param where configured', async () => {
    expect(verdict(await tryInit({}, { invalidParamsCode: 'invalid_param' }))).toBe('400 invalid_param');
  });
});

describe('the order of checks', () => {
  const users = [{ username: 'ada.films', banned: true }];
  const apps = [{ audited: false }];
  const unowned = pullBody('https://unowned.example/x.mp4', { privacy_level: 'FOLLOWER_OF_CREATOR' });

  test('bearer, scope, rate, fields, ownership, creator, audit, privacy', async () => {
    const tiktok = createHarness({ users, apps });
    const { emulator } = tiktok;
    expect(verdict(await tiktok.init('none', {}))).toBe('401 access_token_invalid');
    expect(verdict(await tiktok.init(tiktok.tokenOf(['video.upload']), {}))).toBe('401 scope_not_authorized');
    const token = tiktok.tokenOf();
    expect(verdict(await tiktok.init(token, {}))).toBe('400 invalid_params');
    expect(verdict(await tiktok.init(token, unowned))).toBe('403 url_ownership_unverified');
    emulator.putApp({ verifiedProperties: ['unowned.example'] });
    expect(verdict(await tiktok.init(token, unowned))).toBe('403 spam_risk_user_banned_from_posting');
    emulator.putUser({ username: 'ada.films', banned: false });
    expect(verdict(await tiktok.init(token, unowned))).toBe(
      '403 unaudited_client_can_only_post_to_private_accounts',
    );
    emulator.putApp({ audited: true });
    expect(verdict(await tiktok.init(token, unowned))).toBe('403 privacy_level_option_mismatch');
    await tiktok.init(token, {});
    expect(verdict(await tiktok.init(token, {}))).toBe('429 rate_limit_exceeded');
    expect(emulator.ledger()).toEqual([]);
  });
});
