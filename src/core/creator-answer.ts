import type { PostMode } from '../contract.ts';
import { describeError } from '../lib/log.ts';
import { sentenceOf } from '../lib/wording.ts';
import type { Notice } from '../store/rows.ts';
import { errorEntry, waitSecondsOf } from '../tiktok/errors.ts';
import { type CreatorInfo, postingBar } from '../tiktok/users.ts';
import { missingFor, scopeFor } from './scopes.ts';
import type { Visit } from './visit.ts';

export interface CreatorAnswer {
  info: CreatorInfo | null;
  /** Why the creator could not post just now. */
  notice: Notice | null;
}

const CREATOR_INFO_TIMEOUT_MS = 5_000;
const ANSWER_LASTS_MS = 60_000;

/** What TikTok says of the account's creator, asked once a minute however many posts there are: it answers 20 times at most. */
export function creatorAnswer(visit: Visit): Promise<CreatorAnswer> {
  const { deps, account, creators } = visit;
  const askedMs = deps.monotonicMs();
  const known = creators.get(account.id);
  if (known && askedMs - known.askedMs < ANSWER_LASTS_MS) return known.answer;
  const answer = ask(visit);
  creators.set(account.id, { askedMs, answer });
  return answer;
}

/** What of the account's consent stands in the way of such posts; null: nothing, as far as is known. */
export async function accessNotice({ access }: Visit, mode: PostMode): Promise<Notice | null> {
  const granted = await access.get();
  if (granted.kind === 'later') return null;
  return granted.kind === 'ok' ? missingFor(mode, granted.scopes) : granted.notice;
}

/** TikTok tells of a creator to those who may post directly, and not for a while where it has said so. An outage says nothing. */
async function ask(visit: Visit): Promise<CreatorAnswer> {
  const { deps, account, access, deadline } = visit;
  const granted = await access.get();
  if (granted.kind !== 'ok' || missingFor('direct', granted.scopes)) return byAccess(visit);
  if (account.creatorFreeAt !== null && account.creatorFreeAt > visit.now()) return NOTHING_SAID;
  const answer = await deps.tiktok.queryCreatorInfo(
    granted.token,
    deadline.timeoutMs(CREATOR_INFO_TIMEOUT_MS),
  );
  if (answer.kind === 'ok') {
    await deps.accounts
      .saveCreator(account.id, answer.data)
      .catch((error) => deps.log.warn('creator_unsaved', { accountId: account.id, ...describeError(error) }));
    return { info: answer.data, notice: null };
  }
  const entry = answer.kind === 'refused' ? errorEntry(answer.code) : null;
  if (answer.kind !== 'refused' || !entry) return NOTHING_SAID;
  if (entry.disposition.kind === 'refresh') {
    const renewed = await access.renew();
    return { info: null, notice: renewed.kind === 'reconnect' ? renewed.notice : null };
  }
  if (entry.disposition.kind === 'reconnect') {
    await access.forgetScopes([scopeFor('direct')]);
    return byAccess(visit);
  }
  const bar = postingBar(answer);
  if (bar) return { info: bar.creator, notice: { code: answer.code, message: sentenceOf(entry) } };
  const waitSeconds = waitSecondsOf(answer);
  if (waitSeconds > 0) await deps.accounts.putOffCreator(account.id, waitSeconds);
  return NOTHING_SAID;
}

async function byAccess(visit: Visit): Promise<CreatorAnswer> {
  return { info: null, notice: await accessNotice(visit, 'direct') };
}

const NOTHING_SAID: CreatorAnswer = { info: null, notice: null };
