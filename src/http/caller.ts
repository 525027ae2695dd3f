import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { RequestError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';

/** Finds out who calls; see `createCallerVerifier`. */
export type CallerVerifier = (request: Request) => Promise<{ userId: string }>;

interface SupabaseIdentity {
  /** The project's URL, without a slash at its end. */
  url: string;
  /** Set for projects that still sign user tokens with HS256. */
  jwtSecret: Secret | null;
}

/**
 * Verifies Supabase user tokens on the spot: against the project's published keys, or by the shared secret where the
 * project has one. A token of another project, another audience or without an end is refused.
 * @throws {RequestError} 401 if there is no valid token; 503 if the project's keys cannot be had.
 * @see https://supabase.com/docs/guides/auth/jwts
 */
export function createCallerVerifier({ url, jwtSecret }: SupabaseIdentity): CallerVerifier {
  const issuer = `${url}/auth/v1`;
  const publishedKeys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    timeoutDuration: 5_000,
  });
  const sharedKey = jwtSecret && new TextEncoder().encode(jwtSecret.reveal());
  const algorithms = ['ES256', 'RS256', 'EdDSA', ...(sharedKey ? ['HS256'] : [])];
  const keyFor: JWTVerifyGetKey = (header, token) =>
    header.alg === 'HS256' && sharedKey ? sharedKey : publishedKeys(header, token);

  return async (request) => {
    const token = bearerToken(request);
    const { payload } = await jwtVerify(token, keyFor, {
      algorithms,
      audience: 'authenticated',
      requiredClaims: ['sub', 'exp'],
    }).catch((error) => {
      throw refusal(error);
    });
    // The local stack's tokens name no issuer; where one is named it must be this project.
    if (payload.iss !== undefined && payload.iss !== issuer) throw invalidToken();
    // Supabase's own keys are tokens, too, of other roles.
    if (payload.role !== undefined && payload.role !== 'authenticated') throw invalidToken();
    const { sub } = payload;
    // jose checks that the claim is there, not what it is.
    if (typeof sub !== 'string' || !UUID.test(sub)) throw invalidToken();
    return { userId: sub };
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function bearerToken(request: Request): string {
  const header = request.headers.get('authorization');
  if (!header) {
    throw new RequestError(
      401,
      'token_missing',
      'Sign in, and send your Supabase token as Authorization: Bearer.',
    );
  }
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (!token) throw invalidToken();
  return token;
}

function refusal(error: unknown): RequestError {
  if (error instanceof errors.JWTExpired) {
    return new RequestError(401, 'token_expired', 'Your session has expired; sign in again.');
  }
  const keysUnavailable =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC';
  return keysUnavailable
    ? new RequestError(
        503,
        'auth_unavailable',
        'Your session could not be checked just now. Try again in a minute.',
      )
    : invalidToken();
}

function invalidToken(): RequestError {
  return new RequestError(401, 'token_invalid', 'This token is not valid here; sign in again.');
}
