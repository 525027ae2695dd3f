import * as z from 'zod/mini';
import { type AttemptOutcome, BOUNDS, type Bound, type PostStatus } from '../contract.ts';
import { retry } from '../lib/retry.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { type Attempt, type ClaimResult, claimResult, type Notice } from './rows.ts';
import { placeOf, SEALED } from './sealed.ts';
import { type Database, isFinal, run } from './supabase.ts';

/** Who writes: a post under the lease that carries this fence. */
export interface LeasedPost {
  postId: string;
  fence: number;
}

/** `ok`, or the post is no longer ours: drop it at once. */
export type WriteResult = 'ok' | 'lease_lost' | 'state_changed';

export interface ClaimRequest {
  /** Accounts to give back first. */
  done: readonly string[];
  /** At most so many accounts … */
  accounts: number;
  /** … with so many posts each. */
  posts: number;
  leaseSeconds: number;
  /** Whether posts in the queue are wanted, too. */
  mayBegin: boolean;
  /** How long the caller is taken for an active background run; null: it is none. */
  runSeconds: number | null;
}

export interface NewAttempt {
  attemptId: string;
  /** The post as it was read: an edit since then makes the attempt void. */
  revision: number;
  transfer: 'pull' | 'upload';
  sizeBytes: number | null;
  chunkSizeBytes: number | null;
  mediaIdentity: string | null;
}

export interface PostAdvance {
  /** Of the post as it was read; a queued one may have been edited since. Null: whatever it is. */
  revision: number | null;
  from: PostStatus;
  to: PostStatus;
  /** When the worker looks next; null: it is done with the post. */
  runInSeconds: number | null;
  notice: Notice | null;
  postIds: readonly string[] | null;
  shareUrl: string | null;
  /** Closes the running attempt. */
  outcome: AttemptOutcome | null;
  logId: string | null;
}

/** What was found out about a queued post before it is begun. */
export interface Preflight {
  /** The post as it was read. */
  revision: number;
  mediaChecked: boolean;
  /** All of them. */
  warnings: readonly Notice[];
  /** What will keep the post from going out, as far as it is known now. */
  notice: Notice | null;
}

export interface UploadProgress {
  attemptId: string;
  nextByte: number;
  /** The last chunk is sent next. */
  isLast: boolean;
  /** Of the bytes before `nextByte`; null where the source's version stands for them. */
  sentSha256: string | null;
}

const writeResult = z.enum(['ok', 'lease_lost', 'state_changed']);

const beginResult = z.union([
  z.object({ result: writeResult }),
  z.pipe(
    z.object({ result: z.literal('paced'), bound: z.enum(BOUNDS), wait_seconds: z.number() }),
    z.transform(({ result, bound, wait_seconds }) => ({ result, bound, waitSeconds: wait_seconds })),
  ),
]);
/** `paced`: one of TikTok's limits stands in the way, for so long. */
export type BeginResult = z.infer<typeof beginResult>;

/** What of TikTok's limits makes posts wait. */
export interface Hold {
  bound: Bound;
  waitSeconds: number;
  /** Whether TikTok itself has just said so; otherwise it was known before. */
  isMet: boolean;
  notice: Notice;
}

/** A lost answer is asked for again at once: every verb here may be called twice with the same arguments. */
const RETRY_DELAYS_MS = [150, 600];
/** What TikTok has answered to an init is worth every second that is left: unsaved, it is unknown. */
const INIT_RETRY_DELAYS_MS = [150, 600, 1500, 3000, 5000];

