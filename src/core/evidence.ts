import type { Attempt, ClaimedPost } from '../store/rows.ts';
import { inquire, settleVerdict } from './check.ts';
import { EVIDENCE_CHECK_SECONDS, EVIDENCE_SECONDS, nextCheckInSeconds } from './schedule.ts';
import { move, secondsSince, type Visit } from './visit.ts';

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

async function settleByStatus(visit: Visit, { publishId }: Attempt): Promise<boolean> {
  if (publishId === null) return false;
  const inquiry = await inquire(visit, publishId);
  return inquiry.kind === 'told' && settleVerdict(visit, 'needs_attention', inquiry.status);
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
