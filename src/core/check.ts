import type { Secret } from '../lib/secret.ts';
import { finalSentenceOf, sentenceOf } from '../lib/wording.ts';
import { finalNotice, NOTICES } from '../notices.ts';
import type { Notice } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import { CODE_OF_BOUND, errorEntry, failEntry, waitSecondsOf } from '../tiktok/errors.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import { endingOf, endOfWait, lastingNotice, wordOf } from './endings.ts';
import { hold } from './hold.ts';
import { linkTo } from './link.ts';
import {
  EVIDENCE_CHECK_SECONDS,
  MAX_FAILED_ATTEMPTS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  nextSliceInSeconds,
  PATIENCE_SECONDS,
  UNKNOWN_PUBLISH_SECONDS,
  WHILE_DISCONNECTED_SECONDS,
} from './schedule.ts';
import { NOT_ALLOWED, POSTING_SCOPES } from './scopes.ts';
import { lastNewsAt, move, secondsSince, type Visit } from './visit.ts';

const STATUS_TIMEOUT_MS = 5_000;
/** So long others wait for the day's cap that a publish has failed of, as for one that an init was refused for. */
const DAILY_CAP_SECONDS = 3_600;

/** Asks TikTok once what became of a publish. There is no way from here back to init but TikTok's own FAILED. */
export async function checkPost(visit: Visit): Promise<void> {
  const status = await askStatus(visit, 'processing');
  if (!status || (await settleVerdict(visit, 'processing', status))) return;
  const { cancelRequestedAt, publishId, checkCount } = visit.post;
  if (cancelRequestedAt && publishId) await askToStop(visit, publishId);
  await waitForVerdict(visit, 'processing', nextCheckInSeconds(checkCount), null);
}

/** Whether TikTok has stopped is for its status to say, at the next visit. */
export async function askToStop(visit: Visit, publishId: string): Promise<void> {
  const { deps, post, access, deadline } = visit;
  const granted = await access.get();
  if (granted.kind !== 'ok') return;
  const answer = await deps.tiktok.cancelPublish(
    granted.token,
    publishId,
    deadline.timeoutMs(STATUS_TIMEOUT_MS),
  );
  deps.log.info('cancel_asked', {
    postId: post.id,
    answer: answer.kind === 'refused' ? answer.code : answer.kind,
  });
}

/** A published post's public id comes when TikTok has moderated it. Nothing else can change any more. */
export async function followUp(visit: Visit): Promise<void> {
  const { post } = visit;
  const { status, againInSeconds } = await askFollowed(visit, post.publishedAt ?? post.dueAt);
  // All that are known: one draft may be posted more than once.
  const postIds = [...new Set([...post.postIds, ...(status?.postIds ?? [])])];
  const shareUrl = post.shareUrl ?? (await linkTo(visit, postIds));
  await move(visit, 'published', 'follow_up', {
    inSeconds: status !== null && shareUrl !== null ? null : againInSeconds,
    shareUrl,
    postIds,
  });
}

/** A draft in the user's inbox becomes a post if they finish it in the TikTok app. */
export async function followDraft(visit: Visit): Promise<void> {
  const { post } = visit;
  const { status, againInSeconds } = await askFollowed(visit, post.attempt?.startedAt ?? post.dueAt);
  if (status?.status !== 'PUBLISH_COMPLETE')
    return move(visit, 'delivered', 'follow_up', { inSeconds: againInSeconds });

  const { postIds } = status;
  const shareUrl = await linkTo(visit, postIds);
  return move(visit, 'delivered', 'posted', {
    inSeconds: shareUrl === null ? nextCheckInSeconds(0) : null,
    postIds,
    shareUrl,
  });
}

interface Followed {
  /** Null: TikTok did not say. */
  status: PublishStatus | null;
  /** When it is asked again, if more may come; null: no more. */
  againInSeconds: number | null;
}

/**
 * What TikTok says of a publish that is at its end. It is asked for three days, and for as long after each news of it:
 * what TikTok has told once it does not tell again.
 */
