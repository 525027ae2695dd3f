import type { Attempt, ClaimedPost } from '../store/rows.ts';
import type { PublishStatus } from '../tiktok/publish.ts';
import { inquire, settleVerdict } from './check.ts';
import { EVIDENCE_CHECK_SECONDS, EVIDENCE_SECONDS, nextCheckInSeconds } from './schedule.ts';
import { assertWritten, leaseOf, move, secondsSince, type Visit } from './visit.ts';

/**
 * Looks whether TikTok tells after all what became of a post that its owner was asked about. Nothing is ever sent from
 * here: what is learnt settles the post, and what is not leaves it to its owner.
 */
export async function seekEvidence(visit: Visit): Promise<void> {
  const attempt = attemptInQuestion(visit.post);
  if (!attempt) return wait(visit, null);
  if (await settleByStatus(visit, attempt)) return;
  await wait(visit, nextLookInSeconds(visit, attempt));
}

/** The attempt that may have published; null if none can have, and only its owner can help. */
function attemptInQuestion({ attempt }: ClaimedPost): Attempt | null {
  return attempt && (attempt.outcome === null || attempt.outcome === 'unknown') ? attempt : null;
}

async function settleByStatus(visit: Visit, attempt: Attempt): Promise<boolean> {
  if (attempt.publishId === null) return settleByCandidate(visit);
  const inquiry = await inquire(visit, attempt.publishId);
  return inquiry.kind === 'told' && settleVerdict(visit, 'needs_attention', inquiry.status);
}

/** The answer to init was lost, but a webhook may have named the publish since: TikTok is asked whether it is so. */
async function settleByCandidate(visit: Visit): Promise<boolean> {
  const { queue, log } = visit.deps;
  const publishId = await queue.findCandidate(visit.post.id);
  if (publishId === null) return false;
  const inquiry = await inquire(visit, publishId);
  log.info('candidate_asked', { postId: visit.post.id, publishId, answer: inquiry.kind });
  if (inquiry.kind === 'unknown_publish') assertWritten(await queue.dropCandidate(leaseOf(visit), publishId));
  if (inquiry.kind !== 'told' || !isFinal(inquiry.status)) return false;
  assertWritten(await queue.adoptCandidate(leaseOf(visit), publishId));
  return settleVerdict(visit, 'needs_attention', inquiry.status);
}

/** Before its end a candidate is not taken for the post's: another may turn up that fits as well. */
function isFinal({ status }: PublishStatus): boolean {
  return status === 'PUBLISH_COMPLETE' || status === 'SEND_TO_USER_INBOX' || status === 'FAILED';
}

/** Where TikTok was never heard of again, most often soon or never; what TikTok was long asked about, hourly. */
function nextLookInSeconds(visit: Visit, { publishId }: Attempt): number | null {
  const { post } = visit;
  if (secondsSince(visit, post.troubleSince ?? post.dueAt) >= EVIDENCE_SECONDS) return null;
  return publishId === null ? nextCheckInSeconds(post.checkCount) : EVIDENCE_CHECK_SECONDS;
}

/** What its owner was told stays. */
function wait(visit: Visit, inSeconds: number | null): Promise<void> {
  return move(visit, 'needs_attention', 'wait', { inSeconds, notice: visit.post.error });
}
