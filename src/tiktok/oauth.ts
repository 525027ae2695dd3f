import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Secret, secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type CallOptions, logIdOf, type Received, send } from './call.ts';

/** The TikTok app on whose behalf a user is asked. */
export interface TikTokApp {
  clientKey: string;
  clientSecret: Secret;
  /** Those before it, while it is being changed: TikTok may have signed a webhook with one. */
  formerSecrets?: readonly Secret[];
}

/**
 * Where the user's browser is sent. Scopes are separated by commas, not spaces. The page is always shown: who has
 * allowed the app before may want another account, or to allow more.
 * @param request.codeVerifier for a redirect to the user's own machine; a web app sends no PKCE.
 * @see https://developers.tiktok.com/doc/login-kit-web
 * @see https://developers.tiktok.com/doc/login-kit-desktop
 */
export function authorizeUrl(
  baseUrl: string,
  {
    clientKey,
    redirectUri,
    scopes,
    state,
    codeVerifier,
  }: {
    clientKey: string;
    redirectUri: string;
    scopes: readonly string[];
    state: string;
    codeVerifier?: string | undefined;
  },
): string {
  const url = new URL(baseUrl);
  url.searchParams.set('client_key', clientKey);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('scope', scopes.join(','));
  url.searchParams.set('redirect_uri', redirectUri);
  url.searchParams.set('state', state);
  url.searchParams.set('disable_auto_auth', '1');
  if (codeVerifier !== undefined) {
    // In hex, whatever RFC 7636 says of S256: TikTok refuses base64url, and only when the code is exchanged.
    url.searchParams.set('code_challenge', createHash('sha256').update(codeVerifier).digest('hex'));
    url.searchParams.set('code_challenge_method', 'S256');
  }
  return url.href;
}

export interface TokenSet {
  accessToken: Secret;
  refreshToken: Secret;
  openId: string;
  /** Empty where TikTok did not say. */
  scopes: string[];
  /** Null where TikTok did not say, or said nonsense: unknown, not endless. */
  accessExpiresInSeconds: number | null;
  refreshExpiresInSeconds: number | null;
}

export type TokenAnswer =
  | { kind: 'ok'; tokens: TokenSet }
  /** The OAuth error TikTok named. */
  | { kind: 'refused'; code: string; logId: string | null }
  | { kind: 'not_sent' | 'unclear'; reason: string };

/**
 * Exchanges a code, decoded exactly once, for tokens.
 * @see https://developers.tiktok.com/doc/oauth-user-access-token-management
 */
export function exchangeCode(
  options: CallOptions,
  app: TikTokApp,
  {
    code,
    redirectUri,
    codeVerifier,
  }: { code: string; redirectUri: string; codeVerifier?: string | undefined },
): Promise<TokenAnswer> {
  return requestTokens(options, app, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
  });
}

/**
 * Renews the tokens. TikTok rotates the refresh token: once this has succeeded, the old one is dead.
 * @see https://developers.tiktok.com/docs/en/oauth-refresh-a-user-access-token
 */
export function refreshTokens(
  options: CallOptions,
  app: TikTokApp,
  refreshToken: Secret,
): Promise<TokenAnswer> {
  return requestTokens(options, app, { grant_type: 'refresh_token', refresh_token: refreshToken.reveal() });
}

/** A list of scopes as TikTok writes it, in a token's answer or in the redirect back. */
export function readScopes(list: string): string[] {
  return [...new Set(list.split(/[,\s]+/).filter(Boolean))];
}

/** The answer to a question that brings nothing but whether it was granted. */
export type OAuthAnswer =
  | { kind: 'ok' }
  | { kind: 'refused'; code: string; logId: string | null }
  | { kind: 'not_sent' | 'unclear'; reason: string };

/**
 * Whether TikTok takes the app's key and secret: it is asked for a token of the app itself, which is thrown away.
 * `invalid_client` says that it does not; any other refusal may mean that the app gets no such tokens.
 * @see https://developers.tiktok.com/doc/client-access-token-management
 */