async function askFollowed(visit: Visit, since: Date): Promise<Followed> {
  const { post, access } = visit;
  const isOver = secondsSince(visit, lastNewsAt(visit, since)) >= PATIENCE_SECONDS;
  const followed = (status: PublishStatus | null, waitSeconds = 0): Followed => ({
    status,
    againInSeconds: isOver ? null : Math.max(nextCheckInSeconds(post.checkCount), waitSeconds),
  });
  const granted = await access.get();
  if (granted.kind !== 'ok' || post.publishId === null) return followed(null);
  const answer = await fetchStatus(visit, granted.token, post.publishId);
  if (answer.kind === 'refused' && errorEntry(answer.code)?.disposition.kind === 'refresh')
    await access.renew();
  return followed(answer.kind === 'ok' ? answer.data : null, waitSecondsOf(answer));
}

/**
 * TikTok's status of the post's publish; null if it did not tell, and what follows from that is written.
 * @param settleUnknown what follows from TikTok not knowing the publish; by default its owner is asked in the end.
 */
export async function askStatus(
  visit: Visit,
  state: 'uploading' | 'processing',
  settleUnknown = (notice: Notice) => settleUnknownPublish(visit, state, notice),
): Promise<PublishStatus | null> {
  const { post } = visit;
  if (!post.publishId) throw new TypeError(`post ${post.id} is ${state} without a publish id`);
  const inquiry = await inquire(visit, post.publishId);
  switch (inquiry.kind) {
    case 'told':
      return inquiry.status;
    case 'unknown_publish':
      await settleUnknown(inquiry.notice);
      return null;
    case 'later':
      await waitForVerdict(visit, state, inquiry.inSeconds, inquiry.notice);
      return null;
  }
}

/** Where TikTok does not answer the account for now, none of its other posts is asked about until then. */
async function fetchStatus(visit: Visit, token: Secret, publishId: string): Promise<Answer<PublishStatus>> {
  const { deps, account, deadline, inSlot, checks } = visit;
  if (checks.refusal) return checks.refusal;
  const answer = await inSlot(
    async (): Promise<Answer<PublishStatus>> =>
      deadline.isOver()
        ? { kind: 'not_sent', reason: 'the time is up' }
        : deps.tiktok.fetchStatus(token, publishId, deadline.timeoutMs(STATUS_TIMEOUT_MS)),
  );
  const waitSeconds = waitSecondsOf(answer);
  if (answer.kind === 'refused' && waitSeconds > 0) {
    checks.refusal = answer;
    await deps.accounts.putOffChecks(account.id, waitSeconds);
  }
  return answer;
}

export type Inquiry =
  | { kind: 'told'; status: PublishStatus }
  /** TikTok does not know the publish id, or not for this account. */
  | { kind: 'unknown_publish'; notice: Notice }
  | { kind: 'later'; inSeconds: number; notice: Notice | null };

/** Asks TikTok once what it knows of a publish. */
export async function inquire(visit: Visit, publishId: string): Promise<Inquiry> {
  const { deps, post } = visit;
  const nextInSeconds = post.status === 'uploading' ? nextSliceInSeconds : nextCheckInSeconds;
  const soon = nextInSeconds(post.checkCount);
  const later = (inSeconds: number, notice: Notice | null = null): Inquiry => ({
    kind: 'later',
    inSeconds,
    notice,
  });
  const access = await visit.access.get();
  if (access.kind === 'reconnect') return later(WHILE_DISCONNECTED_SECONDS, access.notice);
  if (access.kind === 'later') return later(Math.max(soon, access.inSeconds), access.notice);

  const answer = await fetchStatus(visit, access.token, publishId);
  if (answer.kind === 'ok') return { kind: 'told', status: answer.data };
  if (answer.kind !== 'refused') return later(soon);

  const { code } = answer;
  const entry = errorEntry(code);
  deps.log.warn('status_refused', { postId: post.id, code, logId: answer.logId });
  switch (entry?.disposition.kind) {
    case 'refresh': {
      const renewed = await visit.access.renew();
      return renewed.kind === 'ok' ? later(10) : later(soon, renewed.notice);
    }
    case 'reconnect':
      // Either of the two would do.
      await visit.access.forgetScopes(POSTING_SCOPES);
      return later(WHILE_DISCONNECTED_SECONDS, NOT_ALLOWED[post.mode]);
    case 'unknown_publish':
      return { kind: 'unknown_publish', notice: { code, message: sentenceOf(entry) } };
    case 'wait':
      return later(Math.max(soon, waitSecondsOf(answer)));
    default:
      return later(soon);
  }
}

