import type { RefreshView } from '../contract.ts';
import { findAccount, granted, type OnBehalfDeps, reauthRequired, renewAccess } from './on-behalf.ts';

/**
 * Refreshes the account's tokens now. Calls that come at once share one refresh.
 * @throws {RequestError} 404 if the account is not theirs, 409 if it must be connected again or is busy, 503 if TikTok
 * does not answer.
 */
export async function refreshAccount(
  deps: OnBehalfDeps,
  userId: string,
  accountId: string,
): Promise<RefreshView> {
  const access = granted(await renewAccess(deps, await findAccount(deps, userId, accountId)));
  if (access.kind === 'reconnect') throw reauthRequired(access.notice);
  const renewed = await findAccount(deps, userId, accountId);
  return {
    tokenExpiresAt: renewed.accessTokenExpiresAt?.toISOString() ?? null,
    refreshTokenExpiresAt: renewed.refreshTokenExpiresAt?.toISOString() ?? null,
  };
}
