import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod/mini';
import type { PostQueue } from '../core/visit.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { notice } from '../notices.ts';
import { chosenColumns, type NewPost } from '../store/posts.ts';
import {
  type Attempt,
  type attemptRow,
  type ClaimedPost,
  claimedPostRow,
  type PostWithAttempts,
  postWithAttemptsRow,
} from '../store/rows.ts';
import { placeOf, SEALED } from '../store/sealed.ts';
import { createFileAtomic, readRow, tryLock, writeFileAtomic } from './files.ts';
import { type Home, idOf } from './home.ts';

/** A post as the database would give it, with its key; `trouble_code` is of the trouble that `trouble_since` counts. */
type Row = z.input<typeof postWithAttemptsRow> & { idempotency_key: string; trouble_code: string | null };
type AttemptInput = z.input<typeof attemptRow>;

/** A post that this process alone works on, until it is disposed of. */
export interface HeldPost extends Disposable {
  /** As it stands. */
  read(): Promise<ClaimedPost>;
  view(): Promise<PostWithAttempts>;
  /** The worker's verbs for this post: each is written to disk before it is answered. */
  queue: PostQueue;
  /** Settles a post that needs attention by its owner's word, or has TikTok asked about it; false if it does not. */
  resolve(isPublished: boolean): Promise<boolean>;
  /** Back into the queue with a post that only waited for its account. */
  reviveUnsent(): Promise<void>;
}

/** The posts of the command line, each a file of its own. */
export function createPostFiles({ directory, sealer }: Home) {
  const fileOf = (id: string) => path.join(directory, 'posts', `${id}.json`);

  const read = (id: string) => readRow<Row>(fileOf(id), postWithAttemptsRow);
  const list = async (): Promise<Row[]> => {
    const names = (await readdir(path.join(directory, 'posts'))).filter((name) => name.endsWith('.json'));
    const found = await Promise.all(names.map((name) => read(name.slice(0, -'.json'.length))));
    return found.filter((row) => row !== null);
  };

  return {
    async find(postId: string): Promise<PostWithAttempts | null> {
      const row = /^[\da-f-]{36}$/.test(postId) ? await read(postId) : null;
      return row && postWithAttemptsRow.parse(row);
    },

    findByKey: async (_userId: string, key: string): Promise<PostWithAttempts | null> => {
      const row = await read(postIdOf(key));
      return row && postWithAttemptsRow.parse(row);
    },

    /** Of two commands at once with the same key one makes the post. */
    async create({ userId, idempotency, ...chosen }: NewPost) {
      const key = idempotency?.key ?? '';
      const id = postIdOf(key);
      const now = new Date().toISOString();
      const { warnings, ...columns } = chosenColumns(chosen);
      const row: Row = {
        run_at: now,
        due_at: now,
        ...columns,
        warnings: [...warnings],
        id,
        user_id: userId,
        account_id: chosen.request.accountId,
        idempotency_key: key,
        idempotency_hash: idempotency?.hash ?? null,
        media_type: chosen.request.mediaType,
        status: 'queued',
        attempt_count: 0,
        revision: 1,
        cancel_requested_at: null,
        check_count: 0,
        trouble_code: null,
        trouble_since: null,
        publish_id: null,
        post_ids: [],
        share_url: null,
        error_code: null,
        error_message: null,
        created_at: now,
        published_at: null,
        social_post_attempts: [],
      };
      const isCreated = await createFileAtomic(fileOf(id), textOf(row));
      const post = postWithAttemptsRow.parse((await read(id)) ?? row);
      return isCreated ? { created: post } : { existing: post };
    },

    /** Null: another command is at it. */
    async hold(postId: string): Promise<HeldPost | null> {
      const lock = await tryLock(`${fileOf(postId)}.lock`);
      if (!lock) return null;
      const reread = async () => {
        const row = await read(postId);
        if (!row) throw new Error(`post ${postId} is gone`);
        return row;
      };
      const queue = createFileQueue(
        { read: reread, write: (row) => writeFileAtomic(fileOf(postId), textOf(row)), list },
        sealer,
      );
      return {
        read: async () => claim(await reread()),
        view: async () => postWithAttemptsRow.parse(await reread()),
        ...queue,
        [Symbol.dispose]: () => lock[Symbol.dispose](),
      };
    },
  };
}
export type PostFiles = ReturnType<typeof createPostFiles>;

const postIdOf = (key: string) => idOf('post', key);

const textOf = (row: Row) => `${JSON.stringify(row, null, 2)}\n`;

function claim(row: Row): ClaimedPost {
  const attempts = row.social_post_attempts;
  return claimedPostRow.parse({
    ...row,
    attempt: attempts.at(-1) ?? null,
    attempt_in_question: inQuestion(attempts),
    hinted_at: null,
    failure_count: attempts.filter(({ outcome }) => outcome === 'failed').length,
    expiry_count: attempts.filter(({ outcome }) => outcome === 'expired').length,
    pull_refused: attempts.some(
      ({ transfer, error_code: code }) =>
        transfer === 'pull' && (code === 'url_ownership_unverified' || code === 'video_pull_failed'),
    ),
  });
}

