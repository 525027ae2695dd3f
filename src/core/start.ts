import type { Secret } from '../lib/secret.ts';
import { finalSentenceOf, sentenceOf, type Wording } from '../lib/wording.ts';
import { MediaError, notPublic } from '../media/errors.ts';
import type { MediaDescription } from '../media/source.ts';
import { finalNotice, notice } from '../notices.ts';
import type { ClaimedPost, Notice } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import { type ChunkPlan, planChunks } from '../tiktok/chunks.ts';
import { errorEntry, isCode, type Refusal, refusalOf } from '../tiktok/errors.ts';
import type { InitResult, Publication } from '../tiktok/publish.ts';
import type { Access } from './access.ts';
import { soonerOf, startDeadline } from './deadline.ts';
import { endOfWait } from './endings.ts';
import { hold, MODES_OF_BOUND } from './hold.ts';
import { isEarly, preflight, refusalWhenDue } from './preflight.ts';
import {
  GIVE_UP_AFTER_SECONDS,
  LATEST_START_SECONDS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  nextLookInSeconds,
  PATIENCE_SECONDS,
  WHILE_DISCONNECTED_SECONDS,
} from './schedule.ts';
import { missingFor, NOT_ALLOWED, scopeFor } from './scopes.ts';
import { isToBePulled } from './transfer.ts';
import { sendBytes } from './upload.ts';
import { assertWritten, leaseOf, move, PostLostError, secondsSince, type Visit } from './visit.ts';

/** Refused so soon after its refresh, a token would not be helped by another. */
const SAME_TOKEN_SECONDS = 600;
const INIT_TIMEOUT_MS = 8_000;
const MEDIA_TIMEOUT_MS = 8_000;
/** With less of the tick left, no init is begun: its answer must still be saved. */
const INIT_NEEDS_MS = 10_000;
/** The same before the attempt is committed, which takes a moment. */
const BEGIN_NEEDS_MS = 11_000;
/** The lease must outlive the call and the saving of its answer. */
const INIT_NEEDS_LEASE_SECONDS = 20;

/** Begins a queued post: an attempt is committed, init called, its answer committed by the next statement. */
export async function startPost(visit: Visit): Promise<void> {
  const { post } = visit;
  if (isEarly(visit)) return preflight(visit);
  if (visit.held.has(post.mode)) return;
  if ((await isNamedSince(visit)) || (await giveUp(visit))) return;

  if ((await tokenToBegin(visit)) === null) return;
  const lookMs = visit.deadline.leftMs() - BEGIN_NEEDS_MS;
  const refusal = lookMs > 0 ? await refusalWhenDue(visit, lookMs) : null;
  if (refusal) return move(visit, 'queued', 'reject', { inSeconds: null, notice: refusal });
  const source = await chooseSource(visit);
  if (!source) return;
  // The look may have had it renewed, or learnt that there is none any more.
  const token = await tokenToBegin(visit);
  if (token === null) return;
  const init = await begin(visit, source, token);
  if (init) await settleInit(visit, init.attempt, source, init.answer);
}

/** Null: the account's consent does not allow it now, and that is written. */
async function tokenToBegin(visit: Visit): Promise<Secret | null> {
  const access = await visit.access.get();
  if (access.kind !== 'ok') {
    await waitForAccess(visit, access);
    return null;
  }
  const missing = missingFor(visit.post.mode, access.scopes);
  if (missing) await waitForOwner(visit, missing);
  return missing ? null : access.token;
}

/**
 * Its owner has called an attempt not published, but TikTok has named a publish since that it may have begun: that is asked
 * about before anything is sent.
 */
async function isNamedSince(visit: Visit): Promise<boolean> {
  const { deps, post } = visit;
  if (post.attempt === null || (await deps.queue.findCandidate(post.id)) === null) return false;
  await move(visit, 'queued', 'doubt', { inSeconds: 0, notice: notice('asked_once_more') });
  return true;
}

/** False: the post is left as it is, for a tick that has the time. */
function hasTimeToBegin({ deadline, leaveForLater }: Visit): boolean {
  const isEnough = deadline.leftMs() >= BEGIN_NEEDS_MS;
  if (!isEnough) leaveForLater();
  return isEnough;
}

