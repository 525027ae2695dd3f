import { MAX_URL_LENGTH } from '../contract.ts';
import type { Secret } from '../lib/secret.ts';
import { notice } from '../notices.ts';
import type { Notice } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import { CODE_OF_BOUND, errorEntry, failEntry } from '../tiktok/errors.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import { endingOf } from './endings.ts';
import { hold } from './hold.ts';
import {
  EVIDENCE_CHECK_SECONDS,
  MAX_FAILED_ATTEMPTS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  PATIENCE_SECONDS,
  UNKNOWN_PUBLISH_SECONDS,
  WHILE_DISCONNECTED_SECONDS,
} from './schedule.ts';
import { missingFor, NOT_ALLOWED, POSTING_SCOPES } from './scopes.ts';
import { move, secondsSince, type Visit } from './visit.ts';

const STATUS_TIMEOUT_MS = 5_000;
const CREATOR_INFO_TIMEOUT_MS = 5_000;
/** So long others wait for the day's cap that a publish has failed of, as for one that an init was refused for. */
const DAILY_CAP_SECONDS = 3_600;

/** Asks TikTok once what became of a publish. There is no way from here back to init but TikTok's own FAILED. */
export async function checkPost(visit: Visit): Promise<void> {
  const status = await askStatus(visit, 'processing');
  if (!status || (await settleVerdict(visit, 'processing', status))) return;
  if (visit.post.cancelRequestedAt) return askToCancel(visit);
  await waitForVerdict(visit, 'processing', nextCheckInSeconds(visit.post.checkCount), null);
}

/** Whether TikTok has stopped is for its status to say, at the next visit. */
async function askToCancel(visit: Visit): Promise<void> {
  const { deps, post, access, deadline } = visit;
  const granted = await access.get();
  if (granted.kind === 'ok' && post.publishId) {
    const answer = await deps.tiktok.cancelPublish(
      granted.token,
      post.publishId,
      deadline.timeoutMs(STATUS_TIMEOUT_MS),
    );
    deps.log.info('cancel_asked', {
      postId: post.id,
      answer: answer.kind === 'refused' ? answer.code : answer.kind,
    });
  }
  await waitForVerdict(visit, 'processing', nextCheckInSeconds(post.checkCount), null);
}

/** A published post's public id comes when TikTok has moderated it. Nothing else can change any more. */
export async function followUp(visit: Visit): Promise<void> {
  const { post } = visit;
  const { postIds, waitSeconds } = await findPostIds(visit);
  const shareUrl = postIds.length > 0 ? await linkTo(visit, postIds) : null;
  const isOver = secondsSince(visit, post.publishedAt ?? post.dueAt) >= PATIENCE_SECONDS;
  await move(visit, 'published', 'follow_up', {
    inSeconds:
      shareUrl !== null || isOver ? null : Math.max(nextCheckInSeconds(post.checkCount), waitSeconds),
    shareUrl,
    ...(postIds.length > 0 && { postIds }),
  });
}

/** A draft in the user's inbox becomes a post if they finish it in the TikTok app. */
export async function followDraft(visit: Visit): Promise<void> {
  const { post, access } = visit;
  const isOver = secondsSince(visit, post.attempt?.startedAt ?? post.dueAt) >= PATIENCE_SECONDS;
  const later = (waitSeconds = 0) =>
    move(visit, 'delivered', 'follow_up', {
      inSeconds: isOver ? null : Math.max(nextCheckInSeconds(post.checkCount), waitSeconds),
    });

  const granted = await access.get();
  if (granted.kind !== 'ok' || post.publishId === null) return later();
  const answer = await fetchStatus(visit, granted.token, post.publishId);
  if (answer.kind === 'refused' && errorEntry(answer.code)?.disposition.kind === 'refresh')
    await access.renew();
  if (answer.kind !== 'ok' || answer.data.status !== 'PUBLISH_COMPLETE') return later(waitSecondsOf(answer));

  const { postIds } = answer.data;
  const shareUrl = postIds.length > 0 ? await linkTo(visit, postIds) : null;
  const inSeconds = shareUrl === null ? nextCheckInSeconds(0) : null;
  return move(visit, 'delivered', 'posted', { inSeconds, postIds, shareUrl });
}

async function findPostIds(
  visit: Visit,
): Promise<{ postIds: readonly string[] /** Before TikTok is asked again. */; waitSeconds: number }> {
  const { post, access } = visit;
  const granted = await access.get();
  if (granted.kind !== 'ok' || post.publishId === null || post.postIds.length > 0)
    return { postIds: post.postIds, waitSeconds: 0 };
  const answer = await fetchStatus(visit, granted.token, post.publishId);
  if (answer.kind === 'refused' && errorEntry(answer.code)?.disposition.kind === 'refresh')
    await access.renew();
  return { postIds: answer.kind === 'ok' ? answer.data.postIds : [], waitSeconds: waitSecondsOf(answer) };
}

