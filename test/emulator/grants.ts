import { newToken, openIdOf } from './ids.ts';
import type { Removal, State } from './state.ts';
import type { Scope } from './world.ts';

/** Of whom, for which app, and what they allowed. */
export type Grant = { clientKey: string; username: string; scopes: Scope[] };

/** The seven fields of a user token, as they go over the wire. */
export type TokenAnswer = {
  access_token: string;
  expires_in: number;
  open_id: string;
  refresh_expires_in: number;
  refresh_token: string;
  scope: string;
  token_type: 'Bearer';
};

/** Tokens of a new consent, or of the one that a refresh carries on; `endsAtMs` where its end stays as it was. */
export function issueTokens(
  state: State,
  { clientKey, username, scopes }: Grant,
  consent = Symbol('consent'),
  endsAtMs: number | null = null,
): TokenAnswer {
  const { accessLifetimeSeconds, refreshLifetimeSeconds } = state.settings;
  const nowMs = state.clock.now();
  const access = newToken('act');
  const refresh = newToken('rft');
  const common = { clientKey, username, scopes, consent };
  state.accessTokens.set(access, { ...common, expiresAtMs: nowMs + accessLifetimeSeconds * 1000 });
  const expiresAtMs = endsAtMs ?? nowMs + refreshLifetimeSeconds * 1000;
  state.refreshTokens.set(refresh, { ...common, expiresAtMs, rotatedAtMs: null });
  return {
    access_token: access,
    expires_in: accessLifetimeSeconds,
    open_id: openIdOf(clientKey, username),
    refresh_expires_in: Math.floor((expiresAtMs - nowMs) / 1000),
    refresh_token: refresh,
    scope: scopes.join(','),
    token_type: 'Bearer',
  };
}

/** The user's access tokens die before their time; their refresh tokens live. */
export function endAccessTokens(
  state: State,
  { clientKey, username }: Pick<Grant, 'clientKey' | 'username'>,
) {
  for (const token of state.accessTokens.values()) {
    const theirs = token.clientKey === clientKey && token.username === username;
    if (theirs) token.expiresAtMs = Math.min(token.expiresAtMs, state.clock.now());
  }
}

/** Every token that came of one consent dies. */
export function endConsent(state: State, consent: symbol): void {
  for (const tokens of [state.accessTokens, state.refreshTokens]) {
    for (const [value, token] of tokens) if (token.consent === consent) tokens.delete(value);
  }
}

/**
 * The user removes the app, or the app gives the user up: all their tokens die, and what is not yet
 * published ends with `auth_removed`.
 */
export function removeGrant(
  state: State,
  { clientKey, username }: Pick<Grant, 'clientKey' | 'username'>,
  reason: Removal['reason'],
): void {
  const openId = openIdOf(clientKey, username);
  state.removals.push({ clientKey, openId, reason, atMs: state.clock.now() });
  for (const tokens of [state.accessTokens, state.refreshTokens]) {
    for (const [value, token] of tokens) {
      if (token.clientKey === clientKey && token.username === username) tokens.delete(value);
    }
  }
  for (const publish of state.publishes.values()) {
    const theirs = publish.clientKey === clientKey && publish.username === username;
    if (theirs && publish.completedAtMs === null) publish.failReason ??= 'auth_removed';
  }
}

/** The user takes single scopes back. */
export function removeScopes(state: State, grant: Grant): void {
  for (const tokens of [state.accessTokens, state.refreshTokens]) {
    for (const token of tokens.values()) {
      if (token.clientKey !== grant.clientKey || token.username !== grant.username) continue;
      token.scopes = token.scopes.filter((scope) => !grant.scopes.includes(scope));
    }
  }
}
