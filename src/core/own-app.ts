import type { AppRequest, AppTestView, AppView } from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { SealError } from '../lib/seal.ts';
import { secret } from '../lib/secret.ts';
import { notice } from '../notices.ts';
import type { AppStore } from '../store/apps.ts';
import type { StoredApp } from '../store/rows.ts';
import type { TikTokLogin } from '../tiktok/client.ts';
import type { TikTokApp } from '../tiktok/oauth.ts';

export interface OwnAppDeps {
  apps: AppStore;
  tiktok: Pick<TikTokLogin, 'checkApp'>;
  log: Log;
}

/** @throws {RequestError} 404 if the user has stored none. */
export async function showApp({ apps }: Pick<OwnAppDeps, 'apps'>, userId: string): Promise<AppView> {
  return view(await findOwn(apps, userId));
}

/** Stores the app through which the user connects from now on; for a key that is stored, the new secret. */
export async function saveApp(
  { apps, log }: OwnAppDeps,
  userId: string,
  request: AppRequest,
): Promise<AppView> {
  const saved = await apps.saveOwn(userId, credentials(request));
  log.info('app_saved', { appId: saved.id });
  return view(saved);
}

/** @throws {RequestError} 404 if the user has stored none, 409 if accounts are connected through it. */
export async function deleteApp({ apps, log }: OwnAppDeps, userId: string): Promise<{ deleted: true }> {
  const { deleted, accounts } = await apps.deleteOwn(userId);
  if (accounts.length > 0) {
    const named = accounts.slice(0, NAMED).map(({ id, name }) => (name ? `${name} (${id})` : id));
    const others = accounts.length - named.length;
    throw new RequestError(
      409,
      'tiktok_app_in_use',
      `Accounts are connected through your own app and could not be used without it: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}. Disconnect them first.`,
    );
  }
  if (!deleted) throw appMissing();
  log.info('app_deleted', { userId });
  return { deleted: true };
}

const NAMED = 5;

/**
 * Asks TikTok whether key and secret are good: those given, or those stored. What TikTok does not say stays unknown.
 * @throws {RequestError} 404 if none are given and none are stored.
 */
export async function testApp(
  { apps, tiktok, log }: OwnAppDeps,
  userId: string,
  given: AppRequest | null,
): Promise<AppTestView> {
  const app = given ? credentials(given) : await openOwn(apps, userId);
  const { clientKey } = app;
  const unknown = (message: string, code = 'tiktok_unavailable'): AppTestView => ({
    clientKey,
    result: 'unknown',
    reason: { code, message },
  });
  const answer = await tiktok.checkApp(app);
  if (answer.kind === 'ok') return { clientKey, result: 'good', reason: null };
  if (answer.kind !== 'refused') {
    log.warn('app_untested', { result: answer.kind, reason: answer.reason });
    return unknown('TikTok could not be asked just now. Try again in a minute.');
  }
  const { code } = answer;
  log.info('app_refused', { code, logId: answer.logId });
  if (code !== 'invalid_client') {
    return unknown(
      'TikTok answered something else than whether they are good. Connect an account to find out.',
      code,
    );
  }
  return {
    clientKey,
    result: 'refused',
    reason: {
      code,
      message:
        'TikTok does not know this client key with this secret, and does not say which of the two is wrong. Copy both anew from its portal; sandbox and production have their own.',
    },
  };
}

function credentials({ clientKey, clientSecret }: AppRequest): TikTokApp {
  return { clientKey, clientSecret: secret(clientSecret) };
}

async function openOwn(apps: AppStore, userId: string): Promise<TikTokApp> {
  const stored = await findOwn(apps, userId);
  return apps.open(stored).catch((error) => {
    if (!(error instanceof SealError)) throw error;
    throw new RequestError(503, 'token_unreadable', notice('token_unreadable').message);
  });
}

async function findOwn(apps: Pick<AppStore, 'findOwn'>, userId: string): Promise<StoredApp> {
  const app = await apps.findOwn(userId);
  if (!app) throw appMissing();
  return app;
}

function appMissing(): RequestError {
  return new RequestError(404, 'tiktok_app_missing', APP_MISSING);
}

export const APP_MISSING =
  'You have not stored a TikTok app of your own; do so with PUT tiktok-app, or connect with authMethod "shared".';

function view({ clientKey, chosenAt }: StoredApp): AppView {
  return { clientKey, savedAt: chosenAt.toISOString() };
}
