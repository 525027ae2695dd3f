import { type Answer, htmlAnswer, redirectAnswer } from './answer.ts';
import type { Call } from './call.ts';
import { newAuthorizationCode, newSecretId } from './ids.ts';
import { consentPage, errorPage } from './pages.ts';
import type { AuthorizationRequest, State } from './state.ts';
import type { Scope, TikTokApp } from './world.ts';

/**
 * TikTok's consent page, and the decision the user sends from it.
 * @see https://developers.tiktok.com/doc/login-kit-web
 */
export function authorize(call: Call): Answer {
  return call.request.method === 'GET' ? showConsent(call) : decide(call);
}

function showConsent({ url, state }: Call): Answer {
  const parsed = parseAuthorization(url.searchParams, state);
  if ('fault' in parsed) return configurationError(parsed.fault, parsed.error);
  const requestId = newSecretId();
  state.authorizationRequests.set(requestId, parsed);
  return htmlAnswer(200, consentPage(requestId, parsed, [...state.users.values()]));
}

/** A mistake of the app is shown to the user and never sent back: the way back may be the mistake. */
function configurationError(parameter: string, error: string): Answer {
  return htmlAnswer(400, errorPage(parameter, error), error);
}

type Parsed = AuthorizationRequest | { fault: string; error: string };

function parseAuthorization(query: URLSearchParams, { apps }: State): Parsed {
  const repeated = [...query.keys()].find((name, index, all) => all.indexOf(name) !== index);
  if (repeated !== undefined) return { fault: repeated, error: 'invalid_request' };
  if (query.has('client_secret')) return { fault: 'client_secret', error: 'invalid_request' };
  const app = apps.get(query.get('client_key') ?? '');
  if (app === undefined) return { fault: 'client_key', error: 'unauthorized_client' };
  if (query.get('response_type') !== 'code') {
    return { fault: 'response_type', error: 'unsupported_response_type' };
  }
  const scopes = (query.get('scope') ?? '').split(',');
  const approved = app.scopes.filter((scope) => scopes.includes(scope));
  if (new Set(scopes).size !== approved.length) return { fault: 'scope', error: 'invalid_scope' };
  const redirectUri = query.get('redirect_uri') ?? '';
  const isDesktop = isDesktopUri(app, redirectUri);
  if (!isDesktop && !app.redirectUris.includes(redirectUri))
    return { fault: 'redirect_uri', error: 'invalid_request' };
  const returned = query.get('state') ?? '';
  if (returned === '') return { fault: 'state', error: 'invalid_request' };
  if (!['0', '1', null].includes(query.get('disable_auto_auth'))) {
    return { fault: 'disable_auto_auth', error: 'invalid_request' };
  }
  const codeChallenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  if (
    codeChallenge === '' ||
    (codeChallenge === null) !== (method === null) ||
    (isDesktop && !codeChallenge)
  ) {
    return { fault: 'code_challenge', error: 'invalid_request' };
  }
  if (method !== null && method !== 'S256')
    return { fault: 'code_challenge_method', error: 'invalid_request' };
  return { clientKey: app.clientKey, redirectUri, scopes: approved, state: returned, codeChallenge };
}

/**
 * On the user's own machine the port may be registered as `*`, and PKCE is mandatory.
 * @see https://developers.tiktok.com/doc/login-kit-desktop
 */
function isDesktopUri({ redirectUris }: TikTokApp, redirectUri: string): boolean {
  const anyPort = redirectUri.replace(/^(https?:\/\/(?:localhost|127\.0\.0\.1)):\d{1,5}(?=\/|$)/, '$1:*');
  return anyPort !== redirectUri && redirectUris.includes(anyPort);
}

function decide({ text, state, nowMs, record }: Call): Answer {
  const form = new URLSearchParams(text);
  const requestId = form.get('request_id') ?? '';
  const asked = state.authorizationRequests.get(requestId);
  if (asked === undefined) return configurationError('request_id', 'invalid_request');
  const user = state.users.get(form.get('username') ?? '');
  if (user === undefined) return configurationError('username', 'invalid_request');
  const decision = form.get('decision');
  if (decision !== 'allow' && decision !== 'deny') return configurationError('decision', 'invalid_request');
  record.username = user.username;
  state.authorizationRequests.delete(requestId);
  const granted = asked.scopes.filter((scope) => form.getAll('scopes').includes(scope));
  if (decision === 'deny' || granted.length === 0) return denied(asked);
  return allowed(state, { ...asked, scopes: granted }, user.username, nowMs);
}

function denied({ redirectUri, state }: AuthorizationRequest): Answer {
  const description = 'The user denied the authorization request.';
  const location = withQuery(redirectUri, { error: 'access_denied', error_description: description, state });
  return redirectAnswer(location, 'access_denied');
}

function allowed(state: State, asked: AuthorizationRequest, username: string, nowMs: number): Answer {
  const code = newAuthorizationCode();
  const expiresAtMs = nowMs + state.settings.codeLifetimeSeconds * 1000;
  state.codes.set(code, { ...asked, username, expiresAtMs });
  const scopes: Scope[] = asked.scopes;
  return redirectAnswer(withQuery(asked.redirectUri, { code, scopes: scopes.join(','), state: asked.state }));
}

function withQuery(uri: string, values: Record<string, string>): string {
  const query = Object.entries(values).map(([name, value]) => `${name}=${percentEncode(value)}`);
  return `${uri}?${query.join('&')}`;
}

/** Encodes `*` and `!` too, as TikTok does and `encodeURIComponent` does not. */
function percentEncode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
