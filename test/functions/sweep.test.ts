import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import sweepFunction, { config } from '../../netlify/functions/social-refresh-tiktok.ts';
import { createApp } from '../../src/app.ts';
import { sweep as sweepIdle } from '../../src/core/sweep.ts';
import type { EndpointName, Fault } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { createWorld, SITE, type World } from '../support/world.ts';

const DAY_MS = 86_400_000;
const LIFETIMES = [
  ['current', 7_200, 180],
  ['legacy', 86_400, 365],
] as const;
const OWN = { clientKey: 'own-client-key', clientSecret: 'own-client-secret-not-a-real-one' };

describe.each(LIFETIMES)('with the token lifetimes called %s', (profile, accessSeconds, refreshDays) => {
  let world: World;
  let lifeline: Lifeline;
  let user: TestUser;
  let accountId: string;
  beforeAll(async () => {
    world = await createWorld({ profile });
    lifeline = createLifeline();
    vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
  });
  afterAll(async () => {
    await lifeline.close();
    await world[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await world.sql`delete from social_accounts`;
    await world.sql`delete from social_apps`;
    world.emulator.reset();
    world.emulator.faults.clear();
    lifeline.reset(() => 'pass');
    user = await world.signUp();
    accountId = await world.connectAccount(user);
    world.logLines.length = 0;
  });

  const sweep = async () => {
    const answer = await world.call('social-refresh-tiktok', { method: 'POST' });
    expect(answer.status).toBe(200);
    return answer.json;
  };
  const disconnect = async (as = user, id = accountId) => {
    const answer = await world.call('tiktok-disconnect', {
      method: 'POST',
      user: as,
      body: { accountId: id },
    });
    return answer.json;
  };
  const refresh = () => world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
  const statusOf = async (as = user) => (await world.call('tiktok-status', { user: as })).json.accounts[0];
  const requests = (endpoint: EndpointName) =>
    world.emulator.requests().filter((request) => request.endpoint === endpoint);
  const refreshes = () => requests('token').filter(({ grantType }) => grantType === 'refresh_token');
  const outcomes = (endpoint: EndpointName) => requests(endpoint).map(({ errorCode }) => errorCode);
  const spoil = (endpoint: EndpointName, fault: Omit<Fault, 'endpoint'>) =>
    world.emulator.faults.add({ endpoint, ...fault });
  const logged = (event: string) =>
    world.logLines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
  const account = async (id = accountId) =>
    (await world.sql`select * from social_accounts where id = ${id}`)[0];
  const revocations = () => world.sql`select * from social_revocations`;
  const tokens = async () => (await world.dump()).match(/eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+/g)?.length ?? 0;

  /** Everything in the database and at TikTok is so much older. */
  async function pass(days: number): Promise<void> {
    const time = `${days} days`;
    world.emulator.clock.advance(days * DAY_MS);
    await world.sql`update social_accounts set refresh_at = refresh_at - ${time}::interval,
      access_token_expires_at = access_token_expires_at - ${time}::interval,
      refresh_token_expires_at = refresh_token_expires_at - ${time}::interval,
      warned_at = warned_at - ${time}::interval, removal_told_at = removal_told_at - ${time}::interval`;
    await world.sql`update social_revocations set run_at = run_at - ${time}::interval,
      access_token_expires_at = access_token_expires_at - ${time}::interval,
      give_up_at = give_up_at - ${time}::interval, held_until = held_until - ${time}::interval`;
  }

  describe('idle accounts', () => {
    test('are left alone for two fifths of the refresh token’s life, and renewed before three are over', async () => {
      await pass(refreshDays * 0.4 - 0.01);
      expect(await sweep()).toEqual({ renewed: 0, lost: 0, settled: 0, waiting: 0 });
      expect(refreshes()).toEqual([]);
      await pass(refreshDays * 0.2 + 0.02);
      const before = await account();
      expect(await sweep()).toEqual({ renewed: 1, lost: 0, settled: 0, waiting: 0 });
      const after = await account();
      expect(after).toMatchObject({ status: 'connected', lease_holder: null });
      expect(Number(after?.token_version)).toBe(Number(before?.token_version) + 1);
      const lifeMs = after?.refresh_token_expires_at.getTime() - Date.now();
      expect(Math.round(lifeMs / DAY_MS)).toBe(refreshDays);
      expect(Math.round((after?.access_token_expires_at.getTime() - Date.now()) / 600_000)).toBe(
        accessSeconds / 600,
      );
      expect(await sweep()).toMatchObject({ renewed: 0 });
      expect(refreshes().length).toBe(1);
    });

    test('live for two years, and publish at their end', async () => {
      for (let month = 0; month < 24; month++) {
        await pass(30);
        await sweep();
      }
      expect(refreshes().length).toBeLessThan((2 * 365) / (refreshDays * 0.4));
      const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
      await world.tick();
      expect((await world.getPost(user, id)).status).toBe('processing');
    });

    test('are none: one call of the database, and none of TikTok', async () => {
      lifeline.reset(() => 'pass');
      await sweep();
      expect(lifeline.passages().map(({ label }) => label)).toEqual(['POST /rest/v1/rpc/claim_sweep']);
      expect(refreshes()).toEqual([]);
    });

    test('that somebody has renewed meanwhile are not in need of it', async () => {
      await pass(refreshDays * 0.39);
      expect((await refresh()).status).toBe(200);
      await pass(refreshDays * 0.3);
      expect(await sweep()).toMatchObject({ renewed: 0 });
    });

    test('that the worker has are left to it', async () => {
      await pass(refreshDays * 0.7);
      await world.sql`update social_accounts set lease_holder = gen_random_uuid(), fence = fence + 1,
        lease_expires_at = now() + interval '1 minute'`;
      expect(await sweep()).toMatchObject({ renewed: 0 });
      await world.sql`update social_accounts set lease_expires_at = now()`;
      expect(await sweep()).toMatchObject({ renewed: 1 });
    });

    test('past their end by our reckoning: TikTok is asked, and has the last word', async () => {
      await pass(refreshDays * 0.3);
      await world.sql`update social_accounts set refresh_token_expires_at = now() - interval '1 day', refresh_at = now()`;
      expect(await sweep()).toMatchObject({ renewed: 1 });
      expect((await account())?.status).toBe('connected');

      await pass(refreshDays + 1);
      expect(await sweep()).toMatchObject({ lost: 1 });
      expect(await account()).toMatchObject({ status: 'reauth_required', sealed_refresh_token: null });
      expect(await sweep()).toMatchObject({ lost: 0 });
      expect(refreshes().map(({ errorCode }) => errorCode)).toEqual([null, 'invalid_grant']);
    });

    test.each<[string, Omit<Fault, 'endpoint'>]>([
      ['no connection', { kind: 'drop' }],
      ['a proxy’s page', { kind: 'html' }],
      ['TikTok’s own trouble', { kind: 'error', code: 'server_error', httpStatus: 500 }],
      ['the same with 200', { kind: 'error', code: 'temporarily_unavailable', httpStatus: 200 }],
      ['a code of next year', { kind: 'error', code: 'something_new', httpStatus: 400 }],
    ])('outlast an outage, which ends the sweep early: %s', async (_what, fault) => {
      for (let n = 0; n < 11; n++) {
        world.emulator.putUser({ username: `idle.${n}` });
        await world.connectAccount(user, { username: `idle.${n}` });
      }
      await pass(refreshDays * 0.7);
      const removeFault = { ...fault, times: 1_000, match: { grantType: 'refresh_token' } };
      spoil('token', removeFault);
      expect(await sweep()).toEqual({ renewed: 0, lost: 0, settled: 0, waiting: 8 });
      expect(await world.sql`select distinct status, lease_holder from social_accounts`).toEqual([
        { status: 'connected', lease_holder: null },
      ]);
      // Those it did not get to come first next time; the others within the hour.
      world.emulator.faults.clear();
      expect(await sweep()).toMatchObject({ renewed: 4 });
      await pass(1 / 24);
      expect(await sweep()).toMatchObject({ renewed: 8 });
    });

    test('of which one cannot be renewed do not wait for it', async () => {
      world.emulator.putUser({ username: 'idle.1' });
      await world.connectAccount(user, { username: 'idle.1' });
      await pass(refreshDays * 0.7);
      await world.sql`update social_accounts set sealed_refresh_token = 'x.y.z' where id = ${accountId}`;
      expect(await sweep()).toEqual({ renewed: 1, lost: 0, settled: 0, waiting: 1 });
      expect((await account())?.status).toBe('connected');
    });

    test('are asked for once, however many want them renewed at the same moment', async () => {
      await pass(refreshDays * 0.7);
      const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
      spoil('token', { kind: 'delay', ms: 800, match: { grantType: 'refresh_token' } });
      const versionBefore = Number((await account())?.token_version);
      const [swept, , refreshed] = await Promise.all([
        Promise.all(Array.from({ length: 6 }, sweep)),
        Promise.all(Array.from({ length: 6 }, world.tick)),
        Promise.all(Array.from({ length: 8 }, refresh)),
      ]);
      expect(refreshes().map(({ errorCode }) => errorCode)).toEqual([null]);
      expect(Number((await account())?.token_version)).toBe(versionBefore + 1);
      expect(swept.reduce((sum, { renewed }) => sum + renewed, 0)).toBeLessThanOrEqual(1);
      expect(new Set(refreshed.map(({ status }) => status))).toEqual(new Set([200]));
      await world.makeDue();
      await world.tick();
      expect(['processing', 'published']).toContain((await world.getPost(user, id)).status);
    });

    test('whose pair is refused once do not lose it: the other sweep’s is as good', async () => {
      await pass(refreshDays * 0.7);
      const reports = await Promise.all(Array.from({ length: 20 }, sweep));
      expect(reports.reduce((sum, { renewed }) => sum + renewed, 0)).toBe(1);
      expect((await account())?.status).toBe('connected');
    });
  });

  describe('an account whose refresh token nears its end', () => {
    beforeEach(() => spoil('token', { kind: 'drop', times: 1_000, match: { grantType: 'refresh_token' } }));

    test('is told of 14 days before, to its owner and once a day to the operator', async () => {
      await pass(refreshDays - 14.1);
      await sweep();
      expect([(await statusOf()).reconnectBy, logged('account_ends_soon')]).toEqual([null, []]);
      await pass(0.2);
      expect((await statusOf()).reconnectBy).toBe((await statusOf()).refreshTokenExpiresAt);
      // First it is tried to renew it.
      await sweep();
      expect(logged('account_ends_soon')).toEqual([]);
      await sweep();
      expect(logged('account_ends_soon').length).toBe(1);
    });

    test('is logged once a day as long as nothing helps, and no more when something did', async () => {
      await pass(refreshDays - 13);
      await sweep();
      for (let n = 0; n < 3; n++) await sweep();
      const warning = { level: 'warn', accountId, endsAt: (await statusOf()).refreshTokenExpiresAt };
      expect(logged('account_ends_soon')).toMatchObject([warning]);
      await pass(1.01);
      for (let n = 0; n < 3; n++) await sweep();
      expect(logged('account_ends_soon').length).toBe(2);
      world.emulator.faults.clear();
      await pass(1.01);
      expect(await sweep()).toMatchObject({ renewed: 1 });
      await sweep();
      expect([(await statusOf()).reconnectBy, logged('account_ends_soon').length]).toEqual([null, 2]);
    });
  });

  // What follows does not depend on how long a token lives.
  if (profile !== 'current') return;

  describe('more accounts than one sweep can do', () => {
    /** As if so many people had connected, and then none of them had posted anything for months. */
    async function fill(count: number): Promise<void> {
      await disconnect();
      for (let n = 0; n < count; n++) await world.grantAccount(user, `idle.${n}`);
      await pass(120);
    }
    const renewed = () => refreshes().map(({ username }) => Number(username?.split('.')[1]));

    test('begins with those whose refresh token ends first', async () => {
      await fill(20);
      // The last of them first, and one of which nobody knows the end before all.
      await world.sql`update social_accounts set refresh_token_expires_at = refresh_token_expires_at
        - row.n * interval '1 hour' from (select id, row_number() over (order by connected_at) as n
        from social_accounts) row where row.id = social_accounts.id`;
      const [unknown] = await world.sql`update social_accounts set refresh_token_expires_at = null
        where id = (select id from social_accounts where status = 'connected' order by connected_at limit 1)
        returning id`;
      expect(unknown).toBeDefined();
      expect(await sweep()).toMatchObject({ renewed: 20 });
      expect(new Set(renewed().slice(0, 8))).toEqual(new Set([0, 19, 18, 17, 16, 15, 14, 13]));
    });

    test('ends while there is time to save what was answered', async () => {
      await fill(20);
      let nowMs = 0;
      lifeline.reset(({ label }) => {
        if (label.endsWith('/claim_sweep')) nowMs += 5_000;
        return 'pass';
      });
      const app = createApp(process.env, { monotonicMs: () => nowMs });
      expect(await sweepIdle(app.startSweep)).toMatchObject({ renewed: 16 });
      expect(await world.sql`select 1 from social_accounts where lease_holder is not null`).toEqual([]);
    });

    test('ends after two hundred; the others come next time', { timeout: 60_000 }, async () => {
      await fill(210);
      expect([await sweep(), await sweep()]).toMatchObject([{ renewed: 200 }, { renewed: 10 }]);
      expect(new Set(renewed()).size).toBe(210);
    });
  });

  describe('a consent that TikTok could not be told of', () => {
    test('is taken back later, by tokens that nobody else can use', async () => {
      spoil('revoke', { kind: 'drop' });
      const { sealed_refresh_token: sealed } = (await account()) ?? {};
      expect(await disconnect()).toEqual({ disconnected: true, revoked: false, revocation: 'pending' });
      expect(await account()).toMatchObject({ status: 'disconnected', sealed_access_token: null });
      const [pending] = await revocations();
      expect(pending).toMatchObject({ account_id: accountId, holder: null, ended_at: null });
      expect(pending?.sealed_refresh_token).not.toBe(sealed);
      const [header = ''] = String(pending?.sealed_refresh_token).split('.');
      const place = `social_revocations/${pending?.id}/refresh_token/1`;
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ ctx: place });
      // They open in no other place.
      await world.sql`update social_accounts set status = 'connected', sealed_access_token = ${pending?.sealed_access_token},
        sealed_refresh_token = ${pending?.sealed_refresh_token}, token_version = 1 where id = ${accountId}`;
      expect((await refresh()).json.code).toBe('token_unreadable');
      await world.sql`update social_accounts set status = 'disconnected', sealed_access_token = null,
        sealed_refresh_token = null`;

      expect(await sweep()).toMatchObject({ settled: 0 });
      await pass(0.01);
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect(outcomes('revoke')).toEqual([null, null]);
      expect(await revocations()).toMatchObject([{ sealed_access_token: null, sealed_refresh_token: null }]);
      expect(await sweep()).toMatchObject({ settled: 0 });
      expect(requests('revoke').length).toBe(2);
    });

    test('is taken back after days: the tokens are renewed for it, and kept for the next try', async () => {
      spoil('revoke', { kind: 'drop', times: 2 });
      await disconnect();
      await pass(2);
      expect(await sweep()).toMatchObject({ waiting: 1 });
      expect(await revocations()).toMatchObject([{ token_version: '2', ended_at: null }]);
      await pass(2);
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect([outcomes('revoke'), refreshes().map(({ errorCode }) => errorCode)]).toEqual([
        [null, null, null],
        [null, null],
      ]);
      expect((await statusOf()) ?? null).toBeNull();
      expect(world.emulator.requests().filter(({ errorCode }) => errorCode)).toEqual([]);
    });

    test('a renewed pair that cannot be saved is used all the same: nobody else knows it', async () => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      await pass(1);
      lifeline.reset(({ label }) => (label.endsWith('/renew_revocation') ? 'lose_request' : 'pass'));
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect(outcomes('revoke')).toEqual([null, null]);
    });

    test('is dropped when TikTok says that the tokens are dead', async () => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      world.emulator.removeGrant({ username: 'ada.films' });
      await pass(0.01);
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect(await revocations()).toMatchObject([{ sealed_access_token: null, sealed_refresh_token: null }]);
    });

    test('is given up after a week, with a line in the log, and nothing is kept', async () => {
      spoil('revoke', { kind: 'drop', times: 1_000 });
      await disconnect();
      for (let day = 0; day < 6; day++) {
        await pass(1);
        expect(await sweep()).toMatchObject({ waiting: 1 });
      }
      await pass(1.01);
      expect(await sweep()).toMatchObject({ waiting: 0, settled: 0 });
      expect(logged('revocation_given_up')).toMatchObject([{ level: 'warn', accountId }]);
      expect(await revocations()).toMatchObject([{ sealed_access_token: null, sealed_refresh_token: null }]);
      await world.sql`update social_revocations set ended_at = ended_at - interval '2 hours'`;
      await sweep();
      expect(await revocations()).toEqual([]);
    });

    test('is held by one at a time', async () => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      await pass(0.01);
      spoil('revoke', { kind: 'delay', ms: 500 });
      const reports = await Promise.all(Array.from({ length: 10 }, sweep));
      expect(reports.reduce((sum, { settled }) => sum + settled, 0)).toBe(1);
      expect(requests('revoke').length).toBe(2);
    });

    test('after a crash in the middle is taken back by the next', async () => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      await pass(0.01);
      const { revocations: store } = createApp(process.env).onBehalf;
      expect((await store.claim(crypto.randomUUID(), 8, 60)).revocations).toHaveLength(1);
      expect(await sweep()).toMatchObject({ settled: 0 });
      await pass(0.02);
      expect(await sweep()).toMatchObject({ settled: 1 });
    });

    test.each(['the same user', 'somebody else'])('is kept when %s connects by it again', async (who) => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      const next = who === 'the same user' ? user : await world.signUp();
      const id = await world.connectAccount(next);
      expect(await revocations()).toEqual([]);
      await pass(0.01);
      expect(await sweep()).toMatchObject({ settled: 0 });
      expect([requests('revoke').length, (await account(id))?.status]).toEqual([1, 'connected']);
    });

    test.each(['held just now', 'taken back since the flow was ended'])(
      'lets nobody connect by it who would lose it at once: %s',
      async (when) => {
        spoil('revoke', { kind: 'drop' });
        await disconnect();
        const next = await world.signUp();
        const { authorizeUrl, cookie } = await world.beginConnect(next);
        const query = await world.consent(authorizeUrl);
        await world.sql`update social_revocations set held_until = now() + interval '20 seconds', holder = gen_random_uuid()`;
        if (when !== 'held just now') {
          lifeline.reset(({ label }) =>
            label.endsWith('/save_account')
              ? world.sql`update social_revocations set ended_at = clock_timestamp(), holder = null,
                  held_until = null, sealed_access_token = null, sealed_refresh_token = null`.then(
                  () => undefined,
                )
              : 'pass',
          );
        }
        const { result } = await world.finishConnect(query, cookie);
        expect(result?.get('tiktok_error')).toBe('token_exchange_failed');
        expect(await statusOf(next)).toBeUndefined();
        // A moment later it works.
        lifeline.reset(() => 'pass');
        await world.sql`update social_revocations set held_until = null`;
        await world.connectAccount(next);
        expect((await statusOf(next)).status).toBe('connected');
      },
    );

    test('that was taken back between consent and code is told, and no dead account is saved', async () => {
      const next = await world.signUp();
      const { authorizeUrl, cookie } = await world.beginConnect(next);
      const query = await world.consent(authorizeUrl);
      spoil('user_info', { kind: 'error', code: 'access_token_invalid', httpStatus: 401 });
      const { result } = await world.finishConnect(query, cookie);
      expect(result?.get('tiktok_error')).toBe('token_exchange_failed');
    });

    test('by whoever disconnects and connects at once: whoever ends up connected can be renewed', async () => {
      for (let round = 0; round < 6; round++) {
        const other = await world.signUp();
        const { authorizeUrl, cookie } = await world.beginConnect(other);
        const query = await world.consent(authorizeUrl);
        const [, connected] = await Promise.all([disconnect(), world.finishConnect(query, cookie)]);
        if (connected.result?.get('tiktok_connected') === 'true') {
          const id = connected.result.get('tiktok_account') ?? '';
          const options = { method: 'POST', user: other, body: { accountId: id } };
          expect((await world.call('tiktok-refresh', options)).status).toBe(200);
          await disconnect(other, id);
        } else expect(connected.result?.get('tiktok_error')).toBe('token_exchange_failed');
        accountId = await world.connectAccount(user);
      }
    });

    test('of two users who share it, is left to the other, whoever comes first', async () => {
      const other = await world.signUp();
      const theirs = await world.connectAccount(other);
      const ends = await Promise.all([disconnect(), disconnect(other, theirs)]);
      expect(ends.map(({ revocation }) => revocation).sort()).toEqual(['done', 'in_use']);
      expect(outcomes('revoke')).toEqual([null]);
    });

    test('of an own app: the app is kept for it, unless its owner forgets the app', async () => {
      await disconnect();
      world.emulator.putApp(OWN);
      const putApp = (body: object) => world.call('tiktok-app', { method: 'PUT', user, body });
      expect((await putApp(OWN)).status).toBe(200);
      const connectOwn = () => world.connectAccount(user, {}, { authMethod: 'own' });
      accountId = await connectOwn();
      spoil('revoke', { kind: 'drop', times: 2 });
      await disconnect();
      await putApp({ clientKey: 'a-later-key', clientSecret: 'a-later-secret' });
      await pass(0.01);
      expect(await sweep()).toMatchObject({ waiting: 1 });
      await pass(0.1);
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect(outcomes('revoke')).toEqual([null, null, null, null]);

      await putApp(OWN);
      accountId = await connectOwn();
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      expect((await world.call('tiktok-app', { method: 'DELETE', user })).status).toBe(200);
      await pass(0.01);
      world.logLines.length = 0;
      expect(await sweep()).toMatchObject({ settled: 1 });
      expect(logged('revoke_failed')).toMatchObject([{ accountId, reason: 'tiktok_app_changed' }]);
      expect(requests('revoke').length).toBe(5);
    });

    test('whose key is lost waits for the key, and holds up nobody', async () => {
      spoil('revoke', { kind: 'drop' });
      await disconnect();
      await world.sql`update social_revocations set sealed_refresh_token = 'x.y.z'`;
      accountId = await world.connectAccount(user, { username: 'bo.private' });
      await pass(100);
      await world.sql`update social_revocations set give_up_at = now() + interval '1 day'`;
      await pass(8);
      await world.sql`update social_revocations set give_up_at = now() + interval '1 day'`;
      expect(await sweep()).toEqual({ renewed: 1, lost: 0, settled: 0, waiting: 1 });
    });

    test('leaves history where it is, and no token', async () => {
      const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
      await world.tick();
      await disconnect();
      const history = await world.sql`select p.id, t.attempt_no from social_posts p
        join social_post_attempts t on t.post_id = p.id`;
      expect(history).toEqual([{ id, attempt_no: 1 }]);
      await world.sql`delete from social_apps`;
      await world.sql`update social_post_attempts set sealed_upload_url = null`;
      expect(await tokens()).toBe(0);
    });
  });

  describe('lifetimes', () => {
    test.each<[unknown, number | null]>([
      [7_200, 7_200],
      [86_400, 86_400],
      ['86400', 86_400],
      [undefined, null],
      [null, null],
      ['soon', null],
      [-5, null],
      [0, null],
      [1e300, 315_360_000],
      ['99999999999999999999', 315_360_000],
    ])('%j: as TikTok says, through the database, for either token', async (value, seconds) => {
      const answer = {
        access_token: 'act.odd',
        refresh_token: 'rft.odd',
        open_id: (await account())?.open_id,
        scope: 'user.info.basic,video.publish,video.upload',
        token_type: 'Bearer',
        expires_in: value,
        refresh_expires_in: value,
      };
      spoil('token', { kind: 'status', status: 200, body: JSON.stringify(answer) });
      const { status } = await refresh();
      expect(status).toBe(200);
      const [row] = await world.sql`select
        extract(epoch from access_token_expires_at - now())::float8 as access,
        extract(epoch from refresh_token_expires_at - now())::float8 as refresh,
        extract(epoch from refresh_at - now())::float8 as due from social_accounts`;
      for (const left of [row?.access, row?.refresh]) {
        if (seconds === null) expect(left).toBeNull();
        else expect(Math.abs(left - seconds)).toBeLessThan(60);
      }
      const life = seconds ?? 14 * 86_400;
      expect(row?.due).toBeGreaterThan(Math.max(life * 0.4, 3_600) - 60);
      expect(row?.due).toBeLessThan(Math.max(life * 0.6, 3_600) + 60);
    });

    test('of ten thousand accounts connected at once: they come spread over weeks', async () => {
      const [row] = await world.sql`
        select max(count)::int as most, count(*)::int as sweeps from (
          select count(*) from generate_series(1, 10000)
          group by extract(epoch from public.refresh_moment(gen_random_uuid(), 15552000))::bigint / 600
        ) slots`;
      expect(row?.most).toBeLessThan(50);
    });
  });

  describe('the function', () => {
    const sweepIn = (context: string) =>
      sweepFunction(new Request(`${SITE}/.netlify/functions/social-refresh-tiktok`, { method: 'POST' }), {
        deploy: { context },
      } as Parameters<typeof sweepFunction>[1]);

    test('runs every ten minutes', () => {
      expect(config).toEqual({ schedule: '*/10 * * * *' });
    });

    test.each([
      ['deploy-preview', 204, 0],
      ['branch-deploy', 204, 0],
      ['production', 200, 1],
      ['dev', 200, 1],
    ])('in a deploy of context %s', async (context, status, asked) => {
      await pass(150);
      expect([(await sweepIn(context)).status, refreshes().length]).toEqual([status, asked]);
    });

    test('is missed where it does not run', async () => {
      await world.tick();
      const health = () => world.call('health');
      await world.sql`update social_accounts set refresh_at = now() - interval '23 hours'`;
      expect((await health()).status).toBe(200);
      await pass(0.1);
      const ill = await health();
      expect([ill.status, ill.json.problems]).toEqual([
        503,
        [expect.stringContaining('social-refresh-tiktok')],
      ]);
      // An outage is not its fault.
      spoil('token', { kind: 'drop', match: { grantType: 'refresh_token' } });
      await sweep();
      expect((await health()).status).toBe(200);
    });

    test('says that the database does not answer, and has asked nobody', async () => {
      await pass(150);
      lifeline.reset(() => 'lose_request');
      const answer = await world.call('social-refresh-tiktok', { method: 'POST' });
      expect([answer.status, refreshes()]).toEqual([503, []]);
    });

    test('stores a pair although the database stumbles over it', async () => {
      await pass(150);
      let count = 0;
      lifeline.reset(({ label }) =>
        label.endsWith('/rotate_tokens') && count++ < 2 ? 'lose_request' : 'pass',
      );
      expect(await sweep()).toMatchObject({ renewed: 1 });
      expect((await refresh()).status).toBe(200);
    });

    test('says nothing of tokens', async () => {
      await pass(150);
      spoil('revoke', { kind: 'drop' });
      const report = await sweep();
      await disconnect();
      await pass(0.01);
      const all = [
        JSON.stringify(report),
        JSON.stringify(await sweep()),
        ...world.logLines,
        await world.dump(),
      ];
      expect(all.join('\n')).not.toMatch(/\b(act|rft)\./);
    });
  });
});

