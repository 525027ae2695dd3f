import { sentenceOf } from '../lib/wording.ts';
import type { Notice } from '../store/rows.ts';
import { errorEntry } from '../tiktok/errors.ts';
import type { CreatorInfo } from '../tiktok/users.ts';
import { accessNotice, type CreatorAnswer, creatorAnswer } from './creator-answer.ts';
import { knownMaxDurationSec, lookAtMedia } from './media-look.ts';
import { isGood, type Verdict } from './media-rules.ts';
import { warningsFor } from './post-check.ts';
import { isToBePulled } from './transfer.ts';
import { assertWritten, leaseOf, type Visit } from './visit.ts';

const MEDIA_TIMEOUT_MS = 6_000;
/** With less of the tick left, nothing is looked at: what is not found out in time would be taken for trouble. */
const PREFLIGHT_NEEDS_MS = 10_000;

/** Whether this visit comes before the post's time. The row says so by itself: no clock is asked. */
export function isEarly({ post }: Visit): boolean {
  return post.runAt !== null && post.runAt < post.dueAt;
}

/**
 * Looks at a queued post hours before its time: at its media, and whether its creator may post it. What would keep it
 * from going out becomes its error, and its owner has until then to mend it; nothing is begun and nothing given up.
 */
export async function preflight(visit: Visit): Promise<void> {
  if (visit.deadline.leftMs() < PREFLIGHT_NEEDS_MS) return;
  const [creator, { judge }] = await Promise.all([creatorOf(visit), look(visit, MEDIA_TIMEOUT_MS)]);
  const verdict = judge(creator.info?.maxVideoPostDurationSec ?? knownMaximum(visit));
  const refusal = verdict.refusal && {
    ...verdict.refusal,
    message: `${verdict.refusal.message} The file is looked at once more when the post is due.`,
  };
  const [notice = null, ...others] = [creator.notice, refusal, ...audienceNotice(visit, creator.info)].filter(
    (found) => found !== null,
  );
  await save(visit, verdict, notice, others);
}

/**
 * Looks at the media of a post that is due and of which nothing good is known yet. Null: nothing speaks against
 * beginning, and what is not known does not.
 */
export async function refusalWhenDue(visit: Visit, timeoutMs: number): Promise<Notice | null> {
  if (visit.post.mediaChecked) return null;
  const { judge } = await look(visit, Math.min(timeoutMs, MEDIA_TIMEOUT_MS));
  let verdict = judge(knownMaximum(visit));
  if (verdict.hangsOnCreator) {
    const { info } = await creatorAnswer(visit);
    verdict = judge(info?.maxVideoPostDurationSec ?? knownMaximum(visit));
  }
  if (isGood(verdict)) await save(visit, verdict, null, []);
  return verdict.refusal;
}

const knownMaximum = ({ account, now }: Visit) => knownMaxDurationSec(account, now());

function look({ deps, post, account, deadline }: Visit, wantedMs: number) {
  const startedMs = deps.monotonicMs();
  const timeoutMs = deadline.timeoutMs(wantedMs);
  const isUpload = !isToBePulled(deps, post, account);
  return lookAtMedia(deps.media, post, isUpload, () => timeoutMs - (deps.monotonicMs() - startedMs));
}

async function save(
  visit: Visit,
  verdict: Verdict,
  notice: Notice | null,
  others: readonly Notice[],
): Promise<void> {
  const { deps, post } = visit;
  const result = await deps.queue.savePreflight(leaseOf(visit), {
    revision: post.revision,
    mediaChecked: isGood(verdict),
    warnings: [...warningsFor(post), ...others, ...verdict.warnings],
    notice,
  });
  deps.log.info('post_preflighted', {
    postId: post.id,
    result,
    code: notice?.code,
    warnings: verdict.warnings.map(({ code }) => code).join(),
  });
  assertWritten(result);
}

/** What TikTok said of the creator; of who makes drafts, only what the account has allowed. */
async function creatorOf(visit: Visit): Promise<CreatorAnswer> {
  const { mode } = visit.post;
  return mode === 'direct' ? creatorAnswer(visit) : { info: null, notice: await accessNotice(visit, mode) };
}

function audienceNotice({ post }: Visit, info: CreatorInfo | null): Notice[] {
  const offered = info?.privacyLevelOptions;
  if (!offered || post.mode !== 'direct' || !post.privacyLevel || offered.includes(post.privacyLevel))
    return [];
  const code = 'privacy_level_option_mismatch';
  const entry = errorEntry(code);
  return entry ? [{ code, message: sentenceOf(entry) }] : [];
}
