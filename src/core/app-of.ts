import type { AppStore } from '../store/apps.ts';
import type { Account } from '../store/rows.ts';
import type { TikTokApp } from '../tiktok/oauth.ts';

/**
 * The TikTok app that an account's tokens were given to, which alone can renew and revoke them; null if its credentials
 * are not known here.
 * @throws {SealError} if its stored secret does not open.
 */
export type AppOf = (
  account: Pick<Account, 'authMethod' | 'userId' | 'clientKey'>,
) => Promise<TikTokApp | null>;

/** The environment speaks for its own key; what was stored of other apps, for theirs. A user's own is theirs alone. */
export function createAppOf(apps: Pick<AppStore, 'find'>, sharedApp: TikTokApp): AppOf {
  return async ({ authMethod, userId, clientKey }) => {
    if (authMethod === 'own') return apps.find(userId, clientKey);
    return clientKey === sharedApp.clientKey ? sharedApp : apps.find(null, clientKey);
  };
}
