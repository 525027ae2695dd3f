import { describeError, type Log } from '../lib/log.ts';
import { SealError } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { finalSentenceOf } from '../lib/wording.ts';
import { notice } from '../notices.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { Account, Notice } from '../store/rows.ts';
import type { TikTokAccount } from '../tiktok/client.ts';
import { oauthEntry } from '../tiktok/errors.ts';
import type { AppOf } from './app-of.ts';
import type { Deadline } from './deadline.ts';
import { nextLookInSeconds, REFRESH_BEFORE_END_SECONDS } from './schedule.ts';

/** What refreshing works with: the same for the worker and for a caller who holds the lease for a moment. */
export interface AccessDeps {
  accounts: Pick<AccountStore, 'openToken' | 'rotate' | 'reload' | 'requireReauth' | 'forgetScopes'>;
  tiktok: Pick<TikTokAccount, 'refreshTokens'>;
  appOf: AppOf;
  log: Log;
}

export type Access =
  | {
      kind: 'ok';
      token: Secret;
      /** What the account has allowed, as TikTok has last said. */
      scopes: readonly string[];
    }
  /** Not now, through no fault of the owner. */
  | {
      kind: 'later';
      notice: Notice;
      inSeconds: number;
      /** It passes by itself; otherwise whoever runs the site must act. */
      isOutage: boolean;
    }
  /** Not before the owner has connected the account again. */
  | { kind: 'reconnect'; notice: Notice };

/** The way to an account's access token, for the holder of its lease. */
export interface AccountAccess {
  /** A token that TikTok should accept, refreshed first where its end is near. Asked again, it answers the same. */
  get(): Promise<Access>;
  /** After TikTok refused the token although it seemed good: refreshed, and told apart from one just refreshed. */
  renew(): Promise<Access>;
  /** TikTok wants the owner's consent anew. */
  requireReconnect(): Promise<Access>;
  /** After TikTok has said that the token does not cover these: nothing is asked by them until it says otherwise. */
  forgetScopes(scopes: readonly string[]): Promise<void>;
}

export const REFRESH_TIMEOUT_MS = 8_000;
/** With less left, no refresh is begun: an answer that is not waited for, or not saved, is a token lost for good. */
export const REFRESH_NEEDS_MS = 11_000;
/** A token this close to its end may die on the way. */
export const SPARE_SECONDS = 60;

/** Who can mend what is wrong with the app that an account was connected through. */
const WHOSE_APP: Readonly<Record<Account['authMethod'], string>> = {
  own: 'It is your own app, whose key and secret are set with PUT tiktok-app.',
  shared: 'That is for whoever runs this site.',
};

export const RECONNECT_NOTICE: Notice = notice('reauth_required');

/** How long the access token lives; less than any number where nobody knows. */
export function secondsLeft(
  { accessTokenExpiresAt }: Pick<Account, 'accessTokenExpiresAt'>,
  now: Date,
): number {
  return accessTokenExpiresAt === null
    ? Number.NEGATIVE_INFINITY
    : (accessTokenExpiresAt.getTime() - now.getTime()) / 1000;
}

/** The stored token as it is. */
export function openAccess(deps: Pick<AccessDeps, 'accounts' | 'log'>, account: Account): Promise<Access> {
  return orUnreadable(deps, account, async () => ({
    kind: 'ok',
    token: await deps.accounts.openToken(account, 'access_token'),
    scopes: account.scopes,
  }));
}