/** Null: nothing was sent, and that is written. */
async function begin(visit: Visit, source: Source, token: Secret): Promise<BegunInit | null> {
  if (!hasTimeToBegin(visit)) return null;
  const { deps, post } = visit;
  const publication = publicationOf(post, source);
  const attempt = { id: deps.randomId(), startedAt: visit.now() };
  // A process may stand still after this, and others take its post meanwhile.
  const lease = startDeadline(deps.monotonicMs, INIT_NEEDS_LEASE_SECONDS * 1000);
  const deadline = soonerOf(visit.deadline, lease);
  const begun = await deps.queue.beginAttempt(
    leaseOf(visit),
    {
      attemptId: attempt.id,
      revision: post.revision,
      transfer: source.transfer,
      sizeBytes: source.transfer === 'upload' ? source.plan.sizeBytes : null,
      chunkSizeBytes: source.transfer === 'upload' ? source.plan.chunkSizeBytes : null,
      mediaIdentity: source.transfer === 'upload' ? source.media.identity : null,
    },
    INIT_NEEDS_LEASE_SECONDS,
  );
  if (begun.result === 'paced') {
    await hold(visit, begun.bound, begun.waitSeconds, { isMet: false });
    return null;
  }
  assertWritten(begun.result);
  const answer = await visit.inSlot(async () =>
    deadline.leftMs() < INIT_NEEDS_MS
      ? null
      : deps.tiktok.initPost(token, publication, deadline.timeoutMs(INIT_TIMEOUT_MS)),
  );
  if (answer) return { attempt, answer };
  visit.leaveForLater();
  await move(visit, 'initializing', 'not_sent', { inSeconds: 0 });
  return null;
}

/** A worker died between writing the attempt and writing init's answer: nobody knows what TikTok has. */
export async function recoverLostInit(visit: Visit): Promise<void> {
  return settleUnknownInit(visit, visit.post.attempt?.transfer ?? 'pull');
}

interface BegunAttempt {
  id: string;
  startedAt: Date;
}

interface BegunInit {
  attempt: BegunAttempt;
  answer: Answer<InitResult>;
}

type Source =
  | { transfer: 'pull'; urls: readonly string[] }
  | { transfer: 'upload'; media: MediaDescription; plan: ChunkPlan };

/** Posts that could not start for so long have failed, or wait for their owner. Nothing of them was published. */
async function giveUp(visit: Visit): Promise<boolean> {
  const { post } = visit;
  if (post.error === null) return false;
  const isForOwner = post.error.code === 'reauth_required' || post.error.code === 'scope_missing';
  const isForTikTok = errorEntry(post.error.code)?.disposition.kind === 'wait';
  const otherPatienceSeconds = isForTikTok ? LATEST_START_SECONDS : GIVE_UP_AFTER_SECONDS;
  const patienceSeconds = isForOwner ? PATIENCE_SECONDS : otherPatienceSeconds;
  const overdueSeconds = secondsSince(visit, post.dueAt);
  // Without trouble since it was due, its error is only what was foreseen.
  const troubledSeconds = post.troubleSince
    ? Math.min(overdueSeconds, secondsSince(visit, post.troubleSince))
    : 0;
  if (troubledSeconds < patienceSeconds && overdueSeconds < LATEST_START_SECONDS) return false;
  if (isForOwner) {
    const access = await visit.access.get();
    const isAllowed = access.kind === 'ok' && missingFor(post.mode, access.scopes) === null;
    if (isAllowed || access.kind === 'later') return false;
  }
  const lasted =
    troubledSeconds >= patienceSeconds
      ? `It has been so for ${hours(troubledSeconds)}`
      : `The post has been due for ${hours(overdueSeconds)}`;
  const notice = endOfWait(post.error, `${lasted}: nothing was published, and nothing more is tried.`);
  await move(visit, 'queued', isForOwner ? 'strand' : 'reject', { inSeconds: null, notice });
  return true;
}

const hours = (seconds: number) => `${Math.floor(seconds / 3600)} hours`;

function waitForAccess(visit: Visit, access: Exclude<Access, { kind: 'ok' }>): Promise<void> {
  return access.kind === 'later'
    ? move(visit, 'queued', 'wait', { inSeconds: access.inSeconds, notice: access.notice })
    : waitForOwner(visit, access.notice);
}