interface Place {
  read(): Promise<Row>;
  write(row: Row): Promise<void>;
  /** All posts there are. */
  list(): Promise<Row[]>;
}

/**
 * What the database does for the worker, for one post in a file. There is no lease to lose: the lock of the post is held
 * as long as its process lives, and no longer. What TikTok's limits are, TikTok says.
 */
function createFileQueue(place: Place, sealer: Sealer): Pick<HeldPost, 'queue' | 'resolve' | 'reviveUnsent'> {
  const now = () => new Date().toISOString();
  const inSeconds = (seconds: number | null) =>
    seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString();
  const uploadUrl = (attemptId: string) => placeOf(SEALED.uploadUrl, attemptId);

  /** Writes the post anew if it is as it should be. */
  async function change(
    isAsSeen: (row: Row) => boolean,
    changed: (row: Row) => Promise<Partial<Row>> | Partial<Row>,
  ): Promise<'ok' | 'state_changed'> {
    const row = await place.read();
    if (!isAsSeen(row)) return 'state_changed';
    await place.write({ ...row, ...(await changed(row)) });
    return 'ok';
  }
  const running = (row: Row, attemptId: string) =>
    row.social_post_attempts.find(({ id, outcome }) => id === attemptId && outcome === null);
  const withAttempt = (row: Row, id: string, change: Partial<AttemptInput>) =>
    row.social_post_attempts.map((attempt) => (attempt.id === id ? { ...attempt, ...change } : attempt));
  const error = (notice: { code: string; message: string } | null) => ({
    error_code: notice?.code ?? null,
    error_message: notice?.message ?? null,
  });
  const trouble = (row: Row, notice: { code: string } | null) => {
    const code = notice?.code ?? null;
    const isSame = code !== null && code === row.trouble_code;
    return { trouble_code: code, trouble_since: isSame ? row.trouble_since : code && now() };
  };

  const queue: PostQueue = {
    async beginAttempt(_post, attempt) {
      const result = await change(
        (row) => row.status === 'queued' && row.revision === attempt.revision,
        (row) => ({
          status: 'initializing',
          attempt_count: row.attempt_count + 1,
          check_count: 0,
          publish_id: null,
          run_at: now(),
          ...error(null),
          social_post_attempts: [...row.social_post_attempts, newAttempt(row, attempt)],
        }),
      );
      return { result };
    },

    /** Only the post itself: what holds the others, they are told by TikTok. */
    async hold(_post, { waitSeconds, notice }) {
      await change(
        ({ status }) => status === 'queued',
        (row) => ({ run_at: inSeconds(waitSeconds), ...trouble(row, notice), ...error(notice) }),
      );
      return 'ok';
    },

    recordInit: (_post, { attemptId, publishId, uploadUrl: url, to, runInSeconds, logId }) =>
      change(
        (row) => row.status === 'initializing' && running(row, attemptId)?.publish_id === null,
        async (row) => ({
          status: to,
          publish_id: publishId,
          check_count: 0,
          trouble_code: null,
          trouble_since: null,
          run_at: inSeconds(runInSeconds),
          social_post_attempts: withAttempt(row, attemptId, {
            publish_id: publishId,
            sealed_upload_url: url && (await sealer.seal(url.reveal(), uploadUrl(attemptId))),
            recorded_at: now(),
            log_id: logId,
          }),
        }),
      ),

    openUploadUrl: (attempt: Attempt): Promise<Secret> =>
      sealer.open(attempt.sealedUploadUrl ?? '', uploadUrl(attempt.id)),

    saveProgress: (_post, { attemptId, nextByte, isLast, sentSha256 }) =>
      change(
        (row) => running(row, attemptId) !== undefined,
        (row) => ({
          check_count: 0,
          social_post_attempts: withAttempt(row, attemptId, {
            next_byte: nextByte,
            sent_sha256: sentSha256,
            ...(isLast && { last_chunk_at: running(row, attemptId)?.last_chunk_at ?? now() }),
          }),
        }),
      ),

    savePreflight: (_post, { revision, mediaChecked, warnings, notice }) =>
      change(
        (row) => row.status === 'queued' && row.revision === revision,
        (row) => ({
          media_checked: mediaChecked,
          warnings: [...warnings],
          run_at: row.due_at,
          ...error(notice),
        }),
      ),

    advance: (_post, { from, to, runInSeconds, notice, postIds, shareUrl, outcome, logId }) =>
      change(
        ({ status }) => status === from,
        (row) => ({
          status: to,
          run_at: inSeconds(runInSeconds),
          check_count: from === to ? row.check_count + 1 : 0,
          ...trouble(row, notice),
          ...error(notice),
          post_ids: postIds ? [...postIds] : row.post_ids,
          share_url: shareUrl ?? row.share_url,
          published_at: to === 'published' ? (row.published_at ?? now()) : row.published_at,
          ...(outcome &&
            closed(row, from, {
              outcome,
              finished_at: now(),
              sealed_upload_url: null,
              ...error(notice),
              ...(logId !== null && { log_id: logId }),
            })),
        }),
      ),

    // No webhook comes here.
    findCandidate: async () => null,
    adoptCandidate: async () => 'state_changed',
    dropCandidate: async () => 'ok',

    async findRivals(postId) {
      const { account_id } = await place.read();
      const others = (await place.list()).filter((row) => row.account_id === account_id && row.id !== postId);
      return others
        .filter(({ social_post_attempts: attempts }) =>
          attempts.some(
            ({ outcome }) => outcome === null || ['unknown', 'published', 'delivered'].includes(outcome),
          ),
        )
        .map(({ title, post_ids: postIds }) => ({ title, postIds }));
    },
  };

  return {
    queue,
    async reviveUnsent() {
      await change(
        ({ status, social_post_attempts: attempts }) => isUnsent({ status, attempts }),
        (row) => ({
          status: 'queued',
          run_at: now(),
          due_at: now(),
          check_count: 0,
          ...trouble(row, null),
          ...error(null),
        }),
      );
    },
    async resolve(isPublished) {
      const result = await change(
        ({ status }) => status === 'needs_attention',
        (row) => {
          const isAsked = !isPublished && canBeAsked(row);
          const outcome = isPublished ? 'published' : 'failed';
          return {
            ...(isAsked
              ? { run_at: now(), due_at: now(), check_count: 0, ...trouble(row, ASKED), ...error(ASKED) }
              : { status: outcome, run_at: null, published_at: isPublished ? now() : null }),
            ...(isPublished && error(null)),
            ...closed(row, 'needs_attention', {
              outcome: isAsked ? 'unknown' : outcome,
              finished_at: now(),
              sealed_upload_url: null,
              error_code: 'resolved_by_owner',
            }),
          };
        },
      );
      return result === 'ok';
    },
  };
}