describe('where TikTok lets a refresh token live no longer by a refresh', () => {
  let strict: World;
  beforeAll(async () => {
    strict = await createWorld({ refreshRestartsLife: false });
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  test('the owner is told 14 days before, and only connecting anew helps', async () => {
    const owner = await strict.signUp();
    const id = await strict.connectAccount(owner);
    const dates: (string | null)[] = [];
    for (let day = 0; day < 182; day++) {
      strict.emulator.clock.advance(DAY_MS);
      await strict.sql`update social_accounts set refresh_at = refresh_at - interval '1 day',
          warned_at = warned_at - interval '1 day',
          refresh_token_expires_at = refresh_token_expires_at - interval '1 day'`;
      // Of a day's sweeps, one that renews and one that tells.
      for (let n = 0; n < 2; n++) await strict.call('social-refresh-tiktok', { method: 'POST' });
      const { json } = await strict.call('tiktok-status', { user: owner });
      dates.push(json.accounts[0].status === 'connected' ? json.accounts[0].reconnectBy : 'lost');
    }
    const firstWarned = dates.findIndex((date) => date !== null);
    expect([firstWarned, dates.indexOf('lost')]).toEqual([
      expect.closeTo(166, -0.5),
      expect.closeTo(180, -0.5),
    ]);
    const warnings = strict.logLines.filter((line) => line.includes('"account_ends_soon"'));
    expect(warnings.length).toBeGreaterThanOrEqual(13);
    expect(warnings.length).toBeLessThanOrEqual(15);
    expect(
      strict.emulator.requests().filter(({ grantType }) => grantType === 'refresh_token').length,
    ).toBeLessThan(30);
    expect(await strict.connectAccount(owner)).toBe(id);
    expect((await strict.call('tiktok-status', { user: owner })).json.accounts[0].reconnectBy).toBeNull();
  });
});