function waitForOwner(visit: Visit, notice: Notice): Promise<void> {
  return move(visit, 'queued', 'wait', { inSeconds: WHILE_DISCONNECTED_SECONDS, notice });
}

/**
 * By pull where TikTok may and the post allows, else by upload. Null: the media is no good now, and that is written; or
 * there is no time left to find out.
 */
async function chooseSource(visit: Visit): Promise<Source | null> {
  if (!hasTimeToBegin(visit)) return null;
  const { deps, post } = visit;
  const texts = post.photoUrls ?? [post.videoUrl ?? ''];
  const urls = texts.map((text) => deps.parseMediaUrl(text)).filter((url) => url !== null);
  try {
    if (urls.length < texts.length) throw notPublic();
    if (isToBePulled(deps, post, visit.account))
      return { transfer: 'pull', urls: urls.map(({ href }) => href) };
    const media = await deps.media.describe(texts[0] ?? '', visit.deadline.timeoutMs(MEDIA_TIMEOUT_MS));
    return { transfer: 'upload', media, plan: planChunks(media.sizeBytes) };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    if (visit.deadline.isOver()) {
      visit.leaveForLater();
      return null;
    }
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
      notice: notice('tiktok_unreachable'),
    });
  }
  const refusal = answer.kind === 'refused' ? refusalOf(answer) : null;
  if (answer.kind === 'unclear' || !refusal) {
    visit.deps.log.warn('init_unclear', {
      attemptId: attempt.id,
      ...(answer.kind === 'unclear' ? { reason: answer.reason } : { code: answer.code, logId: answer.logId }),
      httpStatus: answer.httpStatus,
    });
    return settleUnknownInit(visit, source.transfer, answer.kind === 'refused' ? answer : null);
  }
  return settleRefused(visit, source.transfer, answer, refusal);
}

async function settleAccepted(
  visit: Visit,
  attempt: BegunAttempt,
  source: Source,
  { publishId, uploadUrl }: InitResult,
  logId: string | null,
): Promise<void> {
  const { deps } = visit;
  const init = { attemptId: attempt.id, publishId, logId };
  async function record(to: 'processing' | 'uploading', uploadUrl: Secret | null, runInSeconds: number) {
    const result = await deps.queue.recordInit(leaseOf(visit), { ...init, uploadUrl, to, runInSeconds });
    deps.log.info('post_moved', {
      postId: visit.post.id,
      from: 'initializing',
      because: 'accepted',
      to,
      result,
      runInSeconds,
      ...init,
    });
    return result;
  }

  if (source.transfer === 'pull') {
    const result = await record('processing', null, nextCheckInSeconds(0)).catch(tellPublishId);
    return result === 'ok' ? undefined : tellPublishId(new PostLostError(result));
  }
  /** TikTok has begun and we could not write it down: the log keeps what the database lacks. */
  function tellPublishId(error: unknown): never {
    deps.log.error('init_unsaved', { postId: visit.post.id, attemptId: attempt.id, publishId, logId });
    throw error;
  }
  if (!uploadUrl || !deps.tiktok.isUploadUrlAllowed(uploadUrl)) {
    deps.log.warn('upload_url_refused', { postId: visit.post.id, attemptId: attempt.id });
    return settleUnknownInit(visit, 'upload');
  }
  assertWritten(await record('uploading', uploadUrl, 0));
  return sendBytes(visit, {
    attemptId: attempt.id,
    startedAt: attempt.startedAt,
    recordedAt: visit.now(),
    uploadUrl,
    plan: source.plan,
    mediaIdentity: source.media.identity,
    media: source.media,
    startByte: 0,
    noted: { nextByte: 0, sentSha256: null },
  });
}

