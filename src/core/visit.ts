import type { PostMode } from '../contract.ts';
import type { Log } from '../lib/log.ts';
import type { MediaSource } from '../media/source.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { Queue, WriteResult } from '../store/queue.ts';
import type { Account, ClaimedPost, Notice } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import type { TikTokPublishing } from '../tiktok/client.ts';
import type { AccountAccess } from './access.ts';
import type { AppOf } from './app-of.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import type { Deadline, MonotonicMs } from './deadline.ts';
import { type EventIn, transition, type WorkState } from './machine.ts';
import type { InSlot } from './slots.ts';
import type { TransferDeps } from './transfer.ts';

/** The verbs of the queue by which one post is moved. */
export type PostQueue = Pick<
  Queue,
  | 'beginAttempt'
  | 'hold'
  | 'recordInit'
  | 'openUploadUrl'
  | 'saveProgress'
  | 'savePreflight'
  | 'advance'
  | 'findCandidate'
  | 'adoptCandidate'
  | 'dropCandidate'
  | 'findRivals'
>;

/** What the worker works with. */
export interface WorkerDeps extends TransferDeps {
  accounts: Pick<
    AccountStore,
    | 'openToken'
    | 'rotate'
    | 'reload'
    | 'requireReauth'
    | 'forgetScopes'
    | 'saveCreator'
    | 'putOffChecks'
    | 'putOffCreator'
  >;
  queue: PostQueue;
  tiktok: TikTokPublishing;
  media: MediaSource;
  appOf: AppOf;
  log: Log;
  monotonicMs: MonotonicMs;
  randomId(): string;
}

/** One look at one post, under its account's lease. */
export interface Visit {
  deps: WorkerDeps;
  account: Account;
  post: ClaimedPost;
  access: AccountAccess;
  deadline: Deadline;
  /** By the database's clock. */
  now(): Date;
  /** For the calls by which a post is published and followed. */
  inSlot: InSlot;
  /** Posts of these modes wait for one of TikTok's limits, and are not to be begun. Shared by the account's visits. */
  held: Set<PostMode>;
  /** How TikTok has refused to answer the account's status calls for now, if it has. Shared by the account's visits. */
  checks: { refusal: Extract<Answer<never>, { kind: 'refused' }> | null };
  /** What TikTok has said of creators during this tick, by account. */
  creators: Map<string, { askedMs: number; answer: Promise<CreatorAnswer> }>;
  /** Says that the post is still due, and the tick has no time left for it. */
  leaveForLater(): void;
}

/** The post is not ours any more: the lease has lapsed, or its state is another than the one that was seen. */
export class PostLostError extends Error {
  readonly reason: Exclude<WriteResult, 'ok'>;

  constructor(reason: Exclude<WriteResult, 'ok'>) {
    super(`the post was dropped: ${reason}`);
    this.name = 'PostLostError';
    this.reason = reason;
  }
}

/** @throws {PostLostError} unless the write took place. */
export function assertWritten(result: WriteResult): void {
  if (result !== 'ok') throw new PostLostError(result);
}

export function leaseOf({ account, post }: Visit) {
  return { postId: post.id, fence: account.fence };
}

export interface MoveDetails {
  /** Null: the worker is done with the post. */
  inSeconds: number | null;
  notice?: Notice | null;
  postIds?: readonly string[];
  shareUrl?: string | null;
  logId?: string | null;
}

/**
 * Moves a post along an edge of the machine.
 * @throws {PostLostError} if it is not ours any more.
 */
export async function move<S extends WorkState>(
  visit: Visit,
  from: S,
  event: EventIn<S>,
  { inSeconds, notice = null, postIds, shareUrl, logId }: MoveDetails,
): Promise<void> {
  const { to, outcome } = transition(from, event);
  const result = await visit.deps.queue.advance(leaseOf(visit), {
    revision: visit.post.revision,
    from,
    to,
    runInSeconds: inSeconds === null ? null : Math.ceil(inSeconds),
    notice,
    postIds: postIds ?? null,
    shareUrl: shareUrl ?? null,
    outcome: outcome ?? null,
    logId: logId ?? null,
  });
  visit.deps.log.info('post_moved', {
    postId: visit.post.id,
    from,
    because: event,
    to,
    result,
    code: notice?.code,
    runInSeconds: inSeconds,
    logId,
  });
  assertWritten(result);
}

export function secondsSince(visit: Visit, instant: Date): number {
  return (visit.now().getTime() - instant.getTime()) / 1000;
}

/** From when on more is to be waited for: from that moment, or from TikTok's last news of the post. */
export function lastNewsAt({ post: { hintedAt } }: Visit, since: Date): Date {
  return hintedAt && hintedAt > since ? hintedAt : since;
}
