import { sentenceOf } from '../lib/wording.ts';
import type { Notice } from '../store/rows.ts';
import { errorEntry } from '../tiktok/errors.ts';
import { type CreatorInfo, postingBar } from '../tiktok/users.ts';
import { knownMaxDurationSec, lookAtMedia } from './media-look.ts';
import type { Verdict } from './media-rules.ts';
import { warningsFor } from './post-check.ts';
import { missingFor, scopeFor } from './scopes.ts';
import { assertWritten, leaseOf, type Visit } from './visit.ts';

const CREATOR_INFO_TIMEOUT_MS = 5_000;
const MEDIA_TIMEOUT_MS = 6_000;
const ANSWER_LASTS_MS = 60_000;
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
  const verdict = judge(creator.info?.maxVideoPostDurationSec ?? null);
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
  const verdict = judge(knownMaxDurationSec(visit.account, visit.now()));
  if (verdict.refusal === null && verdict.isSeen) await save(visit, verdict, null, []);
  return verdict.refusal;
}

function look({ deps, post, deadline }: Visit, wantedMs: number) {
  const startedMs = deps.monotonicMs();
  const timeoutMs = deadline.timeoutMs(wantedMs);
  return lookAtMedia(deps.media, post, () => timeoutMs - (deps.monotonicMs() - startedMs));
}

async function save(
  visit: Visit,
  { refusal, warnings, isSeen }: Verdict,
  notice: Notice | null,
  others: readonly Notice[],
): Promise<void> {
  const { deps, post } = visit;
  const result = await deps.queue.savePreflight(leaseOf(visit), {
    revision: post.revision,
    mediaChecked: isSeen && refusal === null,
    warnings: [...warningsFor(post), ...others, ...warnings],
    notice,
  });
  deps.log.info('post_preflighted', {
    postId: post.id,
    result,
    code: notice?.code,
    warnings: warnings.map(({ code }) => code).join(),
  });
  assertWritten(result);
}

export interface CreatorAnswer {
  info: CreatorInfo | null;
  /** Why the creator could not post just now. */
  notice: Notice | null;
}

/** What TikTok said of the creator, asked once a minute however many posts there are: it answers 20 times at most. */
function creatorOf(visit: Visit): Promise<CreatorAnswer> {
  const { deps, account, post, creators } = visit;
  if (post.mode !== 'direct') return askAccess(visit);
  const askedMs = deps.monotonicMs();
  const known = creators.get(account.id);
  if (known && askedMs - known.askedMs < ANSWER_LASTS_MS) return known.answer;
  const answer = askCreator(visit);
  creators.set(account.id, { askedMs, answer });
  return answer;
}

async function askAccess({ access, post }: Visit): Promise<CreatorAnswer> {
  const granted = await access.get();
  if (granted.kind === 'later') return NOTHING_SAID;
  const notice = granted.kind === 'ok' ? missingFor(post.mode, granted.scopes) : granted.notice;
  return { info: null, notice };
}

/** Asks TikTok what the creator may post; it says so for direct posts only. An outage says nothing. */
async function askCreator(visit: Visit): Promise<CreatorAnswer> {
  const { deps, account, access, deadline, post } = visit;
  const granted = await access.get();
  if (granted.kind !== 'ok' || missingFor(post.mode, granted.scopes)) return askAccess(visit);
  const answer = await deps.tiktok.queryCreatorInfo(
    granted.token,
    deadline.timeoutMs(CREATOR_INFO_TIMEOUT_MS),
  );
  if (answer.kind === 'ok') {
    await deps.accounts.saveCreator(account.id, answer.data);
    return { info: answer.data, notice: null };
  }
  const entry = answer.kind === 'refused' ? errorEntry(answer.code) : null;
  if (answer.kind !== 'refused' || !entry) return NOTHING_SAID;
  if (entry.disposition.kind === 'refresh') {
    const renewed = await access.renew();
    return { info: null, notice: renewed.kind === 'reconnect' ? renewed.notice : null };
  }
  if (entry.disposition.kind === 'reconnect') {
    await access.forgetScopes([scopeFor(post.mode)]);
    return askAccess(visit);
  }
  const bar = postingBar(answer);
  return bar
    ? { info: bar.creator, notice: { code: answer.code, message: sentenceOf(entry) } }
    : NOTHING_SAID;
}

const NOTHING_SAID: CreatorAnswer = { info: null, notice: null };

function audienceNotice({ post }: Visit, info: CreatorInfo | null): Notice[] {
  const offered = info?.privacyLevelOptions;
  if (!offered || post.mode !== 'direct' || !post.privacyLevel || offered.includes(post.privacyLevel))
    return [];
  const code = 'privacy_level_option_mismatch';
  const entry = errorEntry(code);
  return entry ? [{ code, message: sentenceOf(entry) }] : [];
}
