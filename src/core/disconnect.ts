import type { DisconnectView } from '../contract.ts';
import { StoreError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { Account } from '../store/rows.ts';
import { openAccess } from './access.ts';
import { findAccount, type OnBehalfDeps } from './on-behalf.ts';

/**
 * Takes an account out of use, whoever is at work on it: first its tokens are forgotten and its queued posts cancelled,
 * then TikTok is told. That TikTok could not be told changes nothing about the first.
 * @throws {RequestError} 404 if the account is not theirs, or disconnected already.
 */
export async function disconnectAccount(
  deps: OnBehalfDeps,
  userId: string,
  accountId: string,
): Promise<DisconnectView> {
  for (let tries = 0; tries < 5; tries++) {
    const account = await findAccount(deps, userId, accountId);
    const access = await openAccess(deps, account);
    if (await deps.accounts.disconnect(account)) {
      const revoked = access.kind === 'ok' && (await revoke(deps, account, access.token));
      deps.log.info('account_disconnected', { accountId, revoked });
      return { disconnected: true, revoked };
    }
    // A refresh came in between: the token at hand is not the latest.
  }
  throw new StoreError('disconnect_account', 'contended');
}

/** A token can be revoked only with the app it was given to. */
async function revoke(
  { tiktok, appOf, log }: OnBehalfDeps,
  account: Account,
  token: Secret,
): Promise<boolean> {
  const app = await appOf(account).catch((error) => {
    log.warn('revoke_failed', { accountId: account.id, ...describeError(error) });
    return null;
  });
  if (!app) return false;
  const answer = await tiktok.revokeToken(app, token);
  if (answer.kind === 'ok') return true;
  const { kind: result, ...why } = answer;
  log.warn('revoke_failed', { accountId: account.id, result, ...why });
  return false;
}