/** The worker's verbs. Each is one statement in the database, under a lease. */
export function createQueue(database: Database, sealer: Sealer) {
  const place = (attemptId: string) => placeOf(SEALED.uploadUrl, attemptId);

  const call = <T>(
    operation: string,
    parameters: Record<string, unknown>,
    shape: Parameters<typeof run<T>>[2],
    delaysMs: readonly number[] = RETRY_DELAYS_MS,
  ) =>
    retry(
      () => run<T>(operation, database.rpc(operation, parameters), shape),
      delaysMs,
      isFinal,
      database.stop,
    );

  return {
    /** Leases accounts with posts that are due, and returns them with those posts. */
    claim(holder: string, request: ClaimRequest): Promise<ClaimResult> {
      const parameters = {
        p_holder: holder,
        p_done: request.done,
        p_account_limit: request.accounts,
        p_post_limit: request.posts,
        p_lease_seconds: request.leaseSeconds,
        p_may_begin: request.mayBegin,
        p_run_seconds: request.runSeconds,
      };
      // Not repeated: a claim whose answer was lost holds its accounts until the lease lapses.
      return call('claim_accounts', parameters, claimResult, []);
    },

    /** Gives back every lease, and tells whether anything is due that nobody holds; `isRun`: the background run is over. */
    release(holder: string, isRun: boolean): Promise<boolean> {
      return call('release_accounts', { p_holder: holder, p_is_run: isRun }, z.boolean());
    },

    /** Commits the intent to call init. Needs so many seconds of the lease to be left. */
    beginAttempt(
      { postId, fence }: LeasedPost,
      attempt: NewAttempt,
      needSeconds: number,
    ): Promise<BeginResult> {
      return call(
        'begin_attempt',
        {
          p_post_id: postId,
          p_fence: fence,
          p_revision: attempt.revision,
          p_attempt_id: attempt.attemptId,
          p_transfer: attempt.transfer,
          p_size_bytes: attempt.sizeBytes,
          p_chunk_size_bytes: attempt.chunkSizeBytes,
          p_media_identity: attempt.mediaIdentity,
          p_need_seconds: needSeconds,
        },
        beginResult,
      );
    },

    /** Has every queued post of the account that a limit concerns wait, the given one among them. */
    hold({ postId, fence }: LeasedPost, { bound, waitSeconds, isMet, notice }: Hold): Promise<WriteResult> {
      return call(
        'hold_posts',
        {
          p_post_id: postId,
          p_fence: fence,
          p_bound: bound,
          p_wait_seconds: Math.ceil(waitSeconds),
          p_is_met: isMet,
          p_code: notice.code,
          p_message: notice.message,
        },
        writeResult,
      );
    },

    /** Stores what init answered. Not `ok`: the upload URL must be thrown away unused. */
    async recordInit(
      { postId, fence }: LeasedPost,
      init: {
        attemptId: string;
        publishId: string;
        uploadUrl: Secret | null;
        to: PostStatus;
        runInSeconds: number;
        logId: string | null;
      },
    ): Promise<WriteResult> {
      const sealedUploadUrl =
        init.uploadUrl && (await sealer.seal(init.uploadUrl.reveal(), place(init.attemptId)));
      return call(
        'record_init',
        {
          p_post_id: postId,
          p_fence: fence,
          p_attempt_id: init.attemptId,
          p_publish_id: init.publishId,
          p_sealed_upload_url: sealedUploadUrl,
          p_status: init.to,
          p_run_in_seconds: init.runInSeconds,
          p_log_id: init.logId,
        },
        writeResult,
        INIT_RETRY_DELAYS_MS,
      );
    },

    /** @throws {SealError} if there is none, or it does not open. */
    openUploadUrl(attempt: Attempt): Promise<Secret> {
      return sealer.open(attempt.sealedUploadUrl ?? '', place(attempt.id));
    },

    /** Notes how far an upload has come; also the proof that the lease stands, for so many seconds more. */
    saveProgress(
      { postId, fence }: LeasedPost,
      progress: UploadProgress,
      leaseSeconds: number,
    ): Promise<WriteResult> {
      return call(
        'save_progress',
        {
          p_post_id: postId,
          p_fence: fence,
          p_attempt_id: progress.attemptId,
          p_next_byte: progress.nextByte,
          p_is_last: progress.isLast,
          p_sent_sha256: progress.sentSha256,
          p_lease_seconds: leaseSeconds,
        },
        writeResult,
      );
    },

    /** Writes down what was found out about a queued post, which is looked at next when it is due. */
    savePreflight({ postId, fence }: LeasedPost, preflight: Preflight): Promise<WriteResult> {
      return call(
        'save_preflight',
        {
          p_post_id: postId,
          p_fence: fence,
          p_revision: preflight.revision,
          p_media_checked: preflight.mediaChecked,
          p_warnings: JSON.stringify(preflight.warnings),
          p_error_code: preflight.notice?.code ?? null,
          p_error_message: preflight.notice?.message.slice(0, 1000) ?? null,
        },
        writeResult,
      );
    },

    /** Moves a post on. After a lost answer the state has changed already: the caller drops the post, moved. */
    advance({ postId, fence }: LeasedPost, advance: PostAdvance): Promise<WriteResult> {
      return call(
        'advance_post',
        {
          p_post_id: postId,
          p_fence: fence,
          p_from: advance.from,
          p_to: advance.to,
          p_run_in_seconds: advance.runInSeconds,
          p_error_code: advance.notice?.code ?? null,
          p_error_message: advance.notice?.message.slice(0, 1000) ?? null,
          p_post_ids: advance.postIds,
          p_share_url: advance.shareUrl,
          p_outcome: advance.outcome,
          p_log_id: advance.logId,
          p_revision: advance.revision,
        },
        writeResult,
        advance.from === 'initializing' ? INIT_RETRY_DELAYS_MS : RETRY_DELAYS_MS,
      );
    },

    /** The publish that a post of unknown outcome may have begun, as a webhook has told; null if that is not clear. */
    findCandidate(postId: string): Promise<string | null> {
      return call('find_candidate', { p_post_id: postId }, z.nullable(z.string()));
    },

    /** The candidate is the post's publish from now on. Not `ok`: it is not clear any more. */
    adoptCandidate({ postId, fence }: LeasedPost, publishId: string): Promise<WriteResult> {
      const parameters = { p_post_id: postId, p_fence: fence, p_publish_id: publishId };
      return call('adopt_candidate', parameters, writeResult);
    },

    /** The candidate is no evidence. */
    dropCandidate({ postId, fence }: LeasedPost, publishId: string): Promise<WriteResult> {
      const parameters = { p_post_id: postId, p_fence: fence, p_publish_id: publishId };
      return call('drop_candidate', parameters, writeResult);
    },

    /** The other posts of the same TikTok account that a video of that moment may be, as far as is known. */
    findRivals(postId: string, videoCreatedAt: Date): Promise<Rival[]> {
      const parameters = { p_post_id: postId, p_video_created_at: videoCreatedAt.toISOString() };
      return call('find_rivals', parameters, z.array(rivalRow));
    },

    /** By the database's clock. */
    health(): Promise<WorkerHealth> {
      return run(
        'worker_health',
        database.rpc('worker_health'),
        z.pipe(
          z.array(workerHealthRow).check(z.length(1)),
          z.transform(([row]) => row as WorkerHealth),
        ),
      );
    },
  };
}
export type Queue = ReturnType<typeof createQueue>;

const rivalRow = z.pipe(
  z.object({ title: z.nullable(z.string()), post_ids: z.array(z.string()) }),
  z.transform((row) => ({
    title: row.title,
    /** Empty where they are not known. */
    postIds: row.post_ids,
  })),
);
export type Rival = z.infer<typeof rivalRow>;

const instant = z.nullable(
  z.pipe(
    z.string(),
    z.transform((text) => new Date(text)),
  ),
);
const workerHealthRow = z.pipe(
  z.object({
    checked_at: z.string(),
    last_tick_at: instant,
    oldest_overdue_run_at: instant,
    oldest_overdue_refresh_at: instant,
  }),
  z.transform((row) => ({
    checkedAt: new Date(row.checked_at),
    lastTickAt: row.last_tick_at,
    oldestOverdueRunAt: row.oldest_overdue_run_at,
    oldestOverdueRefreshAt: row.oldest_overdue_refresh_at,
  })),
);
export type WorkerHealth = z.infer<typeof workerHealthRow>;
