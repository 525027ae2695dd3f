import { describe, expect, test } from 'vitest';
import { createHarness, verdict } from './harness.ts';

describe('creator_info', () => {
  test('of a public account', async () => {
    const tiktok = createHarness();
    const { json } = await tiktok.creatorInfo(tiktok.tokenOf());
    expect(json.data).toEqual({
      creator_avatar_url: 'https://open.tiktokapis.com/avatar/ada.films.svg?size=100',
      creator_username: 'ada.films',
      creator_nickname: 'Ada Films',
      privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
      comment_disabled: false,
      duet_disabled: false,
      stitch_disabled: false,
      max_video_post_duration_sec: 600,
    });
  });

  test('of a private account, which allows neither duet nor stitch', async () => {
    const tiktok = createHarness();
    tiktok.emulator.putUser({ username: 'bo.private', commentDisabled: true, maxVideoPostDurationSec: 180 });
    const { json } = await tiktok.creatorInfo(tiktok.tokenOf(undefined, 'bo.private'));
    expect(json.data).toMatchObject({
      privacy_level_options: ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
      comment_disabled: true,
      duet_disabled: true,
      stitch_disabled: true,
      max_video_post_duration_sec: 180,
    });
  });

  test('needs video.publish, and takes no field', async () => {
    const tiktok = createHarness();
    const path = '/v2/post/publish/creator_info/query/';
    expect(verdict(await tiktok.creatorInfo(tiktok.tokenOf(['video.upload'])))).toBe(
      '401 scope_not_authorized',
    );
    expect(verdict(await tiktok.post(path, tiktok.tokenOf()))).toBe('200 ok');
    expect(verdict(await tiktok.post(path, tiktok.tokenOf(), { a: 1 }))).toBe('400 invalid_params');
  });

  test('shows an avatar that loads', async () => {
    const tiktok = createHarness();
    const { json } = await tiktok.creatorInfo(tiktok.tokenOf());
    const avatar = await tiktok.request(String(json.data?.creator_avatar_url));
    expect(avatar.headers.get('content-type')).toBe('image/svg+xml');
    expect(avatar.text).toContain('>A</text>');
  });
});

describe('user_info', () => {
  test('answers the fields asked for, and no other', async () => {
    const tiktok = createHarness();
    const { access_token, open_id } = tiktok.emulator.grant({ username: 'ada.films' });
    const { json } = await tiktok.userInfo(access_token, 'open_id,display_name');
    expect(json.data).toEqual({ user: { open_id, display_name: 'Ada Films' } });
  });

  test('has the types of the documents', async () => {
    const tiktok = createHarness();
    await tiktok.publishFile(tiktok.tokenOf());
    const fields =
      'union_id,avatar_url,avatar_url_100,avatar_large_url,bio_description,profile_deep_link,username';
    const { json } = await tiktok.userInfo(
      tiktok.tokenOf(),
      `${fields},is_verified,follower_count,video_count`,
    );
    expect(json.data?.user).toMatchObject({
      union_id: expect.any(String),
      username: 'ada.films',
      is_verified: false,
      follower_count: 0,
      video_count: 1,
    });
  });

  test('one field without its scope fails the whole call', async () => {
    for (const missingFieldScopeCode of ['scope_not_authorized', 'scope_permission_missed'] as const) {
      const tiktok = createHarness({ missingFieldScopeCode });
      const answer = await tiktok.userInfo(tiktok.tokenOf(['user.info.basic']), 'open_id,username');
      expect(answer.json.error?.code).toBe(missingFieldScopeCode);
      expect(answer.status).toBe(missingFieldScopeCode === 'scope_not_authorized' ? 401 : 400);
    }
  });

  test.each(['', 'open_id,', 'open_id,fps', 'open_id&x=1', 'constructor'])(
    'fields=%s is invalid',
    async (fields) => {
      const tiktok = createHarness();
      expect(verdict(await tiktok.userInfo(tiktok.tokenOf(), fields))).toBe('400 invalid_params');
    },
  );

  test('is a GET', async () => {
    const tiktok = createHarness();
    const post = await tiktok.post('/v2/user/info/?fields=open_id', tiktok.tokenOf(), {});
    expect(verdict(post)).toBe('405 method_not_allowed');
  });
});

describe('a bearer token', () => {
  test.each(['', 'act.none', 'Bearer act.none', 'bearer', 'Basic eDp5'])(
    'cannot be %j',
    async (authorization) => {
      const tiktok = createHarness();
      const answer = await tiktok.request('/v2/user/info/?fields=open_id', { headers: { authorization } });
      expect(verdict(answer)).toBe('401 access_token_invalid');
      expect(answer.json.error?.message).toBe('The access token is invalid or not found in the request.');
    },
  );

  test('loses what the user takes back, and what the app is not approved for', async () => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    tiktok.emulator.removeGrant({ username: 'ada.films', scopes: ['video.publish'] });
    expect(verdict(await tiktok.creatorInfo(token))).toBe('401 scope_not_authorized');
    expect(verdict(await tiktok.userInfo(token, 'open_id'))).toBe('200 ok');
    tiktok.emulator.putApp({ scopes: ['video.publish'] });
    expect(verdict(await tiktok.userInfo(token, 'open_id'))).toBe('401 scope_not_authorized');
  });

  test('stands for another open_id in each app, and one union_id', async () => {
    const tiktok = createHarness({ apps: [{}, { clientKey: 'other' }] });
    const users = await Promise.all(
      ['emulator-client-key', 'other'].map(async (clientKey) => {
        const { access_token } = tiktok.emulator.grant({ username: 'ada.films', clientKey });
        const { json } = await tiktok.userInfo(access_token, 'open_id,union_id');
        return json.data?.user as { open_id: string; union_id: string };
      }),
    );
    expect(users[0]?.open_id).not.toBe(users[1]?.open_id);
    expect(users[0]?.union_id).toBe(users[1]?.union_id);
  });
});
