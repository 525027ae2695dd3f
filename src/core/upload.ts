import type { VideoContentType } from '../contract.ts';
import { SealError } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { MediaError } from '../media/errors.ts';
import type { OpenMedia } from '../media/source.ts';
import type { Attempt, Notice } from '../store/rows.ts';
import { type ChunkPlan, chunkAt, lastChunkStart, resumeAt } from '../tiktok/chunks.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import type { ChunkAnswer } from '../tiktok/upload.ts';
import { askStatus, settleVerdict } from './check.ts';
import { RESERVE_MS } from './deadline.ts';
import {
  MAX_FAILED_ATTEMPTS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  STOP_SENDING_AFTER_SECONDS,
  UPLOAD_DEAD_AFTER_SECONDS,
} from './schedule.ts';
import { assertWritten, leaseOf, move, secondsSince, type Visit } from './visit.ts';

/** An upload under way: where its bytes go, and from which on. */
interface Upload {
  attemptId: string;
  startedAt: Date;
  recordedAt: Date;
  uploadUrl: Secret;
  plan: ChunkPlan;
  mediaIdentity: string;
  /** Null: to be found out from the file. */
  contentType: VideoContentType | null;
  startByte: number;
}

const CHUNK_TIMEOUT_MS = 20_000;
const MEDIA_TIMEOUT_MS = 24_000;
/** With less of the tick left, no chunk is begun: it goes on at the next visit. */
const CHUNK_NEEDS_MS = 6_000;

/**
 * Goes on with an upload that was left in the middle. How far it has come only TikTok knows, so TikTok is asked first;
 * it also tells when everything had arrived and only the answer was lost.
 */
export async function resumeUpload(visit: Visit): Promise<void> {
  const { post } = visit;
  const { attempt } = post;
  const plan = attempt && planOf(attempt);
  if (!attempt || !plan || attempt.outcome !== null)
    throw new TypeError(`post ${post.id} is uploading without an attempt`);

  const status = await askStatus(visit, 'uploading');
  if (!status) return;
  if (await settleVerdict(visit, 'uploading', status)) return;

  const known = bytesKnown(attempt, plan, status);
  if (known === 'all') return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });

  const recordedAt = attempt.recordedAt ?? attempt.startedAt;
  if (secondsSince(visit, recordedAt) >= UPLOAD_DEAD_AFTER_SECONDS) return expire(visit);
  if (secondsSince(visit, attempt.startedAt) >= STOP_SENDING_AFTER_SECONDS)
    return waitUntilDead(visit, recordedAt, post.error);

  let uploadUrl: Secret;
  try {
    uploadUrl = await visit.deps.queue.openUploadUrl(attempt);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return waitUntilDead(visit, recordedAt, {
      code: 'upload_url_unreadable',
      message:
        'The upload cannot go on: TOKEN_ENCRYPTION_KEYS lacks the key of its address. It is begun anew within 70 minutes.',
    });
  }
  return sendBytes(visit, {
    attemptId: attempt.id,
    startedAt: attempt.startedAt,
    recordedAt,
    uploadUrl,
    plan,
    mediaIdentity: attempt.mediaIdentity ?? '',
    contentType: null,
    startByte: known,
  });
}

/**
 * From which byte to go on, or `all` when TikTok may have every byte: then nothing is sent, and only TikTok's own word
 * can lead back. Before the last chunk was begun TikTok cannot have all of them, whatever it says or does not say.
 * Afterwards it has, unless it counts fewer in plain words that do not contradict what it has confirmed before.
 */
function bytesKnown(
  attempt: Attempt,
  plan: ChunkPlan,
  { status, uploadedBytes }: PublishStatus,
): number | 'all' {
  if (attempt.lastChunkAt === null) {
    return Math.min(resumeAt(plan, uploadedBytes ?? attempt.nextByte), lastChunkStart(plan));
  }
  const isCount = status === 'PROCESSING_UPLOAD' && uploadedBytes !== null;
  if (!isCount || attempt.nextByte >= plan.sizeBytes || uploadedBytes + 1 < attempt.nextByte) return 'all';
  const resumeByte = resumeAt(plan, uploadedBytes);
  return resumeByte >= plan.sizeBytes ? 'all' : resumeByte;
}

/** Sends chunk after chunk from the source to TikTok, as far as the tick's time goes. Holds no more than a few pieces. */
export async function sendBytes(visit: Visit, upload: Upload): Promise<void> {
  const { deps, post, deadline } = visit;
  try {
    const url = post.videoUrl ?? '';
    const contentType =
      upload.contentType ??
      (await deps.media.describe(url, deadline.timeoutMs(MEDIA_TIMEOUT_MS))).contentType;
    await using media = await deps.media.open(url, upload.startByte, deadline.timeoutMs(MEDIA_TIMEOUT_MS));
    if (media.identity !== upload.mediaIdentity)
      return waitUntilDead(visit, upload.recordedAt, MEDIA_CHANGED);
    await sendChunks(visit, upload, media, contentType);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const { code, message } = error;
    await move(visit, 'uploading', 'wait', {
      inSeconds: nextSliceInSeconds(post.checkCount),
      notice: { code, message },
    });
  }
}

const MEDIA_CHANGED: Notice = {
  code: 'media_changed',
  message:
    'The file at videoUrl changed while it was being uploaded. Nothing more of it is sent, and the post ends as failed when TikTok can no longer publish it, within 70 minutes.',
};

