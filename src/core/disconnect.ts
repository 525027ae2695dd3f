import type { DisconnectView } from '../contract.ts';
import { StoreError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';
import { SealError } from '../lib/seal.ts';
import type { AccountStore, Disconnection } from '../store/accounts.ts';
import type { RevocationStore } from '../store/revocations.ts';
import type { Account } from '../store/rows.ts';
import { startDeadline } from './deadline.ts';
import { findAccount, type OnBehalfDeps } from './on-behalf.ts';
import { type HeldConsent, type RevokeEnd, takeConsentBack } from './revoke.ts';

export interface DisconnectDeps extends OnBehalfDeps {
  accounts: AccountStore;
  revocations: RevocationStore;
}

/** How long its owner waits for TikTok. What is not done by then, the sweep does. */
const WORK_MS = 20_000;

/**
 * Takes an account out of use, whoever is at work on it: first its tokens are forgotten and its queued posts cancelled,
 * then TikTok is told, if nobody else here lives on the same consent. What TikTok could not be told now, the sweep tells it.
 * @throws {RequestError} 404 if the account is not theirs, or disconnected already.
 */
export async function disconnectAccount(
  deps: DisconnectDeps,
  userId: string,
  accountId: string,
): Promise<DisconnectView> {
  for (let tries = 0; tries < 5; tries++) {
    const account = await findAccount(deps, userId, accountId);
    const consent = await openConsent(deps, account);
    const prepared = consent && (await deps.revocations.prepare(consent, deps.randomId()));
    const result = await deps.accounts.disconnect(account, prepared);
    // A refresh came in between: the tokens at hand are not the latest.
    if (result === 'stale') continue;
    const deadline = startDeadline(deps.monotonicMs, WORK_MS);
    const end =
      result === 'to_revoke' && consent && prepared
        ? await takeConsentBack(deps, { ...consent, ...prepared, version: 1 }, deadline, deps.now)
        : null;
    const revocation = end ? VIEW_OF_END[end] : VIEW_OF_RESULT[result];
    const revoked = revocation === 'done';
    deps.log.info('account_disconnected', { accountId, revoked, revocation });
    return { disconnected: true, revoked, revocation };
  }
  throw new StoreError('disconnect_account', 'contended');
}

const VIEW_OF_END: Record<RevokeEnd, DisconnectView['revocation']> = {
  revoked: 'done',
  hopeless: 'not_possible',
  refused: 'pending',
  unanswered: 'pending',
};
const VIEW_OF_RESULT: Record<Exclude<Disconnection, 'stale'>, DisconnectView['revocation']> = {
  to_revoke: 'pending',
  elsewhere: 'pending',
  in_use: 'in_use',
  forgotten: 'not_possible',
};

type Consent = Omit<HeldConsent, 'id' | 'holder' | 'version'>;

/** What it takes to take the consent back; null if there are no tokens, or they do not open. */
async function openConsent({ accounts, log }: DisconnectDeps, account: Account): Promise<Consent | null> {
  if (account.sealedRefreshToken === null) return null;
  const { id: accountId, authMethod, userId, clientKey, accessTokenExpiresAt } = account;
  try {
    const [accessToken, refreshToken] = await Promise.all([
      accounts.openToken(account, 'access_token'),
      accounts.openToken(account, 'refresh_token'),
    ]);
    return { accountId, authMethod, userId, clientKey, accessTokenExpiresAt, accessToken, refreshToken };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    log.error('token_unreadable', { accountId, ...describeError(error) });
    return null;
  }
}
