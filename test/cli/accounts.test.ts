import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDesk, type Desk } from './desk.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

let desk: Desk;
let id: string;
beforeEach(async () => {
  desk = await createDesk();
  id = JSON.parse((await desk.authorize()).stdout).id;
});
afterEach(async () => {
  desk.expectNoSecrets();
  await desk[Symbol.asyncDispose]();
});

const refreshes = () =>
  desk.emulator.requests().filter(({ grantType }) => grantType === 'refresh_token').length;
const accountFile = () => path.join(desk.directory, 'tiktok-publisher', 'accounts', `${id}.json`);

test('are listed and shown, with both ends and what they have allowed', async () => {
  const list = await desk.run(['accounts', 'list']);
  expect([list.code, list.stdout]).toEqual([
    0,
    expect.stringMatching(new RegExp(`${id} +Ada Films +connected +20\\d\\d-`)),
  ]);
  const shown = await desk.json(['accounts', 'show', 'ada.films']);
  expect(shown.code).toBe(2);
  const byName = await desk.json(['accounts', 'show', 'Ada Films']);
  expect(byName).toMatchObject({
    code: 0,
    printed: { id, status: 'connected', scopes: expect.arrayContaining(['video.publish']) },
  });
  expect(Object.keys(byName.printed)).toEqual(
    expect.arrayContaining(['tokenExpiresAt', 'refreshTokenExpiresAt']),
  );
});

test('tokens are masked, unless they are asked for', async () => {
  const list = await desk.json(['tokens', 'list']);
  expect(list.printed.tokens).toEqual([
    { account: id, accessTokenExpiresAt: expect.any(String), refreshTokenExpiresAt: expect.any(String) },
  ]);
  const masked = await desk.json(['tokens', 'show', id]);
  expect(masked.printed).toMatchObject({
    accessToken: expect.stringMatching(/^act\.….{4}$/),
    refreshToken: expect.stringMatching(/^rft\.….{4}$/),
  });
  const revealed = await desk.json(['tokens', 'show', id, '--reveal']);
  expect(revealed.printed.refreshToken).toMatch(/^rft\.[\w!*.-]{20,}$/);
  // It is the very token: unattended, it works.
  const env = { TIKTOK_REFRESH_TOKEN: revealed.printed.refreshToken };
  expect((await desk.json(['creator-info', '--token-file', desk.newName('.token')], env)).code).toBe(0);
});

test('forgotten, the consent is taken back as well', async () => {
  const { code, printed } = await desk.json(['accounts', 'forget', id]);
  expect([code, printed]).toEqual([0, { id, forgotten: true, revoked: true }]);
  expect(
    desk.emulator.requests().some(({ endpoint, status }) => endpoint === 'revoke' && status === 200),
  ).toBe(true);
  expect((await desk.json(['accounts', 'list'])).printed.accounts).toEqual([]);
  expect((await desk.json(['creator-info'])).code).toBe(6);
});

test('an account of which TikTok could not be told is kept; --local forgets it all the same', async () => {
  desk.emulator.faults.add({ endpoint: 'revoke', kind: 'drop' });
  const kept = await desk.json(['accounts', 'forget', id]);
  expect([kept.code, kept.printed.error.code]).toEqual([3, 'revocation_failed']);
  expect((await desk.json(['accounts', 'show', id])).code).toBe(0);
  expect((await desk.json(['accounts', 'forget', id, '--local'])).printed).toMatchObject({ revoked: false });
  expect((await desk.json(['accounts', 'list'])).printed.accounts).toEqual([]);
});

