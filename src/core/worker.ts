import type { PostMode } from '../contract.ts';
import { StoreError } from '../lib/errors.ts';
import { describeError, inLogContext } from '../lib/log.ts';
import { notice } from '../notices.ts';
import type { Queue } from '../store/queue.ts';
import type { Claim, UnreadableClaim } from '../store/rows.ts';
import { createAccountAccess } from './access.ts';
import { checkPost, followDraft, followUp } from './check.ts';
import { type Deadline, databaseClock, soonerOf, startDeadline } from './deadline.ts';
import { seekEvidence } from './evidence.ts';
import { isWorkState, type WorkState } from './machine.ts';
import { createSlots } from './slots.ts';
import { recoverLostInit, startPost } from './start.ts';
import { createTally } from './tally.ts';
import { resumeUpload } from './upload.ts';
import { move, PostLostError, type Visit, type WorkerDeps } from './visit.ts';

/** How long a tick may last, and how much it does at once. */
export interface TickLimits {
  /** Nothing is begun after this … */
  tickMs: number;
  /** … and what the database has not answered by then is given up. */
  stopMs: number;
  /** Accounts worked at the same time. */
  lanes: number;
  /** Calls of TikTok at the same time: fewer, as others write to the database meanwhile. */
  slots: number;
  /** With nothing to do, a post that falls due within this is waited for. */
  patienceMs: number;
  /** A background run tells the others that it is at work. */
  isRun: boolean;
}

/** Netlify ends a scheduled function after 30 s. */
export const SCHEDULED_TICK: TickLimits = {
  tickMs: 22_000,
  stopMs: 25_000,
  lanes: 32,
  slots: 16,
  patienceMs: 12_000,
  isRun: false,
};

/** Netlify ends a background function after 15 minutes. */
export const BACKGROUND_RUN: TickLimits = {
  ...SCHEDULED_TICK,
  tickMs: 13 * 60_000,
  stopMs: 14 * 60_000,
  isRun: true,
};

/** With less left, posts in the queue are left there. */
const BEGIN_NEEDS_MS = 12_000;
/** With less left, no further post is looked at. */
const VISIT_NEEDS_MS = 6_000;

const POSTS_PER_CLAIM = 5;
/** Longer than the platform lets a scheduled tick live, plus the longest request it may leave behind. */
const LEASE_SECONDS = 90;
/** An account that has waited longer for its turn is left to whoever claims it next. */
const STALE_CLAIM_MS = (LEASE_SECONDS / 2) * 1000;

export interface TickReport {
  accounts: number;
  /** Posts looked at. */
  visits: number;
  /** Looks that ended in an error of ours or of the database; the posts are looked at again. */
  errors: number;
  /** Whether work is left that is due and nobody's, and no background run is at it. */
  needsRun: boolean;
}

/** What to do with a post in each of the worker's states. */
const VISITS: Record<WorkState, (visit: Visit) => Promise<void>> = {
  queued: startPost,
  initializing: recoverLostInit,
  uploading: resumeUpload,
  processing: checkPost,
  delivered: followDraft,
  published: followUp,
  needs_attention: seekEvidence,
};

export interface TickDeps extends Pick<WorkerDeps, 'log' | 'monotonicMs' | 'randomId'> {
  queue: Queue;
  /** Resolves after so long, or when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Opens what only a tick with work to do needs: an idle one costs a single call of the database. */
  open(): Promise<WorkerDeps & AsyncDisposable>;
}

/**
 * One tick: claims accounts whose posts are due, works so many of them at a time, and looks at each post once. It goes
 * on while there is time and something is due, now or in a moment.
 * @throws {StoreError} if accounts cannot be claimed.
 */
export async function tick(start: (stop: AbortSignal) => TickDeps, limits: TickLimits): Promise<TickReport> {
  const deps = start(AbortSignal.timeout(limits.stopMs));
  const holder = deps.randomId();
  return inLogContext({ tickId: holder }, async () => {
    const startedAtMs = deps.monotonicMs();
    await using pool = createPool(deps, holder, limits);
    await pool.work();
    const report = await pool.end();
    const durationMs = Math.round(deps.monotonicMs() - startedAtMs);
    deps.log.info('tick_done', { ...report, ...pool.tally(), isRun: limits.isRun, durationMs });
    return report;
  });
}

interface ReadyClaim {
  claim: Claim | UnreadableClaim;
  claimedAtMs: number;
  /** By the database's clock. */
  now(): Date;
}

