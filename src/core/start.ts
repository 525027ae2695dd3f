import { MediaError } from '../media/errors.ts';
import type { MediaDescription } from '../media/source.ts';
import { isVerified, parseMediaUrl } from '../media/url.ts';
import type { ClaimedPost } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import { type ChunkPlan, planChunks } from '../tiktok/chunks.ts';
import { errorEntry, type Refusal, refusalOf } from '../tiktok/errors.ts';
import type { InitResult, PostInfo } from '../tiktok/publish.ts';
import {
  GIVE_UP_AFTER_SECONDS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  nextLookInSeconds,
  PATIENCE_SECONDS,
  WHILE_DISCONNECTED_SECONDS,
} from './schedule.ts';
import { sendBytes } from './upload.ts';
import { assertWritten, leaseOf, move, secondsSince, type Visit } from './visit.ts';

const INIT_TIMEOUT_MS = 8_000;
const MEDIA_TIMEOUT_MS = 8_000;
/** With less of the tick left, no init is begun: its answer must still be saved. */
const INIT_NEEDS_MS = 10_000;
/** The lease must outlive the call and the saving of its answer. */
const INIT_NEEDS_LEASE_SECONDS = 20;

/** Begins a queued post: an attempt is committed, init called, its answer committed by the next statement. */
export async function startPost(visit: Visit): Promise<void> {
  const { deps, post } = visit;
  if (await giveUp(visit)) return;

  const access = await visit.access.get();
  if (access.kind !== 'ok') {
    const inSeconds = access.kind === 'later' ? access.inSeconds : WHILE_DISCONNECTED_SECONDS;
    return move(visit, 'queued', 'wait', { inSeconds, notice: access.notice });
  }

  const source = await chooseSource(visit);
  if (!source || visit.deadline.leftMs() < INIT_NEEDS_MS) return;

  const attempt = { id: deps.randomId(), startedAt: visit.now() };
  assertWritten(
    await deps.queue.beginAttempt(
      leaseOf(visit),
      {
        attemptId: attempt.id,
        transfer: source.transfer,
        sizeBytes: source.transfer === 'upload' ? source.plan.sizeBytes : null,
        chunkSizeBytes: source.transfer === 'upload' ? source.plan.chunkSizeBytes : null,
        mediaIdentity: source.transfer === 'upload' ? source.media.identity : null,
      },
      INIT_NEEDS_LEASE_SECONDS,
    ),
  );
  const answer = await deps.tiktok.initVideo(
    access.token,
    postInfo(post),
    source.transfer === 'pull' ? { pullFrom: source.url } : { upload: source.plan },
    visit.deadline.timeoutMs(INIT_TIMEOUT_MS),
  );
  await settleInit(visit, attempt, source, answer);
}

/** A worker died between writing the attempt and writing init's answer: nobody knows what TikTok has. */
export async function recoverLostInit(visit: Visit): Promise<void> {
  return settleUnknownInit(visit, visit.post.attempt?.transfer ?? 'pull');
}

interface BegunAttempt {
  id: string;
  startedAt: Date;
}

type Source =
  | { transfer: 'pull'; url: string }
  | { transfer: 'upload'; url: string; media: MediaDescription; plan: ChunkPlan };

/** Posts that could not start for so long have failed, or wait for their owner. Nothing of them was published. */
async function giveUp(visit: Visit): Promise<boolean> {
  const { post } = visit;
  if (post.error === null) return false;
  const isForOwner = post.error.code === 'reauth_required';
  const isForTikTok = errorEntry(post.error.code)?.disposition.kind === 'wait';
  const patienceSeconds = isForOwner || isForTikTok ? PATIENCE_SECONDS : GIVE_UP_AFTER_SECONDS;
  if (secondsSince(visit, post.dueAt) < patienceSeconds) return false;
  if (isForOwner) {
    const access = await visit.access.get();
    if (access.kind !== 'reconnect') return false;
  }
  const hours = Math.round(patienceSeconds / 3600);
  const notice = {
    code: post.error.code,
    message: `${post.error.message} This was so for ${hours} hours after the post was due, and nothing was published.`,
  };
  await move(visit, 'queued', isForOwner ? 'strand' : 'reject', { inSeconds: null, notice });
  return true;
}

/** By pull where TikTok may and the post allows, else by upload. Null: the media is no good now, and that is written. */
async function chooseSource(visit: Visit): Promise<Source | null> {
  const { deps, post } = visit;
  const url = parseMediaUrl(post.videoUrl ?? '', deps.mediaAllowedOrigins);
  const mayPull = url !== null && !post.pullRefused && isVerified(url, deps.verifiedUrls);
  if (url && (post.transfer === 'pull' || (post.transfer === 'auto' && mayPull)))
    return { transfer: 'pull', url: url.href };
  try {
    const media = await deps.media.describe(post.videoUrl ?? '', visit.deadline.timeoutMs(MEDIA_TIMEOUT_MS));
    return { transfer: 'upload', url: post.videoUrl ?? '', media, plan: planChunks(media.sizeBytes) };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const { code, message, isTemporary } = error;
    const inSeconds = isTemporary ? nextLookInSeconds(post.checkCount) : null;
    await move(visit, 'queued', isTemporary ? 'wait' : 'reject', { inSeconds, notice: { code, message } });
    return null;
  }
}

