import { createHash } from 'node:crypto';
import { type Answer, jsonAnswer } from './answer.ts';
import type { Call } from './call.ts';
import { endConsent, issueTokens, removeGrant } from './grants.ts';
import { newToken } from './ids.ts';
import { OAuthRefusal } from './refusal.ts';
import type { AuthorizationCode } from './state.ts';
import type { TikTokApp } from './world.ts';

const malformed = 'The request parameters are malformed.';
const missing = 'The request is missing a required parameter.';
const badRefresh = 'Refresh token is invalid or expired.';

const grantFields: Record<string, { required: string[]; optional: string[] }> = {
  authorization_code: { required: ['code', 'redirect_uri'], optional: ['code_verifier'] },
  refresh_token: { required: ['refresh_token'], optional: [] },
  client_credentials: { required: [], optional: [] },
};

/** @see https://developers.tiktok.com/doc/oauth-get-a-user-access-token */
export function token(call: Call): Answer {
  const form = readForm(call);
  const grantType = form.get('grant_type') ?? '';
  if (grantType === '') throw new OAuthRefusal('invalid_request', missing);
  const fields = Object.hasOwn(grantFields, grantType) ? grantFields[grantType] : undefined;
  if (fields === undefined) throw new OAuthRefusal('unsupported_grant_type', malformed);
  requireFields(form, ['client_key', 'client_secret', 'grant_type', ...fields.required], fields.optional);
  const app = authenticate(call, form);
  if (grantType === 'authorization_code') return exchangeCode(call, app, form);
  if (grantType === 'refresh_token') return refresh(call, app, form.get('refresh_token') ?? '');
  return issueClientToken(call, app);
}

/** @see https://developers.tiktok.com/docs/en/oauth-revoke-a-user-access-token */
export function revoke(call: Call): Answer {
  const form = readForm(call);
  requireFields(form, ['client_key', 'client_secret', 'token'], []);
  const app = authenticate(call, form);
  const token = call.state.accessTokens.get(form.get('token') ?? '');
  const alive = token !== undefined && token.expiresAtMs > call.nowMs && token.clientKey === app.clientKey;
  if (!alive) throw new OAuthRefusal('invalid_grant', 'Access token is invalid or expired.');
  if (token.username === null) call.state.accessTokens.delete(form.get('token') ?? '');
  else {
    call.record.username = token.username;
    removeGrant(call.state, { clientKey: app.clientKey, username: token.username }, 5);
  }
  return jsonAnswer(200, {});
}

/** Credentials travel in a form, nowhere else. */
function readForm({ request, url, text }: Call): URLSearchParams {
  const contentType = request.headers.get('content-type') ?? '';
  const isForm = /^application\/x-www-form-urlencoded(\s*;\s*charset=utf-8)?$/i.test(contentType);
  if (!isForm || request.headers.has('authorization') || url.search !== '') {
    throw new OAuthRefusal('invalid_request', malformed);
  }
  return new URLSearchParams(text);
}

function requireFields(form: URLSearchParams, required: string[], optional: string[]): void {
  if (required.some((name) => !form.get(name))) throw new OAuthRefusal('invalid_request', missing);
  const names = [...form.keys()];
  const known = names.every((name) => required.includes(name) || optional.includes(name));
  if (!known || new Set(names).size < names.length) throw new OAuthRefusal('invalid_request', malformed);
}

function authenticate({ state }: Call, form: URLSearchParams): TikTokApp {
  const app = state.apps.get(form.get('client_key') ?? '');
  if (app === undefined || app.clientSecret !== form.get('client_secret')) {
    throw new OAuthRefusal('invalid_client', 'Client key or secret is incorrect.');
  }
  return app;
}

/** The first attempt burns the code, whatever becomes of it. */
function exchangeCode({ state, nowMs, record }: Call, app: TikTokApp, form: URLSearchParams): Answer {
  const value = form.get('code') ?? '';
  const code = state.codes.get(value);
  state.codes.delete(value);
  if (code === undefined || code.clientKey !== app.clientKey || !state.users.has(code.username)) {
    throw new OAuthRefusal('invalid_grant', 'Authorization code is invalid.');
  }
  if (code.expiresAtMs <= nowMs) throw new OAuthRefusal('invalid_grant', 'Authorization code is expired.');
  if (code.redirectUri !== form.get('redirect_uri')) {
    throw new OAuthRefusal('invalid_grant', 'Redirect_uri is not matched with the uri when requesting code.');
  }
  if (!verifierFits(code, form.get('code_verifier'))) {
    throw new OAuthRefusal('invalid_request', 'Code verifier or code challenge is invalid.');
  }
  record.username = code.username;
  return jsonAnswer(200, issueTokens(state, code));
}

/** TikTok's challenge is the hex digest, not RFC 7636's base64url; without a challenge a verifier means nothing. */
function verifierFits({ codeChallenge }: AuthorizationCode, verifier: string | null): boolean {
  if (codeChallenge === null) return true;
  if (verifier === null || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  return createHash('sha256').update(verifier).digest('hex') === codeChallenge;
}

/** Strict rotation: the old refresh token dies at once, the old access token at its own time. */
function refresh({ state, nowMs, record }: Call, app: TikTokApp, value: string): Answer {
  const token = state.refreshTokens.get(value);
  if (token === undefined || token.clientKey !== app.clientKey || token.expiresAtMs <= nowMs) {
    throw new OAuthRefusal('invalid_grant', badRefresh);
  }
  const graceMs = state.settings.refreshGraceSeconds * 1000;
  if (token.rotatedAtMs !== null && nowMs >= token.rotatedAtMs + graceMs) {
    if (state.settings.revokesReusedGrants) endConsent(state, token.consent);
    throw new OAuthRefusal('invalid_grant', badRefresh);
  }
  token.rotatedAtMs ??= nowMs;
  record.username = token.username;
  const endsAtMs = state.settings.refreshRestartsLife ? null : token.expiresAtMs;
  return jsonAnswer(200, issueTokens(state, token, token.consent, endsAtMs));
}

/** For the Research APIs; no endpoint imitated here takes such a token. */
function issueClientToken({ state, nowMs }: Call, { clientKey }: TikTokApp): Answer {
  const value = newToken('clt');
  const lifetimeSeconds = 7_200;
  const expiresAtMs = nowMs + lifetimeSeconds * 1000;
  state.accessTokens.set(value, { clientKey, username: null, scopes: [], expiresAtMs, consent: null });
  return jsonAnswer(200, { access_token: value, expires_in: lifetimeSeconds, token_type: 'Bearer' });
}
