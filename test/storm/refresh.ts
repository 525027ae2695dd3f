import { setTimeout as pause } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import type { LogFields } from '../../src/lib/log.ts';
import type { World } from '../support/world.ts';

export interface RefreshStorm {
  accounts: number;
  /** How many pairs of tokens are to be stored in all. */
  refreshes: number;
  /** How many of TikTok's answers to a refresh are lost after it has taken place. */
  lostAnswers: number;
  seed: number;
}

export interface RefreshStormReport {
  /** Pairs that were renewed and stored. */
  stored: number;
  /** How many of them by the workers; the rest by the owners. */
  storedByWorkers: number;
  /** Refreshes that TikTok granted and nobody heard of: each costs its owner a new consent, and nothing can help. */
  lostAnswers: number;
  /** How often an account had to be connected again. */
  lostAccounts: number;
  /** Refreshes that TikTok refused because their token had been used before. */
  refused: number;
  /** Owners' calls that got neither a renewed account nor a reason that fits. */
  oddAnswers: string[];
  /** Accounts that cannot be refreshed when it is over. */
  deadAccounts: number;
}

const WORKERS = 3;
const OWNERS = 2;
/** What an owner may be told in the middle of it: somebody is at it, TikTok's answer was lost, or connect again. */
const FITTING = ['account_busy', 'tiktok_unavailable', 'reauth_required'];

/**
 * Three workers, each with clients of its own, and two owners refresh the same accounts at once, while answers are lost
 * on the way. The world's emulator must rotate strictly (`revokesReusedGrants`) and tell no public ids
 * (`moderationMs` without end): published posts that still wait for theirs are what the workers look at.
 */
export async function runRefreshStorm(world: World, storm: RefreshStorm): Promise<RefreshStormReport> {
  const random = seeded(storm.seed);
  const user = await world.signUp();
  const names = Array.from({ length: storm.accounts }, (_, i) => `storm.${storm.seed}.${i}`);
  const ids = new Map<string, string>();
  for (const username of names) {
    world.emulator.putUser({ username });
    const accountId = await world.connectAccount(user, { username });
    ids.set(accountId, username);
    await world.queuePost(user, accountId, { transfer: 'upload', privacyLevel: 'PUBLIC_TO_EVERYONE' });
  }
  const accountIds = [...ids.keys()];
  await untilPublished();

  const report: RefreshStormReport = {
    stored: 0,
    storedByWorkers: 0,
    lostAnswers: 0,
    lostAccounts: 0,
    refused: 0,
    oddAnswers: [],
    deadAccounts: 0,
  };
  const requestsBefore = world.emulator.requests().length;
  const versionsBefore = await versions();
  let reconnects = 0;
  let isOver = false;
  await Promise.all([
    ...Array.from({ length: WORKERS }, work),
    ...Array.from({ length: OWNERS }, askAsOwner),
    stirUp().finally(() => {
      isOver = true;
    }),
  ]);

  world.emulator.faults.clear();
  await reconnectWhereAsked();
  for (const accountId of accountIds) {
    if ((await refresh(accountId)).status === 200) continue;
    // Its last answer was lost, and nobody has asked since.
    await reconnectWhereAsked();
    if ((await refresh(accountId)).status !== 200) report.deadAccounts++;
  }
  const refreshes = world.emulator
    .requests()
    .slice(requestsBefore)
    .filter(({ grantType }) => grantType === 'refresh_token');
  report.stored = (await versions()) - versionsBefore - reconnects;
  report.lostAnswers = refreshes.filter(({ fault, errorCode }) => fault && !errorCode).length;
  report.refused = refreshes.filter(({ fault, errorCode }) => !fault && errorCode === 'invalid_grant').length;
  report.lostAccounts = reconnects;
  return report;

  async function untilPublished(): Promise<void> {
    for (let ticks = 0; ticks < 100; ticks++) {
      await world.makeDue();
      await world.tick();
      const [open] = await world.sql`select count(*)::int from social_posts where status <> 'published'`;
      if (open?.count === 0) return;
      world.emulator.clock.advance(10_000);
    }
    throw new Error('the storm’s posts were not published');
  }

  async function versions(): Promise<number> {
    const [row] = await world.sql`select sum(token_version)::int as sum from social_accounts`;
    return row?.sum;
  }

  async function work(): Promise<void> {
    const log = {
      info(event: string, fields: LogFields = {}) {
        if (event === 'tokens_refreshed' && fields.result === 'ok') report.storedByWorkers++;
      },
      warn: () => undefined,
      error: () => undefined,
    };
    const app = createApp(process.env, { log });
    while (!isOver) {
      const start = (stop: AbortSignal) => app.startTick(stop, () => import('../../src/outbound.ts'));
      await tick(start, { ...SCHEDULED_TICK, patienceMs: 0 });
      await pause(5);
    }
  }

  async function askAsOwner(): Promise<void> {
    while (!isOver) {
      const { status, json } = await refresh(pick(accountIds));
      if (status !== 200 && !FITTING.includes(json?.code)) report.oddAnswers.push(`${status} ${json?.code}`);
    }
  }

  function refresh(accountId: string) {
    return world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
  }

  /** Tokens near their end, answers that get lost, owners who connect again: until there were refreshes enough. */
  async function stirUp(): Promise<void> {
    let spoilt = 0;
    for (;;) {
      const stored = (await versions()) - versionsBefore - reconnects;
      if (stored >= storm.refreshes && spoilt === storm.lostAnswers) return;
      await world.sql`update social_accounts set access_token_expires_at = now() + interval '10 minutes'
        where id = ${pick(accountIds)}`;
      await world.sql`update social_posts set run_at = now() where account_id = ${pick(accountIds)}`;
      if (spoilt < storm.lostAnswers && stored >= (spoilt / storm.lostAnswers) * storm.refreshes) {
        spoilt++;
        // Cut off in the middle: the refresh has taken place, whatever it was.
        world.emulator.faults.add({
          endpoint: 'token',
          kind: 'truncate',
          match: { grantType: 'refresh_token', username: pick(names) },
        });
      }
      await reconnectWhereAsked();
      // Limits of calls a minute are not the matter here.
      world.emulator.clock.advance(1_000);
      await pause(5);
    }
  }

  async function reconnectWhereAsked(): Promise<void> {
    const dead = await world.sql`select id from social_accounts where status = 'reauth_required'`;
    for (const { id } of dead) {
      const username = ids.get(id);
      if (username === undefined) continue;
      await world.connectAccount(user, { username });
      reconnects++;
    }
  }

  function pick<T>(list: readonly T[]): T {
    return list[Math.floor(random() * list.length)] as T;
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
