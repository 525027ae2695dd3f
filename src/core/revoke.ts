import { describeError, type Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { RevocationStore } from '../store/revocations.ts';
import type { Account } from '../store/rows.ts';
import type { TikTokAccount } from '../tiktok/client.ts';
import { oauthMeaning } from '../tiktok/errors.ts';
import type { OAuthAnswer, TikTokApp, TokenAnswer } from '../tiktok/oauth.ts';
import { REFRESH_NEEDS_MS, REFRESH_TIMEOUT_MS, SPARE_SECONDS, secondsLeft } from './access.ts';
import type { AppOf } from './app-of.ts';
import type { Deadline } from './deadline.ts';

export interface RevokeDeps {
  revocations: Pick<RevocationStore, 'renew' | 'release'>;
  tiktok: Pick<TikTokAccount, 'refreshTokens' | 'revokeToken'>;
  appOf: AppOf;
  log: Log;
}

/** A consent to be taken back, held by whoever does it. */
export interface HeldConsent
  extends Pick<Account, 'authMethod' | 'userId' | 'clientKey' | 'accessTokenExpiresAt'> {
  id: string;
  holder: string;
  version: number;
  accountId: string;
  accessToken: Secret;
  refreshToken: Secret;
}

/**
 * `revoked`: by TikTok's word. `hopeless`: it never will be from here, because the tokens are dead or the app is not known
 * any more. Otherwise it is tried again: TikTok has refused, or not answered.
 */
export type RevokeEnd = 'revoked' | 'hopeless' | 'refused' | 'unanswered';

/** With less left, TikTok is not asked: its answer could not be waited for. */
const REVOKE_NEEDS_MS = 5_000;

/**
 * Takes a consent back at TikTok, which wants a living access token for that: where it is dead, the tokens are renewed once
 * more. Gives the consent out of hand in any case.
 */
export async function takeConsentBack(
  deps: RevokeDeps,
  consent: HeldConsent,
  deadline: Deadline,
  now: () => Date,
): Promise<RevokeEnd> {
  const { revocations, log } = deps;
  const { accountId } = consent;
  const end = await revoke(deps, consent, deadline, now).catch((error): RevokeEnd => {
    log.warn('revoke_failed', { accountId, ...describeError(error) });
    return 'refused';
  });
  const isOver = end === 'revoked' || end === 'hopeless';
  // Not released, it lapses by itself, and is tried again.
  await revocations.release(consent.id, consent.holder, isOver).catch((error) => {
    log.warn('release_failed', { accountId, ...describeError(error) });
  });
  return end;
}

async function revoke(
  deps: RevokeDeps,
  consent: HeldConsent,
  deadline: Deadline,
  now: () => Date,
): Promise<RevokeEnd> {
  const app = await deps.appOf(consent);
  const failed = (answer: { kind: string; code?: string; reason?: string }) =>
    deps.log.warn('revoke_failed', {
      accountId: consent.accountId,
      result: answer.kind,
      reason: answer.code ?? answer.reason,
    });
  if (!app) {
    failed({ kind: 'not_sent', reason: 'tiktok_app_changed' });
    return 'hopeless';
  }
  const ask = (token: Secret) => askToRevoke(deps, app, token, deadline);

  const isUnknown = consent.accessTokenExpiresAt === null;
  if (isUnknown || secondsLeft(consent, now()) >= SPARE_SECONDS) {
    const answer = await ask(consent.accessToken);
    if (answer.kind === 'ok') return 'revoked';
    if (!isDead(answer)) {
      failed(answer);
      return endOf(answer);
    }
  }

  const renewed = await renew(deps, app, consent, deadline);
  if (renewed.kind !== 'ok') {
    failed(renewed);
    return isDead(renewed) ? 'hopeless' : endOf(renewed);
  }
  const answer = await ask(renewed.tokens.accessToken);
  if (answer.kind === 'ok') return 'revoked';
  failed(answer);
  return endOf(answer);
}

async function renew(
  { tiktok, revocations, log }: RevokeDeps,
  app: TikTokApp,
  consent: HeldConsent,
  deadline: Deadline,
): Promise<TokenAnswer> {
  if (deadline.leftMs() < REFRESH_NEEDS_MS) return { kind: 'not_sent', reason: 'no time left' };
  const timeoutMs = deadline.timeoutMs(REFRESH_TIMEOUT_MS);
  const answer = await tiktok.refreshTokens(app, consent.refreshToken, timeoutMs);
  if (answer.kind === 'ok') {
    // Saved for the next try; this one goes on with it in any case, for it may be the last that knows it.
    await revocations.renew(consent, consent.holder, answer.tokens).catch((error) => {
      log.warn('revoke_failed', { accountId: consent.accountId, ...describeError(error) });
    });
  }
  return answer;
}

async function askToRevoke(
  { tiktok }: RevokeDeps,
  app: TikTokApp,
  token: Secret,
  deadline: Deadline,
): Promise<OAuthAnswer> {
  if (deadline.leftMs() < REVOKE_NEEDS_MS) return { kind: 'not_sent', reason: 'no time left' };
  return tiktok.revokeToken(app, token, deadline.timeoutMs(REFRESH_TIMEOUT_MS));
}

type Answered = { kind: string; code?: string };

function isDead({ code }: Answered): boolean {
  return code !== undefined && oauthMeaning(code) === 'dead';
}

function endOf({ code }: Answered): RevokeEnd {
  return code === undefined || oauthMeaning(code) === 'trouble' ? 'unanswered' : 'refused';
}