async function settleInit(
  visit: Visit,
  attempt: BegunAttempt,
  source: Source,
  answer: Answer<InitResult>,
): Promise<void> {
  if (answer.kind === 'ok') return settleAccepted(visit, attempt, source, answer.data, answer.logId);
  if (answer.kind === 'not_sent') {
    return move(visit, 'initializing', 'not_sent', {
      inSeconds: nextAttemptInSeconds(visit.post.attemptCount + 1),
      notice: {
        code: 'tiktok_unreachable',
        message: 'TikTok could not be reached; the post is tried again.',
      },
    });
  }
  const refusal = answer.kind === 'refused' ? refusalOf(answer) : null;
  if (answer.kind === 'unclear' || !refusal) {
    visit.deps.log.warn('init_unclear', {
      postId: visit.post.id,
      attemptId: attempt.id,
      reason: answer.kind === 'unclear' ? answer.reason : answer.code,
      httpStatus: answer.httpStatus,
    });
    return settleUnknownInit(visit, source.transfer);
  }
  return settleRefused(visit, answer, refusal);
}

async function settleAccepted(
  visit: Visit,
  attempt: BegunAttempt,
  source: Source,
  { publishId, uploadUrl }: InitResult,
  logId: string | null,
): Promise<void> {
  const { deps } = visit;
  const record = (to: 'processing' | 'uploading', runInSeconds: number) =>
    deps.queue.recordInit(leaseOf(visit), {
      attemptId: attempt.id,
      publishId,
      uploadUrl: to === 'uploading' ? uploadUrl : null,
      to,
      runInSeconds,
      logId,
    });

  if (source.transfer === 'pull') {
    return assertWritten(await record('processing', nextCheckInSeconds(0)));
  }
  if (!uploadUrl || !deps.tiktok.isUploadUrlAllowed(uploadUrl)) {
    deps.log.warn('upload_url_refused', { postId: visit.post.id, attemptId: attempt.id });
    return settleUnknownInit(visit, 'upload');
  }
  assertWritten(await record('uploading', 0));
  return sendBytes(visit, {
    attemptId: attempt.id,
    startedAt: attempt.startedAt,
    recordedAt: visit.now(),
    uploadUrl,
    plan: source.plan,
    mediaIdentity: source.media.identity,
    contentType: source.media.contentType,
    startByte: 0,
  });
}

async function settleRefused(
  visit: Visit,
  { code, logId, retryAfterSeconds }: Extract<Answer<never>, { kind: 'refused' }>,
  { disposition, sentence }: Refusal,
): Promise<void> {
  const { post } = visit;
  const refuse = (
    event: 'refused' | 'refused_for_now',
    inSeconds: number | null,
    notice = { code, message: sentence },
  ) => move(visit, 'initializing', event, { inSeconds, notice, logId });

  switch (disposition.kind) {
    case 'wait':
      return refuse('refused_for_now', Math.max(retryAfterSeconds ?? 0, disposition.seconds));
    case 'refresh': {
      const isSecondTime = post.attempt?.outcome === 'rejected' && post.attempt.error?.code === code;
      const access = await (isSecondTime ? visit.access.requireReconnect() : visit.access.renew());
      if (access.kind === 'ok') return refuse('refused_for_now', 0);
      return refuse(
        'refused_for_now',
        access.kind === 'later' ? access.inSeconds : WHILE_DISCONNECTED_SECONDS,
        access.notice,
      );
    }
    case 'reconnect':
      await visit.access.requireReconnect();
      return refuse('refused_for_now', WHILE_DISCONNECTED_SECONDS, {
        code: 'reauth_required',
        message: sentence,
      });
    case 'upload_instead':
      return post.transfer === 'pull'
        ? refuse('refused', null, {
            code,
            message: `${sentence} Verify it there, or queue the post with transfer "auto".`,
          })
        : refuse('refused_for_now', 0);
    case 'reject':
      return refuse('refused', null);
  }
}

function settleUnknownInit(visit: Visit, transfer: 'pull' | 'upload'): Promise<void> {
  return transfer === 'upload'
    ? move(visit, 'initializing', 'upload_unknown', {
        inSeconds: nextAttemptInSeconds(visit.post.attemptCount),
        notice: {
          code: 'init_unanswered',
          message:
            'TikTok did not answer when the upload was to begin. Nothing was sent, so the post is tried again.',
        },
      })
    : move(visit, 'initializing', 'pull_unknown', {
        inSeconds: null,
        notice: {
          code: 'outcome_unknown',
          message:
            'TikTok was asked to publish this post, and its answer was lost. It is not asked again, or the post might appear twice. Look at the TikTok profile: if the post is missing there, queue it anew.',
        },
      });
}

function postInfo(post: ClaimedPost): PostInfo {
  const { privacyLevel } = post;
  if (privacyLevel === null) throw new TypeError(`post ${post.id} has no privacy level`);
  return {
    title: post.title,
    privacyLevel,
    disableDuet: post.disableDuet,
    disableStitch: post.disableStitch,
    disableComment: post.disableComment,
    videoCoverTimestampMs: post.videoCoverTimestampMs,
    brandContentToggle: post.brandContentToggle,
    brandOrganicToggle: post.brandOrganicToggle,
    isAigc: post.isAigc,
  };
}