/** Moves the post if TikTok's status is final; false if it is not. */
export async function settleVerdict(
  visit: Visit,
  state: 'uploading' | 'processing' | 'needs_attention',
  status: PublishStatus,
): Promise<boolean> {
  const { post } = visit;
  switch (status.status) {
    case 'PUBLISH_COMPLETE': {
      const { postIds } = status;
      const shareUrl = await linkTo(visit, postIds);
      // A private post never gets a public id.
      const isPrivate = post.mode === 'direct' && post.privacyLevel === 'SELF_ONLY';
      const isDone = shareUrl !== null || isPrivate;
      await move(visit, state, 'published', {
        inSeconds: isDone ? null : nextCheckInSeconds(0),
        postIds,
        shareUrl,
      });
      return true;
    }
    case 'SEND_TO_USER_INBOX':
      await move(visit, state, 'delivered', { inSeconds: nextCheckInSeconds(0) });
      return true;
    case 'FAILED': {
      // A failed publish that is public contradicts itself: no verdict.
      if (status.postIds.length > 0) return false;
      const ending = state === 'uploading' ? endingOf(post.error) : null;
      if (ending) {
        await move(visit, state, 'failed', { inSeconds: null, notice: finalNotice(ending) });
        return true;
      }
      const reason = (status.failReason ?? 'unknown').slice(0, 100);
      if (state !== 'uploading' && post.cancelRequestedAt && reason === 'publish_cancelled') {
        await move(visit, state, 'cancelled', { inSeconds: null });
        return true;
      }
      const entry = failEntry(reason);
      if (state === 'needs_attention') {
        const isWanted = wordOf(post.error) !== null;
        const message = (isWanted ? sentenceOf : finalSentenceOf)(entry, 'Nothing was published.');
        await move(visit, state, isWanted ? 'failed_for_now' : 'failed', {
          inSeconds: isWanted ? 0 : null,
          notice: { code: reason, message },
        });
        return true;
      }
      const attempts = post.failureCount + 1;
      const isWorthAnother =
        entry.disposition.kind === 'retry' && attempts < MAX_FAILED_ATTEMPTS && !post.cancelRequestedAt;
      const times = attempts === 1 ? 'once' : `${attempts} times`;
      const tried = entry.disposition.kind === 'retry' ? `It was tried ${times}.` : '';
      const message = isWorthAnother ? sentenceOf(entry) : finalSentenceOf(entry, tried);
      await move(visit, state, isWorthAnother ? 'failed_for_now' : 'failed', {
        inSeconds: isWorthAnother ? nextAttemptInSeconds(attempts) : null,
        notice: { code: reason, message },
      });
      if (post.mode === 'direct' && reason === CODE_OF_BOUND.daily_cap)
        await hold(visit, 'daily_cap', DAILY_CAP_SECONDS, { isMet: true });
      return true;
    }
    default:
      return false;
  }
}

/** An id TikTok does not know is taken for lost when it has said nothing else for half an hour. */
async function settleUnknownPublish(
  visit: Visit,
  state: 'uploading' | 'processing',
  notice: Notice,
): Promise<void> {
  const { post } = visit;
  const isLasting = post.error?.code === notice.code && post.troubleSince !== null;
  if (!isLasting || secondsSince(visit, post.troubleSince ?? post.dueAt) < UNKNOWN_PUBLISH_SECONDS) {
    return move(visit, state, 'wait', { inSeconds: UNKNOWN_PUBLISH_SECONDS / 3, notice });
  }
  return move(visit, state, 'strand', {
    inSeconds: EVIDENCE_CHECK_SECONDS,
    notice: endOfWait(notice, ''),
  });
}

async function waitForVerdict(
  visit: Visit,
  state: 'uploading' | 'processing',
  inSeconds: number,
  lastNotice: Notice | null,
): Promise<void> {
  const { post } = visit;
  const startedAt = post.attempt?.startedAt ?? post.dueAt;
  // An owner who has connected the account again starts the wait anew.
  const waitsSince = startedAt > post.dueAt ? startedAt : post.dueAt;
  if (secondsSince(visit, waitsSince) < PATIENCE_SECONDS) {
    const lasting = state === 'uploading' ? lastingNotice(post.error) : null;
    return move(visit, state, 'wait', { inSeconds, notice: lastNotice ?? lasting });
  }
  const { no_verdict } = NOTICES;
  return move(visit, state, 'strand', {
    inSeconds: EVIDENCE_CHECK_SECONDS,
    notice: lastNotice ? endOfWait(lastNotice, no_verdict.happened, no_verdict) : finalNotice('no_verdict'),
  });
}
