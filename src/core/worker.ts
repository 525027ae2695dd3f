import { StoreError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';
import type { Claim, UnreadableClaim } from '../store/rows.ts';
import { createAccountAccess } from './access.ts';
import { checkPost, followDraft, followUp } from './check.ts';
import { type Deadline, databaseClock, startDeadline } from './deadline.ts';
import { seekEvidence } from './evidence.ts';
import { isWorkState, type WorkState } from './machine.ts';
import { recoverLostInit, startPost } from './start.ts';
import { resumeUpload } from './upload.ts';
import { move, PostLostError, type Visit, type WorkerDeps } from './visit.ts';

/** Netlify ends a scheduled function after 30 s. Nothing is begun after this … */
const TICK_MS = 22_000;
/** … and what the database has not answered by then is given up. */
const STOP_MS = 25_000;
/** With less left, no more accounts are claimed. */
const CLAIM_NEEDS_MS = 12_000;
/** With less left, no further post is begun. */
const VISIT_NEEDS_MS = 6_000;

const CLAIM_LIMITS = {
  accounts: 8,
  posts: 5,
  /** Longer than the platform lets a tick live, plus the longest request it may leave behind. */
  leaseSeconds: 90,
};

export interface TickReport {
  accounts: number;
  /** Posts looked at. */
  visits: number;
  /** Looks that ended in an error of ours or of the database; the posts are looked at again. */
  errors: number;
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

export interface TickDeps extends Pick<WorkerDeps, 'queue' | 'log' | 'monotonicMs' | 'randomId'> {
  /** Opens what only a tick with work to do needs: an idle one costs a single call of the database. */
  open(): Promise<WorkerDeps & AsyncDisposable>;
}

/**
 * One tick: claims accounts whose posts are due, looks at each post once, and goes on claiming while there is time.
 * @throws {StoreError} if accounts cannot be claimed.
 */
export async function tick(start: (stop: AbortSignal) => TickDeps): Promise<TickReport> {
  const { queue, log, monotonicMs, randomId, open } = start(AbortSignal.timeout(STOP_MS));
  const report: TickReport = { accounts: 0, visits: 0, errors: 0 };
  const deadline = startDeadline(monotonicMs, TICK_MS);
  const holder = randomId();
  await using stack = new AsyncDisposableStack();
  let deps: WorkerDeps | null = null;

  while (deadline.leftMs() >= CLAIM_NEEDS_MS) {
    const askedAtMs = monotonicMs();
    const { databaseNow, claims } = await queue.claim(holder, CLAIM_LIMITS);
    if (claims.length === 0) break;
    deps ??= stack.use(await open());
    const ready = deps;
    const now = databaseClock(monotonicMs, databaseNow, askedAtMs);
    const visitsBefore = report.visits;
    const outcomes = await Promise.all(claims.map((claim) => workClaim(ready, claim, deadline, now, report)));
    const isReleased = await queue.release(holder).then(
      () => true,
      (error) => {
        log.warn('release_failed', describeError(error));
        return false;
      },
    );
    // With the database in trouble, or nothing done, the same accounts would be claimed at once again.
    if (!isReleased || outcomes.includes('database_trouble') || report.visits === visitsBefore) break;
  }
  return report;
}

type ClaimOutcome = 'done' | 'database_trouble';

/** Posts of one account go one after the other: limits, caps and tokens are the account's. */
async function workClaim(
  deps: WorkerDeps,
  claim: Claim | UnreadableClaim,
  deadline: Deadline,
  now: () => Date,
  report: TickReport,
): Promise<ClaimOutcome> {
  report.accounts++;
  if (claim.account === null) {
    report.errors++;
    deps.log.error('account_unreadable');
    return 'done';
  }
  const { account, posts } = claim;
  const access = createAccountAccess(deps, account, deadline, now);
  await setAsideUnreadable(deps, claim, report);
  for (const post of posts) {
    if (deadline.leftMs() < VISIT_NEEDS_MS) return 'done';
    report.visits++;
    try {
      await look({ deps, account, post, access, deadline, now });
    } catch (error) {
      if (error instanceof PostLostError) {
        deps.log.warn('post_dropped', { postId: post.id, reason: error.reason });
        if (error.reason === 'lease_lost') return 'done';
        continue;
      }
      report.errors++;
      deps.log.error('visit_failed', { postId: post.id, status: post.status, ...describeError(error) });
      if (error instanceof StoreError) return 'database_trouble';
    }
  }
  return 'done';
}

/** Posts of another release's making wait for that release, out of the others' way. */
async function setAsideUnreadable(
  deps: WorkerDeps,
  { account, unreadable }: Claim,
  report: TickReport,
): Promise<void> {
  for (const { id: postId, status, error } of unreadable) {
    report.errors++;
    deps.log.error('post_unreadable', { postId, status });
    await deps.queue
      .advance(
        { postId, fence: account.fence },
        {
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

async function look(visit: Visit): Promise<void> {
  const { status } = visit.post;
  if (!isWorkState(status)) return;
  try {
    await VISITS[status](visit);
  } catch (error) {
    // A mistake of ours: the post steps aside, so that it holds up no other.
    if (!(error instanceof StoreError || error instanceof PostLostError)) await stepAside(visit, status);
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
const STUMBLED = {
  code: 'internal_error',
  message: 'Something went wrong here while working on the post; it is tried again in five minutes.',
};
