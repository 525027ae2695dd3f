import { setTimeout as pause } from 'node:timers/promises';
import { type App, createApp } from '../../src/app.ts';
import { refreshAccount } from '../../src/core/refresh.ts';
import { sweep } from '../../src/core/sweep.ts';
import { SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import { RequestError } from '../../src/lib/errors.ts';
import type { LogFields } from '../../src/lib/log.ts';
import { createDice } from './dice.ts';
import { planPosts } from './plan.ts';
import { createStormWorld, SILENT } from './world.ts';

export interface RefreshStorm {
  /** Of the Postgres server, as superuser. */
  postgresUrl: string;
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
  /** How many of them by the workers and by the sweep; the rest by the owners. */
  storedByWorkers: number;
  storedBySweeps: number;
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
 * Three workers, each with clients of its own, a sweep and two owners refresh the same accounts at once, while answers are
 * lost on the way. TikTok rotates strictly and tells no public ids: published posts that still wait for theirs are what the
 * workers look at.
 */
export async function runRefreshStorm(storm: RefreshStorm): Promise<RefreshStormReport> {
  const { accounts, seed, postgresUrl } = storm;
  const random = seeded(seed);
  const plan = planPosts(createDice(seed), { posts: accounts, accounts, spreadSeconds: 0, isPlain: true });
  const tiktok = { revokesReusedGrants: true, moderationMs: 1e12 };
  await using world = await createStormWorld({ postgresUrl, plan, accounts, tiktok });
  const { accountIds } = world;
  await untilPublished();

  const report: RefreshStormReport = {
    stored: 0,
    storedByWorkers: 0,
    storedBySweeps: 0,
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
    sweepAlong(),
    stirUp().finally(() => {
      isOver = true;
    }),
  ]);

  world.emulator.faults.clear();
  await reconnectWhereAsked();
  for (const accountId of accountIds) {
    if ((await refresh(world.app, accountId)) === 'ok') continue;
    // Its last answer was lost, and nobody has asked since.
    await reconnectWhereAsked();
    if ((await refresh(world.app, accountId)) !== 'ok') report.deadAccounts++;
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
    const app = createApp(world.env, { log: SILENT });
    for (let ticks = 0; ticks < 100; ticks++) {
      await tickOnce(app);
      const [open] =
        await world.sql`select count(*)::int from public.social_posts where status <> 'published'`;
      if (open?.count === 0) return;
      await world.time.advance(60_000);
    }
    throw new Error('the storm’s posts were not published');
  }

  async function versions(): Promise<number> {
    const [row] = await world.sql`select sum(token_version)::int as sum from public.social_accounts`;
    return row?.sum;
  }

  async function work(): Promise<void> {
    const log = {
      ...SILENT,
      info(event: string, fields: LogFields = {}) {
        if (event === 'tokens_refreshed' && fields.result === 'ok') report.storedByWorkers++;
      },
    };
    const app = createApp(world.env, { log });
    while (!isOver) {
      await tickOnce(app);
      await pause(5);
    }
  }

  async function sweepAlong(): Promise<void> {
    const app = createApp(world.env, { log: SILENT });
    while (!isOver) {
      report.storedBySweeps += (await sweep(app.startSweep)).renewed;
      await pause(5);
    }
  }

  async function askAsOwner(): Promise<void> {
    const app = createApp(world.env, { log: SILENT });
    while (!isOver) {
      const answer = await refresh(app, pick(accountIds));
      if (answer !== 'ok' && !FITTING.includes(answer)) report.oddAnswers.push(answer);
    }
  }

  /** Its owner's call: `ok`, or the code of the refusal. */
  async function refresh(app: App, accountId: string): Promise<string> {
    const { userId } = world.posts[accountIds.indexOf(accountId)] ?? { userId: '' };
    try {
      await refreshAccount(app.onBehalf, userId, accountId);
      return 'ok';
    } catch (error) {
      if (error instanceof RequestError) return error.code;
      throw error;
    }
  }

  /** Tokens near their end, answers that get lost, owners who connect again: until there were refreshes enough. */
  async function stirUp(): Promise<void> {
    let spoilt = 0;
    for (;;) {
      const stored = (await versions()) - versionsBefore - reconnects;
      if (stored >= storm.refreshes && spoilt === storm.lostAnswers) return;
      await world.sql`update public.social_accounts set access_token_expires_at = now() + interval '10 minutes'
        where id = ${pick(accountIds)}`;
      await world.sql`update public.social_posts set run_at = now() where account_id = ${pick(accountIds)}`;
      if (random() < 0.2) {
        await world.sql`update public.social_accounts set refresh_at = now() where id = ${pick(accountIds)}`;
      }
      if (spoilt < storm.lostAnswers && stored >= (spoilt / storm.lostAnswers) * storm.refreshes) {
        spoilt++;
        // Cut off in the middle: the refresh has taken place, whatever it was.
        world.emulator.faults.add({
          endpoint: 'token',
          kind: 'truncate',
          match: { grantType: 'refresh_token', username: `account${accountIds.indexOf(pick(accountIds))}` },
        });
      }
      await reconnectWhereAsked();
      // Limits of calls a minute are not the matter here.
      world.emulator.clock.advance(1_000);
      await pause(5);
    }
  }

  async function reconnectWhereAsked(): Promise<void> {
    const dead = await world.sql`select id from public.social_accounts where status = 'reauth_required'`;
    for (const { id } of dead) {
      await world.connect(accountIds.indexOf(id));
      reconnects++;
    }
  }

  function pick<T>(list: readonly T[]): T {
    return list[Math.floor(random() * list.length)] as T;
  }
}

function tickOnce(app: App) {
  const start = (stop: AbortSignal) => app.startTick(stop, () => import('../../src/outbound.ts'));
  return tick(start, { ...SCHEDULED_TICK, patienceMs: 0 });
}

/** What is wrong with it; empty when nothing is. */
export function refreshViolations(report: RefreshStormReport, { refreshes }: RefreshStorm): string[] {
  const { stored, storedByWorkers, storedBySweeps, lostAnswers, lostAccounts } = report;
  const { refused, oddAnswers, deadAccounts } = report;
  const storedByOwners = stored - storedByWorkers - storedBySweeps;
  const atLeast = refreshes / 10;
  const wrong = {
    [`odd answers: ${[...new Set(oddAnswers)].join(', ')}`]: oddAnswers.length > 0,
    [`${deadAccounts} accounts cannot be refreshed`]: deadAccounts > 0,
    [`${lostAnswers} answers were lost, and ${lostAccounts} accounts`]: lostAccounts !== lostAnswers,
    // An old token comes again only where nobody could know that there is a new one.
    [`${lostAnswers} answers were lost, and ${refused} refreshes refused`]: refused !== lostAnswers,
    [`vacuous: ${stored} refreshes, ${storedByWorkers} by workers, ${storedBySweeps} by sweeps, ${lostAnswers} answers lost`]:
      stored < refreshes ||
      storedByWorkers < atLeast ||
      storedBySweeps < 5 ||
      storedByOwners < atLeast ||
      lostAnswers === 0,
  };
  return Object.keys(wrong).filter((sentence) => wrong[sentence]);
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
