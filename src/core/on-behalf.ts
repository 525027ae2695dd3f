import { RequestError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { Account, Notice } from '../store/rows.ts';
import type { Answer } from '../tiktok/call.ts';
import type { TikTokAccount } from '../tiktok/client.ts';
import { errorEntry, isTokenRefused } from '../tiktok/errors.ts';
import {
  type Access,
  type AccessDeps,
  createAccountAccess,
  openAccess,
  RECONNECT_NOTICE,
  SPARE_SECONDS,
  secondsLeft,
} from './access.ts';
import { accountNotFound } from './accounts.ts';
import { databaseClock, type MonotonicMs, startDeadline } from './deadline.ts';
import { REFRESH_BEFORE_END_SECONDS } from './schedule.ts';

/** What is needed to ask TikTok something at once, because the account's owner wants to know. */
export interface OnBehalfDeps extends AccessDeps {
  accounts: Omit<AccountStore, 'disconnect'>;
  tiktok: TikTokAccount;
  now(): Date;
  monotonicMs: MonotonicMs;
  randomId(): string;
  pause(ms: number): Promise<void>;
}

/** Longer than the work done under it, answer and saving included. */
const LEASE_SECONDS = 30;
const LEASED_WORK_MS = 22_000;
/** How long a caller waits for the worker, which holds an account for up to half a minute. */
const WAITS_MS = [250, 500, 1_000, 1_500];

/** `busy`: the worker has the account, or another caller. */
export type Renewal = Access | { kind: 'busy' };

/**
 * Renews the tokens under the account's lease, by the worker's own way. A pair that somebody has stored since the
 * account was `seen` is as good as one's own.
 * @throws {RequestError} 404 if the account has been disconnected meanwhile.
 */
export async function renewAccess(
  deps: OnBehalfDeps,
  seen: Account,
  waitsMs: readonly number[] = WAITS_MS,
): Promise<Renewal> {
  for (const waitMs of [0, ...waitsMs]) {
    if (waitMs > 0) await deps.pause(waitMs);
    const renewal = await tryToRenew(deps, seen);
    if (renewal.kind !== 'busy') return renewal;
  }
  return { kind: 'busy' };
}

async function tryToRenew(deps: OnBehalfDeps, seen: Account): Promise<Renewal> {
  const holder = deps.randomId();
  const askedAtMs = deps.monotonicMs();
  // It runs from before the lease begins, so it cannot outlast it.
  const deadline = startDeadline(deps.monotonicMs, LEASED_WORK_MS);
  const lease = await deps.accounts.lease(seen.userId, seen.id, holder, LEASE_SECONDS);
  const { account, isLeased, databaseNow } = lease;
  try {
    if (!account) throw accountNotFound();
    if (account.status !== 'connected') return { kind: 'reconnect', notice: RECONNECT_NOTICE };
    if (account.tokenVersion !== seen.tokenVersion) return await openAccess(deps, account);
    if (!isLeased) return { kind: 'busy' };
    const now = databaseClock(deps.monotonicMs, databaseNow, askedAtMs);
    return await createAccountAccess(deps, account, deadline, now).renew();
  } finally {
    if (isLeased) await release(deps, holder);
  }
}

/** Otherwise the lease lapses by itself. */
async function release({ accounts, log }: OnBehalfDeps, holder: string): Promise<void> {
  await accounts.release(holder).catch((error) => log.warn('release_failed', describeError(error)));
}

/** `ok` and `refused` are TikTok's; `reconnect`: only the account's owner can help. */
export type Reply<T> = Extract<Answer<T>, { kind: 'ok' | 'refused' }> | { kind: 'reconnect'; notice: Notice };

/**
 * Asks TikTok something that may be asked twice, with a token that it accepts: one near its end is renewed first, one
 * that is refused afterwards.
 * @throws {RequestError} 503 if TikTok does not answer, 409 if the tokens cannot be renewed because the account is busy.
 */
export async function askTikTok<T>(
  deps: OnBehalfDeps,
  account: Account,
  ask: (token: Secret) => Promise<Answer<T>>,
): Promise<Reply<T>> {
  const first = await accessTo(deps, account);
  if (first.kind === 'reconnect') return first;
  const reply = assertAnswered(await ask(first.token));
  if (reply.kind === 'ok' || !isTokenRefused(reply.code)) return reply;

  const second = granted(await renewAccess(deps, account));
  if (second.kind === 'reconnect') return second;
  // As it is before the question: a connection made meanwhile is not given up for its answer.
  const renewed = await deps.accounts.reload(account.id);
  const repeated = assertAnswered(await ask(second.token));
  if (repeated.kind === 'ok' || !isTokenRefused(repeated.code)) return repeated;
  // A token fresh from TikTok that TikTok does not accept will not be helped by a fresher one.
  if (renewed) await deps.accounts.requireReauth(renewed);
  return { kind: 'reconnect', notice: RECONNECT_NOTICE };
}

type Granted = Extract<Access, { kind: 'ok' | 'reconnect' }>;

async function accessTo(deps: OnBehalfDeps, account: Account): Promise<Granted> {
  if (account.status !== 'connected') return { kind: 'reconnect', notice: RECONNECT_NOTICE };
  const left = secondsLeft(account, deps.now());
  if (left >= REFRESH_BEFORE_END_SECONDS) return granted(await openAccess(deps, account));
  // While the token lives, nobody is kept waiting for another.
  const isAlive = left >= SPARE_SECONDS;
  const renewal = await renewAccess(deps, account, isAlive ? [] : WAITS_MS);
  const isToBeUsed = isAlive && (renewal.kind === 'busy' || renewal.kind === 'later');
  return granted(isToBeUsed ? await openAccess(deps, account) : renewal);
}

/** @throws {RequestError} if there is no token just now. */
export function granted(renewal: Renewal): Granted {
  if (renewal.kind === 'busy') throw accountBusy();
  if (renewal.kind !== 'later') return renewal;
  const { code, message } = renewal.notice;
  throw renewal.isOutage ? tiktokUnavailable() : new RequestError(503, code, message);
}

function assertAnswered<T>(answer: Answer<T>): Extract<Answer<T>, { kind: 'ok' | 'refused' }> {
  if (answer.kind === 'ok' || answer.kind === 'refused') return answer;
  throw tiktokUnavailable();
}

/** Whether TikTok says that the person has not allowed this, or not any more. */
export function isNotAllowed({ code }: { code: string }): boolean {
  return errorEntry(code)?.disposition.kind === 'reconnect';
}

/** @throws {RequestError} 404 if the account is not this user's. */
export async function findAccount(
  { accounts }: Pick<OnBehalfDeps, 'accounts'>,
  userId: string,
  accountId: string,
): Promise<Account> {
  const account = await accounts.find(userId, accountId);
  if (!account) throw accountNotFound();
  return account;
}

export function tiktokUnavailable(): RequestError {
  return new RequestError(
    503,
    'tiktok_unavailable',
    'TikTok cannot be asked just now. Try again in a minute.',
  );
}

export function reauthRequired({ code, message }: Notice): RequestError {
  return new RequestError(409, code, message);
}

function accountBusy(): RequestError {
  return new RequestError(409, 'account_busy', 'The account is being worked on. Try again in a minute.');
}
