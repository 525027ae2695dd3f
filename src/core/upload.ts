import type { VideoContentType } from '../contract.ts';
import { SealError } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { MediaError } from '../media/errors.ts';
import type { OpenMedia } from '../media/source.ts';
import type { Attempt, Notice } from '../store/rows.ts';
import { type ChunkPlan, chunkAt, resumeAt } from '../tiktok/chunks.ts';
import type { ChunkAnswer } from '../tiktok/upload.ts';
import { askStatus, settleVerdict } from './check.ts';
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
  const attempt = visit.post.attempt;
  const plan = attempt && planOf(attempt);
  if (!attempt || !plan || attempt.outcome !== null)
    throw new TypeError(`post ${visit.post.id} is uploading without an attempt`);

  const status = await askStatus(visit, 'uploading');
  if (!status) return;
  if (await settleVerdict(visit, 'uploading', status)) return;

  const startByte = resumeAt(plan, status.uploadedBytes ?? attempt.nextByte);
  if (startByte >= plan.sizeBytes)
    return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });

  const recordedAt = attempt.recordedAt ?? attempt.startedAt;
  if (secondsSince(visit, recordedAt) >= UPLOAD_DEAD_AFTER_SECONDS) return expire(visit);
  if (secondsSince(visit, attempt.startedAt) >= STOP_SENDING_AFTER_SECONDS)
    return waitUntilDead(visit, recordedAt, visit.post.error);

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
    startByte,
  });
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
      inSeconds: nextCheckInSeconds(post.checkCount),
      notice: { code, message },
    });
  }
}

const MEDIA_CHANGED: Notice = {
  code: 'media_changed',
  message: 'The file at videoUrl changed while it was being uploaded; nothing more of it is sent.',
};

async function sendChunks(
  visit: Visit,
  upload: Upload,
  media: OpenMedia,
  contentType: VideoContentType,
): Promise<void> {
  const { deps, deadline } = visit;
  const { plan } = upload;
  for (let chunk = chunkAt(plan, upload.startByte); chunk; chunk = chunkAt(plan, chunk.endByte)) {
    if (deadline.leftMs() < CHUNK_NEEDS_MS) return move(visit, 'uploading', 'wait', { inSeconds: 0 });
    if (secondsSince(visit, upload.startedAt) >= STOP_SENDING_AFTER_SECONDS)
      return waitUntilDead(visit, upload.recordedAt, null);

    const answer = await deps.tiktok.putChunk({
      uploadUrl: upload.uploadUrl.reveal(),
      contentType,
      ...chunk,
      sizeBytes: plan.sizeBytes,
      bytes: media.take(chunk.endByte - chunk.startByte),
      timeoutMs: deadline.timeoutMs(CHUNK_TIMEOUT_MS),
    });
    if (answer.kind === 'complete')
      return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });
    if (answer.kind !== 'accepted') return settleInterrupted(visit, upload, answer);
    assertWritten(await deps.queue.saveProgress(leaseOf(visit), upload.attemptId, chunk.endByte));
  }
  // Every chunk is accepted, and TikTok has not said that it is complete: it is asked.
  return move(visit, 'uploading', 'wait', { inSeconds: nextCheckInSeconds(0) });
}

function settleInterrupted(
  visit: Visit,
  upload: Upload,
  answer: Exclude<ChunkAnswer, { kind: 'complete' | 'accepted' }>,
): Promise<void> {
  visit.deps.log.warn('upload_interrupted', {
    postId: visit.post.id,
    attemptId: upload.attemptId,
    answer: answer.kind,
    httpStatus: 'httpStatus' in answer ? answer.httpStatus : null,
    reason: 'reason' in answer ? answer.reason : null,
  });
  // A dead URL may be dead because everything had arrived: TikTok is asked soon all the same.
  return move(visit, 'uploading', 'wait', {
    inSeconds: nextCheckInSeconds(visit.post.checkCount),
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
      message: `${MEDIA_CHANGED.message} Queue the post anew with a file that stays.`,
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
