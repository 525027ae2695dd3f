import { type RunningSha256, runningSha256 } from '../lib/hash.ts';
import { SealError } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { MediaError } from '../media/errors.ts';
import type { MediaDescription, OpenMedia } from '../media/source.ts';
import { finalNotice, notice } from '../notices.ts';
import type { Attempt, Notice } from '../store/rows.ts';
import { type ChunkPlan, chunkAt, lastChunkStart, resumeAt } from '../tiktok/chunks.ts';
import { failEntry } from '../tiktok/errors.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import type { ChunkAnswer } from '../tiktok/upload.ts';
import { askStatus, settleVerdict } from './check.ts';
import { RESERVE_MS } from './deadline.ts';
import { endingAhead, endingOf, lastingNotice } from './endings.ts';
import {
  chunkSeconds,
  MAX_EXPIRED_ATTEMPTS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  nextSliceInSeconds,
  STOP_SENDING_AFTER_SECONDS,
  UNKNOWN_PUBLISH_SECONDS,
  UPLOAD_DEAD_AFTER_SECONDS,
  UPLOAD_URL_SECONDS,
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
  /** Null: to be asked for. */
  media: MediaDescription | null;
  startByte: number;
  /** How far the notes go, and what they say of the bytes before. */
  noted: Pick<Attempt, 'nextByte' | 'sentSha256'>;
}

/** What one visit does for an upload. */
interface Go {
  upload: Upload;
  source: MediaDescription;
  media: OpenMedia;
  /** Of the file's beginning, as far as it was read; null where the source's version stands for it. */
  digest: RunningSha256 | null;
  /** How much of the tick was left when it began. */
  hadMs: number;
  hasReadAgain: boolean;
  sentChunks: number;
  /** How slow the last chunk was; 0 before the first. */
  msPerByte: number;
}

