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
  now: Date,
): Promise<{ connected: boolean; accounts: AccountView[] }> {
  const all = (await accounts.list(userId)).map((account) => viewAccount(account, now));
  const chosen = accountId === undefined ? all : all.filter(({ id }) => id === accountId);
  if (accountId !== undefined && chosen.length === 0) throw accountNotFound();
  return { connected: chosen.some(({ status }) => status === 'connected'), accounts: chosen };
}

export function accountNotFound(): RequestError {
  return new RequestError(404, 'account_not_found', 'You have no such account; tiktok-status lists yours.');
}

/** The sweep has renewed a token that can be renewed long before. */
const WARN_BEFORE_END_MS = 14 * 86_400_000;

function viewAccount(account: Account, now: Date): AccountView {
  const endsAt = account.status === 'connected' ? account.refreshTokenExpiresAt : null;
  const endsSoon = endsAt !== null && endsAt.getTime() - now.getTime() <= WARN_BEFORE_END_MS;
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
    reconnectBy: endsSoon ? endsAt.toISOString() : null,
  };
}