async function sendChunks(
  visit: Visit,
  upload: Upload,
  media: OpenMedia,
  contentType: VideoContentType,
): Promise<void> {
  const { deps, deadline } = visit;
  const { plan } = upload;
  let chunkMs = 0;
  for (let chunk = chunkAt(plan, upload.startByte); chunk; chunk = chunkAt(plan, chunk.endByte)) {
    const isLast = chunk.endByte === plan.sizeBytes;
    // A chunk that would be cut off by the end of the tick is not begun, as far as the last one tells.
    if (deadline.leftMs() < Math.max(CHUNK_NEEDS_MS, chunkMs * 1.3 + RESERVE_MS)) {
      visit.leaveForLater();
      return move(visit, 'uploading', 'wait', { inSeconds: 0 });
    }
    if (secondsSince(visit, upload.startedAt) >= STOP_SENDING_AFTER_SECONDS)
      return waitUntilDead(visit, upload.recordedAt, null);
    // The note is also the proof that the lease still stands, and the mark that there is no way back.
    if (isLast || chunk.startByte > upload.startByte) await note(visit, upload, chunk.startByte, isLast);

    const begunMs = deps.monotonicMs();
    const answer = await deps.tiktok.putChunk({
      uploadUrl: upload.uploadUrl.reveal(),
      contentType,
      ...chunk,
      sizeBytes: plan.sizeBytes,
      bytes: media.take(chunk.endByte - chunk.startByte),
      timeoutMs: deadline.timeoutMs(CHUNK_TIMEOUT_MS),
    });
    chunkMs = deps.monotonicMs() - begunMs;
    if (isLast) return settleLastChunk(visit, upload, answer);
    if (answer.kind !== 'accepted') return settleInterrupted(visit, upload, answer);
  }
  throw new TypeError(`post ${visit.post.id} has no chunk at byte ${upload.startByte}`);
}

async function note(visit: Visit, { attemptId }: Upload, nextByte: number, isLast: boolean): Promise<void> {
  assertWritten(await visit.deps.queue.saveProgress(leaseOf(visit), attemptId, nextByte, isLast));
}

/** After the last chunk there is no sending it again on a guess: whatever was answered, TikTok's status decides. */
async function settleLastChunk(visit: Visit, upload: Upload, answer: ChunkAnswer): Promise<void> {
  switch (answer.kind) {
    case 'complete':
    // The task is over, or already further than this chunk: it can only be because every byte is there.
    case 'out_of_step':
    case 'url_dead':
      return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });
    case 'accepted':
      await note(visit, upload, upload.plan.sizeBytes, true);
      return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });
    default:
      return settleInterrupted(visit, upload, answer);
  }
}

/** While bytes are missing TikTok's hour runs: the next look is never far. */
const nextSliceInSeconds = (checkCount: number) => Math.min(nextCheckInSeconds(checkCount), 60);

function settleInterrupted(
  visit: Visit,
  upload: Upload,
  answer: Exclude<ChunkAnswer, { kind: 'accepted' }>,
): Promise<void> {
  visit.deps.log.warn('upload_interrupted', {
    postId: visit.post.id,
    attemptId: upload.attemptId,
    answer: answer.kind,
    httpStatus: 'httpStatus' in answer ? answer.httpStatus : null,
    reason: 'reason' in answer ? answer.reason : null,
  });
  return move(visit, 'uploading', 'wait', {
    inSeconds: nextSliceInSeconds(visit.post.checkCount),
    notice: {
      code: 'upload_interrupted',
      message: 'The upload was interrupted. TikTok is asked how far it came, and it goes on from there.',
    },
  });
}

/** Nothing more is sent, but TikTok could still publish until its upload URL has expired for certain. */
function waitUntilDead(visit: Visit, recordedAt: Date, notice: Notice | null): Promise<void> {
  const inSeconds = UPLOAD_DEAD_AFTER_SECONDS - secondsSince(visit, recordedAt);
  return move(visit, 'uploading', 'wait', { inSeconds: Math.max(inSeconds, 0), notice });
}

/** The upload URL is dead and bytes are missing: another attempt is safe, if it makes sense. */
function expire(visit: Visit): Promise<void> {
  const { post } = visit;
  if (post.error?.code === MEDIA_CHANGED.code) {
    const notice = {
      ...MEDIA_CHANGED,
      message:
        'The file at videoUrl changed while it was being uploaded. Queue the post anew with a file that stays.',
    };
    return move(visit, 'uploading', 'expired_for_good', { inSeconds: null, notice });
  }
  const attempts = post.failureCount + 1;
  if (attempts >= MAX_FAILED_ATTEMPTS) {
    return move(visit, 'uploading', 'expired_for_good', {
      inSeconds: null,
      notice: {
        code: 'upload_expired',
        message: `The upload did not end within TikTok's hour, ${attempts} times over. Use a smaller file or a faster server.`,
      },
    });
  }
  return move(visit, 'uploading', 'expired', {
    inSeconds: nextAttemptInSeconds(attempts),
    notice: {
      code: 'upload_expired',
      message: "The upload did not end within TikTok's hour; it is begun anew.",
    },
  });
}

function planOf({ sizeBytes, chunkSizeBytes }: Attempt): ChunkPlan | null {
  if (sizeBytes === null || chunkSizeBytes === null) return null;
  return { sizeBytes, chunkSizeBytes, chunkCount: Math.max(1, Math.floor(sizeBytes / chunkSizeBytes)) };
}
