import { finalNotice, notice } from '../notices.ts';
import type { Attempt, ClaimedPost } from '../store/rows.ts';
import type { Video } from '../tiktok/display.ts';
import { errorEntry } from '../tiktok/errors.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import { askToStop, type Inquiry, inquire, settleVerdict } from './check.ts';
import { type Word, wordOf } from './endings.ts';
import { linkTo } from './link.ts';
import {
  EVIDENCE_CHECK_SECONDS,
  EVIDENCE_SECONDS,
  nextCheckInSeconds,
  UNKNOWN_PUBLISH_SECONDS,
} from './schedule.ts';
import { assertWritten, lastNewsAt, leaseOf, move, secondsSince, type Visit } from './visit.ts';

/**
 * Looks whether TikTok tells after all what became of a post that its owner was asked about. Nothing is ever sent from
 * here: what is learnt settles the post, and what is not leaves it to its owner.
 */
export async function seekEvidence(visit: Visit): Promise<void> {
  const attempt = attemptToAskOf(visit.post);
  if (!attempt) return wait(visit, null);
  const { publishId } = attempt;
  const word = wordOf(visit.post.error);
  const inquiry = publishId === null ? await askOfCandidate(visit) : await inquire(visit, publishId);
  if (inquiry?.kind === 'told') {
    if (await settleVerdict(visit, 'needs_attention', inquiry.status)) return;
    if (publishId !== null && visit.post.cancelRequestedAt) await askToStop(visit, publishId);
  }
  if (word) return weigh(visit, word, attempt, inquiry);
  if (await settleByVideo(visit, attempt)) return;
  await wait(visit, nextLookInSeconds(visit, attempt));
}

/**
 * The attempt that may have published; null if none can have, and only its owner can help. Where its owner's word is to be
 * weighed, attempts that came to nothing may have followed it.
 */
function attemptToAskOf({ attempt, attemptInQuestion, error }: ClaimedPost): Attempt | null {
  const isLatest = attempt?.number === attemptInQuestion?.number;
  return isLatest || wordOf(error) ? attemptInQuestion : null;
}

/** Its owner has found nothing on TikTok: that holds, unless TikTok shows that it is out or may still come. */
async function weigh(visit: Visit, word: Word, attempt: Attempt, inquiry: Inquiry | null): Promise<void> {
  switch (inquiry?.kind) {
    case 'later':
      return askAgain(visit, word, inquiry.inSeconds, inquiry.notice?.message);
    case 'told':
      if (mayBeOut(attempt))
        return askAgain(visit, word, nextCheckInSeconds(visit.post.checkCount), STILL_AT_IT);
      break;
    case 'unknown_publish':
      // Of a publish that it has only just named, TikTok may know no more than that yet.
      if (secondsSince(visit, attempt.recordedAt ?? attempt.startedAt) < UNKNOWN_PUBLISH_SECONDS)
        return askAgain(visit, word, UNKNOWN_PUBLISH_SECONDS / 3);
  }
  if (await settleByVideo(visit, attempt)) return;
  await move(visit, 'needs_attention', 'disowned', { inSeconds: 0 });
}

const STILL_AT_IT =
  'TikTok has not ended it and may still publish it, so nothing is sent until it has. Look again: if it is there by now, settle this post as published.';

function askAgain(visit: Visit, word: Word, inSeconds: number, details = ''): Promise<void> {
  const { post } = visit;
  const isOver = secondsSince(visit, post.troubleSince ?? post.dueAt) >= EVIDENCE_SECONDS;
  return move(visit, 'needs_attention', 'wait', {
    inSeconds: isOver ? null : inSeconds,
    notice: isOver
      ? finalNotice(word, `${details} It has been so for seven days.`.trim())
      : notice(word, details),
  });
}

/**
 * The answer to init was lost, but a webhook may have named the publish since: TikTok is asked whether it is so. Null:
 * there is none, or TikTok does not know it.
 */
async function askOfCandidate(visit: Visit): Promise<Inquiry | null> {
  const { queue, log } = visit.deps;
  const publishId = await queue.findCandidate(visit.post.id);
  if (publishId === null) return null;
  const inquiry = await inquire(visit, publishId);
  log.info('candidate_asked', { postId: visit.post.id, publishId, answer: inquiry.kind });
  if (inquiry.kind === 'unknown_publish') {
    assertWritten(await queue.dropCandidate(leaseOf(visit), publishId));
    return null;
  }
  if (inquiry.kind === 'told' && isFinal(inquiry.status))
    assertWritten(await queue.adoptCandidate(leaseOf(visit), publishId));
  return inquiry;
}

/** Before its end a candidate is not taken for the post's: another may turn up that fits as well. */
function isFinal({ status }: PublishStatus): boolean {
  return status === 'PUBLISH_COMPLETE' || status === 'SEND_TO_USER_INBOX' || status === 'FAILED';
}