const ASKED = notice('asked_once_more');

/** Whether TikTok has named the publish of whose outcome nobody knows. */
function canBeAsked({ social_post_attempts: attempts }: Row): boolean {
  return (inQuestion(attempts)?.publish_id ?? null) !== null;
}

/** Whether a post waits for its owner although nothing of it can be on TikTok: its account had lost its consent. */
export function isUnsent({
  status,
  attempts,
}: {
  status: string;
  attempts: readonly { outcome: string | null }[];
}) {
  const mayBeOut = attempts.some(({ outcome }) => outcome === null || outcome === 'unknown');
  return status === 'needs_attention' && !mayBeOut;
}

/** The last that may be out, while its outcome is unknown. */
function inQuestion<A extends Pick<AttemptInput, 'outcome'>>(attempts: readonly A[]): A | null {
  const isWithoutEffect = ({ outcome }: A) =>
    outcome !== null && ['not_sent', 'rejected', 'abandoned', 'failed', 'expired'].includes(outcome);
  const last = attempts.findLast((attempt) => !isWithoutEffect(attempt));
  return last && (last.outcome === null || last.outcome === 'unknown') ? last : null;
}

/**
 * The running attempt ends; where its owner was asked, also the one that had ended as unknown. A post that is out has the
 * publish id of the attempt that it came of.
 */
function closed(row: Row, from: string, end: Partial<AttemptInput>) {
  const asked = from === 'needs_attention' ? inQuestion(row.social_post_attempts) : null;
  const attempts = row.social_post_attempts.map((attempt) =>
    attempt.outcome === null || attempt === asked ? { ...attempt, ...end } : attempt,
  );
  const cameOf = attempts.findLast(({ outcome }) => outcome === 'published' || outcome === 'delivered');
  return { social_post_attempts: attempts, publish_id: cameOf ? cameOf.publish_id : row.publish_id };
}

function newAttempt(row: Row, attempt: Parameters<PostQueue['beginAttempt']>[1]): AttemptInput {
  return {
    id: attempt.attemptId,
    attempt_no: row.attempt_count + 1,
    transfer: attempt.transfer,
    mode: row.mode,
    title: row.title,
    privacy_level: row.privacy_level,
    started_at: new Date().toISOString(),
    recorded_at: null,
    finished_at: null,
    publish_id: null,
    sealed_upload_url: null,
    size_bytes: attempt.sizeBytes,
    chunk_size_bytes: attempt.chunkSizeBytes,
    media_identity: attempt.mediaIdentity,
    next_byte: 0,
    sent_sha256: null,
    last_chunk_at: null,
    outcome: null,
    error_code: null,
    error_message: null,
    log_id: null,
  };
}
