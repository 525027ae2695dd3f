import { describe, expect, test } from 'vitest';
import { createHarness, fileBody, type Harness, startMs, verdict } from './harness.ts';

const dayMs = 24 * 3600 * 1000;

function options(answer: { json: { data?: Record<string, unknown> } }) {
  return answer.json.data?.privacy_level_options;
}

/** With a fresh token for each call, so that no minute's limit is in the way. */
const initAs = (tiktok: Harness, username: string, info: Record<string, unknown> = {}) =>
  tiktok.init(tiktok.tokenOf(undefined, username), fileBody(1_000, { info }));

describe('a creator who cannot post now', () => {
  test.each<[string, Parameters<typeof createHarness>[0]]>([
    ['spam_risk_user_banned_from_posting', { users: [{ username: 'ada.films', banned: true }] }],
    ['spam_risk_too_many_posts', { users: [{ username: 'ada.films', dailyPostCap: 0 }] }],
    ['reached_active_user_cap', { apps: [{ activeUserCap: 0 }] }],
  ])('%s: 200 with all data from creator_info, 403 from init', async (code, given) => {
    const tiktok = createHarness(given);
    const info = await tiktok.creatorInfo(tiktok.tokenOf());
    expect(verdict(info)).toBe(`200 ${code}`);
    expect(info.json.data).toHaveProperty('privacy_level_options');
    const init = await initAs(tiktok, 'ada.films');
    expect(verdict(init)).toBe(`403 ${code}`);
    expect(init.json.error?.message).toMatch(/^Please review our integration guidelines at https:/);
    expect(init.json).not.toHaveProperty('data');
  });

  test('the daily cap is shared by all apps and lifts after 24 h', async () => {
    const users = [{ username: 'ada.films', dailyPostCap: 2 }];
    const tiktok = createHarness({ users, apps: [{}, { clientKey: 'other' }] });
    const other = tiktok.emulator.grant({ username: 'ada.films', clientKey: 'other' }).access_token;
    await tiktok.publishFile(tiktok.tokenOf());
    tiktok.emulator.clock.advance(1);
    await tiktok.publishFile(other);
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('403 spam_risk_too_many_posts');
    tiktok.emulator.clock.advance(dayMs - 1);
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('200 ok');
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('403 spam_risk_too_many_posts');
  });

  test('a publish that failed frees its place', async () => {
    const tiktok = createHarness({ users: [{ username: 'ada.films', dailyPostCap: 1 }] });
    await initAs(tiktok, 'ada.films');
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('403 spam_risk_too_many_posts');
    tiktok.emulator.clock.advance(3_600_000);
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('200 ok');
  });

  test('an app at its cap still serves creators it served today', async () => {
    const tiktok = createHarness({ apps: [{ activeUserCap: 1 }] });
    await initAs(tiktok, 'ada.films');
    expect(verdict(await initAs(tiktok, 'ada.films'))).toBe('200 ok');
    const bo = await initAs(tiktok, 'bo.private', { privacy_level: 'SELF_ONLY' });
    expect(verdict(bo)).toBe('403 reached_active_user_cap');
  });
});

describe('an app that is not audited', () => {
  const unaudited = '403 unaudited_client_can_only_post_to_private_accounts';

  test('is about the account: SELF_ONLY on a public account is refused too', async () => {
    const tiktok = createHarness({ apps: [{ audited: false }] });
    expect(verdict(await initAs(tiktok, 'ada.films', { privacy_level: 'SELF_ONLY' }))).toBe(unaudited);
    tiktok.emulator.putUser({ username: 'ada.films', privateAccount: true });
    expect(verdict(await initAs(tiktok, 'ada.films', { privacy_level: 'SELF_ONLY' }))).toBe('200 ok');
  });

  test('may post nothing but SELF_ONLY to a private account', async () => {
    const info = { privacy_level: 'MUTUAL_FOLLOW_FRIENDS' };
    const plain = createHarness({ apps: [{ audited: false }] });
    expect(verdict(await initAs(plain, 'bo.private', info))).toBe(unaudited);
    const shrinking = createHarness({ apps: [{ audited: false, shrinksPrivacyOptions: true }] });
    expect(options(await shrinking.creatorInfo(shrinking.tokenOf()))).toEqual(['SELF_ONLY']);
    expect(verdict(await initAs(shrinking, 'bo.private', info))).toBe('403 privacy_level_option_mismatch');
  });

  test('serves five creators in 24 h', async () => {
    const users = ['a', 'b', 'c', 'd', 'e', 'f'].map((username) => ({ username, privateAccount: true }));
    const tiktok = createHarness({ users, apps: [{ audited: false }] });
    const verdicts = [];
    for (const { username } of users) {
      verdicts.push(verdict(await initAs(tiktok, username, { privacy_level: 'SELF_ONLY' })));
    }
    expect(verdicts).toEqual([...Array(5).fill('200 ok'), '403 reached_active_user_cap']);
  });
});

describe('a minute', () => {
  test.each([
    ['init', 6, (tiktok: Harness, token: string) => tiktok.init(token, {})],
    ['creator_info', 20, (tiktok: Harness, token: string) => tiktok.creatorInfo(token)],
    ['status', 30, (tiktok: Harness, token: string) => tiktok.status(token, 'x')],
    ['user_info', 600, (tiktok: Harness, token: string) => tiktok.userInfo(token, 'open_id')],
  ] as const)('%s: %i calls with one token, in a window that slides', async (_name, limit, call) => {
    const tiktok = createHarness();
    const [token, other] = [tiktok.tokenOf(), tiktok.tokenOf()];
    const limited = '429 rate_limit_exceeded';
    await call(tiktok, token);
    tiktok.emulator.clock.advance(30_000);
    for (let n = 1; n < limit; n++) expect(verdict(await call(tiktok, token))).not.toBe(limited);
    expect(verdict(await call(tiktok, token))).toBe(limited);
    expect(verdict(await call(tiktok, other))).not.toBe(limited);
    tiktok.emulator.clock.advance(30_000);
    expect(verdict(await call(tiktok, token))).not.toBe(limited);
    expect(verdict(await call(tiktok, token))).toBe(limited);
  });

  test('the frozen clock stands still', () => {
    expect(createHarness().emulator.clock.now()).toBe(startMs);
  });
});