/**
 * A public post shows among the account's videos, where its owner allowed us to see them. One that nobody sees proves
 * nothing.
 */
async function settleByVideo(visit: Visit, attempt: Attempt): Promise<boolean> {
  const { post, deps } = visit;
  const title = titleToLookFor(visit, attempt);
  if (title === null) return false;
  const video = only((await videosSince(visit, attempt)).filter((seen) => isTitled(title, seen)));
  if (!video?.createdAt) return false;
  const rivals = await deps.queue.findRivals(post.id, video.createdAt);
  const isContested = rivals.some(
    (rival) =>
      isTitled(rival.title ?? '', video) && (rival.postIds.length === 0 || rival.postIds.includes(video.id)),
  );
  deps.log.info('video_found', { postId: post.id, videoId: video.id, isContested });
  if (isContested) return false;

  const postIds = [video.id];
  const shareUrl = video.shareUrl ?? (await linkTo(visit, postIds));
  const inSeconds = shareUrl === null ? nextCheckInSeconds(0) : null;
  await move(visit, 'needs_attention', 'published', { inSeconds, postIds, shareUrl });
  return true;
}

/** Null where the post cannot show among the account's videos, or could not be told from others. */
function titleToLookFor({ account }: Visit, attempt: Attempt): string | null {
  const isPublic = attempt.mode === 'direct' && attempt.privacyLevel === 'PUBLIC_TO_EVERYONE';
  const isAllowed = account.scopes.includes('video.list');
  return isPublic && mayBeOut(attempt) && isAllowed && plain(attempt.title ?? '') !== ''
    ? attempt.title
    : null;
}

/** By upload nothing can be, before the last chunk is sent. */
function mayBeOut({ transfer, lastChunkAt }: Attempt): boolean {
  return transfer === 'pull' || lastChunkAt !== null;
}

/** The account's videos of the attempt's time; none where one look does not show them all. */
async function videosSince(visit: Visit, { startedAt }: Attempt): Promise<Video[]> {
  const { post, deps } = visit;
  const access = await visit.access.get();
  if (access.kind !== 'ok') return [];
  const fromMs = startedAt.getTime() - VIDEO_EARLY_MS;
  const untilMs = startedAt.getTime() + VIDEO_LATE_MS;
  const answer = await deps.tiktok.listVideos(
    access.token,
    { cursor: untilMs < visit.now().getTime() ? String(untilMs) : null, maxCount: MAX_VIDEOS },
    visit.deadline.timeoutMs(LIST_TIMEOUT_MS),
  );
  if (answer.kind !== 'ok') {
    const { kind } = answer;
    const code = kind === 'refused' ? answer.code : null;
    deps.log.warn('videos_not_shown', { postId: post.id, answer: kind, code });
    if (code && errorEntry(code)?.disposition.kind === 'refresh') await visit.access.renew();
    return [];
  }
  const { videos, hasMore } = answer.data;
  const isBefore = ({ createdAt }: Video) => createdAt !== null && createdAt.getTime() < fromMs;
  const isAfter = ({ createdAt }: Video) => createdAt !== null && createdAt.getTime() > untilMs;
  const isWhole = !hasMore || videos.some(isBefore);
  return isWhole ? videos.filter((video) => !isBefore(video) && !isAfter(video)) : [];
}

/** TikTok's clock may differ by so much. */
const VIDEO_EARLY_MS = 60_000;
const VIDEO_LATE_MS = 24 * 3_600_000;
const MAX_VIDEOS = 20;
const LIST_TIMEOUT_MS = 5_000;

/** TikTok shows the first 150 characters of a caption, and does not say what it counts: from 149 on it may be cut. */
function isTitled(title: string, { title: shownTitle, description }: Video): boolean {
  return [shownTitle, description].some((shown) => {
    const text = plain(shown ?? '');
    if (text === '') return false;
    return text.length < 149 ? plain(title) === text : plain(title).startsWith(text);
  });
}

/** Without half an emoji at its end, and each run of white space one blank. */
function plain(text: string): string {
  return text
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function only<T>(items: readonly T[]): T | null {
  return items.length === 1 ? (items[0] ?? null) : null;
}

/** Evidence of an unanswered init comes soon, if at all; TikTok was long asked already about a publish it had named. */
function nextLookInSeconds(visit: Visit, { publishId }: Attempt): number | null {
  const { post } = visit;
  const askedAt = post.troubleSince ?? post.dueAt;
  if (secondsSince(visit, lastNewsAt(visit, askedAt)) >= EVIDENCE_SECONDS) return null;
  return publishId === null ? nextCheckInSeconds(post.checkCount) : EVIDENCE_CHECK_SECONDS;
}

/** What its owner was told stays. */
function wait(visit: Visit, inSeconds: number | null): Promise<void> {
  return move(visit, 'needs_attention', 'wait', { inSeconds, notice: visit.post.error });
}
