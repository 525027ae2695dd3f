import type { CreatorInfoView } from '../contract.ts';
import { describeError } from '../lib/log.ts';
import { sentenceOf } from '../lib/wording.ts';
import type { Notice } from '../store/rows.ts';
import { errorEntry } from '../tiktok/errors.ts';
import { type CreatorInfo, postingBar } from '../tiktok/users.ts';
import { askTikTok, findAccount, isNotAllowed, type OnBehalfDeps, tiktokUnavailable } from './on-behalf.ts';
import { missingFor, NOT_ALLOWED } from './scopes.ts';

/**
 * What the account may post, asked anew each time, and whether it may post at all just now.
 * @throws {RequestError} 404 if the account is not theirs, 503 if TikTok does not answer.
 */
export async function creatorInfo(
  deps: OnBehalfDeps,
  userId: string,
  accountId: string,
): Promise<CreatorInfoView> {
  const account = await findAccount(deps, userId, accountId);
  const missing = missingFor('direct', account.scopes);
  if (missing) return view(null, missing);

  const reply = await askTikTok(deps, account, deps.tiktok.queryCreatorInfo);
  if (reply.kind === 'ok') {
    await deps.accounts
      .saveCreator(accountId, reply.data)
      .catch((error) => deps.log.warn('creator_unsaved', { accountId, ...describeError(error) }));
    return view(reply.data, null);
  }
  if (reply.kind === 'reconnect') return view(null, reply.notice);
  if (isNotAllowed(reply)) return view(null, NOT_ALLOWED.direct);
  const bar = postingBar(reply);
  const entry = errorEntry(reply.code);
  if (bar && entry) return view(bar.creator, { code: reply.code, message: sentenceOf(entry) });
  deps.log.warn('creator_info_refused', { accountId, code: reply.code, logId: reply.logId });
  throw tiktokUnavailable();
}

function view(creator: CreatorInfo | null, reason: Notice | null): CreatorInfoView {
  return {
    creatorAvatarUrl: creator?.avatarUrl ?? null,
    creatorUsername: creator?.username ?? null,
    creatorNickname: creator?.nickname ?? null,
    privacyLevelOptions: creator?.privacyLevelOptions ?? null,
    commentDisabled: creator?.commentDisabled ?? null,
    duetDisabled: creator?.duetDisabled ?? null,
    stitchDisabled: creator?.stitchDisabled ?? null,
    maxVideoPostDurationSec: creator?.maxVideoPostDurationSec ?? null,
    canPost: reason === null,
    reason,
  };
}