function createPool(
  { queue, log, monotonicMs, pause, open }: TickDeps,
  holder: string,
  { tickMs, lanes, slots, patienceMs, isRun }: TickLimits,
) {
  const counts = { accounts: 0, visits: 0, errors: 0 };
  const tally = createTally();
  const deadline = startDeadline(monotonicMs, tickMs);
  const running = new Set<Promise<void>>();
  const ready: ReadyClaim[] = [];
  const shared = { deadline, inSlot: createSlots(slots), creators: new Map() };
  /** Worked, and to be given back with the next claim. */
  let done: string[] = [];
  let hasClaimed = false;
  let isRunActive = false;
  let hasDatabaseTrouble = false;
  let failure: { error: unknown } | null = null;
  /** Whether the last claim found fewer accounts than it would have taken. */
  let isExhausted = false;
  let isBacklogLeft = false;
  let nextDueAtMs = Number.POSITIVE_INFINITY;
  let opened: Promise<WorkerDeps & AsyncDisposable> | null = null;
  let laneFreed = Promise.withResolvers<void>();

  async function claimMore(): Promise<void> {
    const claimedAtMs = monotonicMs();
    const mayBegin = deadline.leftMs() >= BEGIN_NEEDS_MS;
    const request = { done, accounts: lanes, posts: POSTS_PER_CLAIM, leaseSeconds: LEASE_SECONDS, mayBegin };
    done = [];
    const hadClaimed = hasClaimed;
    // If its answer is lost, it may have.
    hasClaimed = true;
    const result = await queue.claim(holder, { ...request, runSeconds: isRun ? LEASE_SECONDS : null });
    hasClaimed = hadClaimed || result.claims.length > 0;
    isRunActive = result.isRunActive;
    isExhausted = result.claims.length < lanes;
    if (mayBegin) isBacklogLeft = !isExhausted;
    const dueInMs = result.nextRunAt && result.nextRunAt.getTime() - result.databaseNow.getTime();
    nextDueAtMs = dueInMs === null ? Number.POSITIVE_INFINITY : claimedAtMs + dueInMs;
    const now = databaseClock(monotonicMs, result.databaseNow, claimedAtMs);
    ready.push(...result.claims.map((claim) => ({ claim, claimedAtMs, now })));
  }

  async function workNext({ claim, claimedAtMs, now }: ReadyClaim): Promise<void> {
    if (claim.account === null) {
      counts.errors++;
      log.error('account_unreadable');
      return;
    }
    if (monotonicMs() - claimedAtMs > STALE_CLAIM_MS) {
      done.push(claim.account.id);
      return;
    }
    try {
      opened ??= open();
      const deps = await opened;
      const counted = { ...deps, queue: tally.watch(deps.queue, claim.posts, now) };
      const lease = startDeadline(monotonicMs, LEASE_SECONDS * 1000, claimedAtMs);
      const end = await workClaim(counted, claim, shared, { now, lease }, counts);
      // Any other account is held until the tick is over: claimed again at once, it would fare no better.
      if (end === 'done') done.push(claim.account.id);
      if (end === 'database_trouble') hasDatabaseTrouble = true;
    } catch (error) {
      failure ??= { error };
    }
  }

  function fillLanes(): void {
    while (running.size < lanes) {
      const next = ready.shift();
      if (!next) return;
      const lane = workNext(next).finally(() => {
        running.delete(lane);
        fillLanes();
        laneFreed.resolve();
        laneFreed = Promise.withResolvers();
      });
      running.add(lane);
    }
  }

  /** Until a lane is free, or the next post falls due if that is worth waiting for; false: there is nothing to wait for. */
  async function somethingHappens(): Promise<boolean> {
    if (done.length > 0 && mayClaim() && !isLineLong()) {
      // They have ended since they could last be given back, and may have more that is due.
      isExhausted = false;
      return true;
    }
    const waitMs = Math.max(nextDueAtMs - monotonicMs(), 0);
    const hasTime = waitMs <= patienceMs && waitMs <= deadline.leftMs() - VISIT_NEEDS_MS;
    // What is in line already goes first, so nothing more is claimed for the moment.
    const isDueSoon = hasTime && mayClaim() && !isLineLong();
    if (running.size === 0 && !isDueSoon) return false;
    const waiting = new AbortController();
    const dueMoment = isDueSoon ? [pause(waitMs, waiting.signal)] : [];
    await Promise.race([laneFreed.promise, ...dueMoment]).finally(() => waiting.abort());
    isExhausted = false;
    return true;
  }

  const isLineLong = () => ready.length >= lanes / 2;
  /** A backlog that this tick has no time to begin goes before its own checks: the sooner it ends, the sooner begins the run. */
  const isForRun = () => isBacklogLeft && !isRun && !isRunActive && deadline.leftMs() < BEGIN_NEEDS_MS;
  const mayClaim = () =>
    deadline.leftMs() >= VISIT_NEEDS_MS && !hasDatabaseTrouble && !failure && !isForRun();

  /** Whether work is left when everything is given back, once that has begun. */
  let ended: Promise<boolean> | null = null;

  async function giveBack(): Promise<boolean> {
    await Promise.allSettled(running);
    if (!hasClaimed && !isRun) return false;
    return queue.release(holder, isRun).catch((error) => {
      log.warn('release_failed', describeError(error));
      return false;
    });
  }

  return {
    async work(): Promise<void> {
      do {
        fillLanes();
        while (mayClaim() && !isExhausted && !isLineLong()) {
          await claimMore();
          fillLanes();
        }
      } while (await somethingHappens());
      if (failure) throw failure.error;
    },

    tally: tally.report,

    async end(): Promise<TickReport> {
      ended ??= giveBack();
      const isWorkLeft = await ended;
      return { ...counts, needsRun: isWorkLeft && !isRunActive };
    },

    async [Symbol.asyncDispose]() {
      ended ??= giveBack();
      await ended;
      await (await opened?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

type ClaimEnd = 'done' | 'out_of_time' | 'stuck' | 'database_trouble';

/** Posts of one account go one after the other: limits, caps and tokens are the account's. */
async function workClaim(
  deps: WorkerDeps,
  claim: Claim,
  shared: Pick<Visit, 'deadline' | 'inSlot' | 'creators'>,
  { now, lease }: Pick<Visit, 'now'> & { lease: Deadline },
  counts: { accounts: number; visits: number; errors: number },
): Promise<ClaimEnd> {
  counts.accounts++;
  const { account, posts } = claim;
  const { deadline } = shared;
  // As claimed: what an upload renews of the lease is for its chunks.
  const access = createAccountAccess(deps, account, soonerOf(deadline, lease), now);
  const held = new Set<PostMode>();
  const checks = { refusal: null };
  let end: ClaimEnd = 'done';
  const leaveForLater = () => {
    end = 'out_of_time';
  };
  counts.errors += claim.unreadable.length;
  await setAsideUnreadable(deps, claim);
  for (const post of posts) {
    if (deadline.leftMs() < VISIT_NEEDS_MS) return 'out_of_time';
    counts.visits++;
    try {
      const visit = { ...shared, deps, account, post, access, now, held, checks, leaveForLater };
      await inLogContext({ accountId: account.id, postId: post.id }, () => look(visit));
    } catch (error) {
      if (error instanceof PostLostError) {
        deps.log.warn('post_dropped', { postId: post.id, reason: error.reason });
        if (error.reason === 'lease_lost') return 'done';
        continue;
      }
      counts.errors++;
      deps.log.error('visit_failed', { postId: post.id, status: post.status, ...describeError(error) });
      if (error instanceof StoreError) return 'database_trouble';
      end = 'stuck';
    }
  }
  return end;
}

/** Posts of another release's making wait for that release, out of the others' way. */
async function setAsideUnreadable(deps: WorkerDeps, { account, unreadable }: Claim): Promise<void> {
  for (const { id: postId, status, error } of unreadable) {
    deps.log.error('post_unreadable', { postId, status });
    await deps.queue
      .advance(
        { postId, fence: account.fence },
        {
          revision: null,
          from: status,
          to: status,
          runInSeconds: STEP_ASIDE_SECONDS,
          notice: status === 'needs_attention' ? error : STUMBLED,
          postIds: null,
          shareUrl: null,
          outcome: null,
          logId: null,
        },
      )
      .catch((error) => deps.log.warn('post_unreadable', { postId, ...describeError(error) }));
  }
}

/** One look at one post, whatever its state. @throws {PostLostError} if it is not ours any more. @throws {StoreError} */
export async function look(visit: Visit): Promise<void> {
  const { status } = visit.post;
  if (!isWorkState(status)) return;
  try {
    await VISITS[status](visit);
  } catch (error) {
    // A mistake of ours: the post steps aside, so that it holds up no other.
    // What led there is what is told, even if stepping aside fails, too.
    if (!(error instanceof StoreError || error instanceof PostLostError))
      await stepAside(visit, status).catch(() => undefined);
    throw error;
  }
}

async function stepAside(visit: Visit, status: WorkState): Promise<void> {
  const details = { inSeconds: STEP_ASIDE_SECONDS, notice: STUMBLED };
  if (status === 'published' || status === 'delivered')
    return move(visit, status, 'follow_up', { inSeconds: STEP_ASIDE_SECONDS });
  // What its owner was told is not to be written over.
  if (status === 'needs_attention')
    return move(visit, status, 'wait', { ...details, notice: visit.post.error });
  if (status !== 'initializing') return move(visit, status, 'wait', details);
}

const STEP_ASIDE_SECONDS = 300;
const STUMBLED = notice('internal_error');
