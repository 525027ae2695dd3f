import { StoreError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';
import type { Claim } from '../store/rows.ts';
import { createAccountAccess } from './access.ts';
import { checkPost, followUp } from './check.ts';
import { type Deadline, databaseClock, startDeadline } from './deadline.ts';
import { isWorkState, type WorkState } from './machine.ts';
import { recoverLostInit, startPost } from './start.ts';
import { resumeUpload } from './upload.ts';
import { PostLostError, type Visit, type WorkerDeps } from './visit.ts';

/** Netlify ends a scheduled function after 30 s; a tick ends by itself well before. */
const TICK_MS = 24_000;
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
  published: followUp,
};

/**
 * One tick: claims accounts whose posts are due, looks at each post once, and goes on claiming while there is time.
 * `openDeps` is called only when there is work, so that an idle tick costs one call of the database.
 * @throws {StoreError} if accounts cannot be claimed.
 */
export async function tick(
  core: Pick<WorkerDeps, 'queue' | 'log' | 'monotonicMs' | 'randomId'>,
  openDeps: () => Promise<WorkerDeps & AsyncDisposable>,
): Promise<TickReport> {
  const report: TickReport = { accounts: 0, visits: 0, errors: 0 };
  const deadline = startDeadline(core.monotonicMs, TICK_MS);
  const holder = core.randomId();
  await using stack = new AsyncDisposableStack();
  let deps: WorkerDeps | null = null;

  while (deadline.leftMs() >= CLAIM_NEEDS_MS) {
    const askedAtMs = core.monotonicMs();
    const { databaseNow, claims } = await core.queue.claim(holder, CLAIM_LIMITS);
    if (claims.length === 0) break;
    deps ??= stack.use(await openDeps());
    const now = databaseClock(core.monotonicMs, databaseNow, askedAtMs);
    const errorsBefore = report.errors;
    const ready = deps;
    await Promise.all(claims.map((claim) => workAccount(ready, claim, deadline, now, report)));
    await core.queue.release(holder);
    // What failed would be claimed again at once; it waits for the next tick.
    if (report.errors > errorsBefore) break;
  }
  return report;
}

/** Posts of one account go one after the other: limits, caps and tokens are the account's. */
async function workAccount(
  deps: WorkerDeps,
  { account, posts }: Claim,
  deadline: Deadline,
  now: () => Date,
  report: TickReport,
): Promise<void> {
  report.accounts++;
  const access = createAccountAccess(deps, account, deadline, now);
  for (const post of posts) {
    if (deadline.leftMs() < VISIT_NEEDS_MS) return;
    report.visits++;
    try {
      if (isWorkState(post.status)) await VISITS[post.status]({ deps, account, post, access, deadline, now });
    } catch (error) {
      if (error instanceof PostLostError) {
        deps.log.warn('post_dropped', { postId: post.id, reason: error.reason });
        if (error.reason === 'lease_lost') return;
        continue;
      }
      report.errors++;
      deps.log.error('visit_failed', { postId: post.id, status: post.status, ...describeError(error) });
      if (error instanceof StoreError) return;
    }
  }
}
