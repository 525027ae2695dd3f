import * as z from 'zod/mini';
import { type Secret, secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type CallOptions, logIdOf, send } from './call.ts';

/** The TikTok app on whose behalf a user is asked. */
export interface TikTokApp {
  clientKey: string;
  clientSecret: Secret;
}

/**
 * Where the user's browser is sent. A web app sends no PKCE; scopes are separated by commas, not spaces.
 * @see https://developers.tiktok.com/doc/login-kit-web
 */
export function authorizeUrl(
  baseUrl: string,
  {
    clientKey,
    redirectUri,
    scopes,
    state,
  }: { clientKey: string; redirectUri: string; scopes: readonly string[]; state: string },
): string {
  const url = new URL(baseUrl);
  url.searchParams.set('client_key', clientKey);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('scope', scopes.join(','));
  url.searchParams.set('redirect_uri', redirectUri);
  url.searchParams.set('state', state);
  return url.href;
}

export interface TokenSet {
  accessToken: Secret;
  refreshToken: Secret;
  openId: string;
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
  { code, redirectUri }: { code: string; redirectUri: string },
): Promise<TokenAnswer> {
  return requestTokens(options, app, { grant_type: 'authorization_code', code, redirect_uri: redirectUri });
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

/** Errors that only the operator can mend: the app's key, secret, redirect URI or scopes are wrong. */
const CONFIG_ERRORS = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_request',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

export function isConfigError(oauthError: string): boolean {
  return CONFIG_ERRORS.has(oauthError);
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
  const received = await send(options, '/v2/oauth/token/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'cache-control': 'no-cache' },
    body: new URLSearchParams({
      client_key: app.clientKey,
      client_secret: app.clientSecret.reveal(),
      ...grant,
    }).toString(),
  });
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
        scopes: (scope ?? '').split(/[,\s]+/).filter(Boolean),
        accessExpiresInSeconds: lifetimeSeconds(expires_in),
        refreshExpiresInSeconds: lifetimeSeconds(refresh_expires_in),
      },
    };
  }
  const failed = failure.safeParse(received.json);
  return failed.success && failed.data.error !== ''
    ? { kind: 'refused', code: plainText(failed.data.error, 100), logId: logIdOf(failed.data.log_id) }
    : { kind: 'unclear', reason: 'the answer is neither tokens nor an OAuth error' };
}

const MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 3600;

/** Seconds as a number or in a string; null for anything that is no lifetime. */
export function lifetimeSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 1) return null;
  return Math.min(Math.floor(seconds), MAX_LIFETIME_SECONDS);
}