const DESCRIBE_TIMEOUT_MS = 10_000;
/** With less of the tick left, no chunk is begun: it goes on at the next visit. */
const CHUNK_NEEDS_MS = 6_000;
/** A visit that had less says nothing about what fits into one: a background run has more. */
const WHOLE_GO_MS = 5 * 60_000;
/** By so much a lease outlives the chunk that is sent under it. */
const LEASE_MARGIN_SECONDS = 30;
/** While no chunk is sent, the lease is renewed so often. */
const RENEW_LEASE_MS = 30_000;

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

  const recordedAt = attempt.recordedAt ?? attempt.startedAt;
  // Before the last chunk was begun nothing can have been published: there is nothing to ask its owner.
  const settleUnknown =
    attempt.lastChunkAt === null ? (reason: Notice) => settleForgotten(visit, recordedAt, reason) : undefined;
  const status = await askStatus(visit, 'uploading', settleUnknown);
  if (!status) return;
  const isPastItsHour = secondsSince(visit, recordedAt) >= STOP_SENDING_AFTER_SECONDS;
  if (isPastItsHour && isEndedUnfinished(attempt, plan, status)) return expire(visit);
  if (await settleVerdict(visit, 'uploading', status)) return;

  const known = bytesKnown(attempt, plan, status);
  if (known === 'all') return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });

  if (secondsSince(visit, recordedAt) >= UPLOAD_DEAD_AFTER_SECONDS) return expire(visit);
  if (secondsSince(visit, attempt.startedAt) >= STOP_SENDING_AFTER_SECONDS || endingOf(post.error))
    return waitUntilDead(visit, recordedAt, lastingNotice(post.error));

  let uploadUrl: Secret;
  try {
    uploadUrl = await visit.deps.queue.openUploadUrl(attempt);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return waitUntilDead(visit, recordedAt, notice('upload_url_unreadable'));
  }
  return sendBytes(visit, {
    attemptId: attempt.id,
    startedAt: attempt.startedAt,
    recordedAt,
    uploadUrl,
    plan,
    mediaIdentity: attempt.mediaIdentity ?? '',
    media: null,
    startByte: known,
    noted: attempt,
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
  if (!isCount || uploadedBytes + 1 < attempt.nextByte) return 'all';
  const resumeByte = resumeAt(plan, uploadedBytes);
  return resumeByte >= plan.sizeBytes ? 'all' : resumeByte;
}

/** Whether TikTok has ended the upload, for a reason that may pass, before every byte was there: it can never publish. */
function isEndedUnfinished(
  { lastChunkAt }: Attempt,
  { sizeBytes }: ChunkPlan,
  { status, failReason, postIds, uploadedBytes }: PublishStatus,
): boolean {
  if (status !== 'FAILED' || postIds.length > 0 || !isPassing(failReason)) return false;
  return uploadedBytes === null ? lastChunkAt === null : uploadedBytes + 1 < sizeBytes;
}

const isPassing = (failReason: string | null) =>
  failEntry(failReason ?? 'unknown').disposition.kind === 'retry';

/** Sends chunk after chunk from the source to TikTok, as far as the tick's time goes. Holds no more than a few pieces. */
export async function sendBytes(visit: Visit, upload: Upload): Promise<void> {
  const { deps, post, deadline } = visit;
  const { startByte, recordedAt } = upload;
  const url = post.videoUrl ?? '';
  const hadMs = deadline.leftMs();
  const changed = () => waitUntilDead(visit, recordedAt, endingAhead('media_changed'));
  let go: Go | null = null;
  try {
    const source = upload.media ?? (await deps.media.describe(url, deadline.timeoutMs(DESCRIBE_TIMEOUT_MS)));
    if (source.identity !== upload.mediaIdentity) return changed();
    if (!source.isVersioned && !isNoted(upload))
      return waitUntilDead(visit, recordedAt, notice('upload_unproven'));

    // Without a version only the bytes themselves can tell, so they are read from the first.
    const fromByte = source.isVersioned ? startByte : 0;
    await using media = await deps.media.open(url, fromByte, deadline.timeoutMs(Number.POSITIVE_INFINITY));
    if (media.identity !== upload.mediaIdentity) return changed();
    const digest = source.isVersioned ? null : runningSha256();
    go = {
      upload,
      source,
      media,
      digest,
      hadMs,
      hasReadAgain: media.startByte < startByte,
      sentChunks: 0,
      msPerByte: 0,
    };
    if (!(await readAgain(visit, go))) return settleTimeUp(visit, go);
    if (digest && startByte > 0 && digest.soFar() !== upload.noted.sentSha256) return changed();
    await sendChunks(visit, go);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const { code, message } = error;
    await settleBrokenOff(visit, go, { code, message });
  }
}

/** Whether the notes tell the hash of exactly what TikTok has. */
function isNoted({ startByte, noted }: Upload): boolean {
  return startByte === 0 || (noted.nextByte === startByte && noted.sentSha256 !== null);
}

/** Reads what need not be sent again, where the file must be read from before it. False: the time is up. */
async function readAgain(visit: Visit, { upload, media, digest }: Go): Promise<boolean> {
  const { deps, deadline } = visit;
  const beginning = media.take(upload.startByte - media.startByte);
  let renewedMs = deps.monotonicMs();
  for await (const _piece of digest?.over(beginning) ?? beginning) {
    if (deadline.leftMs() < CHUNK_NEEDS_MS) return false;
    if (deps.monotonicMs() - renewedMs < RENEW_LEASE_MS) continue;
    const { startByte: nextByte, noted, plan } = upload;
    await note(visit, upload, { nextByte, sentSha256: noted.sentSha256 }, plan.chunkSizeBytes);
    renewedMs = deps.monotonicMs();
  }
  return true;
}

async function sendChunks(visit: Visit, go: Go): Promise<void> {
  const { plan, startByte } = go.upload;
  for (let next = chunkAt(plan, startByte); next; next = chunkAt(plan, next.endByte)) {
    const chunk = next;
    const answer = await sendChunk(visit, go, chunk);
    if (answer === 'no_time') return settleTimeUp(visit, go);
    if (answer === 'too_late') {
      return waitUntilDead(
        visit,
        go.upload.recordedAt,
        go.sentChunks === 0 ? lastingNotice(visit.post.error) : null,
      );
    }
    if (chunk.endByte === plan.sizeBytes) return settleLastChunk(visit, go, answer);
    if (answer.kind !== 'accepted') return settleInterrupted(visit, go, answer);
    go.sentChunks++;
  }
  throw new TypeError(`post ${visit.post.id} has no chunk at byte ${startByte}`);
}

async function sendChunk(
  visit: Visit,
  go: Go,
  chunk: { startByte: number; endByte: number },
): Promise<ChunkAnswer | 'no_time' | 'too_late'> {
  const { deps, deadline } = visit;
  const { upload, source, media, digest } = go;
  const { sizeBytes } = upload.plan;
  const byteCount = chunk.endByte - chunk.startByte;
  const isLast = chunk.endByte === sizeBytes;
  const noted = { nextByte: chunk.startByte, sentSha256: digest?.soFar() ?? null };
  // A chunk that would be cut off by the end of the tick is not begun, as far as the last one tells.
  if (deadline.leftMs() < Math.max(CHUNK_NEEDS_MS, byteCount * go.msPerByte * 1.3 + RESERVE_MS)) {
    await note(visit, upload, noted, byteCount);
    return 'no_time';
  }
  if (secondsSince(visit, upload.startedAt) >= STOP_SENDING_AFTER_SECONDS) return 'too_late';
  // The note is also the proof that the lease still stands, and the mark that there is no way back.
  await note(visit, upload, { ...noted, isLast }, byteCount);

  return visit.inSlot(async () => {
    const bytes = media.take(byteCount);
    const begunMs = deps.monotonicMs();
    const answer = await deps.tiktok.putChunk({
      uploadUrl: upload.uploadUrl.reveal(),
      contentType: source.contentType,
      ...chunk,
      sizeBytes,
      bytes: digest?.over(bytes) ?? bytes,
      timeoutMs: chunkTimeoutMs(visit, upload, byteCount),
    });
    go.msPerByte = (deps.monotonicMs() - begunMs) / byteCount;
    return answer;
  });
}

/** How long a chunk of so many bytes may take: never past the end of the visit, or of its upload URL. */
function chunkTimeoutMs(visit: Visit, { startedAt, plan }: Upload, byteCount: number): number {
  const urlLeftSeconds = UPLOAD_URL_SECONDS - secondsSince(visit, startedAt);
  return visit.deadline.timeoutMs(1000 * Math.min(chunkSeconds(byteCount, plan.sizeBytes), urlLeftSeconds));
}

/** Writes down how far an upload has come, under a lease that outlives a chunk of so many bytes. */
async function note(
  visit: Visit,
  upload: Upload,
  { nextByte, sentSha256, isLast = false }: { nextByte: number; sentSha256: string | null; isLast?: boolean },
  byteCount: number,
): Promise<void> {
  const { deps } = visit;
  const leaseSeconds = Math.ceil(chunkTimeoutMs(visit, upload, byteCount) / 1000) + LEASE_MARGIN_SECONDS;
  const progress = { attemptId: upload.attemptId, nextByte, sentSha256, isLast };
  assertWritten(await deps.queue.saveProgress(leaseOf(visit), progress, leaseSeconds));
}

/**
 * After the last chunk there is no sending it again on a guess. Only that all is there leads on at once: whatever else
 * was answered, TikTok is asked what it has.
 */
function settleLastChunk(visit: Visit, go: Go, answer: ChunkAnswer): Promise<void> {
  switch (answer.kind) {
    case 'complete':
      return move(visit, 'uploading', 'all_sent', { inSeconds: nextCheckInSeconds(0) });
    case 'accepted':
      return move(visit, 'uploading', 'wait', { inSeconds: nextSliceInSeconds(visit.post.checkCount) });
    default:
      return settleInterrupted(visit, go, answer);
  }
}

/** No more fits into this visit: the next one goes on, a background run if there can be one. */
function settleTimeUp(visit: Visit, go: Go | null): Promise<void> {
  visit.leaveForLater();
  return move(visit, 'uploading', 'wait', {
    inSeconds: 0,
    notice: go && isStuck(go) ? endingAhead('media_no_ranges') : null,
  });
}

function settleInterrupted(
  visit: Visit,
  go: Go,
  answer: Exclude<ChunkAnswer, { kind: 'accepted' }>,
): Promise<void> {
  visit.deps.log.warn('upload_interrupted', {
    postId: visit.post.id,
    attemptId: go.upload.attemptId,
    answer: answer.kind,
    httpStatus: 'httpStatus' in answer ? answer.httpStatus : null,
    reason: 'reason' in answer ? answer.reason : null,
  });
  const reason =
    answer.kind === 'refused'
      ? notice('upload_refused', `It answered with HTTP ${answer.httpStatus}.`)
      : notice('upload_interrupted');
  return settleBrokenOff(visit, go, reason);
}

/** Something ended before its time; if that was the end of the visit, it is the time that was too short. */
function settleBrokenOff(visit: Visit, go: Go | null, reason: Notice): Promise<void> {
  if (visit.deadline.isOver()) return settleTimeUp(visit, go);
  const inSeconds = nextSliceInSeconds(visit.post.checkCount);
  return move(visit, 'uploading', 'wait', { inSeconds, notice: reason });
}

/** Whether an upload for which even a background run was too short would come no further by another. */
function isStuck({ source, hadMs, hasReadAgain, sentChunks }: Go): boolean {
  return hadMs >= WHOLE_GO_MS && (!source.hasRanges || (hasReadAgain && sentChunks === 0));
}

/** Nothing more is sent, but TikTok could still publish until its upload URL has expired for certain. */
function waitUntilDead(visit: Visit, recordedAt: Date, lasting: Notice | null): Promise<void> {
  const inSeconds = UPLOAD_DEAD_AFTER_SECONDS - secondsSince(visit, recordedAt);
  return move(visit, 'uploading', 'wait', {
    inSeconds: Math.max(inSeconds, 0),
    notice: lasting ?? notice('upload_expired'),
  });
}

/** TikTok does not know an upload that it cannot have published: it is begun anew when its URL has expired for certain. */
function settleForgotten(visit: Visit, recordedAt: Date, reason: Notice): Promise<void> {
  if (secondsSince(visit, recordedAt) >= UPLOAD_DEAD_AFTER_SECONDS) return expire(visit);
  const inSeconds = UNKNOWN_PUBLISH_SECONDS / 3;
  return move(visit, 'uploading', 'wait', { inSeconds, notice: lastingNotice(visit.post.error) ?? reason });
}

/** Nothing can come of the upload any more, and bytes are missing: another attempt is safe, if it makes sense. */
function expire(visit: Visit): Promise<void> {
  const { post } = visit;
  const ending = endingOf(post.error);
  if (ending)
    return move(visit, 'uploading', 'expired_for_good', { inSeconds: null, notice: finalNotice(ending) });
  const refusal = lastingNotice(post.error);
  const attempts = post.expiryCount + 1;
  if (attempts >= MAX_EXPIRED_ATTEMPTS) {
    return move(visit, 'uploading', 'expired_for_good', {
      inSeconds: null,
      notice: finalNotice(refusal ? 'upload_refused' : 'upload_expired', `It was begun ${attempts} times.`),
    });
  }
  return move(visit, 'uploading', 'expired', {
    inSeconds: nextAttemptInSeconds(attempts),
    notice: refusal ?? notice('upload_expired'),
  });
}

function planOf({ sizeBytes, chunkSizeBytes }: Attempt): ChunkPlan | null {
  if (sizeBytes === null || chunkSizeBytes === null) return null;
  return { sizeBytes, chunkSizeBytes, chunkCount: Math.max(1, Math.floor(sizeBytes / chunkSizeBytes)) };
}