/** The only way by which tokens are refreshed. Whoever calls it holds the account's lease until `deadline` at least. */
export function createAccountAccess(
  deps: AccessDeps,
  claimed: Account,
  deadline: Deadline,
  now: () => Date,
): AccountAccess {
  let account = claimed;
  let answer: Promise<Access> | null = null;
  let hasRefreshed = false;

  const open = () => openAccess(deps, account);

  async function find(): Promise<Access> {
    if (account.status !== 'connected') return { kind: 'reconnect', notice: RECONNECT_NOTICE };
    if (secondsLeft(account, now()) >= REFRESH_BEFORE_END_SECONDS) return open();
    const refreshed = await refresh();
    // An outage is not a dead token: what we have may still be good for a while.
    const isStillGood = secondsLeft(account, now()) >= SPARE_SECONDS;
    return refreshed.kind === 'later' && isStillGood ? open() : refreshed;
  }

  async function refresh(): Promise<Access> {
    const app = await deps.appOf(account);
    if (!app) return forOperator(notice('tiktok_app_changed'));
    const refreshToken = await deps.accounts.openToken(account, 'refresh_token');
    if (deadline.leftMs() < REFRESH_NEEDS_MS) return later('There was no time left.');
    const result = await deps.tiktok.refreshTokens(app, refreshToken, deadline.timeoutMs(REFRESH_TIMEOUT_MS));
    logRefresh(deps.log, account, result.kind, result.kind === 'refused' ? result.code : undefined);

    if (result.kind === 'ok') {
      if (result.tokens.openId !== account.openId) return later('It answered for another account.');
      const { tokens } = result;
      // A refresh never gives more than the consent did.
      const scopes =
        tokens.scopes.length > 0
          ? account.scopes.filter((scope) => tokens.scopes.includes(scope))
          : account.scopes;
      const isStored = await deps.accounts.rotate(account, tokens, scopes).catch((error) => {
        deps.log.error('tokens_unsaved', { accountId: account.id, ...describeError(error) });
        throw error;
      });
      if (!isStored) return useNewerPair();
      hasRefreshed = true;
      account = { ...account, scopes, tokenVersion: account.tokenVersion + 1 };
      return { kind: 'ok', token: tokens.accessToken, scopes };
    }
    const entry = result.kind === 'refused' ? oauthEntry(result.code) : null;
    if (entry?.meaning === 'dead') {
      const newer = await useNewerPair();
      return newer.kind === 'ok' ? newer : requireReconnect();
    }
    return entry?.meaning === 'misconfigured'
      ? forOperator(
          notice('token_refresh_failed', `${finalSentenceOf(entry)} ${WHOSE_APP[account.authMethod]}`),
        )
      : later();
  }

  /** Somebody may have stored a newer pair in the meantime. */
  async function useNewerPair(): Promise<Access> {
    const stored = await deps.accounts.reload(account.id);
    if (!stored || stored.tokenVersion === account.tokenVersion || stored.status !== 'connected') {
      return { kind: 'reconnect', notice: RECONNECT_NOTICE };
    }
    account = stored;
    return open();
  }

  async function requireReconnect(): Promise<Access> {
    const isMarked = await deps.accounts.requireReauth(account);
    // Not marked: somebody has connected the account again, or renewed its tokens, since it was read.
    return isMarked ? { kind: 'reconnect', notice: RECONNECT_NOTICE } : useNewerPair();
  }

  const guarded = (find: () => Promise<Access>) => orUnreadable(deps, account, find);

  return {
    get() {
      answer ??= guarded(find);
      return answer;
    },
    renew() {
      // A token fresh from TikTok that TikTok does not accept will not be helped by a fresher one.
      answer = hasRefreshed ? guarded(requireReconnect) : guarded(refresh);
      return answer;
    },
    requireReconnect() {
      answer = guarded(requireReconnect);
      return answer;
    },
    async forgetScopes(scopes) {
      const isForgotten = await deps.accounts.forgetScopes(account, scopes);
      // Not forgotten: the account has been connected anew, and TikTok has not been asked by its new token.
      if (!isForgotten) return;
      account = { ...account, scopes: account.scopes.filter((scope) => !scopes.includes(scope)) };
      const known = await answer;
      if (known?.kind === 'ok') answer = Promise.resolve({ ...known, scopes: account.scopes });
    },
  };
}

function orUnreadable(
  { log }: Pick<AccessDeps, 'log'>,
  account: Account,
  find: () => Promise<Access>,
): Promise<Access> {
  return find().catch((error): Access => {
    if (!(error instanceof SealError)) throw error;
    log.error('token_unreadable', { accountId: account.id, ...describeError(error) });
    return forOperator(notice('token_unreadable'));
  });
}

function later(details?: string): Access {
  return {
    kind: 'later',
    notice: notice('token_refresh_failed', details),
    inSeconds: nextLookInSeconds(1),
    isOutage: true,
  };
}

function forOperator(problem: Notice): Access {
  return { kind: 'later', notice: problem, inSeconds: nextLookInSeconds(1), isOutage: false };
}

function logRefresh(log: Log, account: Account, result: string, code: string | undefined): void {
  log.info('tokens_refreshed', { accountId: account.id, result, code });
}