describe('renewing', () => {
  /** The access token of the file ends in so many minutes. */
  async function endsIn(minutes: number): Promise<void> {
    const row = JSON.parse(await readFile(accountFile(), 'utf8'));
    row.access_token_expires_at = new Date(Date.now() + minutes * 60_000).toISOString();
    await writeFile(accountFile(), JSON.stringify(row));
  }

  test('happens once for two commands at once, and both are answered', async () => {
    await endsIn(0);
    desk.emulator.faults.add({ endpoint: 'token', kind: 'delay', ms: 1_000, when: 'before' });
    const both = await Promise.all([desk.json(['creator-info']), desk.json(['videos', 'list'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(refreshes()).toBe(1);
    expect((await desk.json(['creator-info'])).code).toBe(0);
    expect(refreshes()).toBe(1);
  });

  test('saves the new pair before it is used: a command that is killed at its first question has lost nothing', async () => {
    await endsIn(0);
    desk.emulator.faults.add({ endpoint: 'creator_info', kind: 'delay', ms: 3_000, when: 'before' });
    const started = desk.start(['creator-info']);
    while (!desk.emulator.requests().some(({ endpoint }) => endpoint === 'creator_info'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    started.child.kill('SIGKILL');
    await started.ended;
    expect(JSON.parse(await readFile(accountFile(), 'utf8')).token_version).toBe(2);
    expect((await desk.json(['creator-info'])).code).toBe(0);
    expect(refreshes()).toBe(1);
  });

  test('after TikTok itself has ended the token', async () => {
    desk.emulator.endAccessTokens({ username: 'ada.films' });
    expect((await desk.json(['creator-info'])).code).toBe(0);
    expect(refreshes()).toBe(1);
  });

  test('that TikTok refuses for good: exit 6, and the tokens are gone', async () => {
    desk.emulator.removeGrant({ username: 'ada.films' });
    const first = await desk.json(['creator-info']);
    expect([first.code, first.printed.reason.code]).toEqual([6, 'reauth_required']);
    expect((await desk.json(['accounts', 'show', id])).code).toBe(6);
    expect((await desk.json(['tokens', 'show', id])).code).toBe(6);
    expect(JSON.parse(await readFile(accountFile(), 'utf8')).sealed_refresh_token).toBeNull();
    await desk.authorize();
    expect((await desk.json(['creator-info'])).code).toBe(0);
  });
});

test('without the key that sealed them: exit 4, and what to do', async () => {
  await writeFile(path.join(desk.directory, 'tiktok-publisher', 'sealing-key'), `cli:${'A'.repeat(43)}\n`);
  for (const args of [['creator-info'], ['tokens', 'show']]) {
    const { code, printed } = await desk.json(args);
    expect([code, printed.error.code]).toEqual([4, 'token_unreadable']);
  }
  await writeFile(path.join(desk.directory, 'tiktok-publisher', 'sealing-key'), 'no key\n');
  expect((await desk.json(['accounts', 'list'])).printed.error.code).toBe('sealing_key_unreadable');
});

test.each(['', '{"id":', '{}', 'null', '[]'])(
  'a file that holds %j is named, and left as it is',
  async (text) => {
    await writeFile(accountFile(), text);
    const { code, printed } = await desk.json(['creator-info']);
    expect([code, printed.error.code]).toEqual([4, 'file_unreadable']);
    expect(printed.error.message).toContain(accountFile());
    expect(await readFile(accountFile(), 'utf8')).toBe(text);
  },
);

test('which of several is meant must be said', async () => {
  await desk.authorize({ username: 'bo.private' });
  const unclear = await desk.json(['creator-info']);
  expect([unclear.code, unclear.printed.error.code]).toEqual([2, 'account_unclear']);
  const { code, printed } = await desk.json(['creator-info', '--account', 'Bo']);
  expect([code, printed.creatorUsername]).toEqual([0, 'bo.private']);
});

test('without the app in the environment it says what is missing, by name', async () => {
  const { code, stderr } = await desk.run(['creator-info'], {
    TIKTOK_CLIENT_KEY: '',
    TIKTOK_CLIENT_SECRET: '',
  });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/TIKTOK_CLIENT_KEY is missing.*TIKTOK_CLIENT_SECRET is missing/s),
  ]);
});

describe('TikTok is asked', () => {
  test('what the creator may post', async () => {
    const { code, stdout } = await desk.run(['creator-info']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS')]);
  });

  test('for a publish that it does not know: exit 1', async () => {
    const { code, printed } = await desk.json(['status', 'v_pub_file~v2-1.123']);
    expect([code, printed.error.code]).toEqual([1, 'invalid_publish_id']);
  });

  test('and when it does not answer: exit 3', async () => {
    desk.emulator.faults.add({ endpoint: 'creator_info', kind: 'html', times: 2 });
    const { code, printed } = await desk.json(['creator-info']);
    expect([code, printed.error.code]).toEqual([3, 'tiktok_unavailable']);
  });
});