/** The refusal is written down before anything follows from it: unwritten it would be an unknown outcome. */
async function settleRefused(
  visit: Visit,
  transfer: Source['transfer'],
  { code, logId, retryAfterSeconds }: Extract<Answer<never>, { kind: 'refused' }>,
  { disposition, wording }: Refusal,
): Promise<void> {
  const { post } = visit;
  const refuse = (event: 'refused' | 'refused_for_now', inSeconds: number | null, message: string) =>
    move(visit, 'initializing', event, { inSeconds, notice: { code, message }, logId });
  const refuseForNow = (inSeconds: number) => refuse('refused_for_now', inSeconds, sentenceOf(wording));
  const refuseForGood = (changes?: Pick<Wording, 'next'>) =>
    refuse('refused', null, finalSentenceOf({ ...wording, ...changes }));

  switch (disposition.kind) {
    case 'wait': {
      const waitSeconds = Math.max(retryAfterSeconds ?? 0, disposition.seconds);
      await refuseForNow(waitSeconds);
      // A limit of the other way to post says nothing of either: this post waits, and nothing is learnt from it.
      if (!MODES_OF_BOUND[disposition.bound].includes(post.mode)) return;
      return hold(visit, disposition.bound, waitSeconds, { isMet: true });
    }
    case 'refresh': {
      await refuseForNow(nextLookInSeconds(1));
      const access = await (isRefusedAgain(visit, code)
        ? visit.access.requireReconnect()
        : visit.access.renew());
      return access.kind === 'ok'
        ? move(visit, 'queued', 'wait', { inSeconds: 0 })
        : waitForAccess(visit, access);
    }
    case 'reconnect':
      await refuseForNow(nextLookInSeconds(1));
      await visit.access.forgetScopes([scopeFor(post.mode)]);
      return waitForOwner(visit, NOT_ALLOWED[post.mode]);
    case 'upload_instead':
      // Of an upload it makes no sense, and would be said again.
      if (transfer === 'upload') return refuseForGood();
      return post.transfer === 'auto' && post.mediaType === 'video'
        ? refuseForNow(0)
        : refuseForGood({ next: whatToVerify(post) });
    case 'reject':
      return refuseForGood();
  }
}

/** Whether the token was renewed upon this very refusal just now, which has taken the post's error away. */
function isRefusedAgain(visit: Visit, code: string): boolean {
  const { account, post } = visit;
  const { attempt, error } = post;
  // Of one whose owner has changed it since, nobody has looked at it without its error yet.
  if (
    attempt?.outcome !== 'rejected' ||
    attempt.error?.code !== code ||
    error !== null ||
    post.checkCount === 0
  )
    return false;
  const refusedAt = attempt.finishedAt ?? attempt.startedAt;
  return refusedAt > account.connectedAt && secondsSince(visit, refusedAt) < SAME_TOKEN_SECONDS;
}

/** @param said by TikTok, by a code of which it is not certain that nothing was begun. */
function settleUnknownInit(
  visit: Visit,
  transfer: 'pull' | 'upload',
  said: { code: string; logId: string | null } | null = null,
): Promise<void> {
  const details = said && isCode(said.code) ? `It said “${said.code}”.` : '';
  const logId = said?.logId ?? null;
  return transfer === 'upload'
    ? move(visit, 'initializing', 'upload_unknown', {
        inSeconds: nextAttemptInSeconds(visit.post.attemptCount),
        notice: notice('init_unanswered', details),
        logId,
      })
    : move(visit, 'initializing', 'pull_unknown', {
        inSeconds: nextCheckInSeconds(0),
        notice: finalNotice('outcome_unknown', details),
        logId,
      });
}

function whatToVerify({ mediaType }: ClaimedPost): string {
  return mediaType === 'photo'
    ? 'Photos can only be pulled: verify it there, then queue the post anew.'
    : 'Verify it there, or queue the post anew with transfer "auto".';
}

function publicationOf(post: ClaimedPost, source: Source): Publication {
  const { title, description, privacyLevel } = post;
  if (post.mode === 'direct' && privacyLevel === null)
    throw new TypeError(`post ${post.id} has no privacy level`);
  const info = post.mode === 'direct' && privacyLevel !== null ? { ...post, privacyLevel } : null;
  if (post.mediaType === 'photo') {
    const photoUrls = source.transfer === 'pull' ? source.urls : [];
    return { mediaType: 'photo', info, title, description, photoUrls, coverIndex: post.photoCoverIndex ?? 0 };
  }
  return {
    mediaType: 'video',
    info,
    source: source.transfer === 'pull' ? { pullFrom: source.urls[0] ?? '' } : { upload: source.plan },
  };
}