/** TikTok's status of the post's publish; null if it did not tell, and what follows from that is written. */
export async function askStatus(
  visit: Visit,
  state: 'uploading' | 'processing',
): Promise<PublishStatus | null> {
  const { post } = visit;
  if (!post.publishId) throw new TypeError(`post ${post.id} is ${state} without a publish id`);
  const inquiry = await inquire(visit, post.publishId);
  switch (inquiry.kind) {
    case 'told':
      return inquiry.status;
    case 'unknown_publish':
      await settleUnknownPublish(visit, state, inquiry.notice);
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

/** How long TikTok answers no more questions; 0 where it has not said so. */
function waitSecondsOf(answer: Answer<unknown>): number {
  const disposition = answer.kind === 'refused' ? errorEntry(answer.code)?.disposition : null;
  if (answer.kind !== 'refused' || disposition?.kind !== 'wait') return 0;
  return Math.max(answer.retryAfterSeconds ?? 0, disposition.seconds);
}

export type Inquiry =
  | { kind: 'told'; status: PublishStatus }
  /** TikTok does not know the publish id, or not for this account. */
  | { kind: 'unknown_publish'; notice: Notice }
  | { kind: 'later'; inSeconds: number; notice: Notice | null };

/** Asks TikTok once what it knows of a publish. */
export async function inquire(visit: Visit, publishId: string): Promise<Inquiry> {
  const { deps, post } = visit;
  const soon = nextCheckInSeconds(post.checkCount);
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
      return { kind: 'unknown_publish', notice: { code, message: entry.sentence } };
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
      const shareUrl = postIds.length > 0 ? await linkTo(visit, postIds) : null;
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
        await move(visit, state, 'failed', { inSeconds: null, notice: notice(ending) });
        return true;
      }
      const reason = (status.failReason ?? 'unknown').slice(0, 100);
      if (state !== 'uploading' && post.cancelRequestedAt && reason === 'publish_cancelled') {
        await move(visit, state, 'cancelled', { inSeconds: null });
        return true;
      }
      const { disposition, sentence } = failEntry(reason);
      if (state === 'needs_attention') {
        const isWanted = post.error?.code === 'asked_once_more';
        const message = `${sentence} Nothing was published.`;
        await move(visit, state, isWanted ? 'failed_for_now' : 'failed', {
          inSeconds: isWanted ? 0 : null,
          notice: { code: reason, message },
        });
        return true;
      }
      const attempts = post.failureCount + 1;
      const isWorthAnother =
        disposition.kind === 'retry' && attempts < MAX_FAILED_ATTEMPTS && !post.cancelRequestedAt;
      const isEnough = disposition.kind === 'retry' && !isWorthAnother;
      const message = isEnough ? `${sentence} It was tried ${attempts} times.` : sentence;
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
    notice: {
      code: notice.code,
      message: `${notice.message} Look at the TikTok profile, then settle this post as published or not published.`,
    },
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
    const hasEnding = state === 'uploading' && endingOf(post.error) !== null;
    return move(visit, state, 'wait', { inSeconds, notice: lastNotice ?? (hasEnding ? post.error : null) });
  }
  return move(visit, state, 'strand', {
    inSeconds: EVIDENCE_CHECK_SECONDS,
    notice: lastNotice ?? notice('no_verdict'),
  });
}

/** The post's address; null when the account's @handle cannot be had just now. */
export async function linkTo(visit: Visit, postIds: readonly string[]): Promise<string | null> {
  const username = visit.account.username ?? (await learnUsername(visit));
  if (username === null) return null;
  const link = `https://www.tiktok.com/@${encodeURIComponent(username)}/video/${postIds[0]}`;
  return link.length <= MAX_URL_LENGTH ? link : null;
}

async function learnUsername({ deps, account, access, deadline }: Visit): Promise<string | null> {
  const granted = await access.get();
  if (granted.kind !== 'ok' || missingFor('direct', granted.scopes)) return null;
  const answer = await deps.tiktok.queryCreatorInfo(
    granted.token,
    deadline.timeoutMs(CREATOR_INFO_TIMEOUT_MS),
  );
  if (answer.kind !== 'ok') return null;
  account.username = answer.data.username;
  await deps.accounts.saveCreator(account.id, answer.data);
  return answer.data.username;
}
