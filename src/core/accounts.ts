import type { AccountView } from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { Account } from '../store/rows.ts';

/**
 * The user's accounts, or the one asked for.
 * @throws {RequestError} 404 if that one is not theirs.
 */
export async function accountStatus(
  accounts: Pick<AccountStore, 'list'>,
  userId: string,
  accountId: string | undefined,
): Promise<{ connected: boolean; accounts: AccountView[] }> {
  const all = (await accounts.list(userId)).map(viewAccount);
  const chosen = accountId === undefined ? all : all.filter(({ id }) => id === accountId);
  if (accountId !== undefined && chosen.length === 0) throw accountNotFound();
  return { connected: chosen.some(({ status }) => status === 'connected'), accounts: chosen };
}

export function accountNotFound(): RequestError {
  return new RequestError(404, 'account_not_found', 'You have no such account; tiktok-status lists yours.');
}

function viewAccount(account: Account): AccountView {
  return {
    id: account.id,
    openId: account.openId,
    username: account.displayName ?? '',
    avatarUrl: account.avatarUrl,
    scopes: account.scopes,
    authMethod: account.authMethod,
    status: account.status === 'connected' ? 'connected' : 'reauth_required',
    connectedAt: account.connectedAt.toISOString(),
    tokenExpiresAt: account.accessTokenExpiresAt?.toISOString() ?? null,
    refreshTokenExpiresAt: account.refreshTokenExpiresAt?.toISOString() ?? null,
  };
}
