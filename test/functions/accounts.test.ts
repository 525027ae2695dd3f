import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { EndpointName, Fault } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import {
  type Answered,
  type CallOptions,
  createWorld,
  type FunctionName,
  type World,
} from '../support/world.ts';

const LIFETIMES = [
  ['current', 7_200, 15_552_000],
  ['legacy', 86_400, 31_536_000],
] as const;

describe.each(LIFETIMES)('with the token lifetimes called %s', (profile, accessSeconds, refreshSeconds) => {
  let world: World;
  let user: TestUser;
  let accountId: string;
  beforeAll(async () => {
    world = await createWorld({ profile });
    vi.stubEnv('TIKTOK_SCOPES', 'user.info.basic,video.publish,video.upload,video.list');
  });
  afterAll(() => world[Symbol.asyncDispose]());
  beforeEach(async () => {
    await world.sql`delete from social_accounts`;
    world.emulator.reset();
    world.logLines.length = 0;
    user = await world.signUp();
    accountId = await world.connectAccount(user);
  });

  const post = (name: FunctionName, as: TestUser | undefined = user, id = accountId) =>
    world.call(name, { method: 'POST', user: as, body: { accountId: id } });
  const refresh = () => post('tiktok-refresh');
  const disconnect = () => post('tiktok-disconnect');
  const creatorInfo = (as = user, id = accountId) =>
    world.call('tiktok-creator-info', { user: as, path: `?accountId=${id}` });
  const videos = (query = '') =>
    world.call('tiktok-videos', { user, path: `?accountId=${accountId}${query}` });

  const requests = (endpoint: EndpointName) =>
    world.emulator.requests().filter((request) => request.endpoint === endpoint);
  const refreshes = () => requests('token').filter(({ grantType }) => grantType === 'refresh_token');
  const rotations = () => refreshes().filter(({ errorCode, status }) => status === 200 && !errorCode).length;
  const account = async (id = accountId) => {
    const [row] =
      await world.sql`select *, extract(epoch from access_token_expires_at - now())::float8 as left_seconds,
      extract(epoch from refresh_token_expires_at - now())::float8 as refresh_left_seconds
      from social_accounts where id = ${id}`;
    if (!row) throw new Error('no such account');
    return row;
  };
  const published = () => world.emulator.ledger().filter((entry) => entry.published).length;
  /** The worker, or somebody else, has the account. */
  const occupy = () => world.sql`update social_accounts set fence = fence + 1, lease_holder = ${randomUUID()},
    lease_expires_at = now() + interval '90 seconds' where id = ${accountId}`;
  const vacate = () => world.sql`update social_accounts set lease_holder = null, lease_expires_at = null
    where id = ${accountId}`;
  const leaveSeconds = (seconds: number) => world.sql`update social_accounts
    set access_token_expires_at = now() + ${`${seconds} seconds`}::interval where id = ${accountId}`;
  const spoil = (endpoint: EndpointName, fault: Omit<Fault, 'endpoint'>) =>
    world.emulator.faults.add({ endpoint, ...fault });
  const arrived = (endpoint: EndpointName, count = 1) =>
    vi.waitFor(() => expect(requests(endpoint).length).toBeGreaterThanOrEqual(count), 5_000);
  const queue = (changes: Record<string, unknown> = {}) =>
    world.queuePost(user, accountId, {
      transfer: 'pull',
      videoUrl: `${world.media.url}/verified/vertical.mp4`,
      ...changes,
    });

  async function publish(changes: Record<string, unknown> = {}): Promise<string> {
    const { id } = await queue(changes);
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.makeDue();
      await world.tick();
      await world.emulator.settled();
    }
    const { status, error } = await world.getPost(user, id);
    expect([status, error]).toEqual(['published', null]);
    return id;
  }

  describe('refreshing', () => {
    test('rotates the pair, stores it, and says how long both last', async () => {
      const before = await account();
      const answer = await refresh();
      const after = await account();
      expect([answer.status, answer.json]).toEqual([
        200,
        {
          tokenExpiresAt: after.access_token_expires_at.toISOString(),
          refreshTokenExpiresAt: after.refresh_token_expires_at.toISOString(),
        },
      ]);
      expect(Math.round(after.left_seconds / 600)).toBe(accessSeconds / 600);
      expect(Math.round(after.refresh_left_seconds / 600)).toBe(refreshSeconds / 600);
      expect(Number(after.token_version)).toBe(Number(before.token_version) + 1);
      expect(after.sealed_refresh_token).not.toBe(before.sealed_refresh_token);
      expect([rotations(), after.lease_holder, after.lease_expires_at]).toEqual([1, null, null]);
      await publish();
    });

    test('ten times at once, with the worker at it: every rotation is stored, none is lost', async () => {
      await leaveSeconds(600);
      const versionBefore = Number((await account()).token_version);
      await queue();
      const ticking = (async () => {
        for (let ticks = 0; ticks < 4; ticks++) {
          await world.makeDue();
          await world.tick();
        }
      })();
      const answers = await Promise.all(Array.from({ length: 10 }, refresh));
      await ticking;
      for (const { status, json } of answers) {
        expect([200, 409]).toContain(status);
        if (status === 409) expect(json.code).toBe('account_busy');
      }
      expect(answers.some(({ status }) => status === 200)).toBe(true);
      expect(refreshes().filter(({ errorCode }) => errorCode)).toEqual([]);
      const after = await account();
      expect([after.status, Number(after.token_version) - versionBefore]).toEqual(['connected', rotations()]);
      expect((await refresh()).status).toBe(200);
    });

    test('ten times at once is one refresh, and the answer is the same for all', async () => {
      spoil('token', { kind: 'delay', ms: 400, match: { grantType: 'refresh_token' } });
      const answers = await Promise.all(Array.from({ length: 10 }, refresh));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect([answers[0]?.status, rotations()]).toEqual([200, 1]);
    });

    test('while the worker refreshes: waits for it and takes its pair', async () => {
      await leaveSeconds(30);
      await queue();
      spoil('token', { kind: 'delay', ms: 600, match: { grantType: 'refresh_token' } });
      const ticking = world.tick();
      await arrived('token', 2);
      const answer = await refresh();
      await ticking;
      expect([answer.status, rotations(), refreshes().length]).toEqual([200, 1, 1]);
      expect(answer.json.tokenExpiresAt).toBe((await account()).access_token_expires_at.toISOString());
    });

    test('while the worker is at it: waits a little, then says so, and leaves the tokens alone', async () => {
      await occupy();
      expectProblem(await refresh(), 409, 'account_busy');
      expect(refreshes()).toEqual([]);

      const waiting = refresh();
      await sleep(500);
      await vacate();
      expect((await waiting).status).toBe(200);
    });

    test('takes over a lease that has lapsed, and its holder is locked out', async () => {
      await occupy();
      const held = Number((await account()).fence);
      await world.sql`update social_accounts set lease_expires_at = now() where id = ${accountId}`;
      expect((await refresh()).status).toBe(200);
      expect(Number((await account()).fence)).toBe(held + 1);
    });

    test('keeps the worker off the account meanwhile', async () => {
      const { id } = await queue();
      spoil('token', { kind: 'delay', ms: 500, match: { grantType: 'refresh_token' } });
      const refreshing = refresh();
      await arrived('token', 2);
      expect(await world.tick()).toMatchObject({ accounts: 0 });
      expect((await refreshing).status).toBe(200);
      await world.tick();
      expect((await world.getPost(user, id)).status).toBe('processing');
    });

    test('a dead refresh token: only connecting again helps, and TikTok is not asked twice', async () => {
      world.emulator.removeGrant({ username: 'ada.films' });
      expectProblem(await refresh(), 409, 'reauth_required');
      expect([(await account()).status, (await account()).lease_holder]).toEqual(['reauth_required', null]);
      expectProblem(await refresh(), 409, 'reauth_required');
      expect(refreshes().length).toBe(1);
      await world.connectAccount(user);
      expect((await refresh()).status).toBe(200);
    });

    test.each<[string, Omit<Fault, 'endpoint'>]>([
      ['no connection', { kind: 'drop' }],
      ['a proxy’s page', { kind: 'html' }],
      ['TikTok’s own trouble', { kind: 'error', code: 'server_error', httpStatus: 500 }],
      ['the same with 200', { kind: 'error', code: 'temporarily_unavailable', httpStatus: 200 }],
    ])('an outage is not a dead token: %s', async (_what, fault) => {
      spoil('token', { ...fault, match: { grantType: 'refresh_token' } });
      expectProblem(await refresh(), 503, 'tiktok_unavailable');
      expect([(await account()).status, (await account()).lease_holder]).toEqual(['connected', null]);
      expect((await refresh()).status).toBe(200);
    });

    test('what only the operator can mend is said as such', async () => {
      spoil('token', { kind: 'error', code: 'invalid_client', httpStatus: 200 });
      const answer = await refresh();
      expectProblem(answer, 503, 'token_refresh_failed');
      expect(answer.json.detail).toContain('whoever runs this site');

      const [name, value] = ['TOKEN_ENCRYPTION_KEYS', world.env.TOKEN_ENCRYPTION_KEYS];
      vi.stubEnv(name, `other:${Buffer.from('another-another-another-another-').toString('base64url')}`);
      expectProblem(await refresh(), 503, 'token_unreadable');
      expectProblem(await creatorInfo(), 503, 'token_unreadable');
      vi.stubEnv(name, value);
      expect((await refresh()).status).toBe(200);
    });
  });

  describe('disconnecting', () => {
    const revocations = () => requests('revoke').map(({ errorCode }) => errorCode);

    test('forgets the tokens, tells TikTok, cancels what is queued, and leaves the rest', async () => {
      const done = await publish();
      const later = await queue({ scheduledAt: '2027-01-01T00:00:00Z' });
      const waiting = await queue();
      await world.sql`update social_posts set error_code = 'media_unreachable', error_message = 'x' where id = ${waiting.id}`;
      const unknown = await queue();
      await world.sql`update social_posts set status = 'needs_attention', run_at = null, error_code = 'outcome_unknown',
        error_message = 'x' where id = ${unknown.id}`;
      const versionBefore = Number((await account()).token_version);

      const answer = await disconnect();
      expect([answer.status, answer.json]).toEqual([
        200,
        { disconnected: true, revoked: true, revocation: 'done' },
      ]);
      expect(revocations()).toEqual([null]);
      expect(await account()).toMatchObject({
        status: 'disconnected',
        sealed_access_token: null,
        sealed_refresh_token: null,
        access_token_expires_at: null,
        refresh_token_expires_at: null,
        token_version: String(versionBefore + 1),
      });
      for (const { id } of [later, waiting]) {
        expect(await world.getPost(user, id)).toMatchObject({
          status: 'cancelled',
          error: null,
          nextCheckAt: null,
        });
      }
      expect((await world.getPost(user, done)).status).toBe('published');
      expect((await world.getPost(user, unknown.id)).status).toBe('needs_attention');

      expect((await world.call('tiktok-status', { user })).json).toEqual({ connected: false, accounts: [] });
      for (const gone of [await disconnect(), await refresh(), await creatorInfo(), await videos()]) {
        expectProblem(gone, 404, 'account_not_found');
      }
      expect(revocations().length).toBe(1);
    });

    test.each<[string, Omit<Fault, 'endpoint'>]>([
      ['no connection', { kind: 'drop' }],
      ['a proxy’s page', { kind: 'html' }],
      ['a refusal', { kind: 'error', code: 'invalid_client', httpStatus: 200 }],
      ['an answer that is no object', { kind: 'status', status: 200, body: '"ok"' }],
      ['an empty object with 500', { kind: 'status', status: 500, body: '{}' }],
    ])('works although TikTok cannot be told, and says so: %s', async (_what, fault) => {
      spoil('revoke', fault);
      const answer = await disconnect();
      expect([answer.status, answer.json]).toEqual([
        200,
        { disconnected: true, revoked: false, revocation: 'pending' },
      ]);
      expect(await account()).toMatchObject({ status: 'disconnected', sealed_refresh_token: null });
      expect(world.logLines.filter((line) => line.includes('"revoke_failed"'))).toHaveLength(1);
    });

    test('one that must be connected again: there is nothing to take back, and TikTok is not asked', async () => {
      world.emulator.removeGrant({ username: 'ada.films' });
      await refresh();
      expect(await account()).toMatchObject({ status: 'reauth_required', sealed_refresh_token: null });
      world.logLines.length = 0;
      expect((await disconnect()).json).toEqual({
        disconnected: true,
        revoked: false,
        revocation: 'not_possible',
      });
      expect([revocations(), (await account()).status]).toEqual([[], 'disconnected']);
      expect(world.logLines.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
    });

    test('forgets before it tells TikTok', async () => {
      spoil('revoke', { kind: 'delay', ms: 500 });
      const disconnecting = disconnect();
      await arrived('revoke');
      expect(await account()).toMatchObject({ status: 'disconnected', sealed_access_token: null });
      expect((await disconnecting).json.revoked).toBe(true);
    });

    test.each(['by TikTok alone', 'by our reckoning, too'])(
      'an access token past its end, %s, is renewed once more, for nothing else takes the consent back',
      async (how) => {
        world.emulator.clock.advance((accessSeconds + 1) * 1000);
        if (how !== 'by TikTok alone') await leaveSeconds(-1);
        expect((await disconnect()).json.revocation).toBe('done');
        const tried = how === 'by TikTok alone' ? ['invalid_grant', null] : [null];
        expect([revocations(), rotations()]).toEqual([tried, 1]);
        expect(await account()).toMatchObject({ status: 'disconnected', sealed_refresh_token: null });
      },
    );

    test('tokens that are dead leave nothing to be taken back', async () => {
      world.emulator.removeGrant({ username: 'ada.films' });
      expect((await disconnect()).json).toEqual({
        disconnected: true,
        revoked: false,
        revocation: 'not_possible',
      });
      expect([revocations(), refreshes().length]).toEqual([['invalid_grant'], 1]);
    });

    test('tokens of another app are forgotten, and TikTok is not asked with the wrong one', async () => {
      await world.sql`update social_accounts set client_key = 'the app of last year' where id = ${accountId}`;
      expect((await disconnect()).json).toEqual({
        disconnected: true,
        revoked: false,
        revocation: 'not_possible',
      });
      expect(revocations()).toEqual([]);
    });

    test('and connecting again revives the same account, which publishes', async () => {
      const { id } = await queue();
      await disconnect();
      expect(await world.connectAccount(user)).toBe(accountId);
      expect((await world.call('tiktok-status', { user })).json).toMatchObject({
        connected: true,
        accounts: [{ id: accountId, status: 'connected' }],
      });
      await publish();
      // What was cancelled stays so.
      expect((await world.getPost(user, id)).status).toBe('cancelled');
      expect(published()).toBe(1);
    });

    test('while the worker is in an init: what TikTok answered is kept, and nothing more is asked for it', async () => {
      const { id } = await queue();
      const next = await queue();
      spoil('video_init', { kind: 'delay', ms: 500 });
      const ticking = world.tick();
      await arrived('video_init');
      expect((await disconnect()).status).toBe(200);
      await ticking;
      await world.emulator.settled();
      await world.makeDue();
      const begun = await world.getPost(user, id);
      expect(begun.attempts).toHaveLength(1);
      expect((await world.getPost(user, next.id)).status).toBe('cancelled');
      expect(requests('video_init').length).toBe(1);

      const asked = world.emulator.requests().length;
      await world.tick();
      expect(world.emulator.requests().length).toBe(asked);
      const waiting = await world.getPost(user, id);
      // TikTok refused the token that was taken back: nothing was begun, and what is queued is cancelled.
      expect([waiting.status, waiting.error?.code]).toEqual(['cancelled', 'account_disconnected']);
      expect([waiting.publishId, waiting.attempts]).toEqual([begun.publishId, begun.attempts]);
      expect((await account()).status).toBe('disconnected');
    });

    test('while an upload is under way: it stops, keeps its evidence, and ends by TikTok’s word after a reconnect', async () => {
      const { id } = await queue({ transfer: 'upload', videoUrl: `${world.media.url}/vertical.mp4` });
      spoil('upload', { kind: 'drop' });
      await world.tick();
      const { publishId, status } = await world.getPost(user, id);
      expect([status, typeof publishId]).toEqual(['uploading', 'string']);
      await disconnect();
      await world.makeDue();
      await world.tick();
      expect(await world.getPost(user, id)).toMatchObject({
        status: 'uploading',
        publishId,
        error: { code: 'reauth_required' },
        attempts: [{ publishId, outcome: null }],
      });
      await world.connectAccount(user);
      await world.tick();
      // TikTok ends what was under way when its permission was taken back.
      expect(await world.getPost(user, id)).toMatchObject({
        status: 'failed',
        error: { code: 'auth_removed' },
      });
      expect(published()).toBe(0);
    });

    test('while the worker refreshes: the new pair is not stored', async () => {
      await leaveSeconds(30);
      const { id } = await queue();
      spoil('token', { kind: 'delay', ms: 600, match: { grantType: 'refresh_token' } });
      const ticking = world.tick();
      await arrived('token', 2);
      expect((await disconnect()).status).toBe(200);
      await ticking;
      expect(await account()).toMatchObject({ status: 'disconnected', sealed_refresh_token: null });
      expect((await world.getPost(user, id)).status).toBe('cancelled');
      expect(requests('video_init')).toEqual([]);
    });

    test('while a refresh comes in between: the newer token is the one that is revoked', async () => {
      const answers = await Promise.all([refresh(), disconnect(), refresh(), refresh()]);
      expect(answers[1]?.json).toEqual({ disconnected: true, revoked: true, revocation: 'done' });
      for (const { status } of answers) expect([200, 404, 409]).toContain(status);
      expect(await account()).toMatchObject({ status: 'disconnected', sealed_refresh_token: null });
    });

    test('by a version that is not the latest does nothing; by the latest, any number of times the same', async () => {
      const { accounts } = createApp(process.env);
      const old = await accounts.find(user.userId, accountId);
      await refresh();
      const latest = await accounts.find(user.userId, accountId);
      if (!old || !latest) throw new Error('no such account');
      expect(await accounts.disconnect(old, null)).toBe('stale');
      expect((await account()).status).toBe('connected');
      expect([await accounts.disconnect(latest, null), await accounts.disconnect(latest, null)]).toEqual([
        'forgotten',
        'forgotten',
      ]);
      expect(Number((await account()).token_version)).toBe(latest.tokenVersion + 1);
      await world.connectAccount(user);
      expect(await accounts.disconnect(latest, null)).toBe('stale');
      expect((await account()).status).toBe('connected');
    });

    test('ten times at once: TikTok is told, and nobody is told of a failure', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, disconnect));
      for (const { status } of answers) expect([200, 404]).toContain(status);
      expect(answers.some(({ json }) => json.revoked === true)).toBe(true);
      expect((await account()).status).toBe('disconnected');
    });

    test('leaves another user with the same TikTok account alone: TikTok knows one consent for both', async () => {
      const other = await world.signUp();
      const theirs = await world.connectAccount(other);
      expect((await disconnect()).json).toEqual({ disconnected: true, revoked: false, revocation: 'in_use' });
      expect([revocations(), (await account()).sealed_refresh_token]).toEqual([[], null]);
      expect((await post('tiktok-refresh', other, theirs)).status).toBe(200);
      // The last of them takes it back.
      expect((await post('tiktok-disconnect', other, theirs)).json.revocation).toBe('done');
      expect(revocations()).toEqual([null]);
    });

    test('waits in no circle with a worker: whoever locks both rows takes the account’s first', async () => {
      const { id } = await queue();
      await occupy();
      const fence = Number((await account()).fence);
      let writing: Promise<unknown> = Promise.resolve();
      await world.sql.begin(async (sql) => {
        await sql`select 1 from social_accounts where id = ${accountId} for no key update`;
        writing = world.sql`select lock_leased_post(${id}, ${fence}, 0)`.execute();
        await vi.waitFor(async () => {
          const waiting = await world.sql`select 1 from pg_stat_activity
            where wait_event_type = 'Lock' and query like '%lock_leased_post%'`;
          expect(waiting).toHaveLength(1);
        }, 5_000);
        await sql`select 1 from social_posts where id = ${id} for no key update nowait`;
      });
      expect(await writing).toEqual([{ lock_leased_post: true }]);
      await vacate();
    });
  });

  describe('an access token', () => {
    const asked = () => requests('creator_info').length;

    test('near its end is renewed first', async () => {
      await leaveSeconds(600);
      expect((await creatorInfo()).json.canPost).toBe(true);
      expect([rotations(), asked(), (await account()).lease_holder]).toEqual([1, 1, null]);
    });

    test('near its end is used as it is while the worker has the account', async () => {
      await leaveSeconds(600);
      await occupy();
      expect((await creatorInfo()).json.canPost).toBe(true);
      expect([rotations(), asked()]).toEqual([0, 1]);
    });

    test('near its end is used as it is while it cannot be renewed', async () => {
      await leaveSeconds(600);
      spoil('token', { kind: 'html' });
      expect((await creatorInfo()).json.canPost).toBe(true);
      expect([rotations(), (await account()).status]).toEqual([0, 'connected']);
    });

    test('at its end, and the worker has the account: busy', async () => {
      await leaveSeconds(-1);
      await occupy();
      expectProblem(await creatorInfo(), 409, 'account_busy');
      expect([rotations(), asked()]).toEqual([0, 0]);
    });

    test('at its end is renewed once for ten calls at once', async () => {
      await leaveSeconds(-1);
      world.emulator.clock.advance((accessSeconds + 1) * 1000);
      const answers = await Promise.all(Array.from({ length: 10 }, () => creatorInfo()));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect([rotations(), refreshes().length, asked()]).toEqual([1, 1, 10]);
    });

    test('at its end is renewed first for videos, too', async () => {
      await leaveSeconds(-1);
      world.emulator.clock.advance((accessSeconds + 1) * 1000);
      expect([(await videos()).status, rotations()]).toEqual([200, 1]);
    });
  });

  test('no token is in an answer, in the log or in the database as it is', async () => {
    const answers = [await refresh(), await creatorInfo(), await videos(), await refresh()];
    spoil('revoke', { kind: 'error', code: 'invalid_grant', httpStatus: 200 });
    const rows = JSON.stringify(await world.sql`select * from social_accounts`);
    answers.push(await disconnect());
    await world.connectAccount(user);
    world.emulator.removeGrant({ username: 'ada.films' });
    answers.push(await refresh());
    const all = [...answers.map(({ text }) => text), ...world.logLines, rows].join('\n');
    expect(all).toContain('tokens_refreshed');
    expect(all).not.toMatch(/\b(act|rft)\./);
    expect(answers.map(({ text }) => text).join()).not.toMatch(/sealed|eyJ/);
    expect(all).not.toContain(world.env.TIKTOK_CLIENT_SECRET);
  });

  // What follows does not depend on how long a token lives.
  if (profile !== 'current') return;

  describe('creator info', () => {
    const asked = () => requests('creator_info').length;
    const OF_ADA = {
      creatorAvatarUrl: expect.stringMatching(/^http/),
      creatorUsername: 'ada.films',
      creatorNickname: 'Ada Films',
      privacyLevelOptions: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
      commentDisabled: false,
      duetDisabled: false,
      stitchDisabled: false,
      maxVideoPostDurationSec: expect.any(Number),
    };
    const OF_NOBODY = Object.fromEntries(Object.keys(OF_ADA).map((name) => [name, null]));

    test('is what TikTok says, asked anew each time', async () => {
      const answer = await creatorInfo();
      expect([answer.status, answer.json]).toEqual([200, { ...OF_ADA, canPost: true, reason: null }]);
      world.emulator.putUser({ username: 'ada.films', privateAccount: true, commentDisabled: true });
      expect((await creatorInfo()).json).toMatchObject({
        privacyLevelOptions: ['MUTUAL_FOLLOW_FRIENDS', 'FOLLOWER_OF_CREATOR', 'SELF_ONLY'],
        commentDisabled: true,
        duetDisabled: true,
      });
      expect([asked(), rotations()]).toEqual([2, 0]);
    });

    test.each([
      [
        'spam_risk_user_banned_from_posting',
        () => world.emulator.putUser({ username: 'ada.films', banned: true }),
      ],
      ['spam_risk_too_many_posts', () => world.emulator.putUser({ username: 'ada.films', dailyPostCap: 0 })],
      ['reached_active_user_cap', () => world.emulator.putApp({ activeUserCap: 0 })],
    ])('%s: cannot post, with a sentence and all TikTok told', async (code, arrange) => {
      arrange();
      const answer = await creatorInfo();
      const reason = { code, message: expect.stringMatching(/\.$/) };
      expect([answer.status, answer.json]).toEqual([200, { ...OF_ADA, canPost: false, reason }]);
      spoil('creator_info', { kind: 'error', code, httpStatus: 200 });
      expect((await creatorInfo()).json).toEqual({ ...OF_NOBODY, canPost: false, reason });
    });

    test('odd fields are null, and do not hide the rest', async () => {
      const data = {
        creator_username: 'ada.films',
        creator_avatar_url: 'javascript:alert(1)',
        privacy_level_options: ['SELF_ONLY', 'A_LEVEL_OF_NEXT_YEAR'],
        max_video_post_duration_sec: '300',
      };
      const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
      spoil('creator_info', { kind: 'status', status: 200, body });
      expect((await creatorInfo()).json).toEqual({
        ...OF_NOBODY,
        creatorUsername: 'ada.films',
        privacyLevelOptions: ['SELF_ONLY'],
        canPost: true,
        reason: null,
      });
    });

    test('a consent taken back: cannot post before it is connected again', async () => {
      world.emulator.removeGrant({ username: 'ada.films' });
      const reason = { code: 'reauth_required', message: expect.stringContaining('Connect it again') };
      expect((await creatorInfo()).json).toEqual({ ...OF_NOBODY, canPost: false, reason });
      expect((await account()).status).toBe('reauth_required');
      // That is known now.
      expect((await creatorInfo()).json).toEqual({ ...OF_NOBODY, canPost: false, reason });
      expect([asked(), refreshes().length]).toEqual([1, 1]);
    });

    test('a scope not given, or taken back: cannot post, and the account stays connected', async () => {
      world.emulator.removeGrant({ username: 'ada.films', scopes: ['video.publish'] });
      const reason = { code: 'scope_missing', message: expect.stringContaining('video.publish') };
      expect((await creatorInfo()).json).toEqual({ ...OF_NOBODY, canPost: false, reason });
      await world.sql`update social_accounts set scopes = '{user.info.basic,video.upload}' where id = ${accountId}`;
      expect((await creatorInfo()).json).toEqual({ ...OF_NOBODY, canPost: false, reason });
      expect([asked(), (await account()).status]).toEqual([1, 'connected']);
    });

    test('a token TikTok does not accept is renewed once, and then only connecting helps', async () => {
      spoil('creator_info', { kind: 'error', code: 'access_token_invalid', httpStatus: 401 });
      expect((await creatorInfo()).json.canPost).toBe(true);
      expect([rotations(), asked()]).toEqual([1, 2]);

      spoil('creator_info', { kind: 'error', code: 'access_token_invalid', httpStatus: 401, times: 2 });
      expect((await creatorInfo()).json.reason.code).toBe('reauth_required');
      expect([rotations(), (await account()).status]).toEqual([2, 'reauth_required']);
    });

    test.each<[string, Omit<Fault, 'endpoint'>]>([
      ['no connection', { kind: 'drop' }],
      ['a proxy’s page', { kind: 'html' }],
      ['half an answer', { kind: 'garbled' }],
      ['TikTok’s own trouble', { kind: 'error', code: 'internal_error', httpStatus: 500 }],
      ['too many calls', { kind: 'error', code: 'rate_limit_exceeded', httpStatus: 429 }],
      ['a code of next year', { kind: 'error', code: 'something_new', httpStatus: 200 }],
    ])('an outage is told as one: %s', async (_what, fault) => {
      spoil('creator_info', fault);
      expectProblem(await creatorInfo(), 503, 'tiktok_unavailable');
      expect((await account()).status).toBe('connected');
    });
  });

  describe('videos', () => {
    test('are the account’s public ones, newest first, page by page, or by their ids', async () => {
      const titles = ['The first', 'The second #film', 'The third\nof three'];
      for (const title of titles) {
        await publish({ title });
        world.emulator.clock.advance(61_000);
      }
      await publish({ title: 'Nobody’s business', privacyLevel: 'SELF_ONLY' });
      const all = (await videos()).json;
      expect(all.videos.map(({ title }: { title: string }) => title)).toEqual(titles.toReversed());
      expect(all.videos[0]).toEqual({
        id: expect.stringMatching(/^\d{19}$/),
        title: titles[2],
        description: titles[2],
        createTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
        shareUrl: `https://www.tiktok.com/@ada.films/video/${all.videos[0].id}`,
        coverImageUrl: expect.stringMatching(/^http/),
        embedLink: expect.stringMatching(/^https/),
        durationSec: 10,
        width: 1080,
        height: 1920,
        viewCount: 0,
        likeCount: 0,
        commentCount: 0,
        shareCount: 0,
      });
      expect([all.hasMore, typeof all.cursor]).toEqual([false, 'string']);

      const first = (await videos('&maxCount=2')).json;
      expect([first.videos, first.hasMore]).toEqual([all.videos.slice(0, 2), true]);
      const second = (await videos(`&maxCount=2&cursor=${first.cursor}`)).json;
      expect([second.videos, second.hasMore]).toEqual([all.videos.slice(2), false]);

      const [newest, , oldest] = all.videos;
      const chosen = await videos(`&ids=${oldest.id},${newest.id},${oldest.id},7000000000000000001`);
      expect([chosen.status, chosen.json]).toEqual([
        200,
        { videos: [newest, oldest], cursor: null, hasMore: false },
      ]);
      const [page] = requests('video_list');
      expect([page?.body, requests('video_query')[0]?.body]).toEqual([
        { max_count: 10 },
        { filters: { video_ids: [oldest.id, newest.id, '7000000000000000001'] } },
      ]);
    });

    test('have exact ids, whatever TikTok writes and whatever else is odd', async () => {
      const body = `{"data":{"videos":[{"id":7345678901234567891,"create_time":9e15,"view_count":"7","share_url":"javascript:1"}],
        "cursor":1700000000000,"has_more":true},"error":{"code":"ok","message":"","log_id":"x"}}`;
      spoil('video_list', { kind: 'status', status: 200, body });
      const { json } = await videos();
      expect(json).toMatchObject({ cursor: '1700000000000', hasMore: true });
      expect(json.videos).toMatchObject([
        { id: '7345678901234567891', title: null, createTime: null, viewCount: null, shareUrl: null },
      ]);
    });

    test('by their ids are asked for and told exactly', async () => {
      const ids = ['7345678901234567891', '7345678901234567890'];
      const body = `{"data":{"videos":[{"id":${ids[0]}},{"id":"${ids[1]}"}]},"error":{"code":"ok","message":"","log_id":"x"}}`;
      spoil('video_query', { kind: 'status', status: 200, body });
      const { json } = await videos(`&ids=${ids}`);
      expect(json.videos.map(({ id }: { id: string }) => id)).toEqual(ids);
      expect(requests('video_query')[0]?.body).toEqual({ filters: { video_ids: ids } });
    });

    test('need the scope for them: not given, or taken back', async () => {
      world.emulator.removeGrant({ username: 'ada.films', scopes: ['video.list'] });
      expectProblem(await videos(), 409, 'scope_missing');
      await world.sql`update social_accounts set scopes = array_remove(scopes, 'video.list') where id = ${accountId}`;
      expectProblem(await videos(), 409, 'scope_missing');
      expect([requests('video_list').length, (await account()).status]).toEqual([1, 'connected']);
    });

    test('of an account that must be connected again, and with TikTok away', async () => {
      spoil('video_list', { kind: 'drop' });
      expectProblem(await videos(), 503, 'tiktok_unavailable');
      spoil('video_query', { kind: 'error', code: 'invalid_params', httpStatus: 400 });
      expectProblem(await videos('&ids=7'), 503, 'tiktok_unavailable');
      world.emulator.removeGrant({ username: 'ada.films' });
      expectProblem(await videos(), 409, 'reauth_required');
    });

    test.each([
      ['cursor=', 'cursor_invalid'],
      ['cursor=-1', 'cursor_invalid'],
      ['cursor=1e3', 'cursor_invalid'],
      ['cursor=9999999999999999', 'cursor_invalid'],
      ['cursor=1&cursor=2', 'cursor_invalid'],
      ['maxCount=0', 'max_count_invalid'],
      ['maxCount=21', 'max_count_invalid'],
      ['maxCount=1.5', 'max_count_invalid'],
      ['maxCount=ten', 'max_count_invalid'],
      ['ids=', 'video_ids_invalid'],
      ['ids=7,', 'video_ids_invalid'],
      ['ids=7,x', 'video_ids_invalid'],
      ['ids=7&ids=8', 'video_ids_invalid'],
      [`ids=${Array.from({ length: 21 }, (_, n) => n).join(',')}`, 'video_ids_invalid'],
      ['ids=7&cursor=1', 'video_ids_alone'],
      ['ids=7&maxCount=1', 'video_ids_alone'],
      ['page=2', 'unknown_field'],
    ])('are not asked for with %s', async (query, code) => {
      expectProblem(await videos(`&${query}`), 400, code);
      expect([...requests('video_list'), ...requests('video_query')]).toEqual([]);
    });
  });

  const CALLS: [FunctionName, (accountId?: string) => CallOptions, string][] = [
    ['tiktok-refresh', (id) => ({ method: 'POST', body: { accountId: id } }), 'POST'],
    ['tiktok-disconnect', (id) => ({ method: 'POST', body: { accountId: id } }), 'POST'],
    ['tiktok-creator-info', (id) => ({ path: id === undefined ? '' : `?accountId=${id}` }), 'GET'],
    ['tiktok-videos', (id) => ({ path: id === undefined ? '' : `?accountId=${id}` }), 'GET'],
  ];

  describe.each(CALLS)('%s', (name, options, method) => {
    test('is for the account’s owner alone', async () => {
      const before = await account();
      const asked = world.emulator.requests().length;
      expectProblem(await world.call(name, options(accountId)), 401, 'token_missing');
      const other = await world.signUp();
      for (const id of [accountId, randomUUID()]) {
        expectProblem(await world.call(name, { ...options(id), user: other }), 404, 'account_not_found');
      }
      expect([await account(), world.emulator.requests().length]).toEqual([
        { ...before, left_seconds: expect.any(Number), refresh_left_seconds: expect.any(Number) },
        asked,
      ]);
    });

    test('says what is wrong with a request', async () => {
      const ask = (changes: CallOptions) => world.call(name, { ...changes, user });
      expectProblem(await ask(options()), 400, 'field_required');
      for (const id of ['ada', "'%20or%201=1", `${accountId}0`]) {
        expectProblem(await ask(options(id)), 400, 'account_id_invalid');
      }
      const surprise =
        method === 'POST'
          ? { method, body: { accountId, force: true } }
          : { path: `?accountId=${accountId}&force=true` };
      expectProblem(await ask(surprise), 400, 'unknown_field');
      expectProblem(await ask({ method: 'DELETE' }), 405, 'method_not_allowed');
      if (method === 'POST') {
        expectProblem(
          await ask({ method, rawBody: '{', headers: { 'content-type': 'application/json' } }),
          400,
          'malformed_json',
        );
        expectProblem(await ask({ method, body: [accountId] }), 400, 'body_not_object');
      }
    });
  });
});

function expectProblem(answer: Answered, status: number, code: string): void {
  expect([answer.status, answer.json?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json.detail).toMatch(/\.$/);
}