export async function checkApp(options: CallOptions, app: TikTokApp): Promise<OAuthAnswer> {
  const received = await postForm(options, '/v2/oauth/token/', app, { grant_type: 'client_credentials' });
  if (received.kind !== 'received') return received;
  const refused = readFailure(received.json);
  if (refused) return refused;
  return z.object({ access_token: token }).safeParse(received.json).success
    ? { kind: 'ok' }
    : { kind: 'unclear', reason: 'the answer is neither a token nor an OAuth error' };
}

/**
 * Gives the person's consent back: all tokens of theirs for this app are dead afterwards. Takes the access token.
 * @see https://developers.tiktok.com/docs/en/oauth-revoke-a-user-access-token
 */
export async function revokeToken(
  options: CallOptions,
  app: TikTokApp,
  accessToken: Secret,
): Promise<OAuthAnswer> {
  const received = await postForm(options, '/v2/oauth/revoke/', app, { token: accessToken.reveal() });
  if (received.kind !== 'received') return received;
  const refused = readFailure(received.json);
  if (refused) return refused;
  // Success is an empty object.
  return received.httpStatus === 200 && z.object({}).safeParse(received.json).success
    ? { kind: 'ok' }
    : { kind: 'unclear', reason: 'the answer is neither empty nor an OAuth error' };
}

// Both answers are flat, and a failure often comes with HTTP 200: only the members tell which it is.
const failure = z.object({ error: z.string(), log_id: z.optional(z.unknown()) });
const token = z.string().check(z.minLength(1), z.maxLength(4096));
const success = z.object({
  access_token: token,
  refresh_token: token,
  open_id: z.string().check(z.minLength(1), z.maxLength(128)),
  scope: z.optional(z.nullable(z.string())),
  expires_in: z.optional(z.unknown()),
  refresh_expires_in: z.optional(z.unknown()),
});

async function requestTokens(
  options: CallOptions,
  app: TikTokApp,
  grant: Record<string, string>,
): Promise<TokenAnswer> {
  const received = await postForm(options, '/v2/oauth/token/', app, grant);
  if (received.kind !== 'received') return received;

  const granted = success.safeParse(received.json);
  if (granted.success) {
    const { access_token, refresh_token, open_id, scope, expires_in, refresh_expires_in } = granted.data;
    return {
      kind: 'ok',
      tokens: {
        accessToken: secret(access_token),
        refreshToken: secret(refresh_token),
        openId: open_id,
        scopes: readScopes(scope ?? ''),
        accessExpiresInSeconds: lifetimeSeconds(expires_in),
        refreshExpiresInSeconds: lifetimeSeconds(refresh_expires_in),
      },
    };
  }
  return (
    readFailure(received.json) ?? {
      kind: 'unclear',
      reason: 'the answer is neither tokens nor an OAuth error',
    }
  );
}

/** The app's key and secret travel in a form, nowhere else. */
function postForm(
  options: CallOptions,
  path: string,
  app: TikTokApp,
  fields: Record<string, string>,
): Promise<Received> {
  return send(options, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'cache-control': 'no-cache' },
    body: new URLSearchParams({
      client_key: app.clientKey,
      client_secret: app.clientSecret.reveal(),
      ...fields,
    }).toString(),
  });
}

function readFailure(json: unknown) {
  const failed = failure.safeParse(json);
  if (!failed.success || failed.data.error === '') return null;
  const { error, log_id } = failed.data;
  return { kind: 'refused', code: plainText(error, 100), logId: logIdOf(log_id) } as const;
}

const MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 3600;

/** Seconds as a number or in a string; null for anything that is no lifetime. */
export function lifetimeSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 1) return null;
  return Math.min(Math.floor(seconds), MAX_LIFETIME_SECONDS);
}
