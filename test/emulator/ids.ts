import { createHash, randomBytes, randomInt } from 'node:crypto';

/** 34 characters: UTC seconds as digits, then upper-case hex. */
export function newLogId(nowMs: number): string {
  const seconds = new Date(nowMs).toISOString().replace(/\D/g, '').slice(0, 14);
  return seconds + randomBytes(10).toString('hex').toUpperCase();
}

/** Contains `*` and `!`, so a client that decodes it twice or never loses it. */
export function newAuthorizationCode(): string {
  return `${randomBytes(24).toString('base64url')}*0!${randomInt(1000, 9999)}`;
}

export function newToken(prefix: 'act' | 'rft' | 'clt'): string {
  return `${prefix}.${randomBytes(30).toString('base64url')}!${randomInt(1000, 9999)}.va`;
}

export function newSecretId(): string {
  return randomBytes(18).toString('base64url');
}

/** 19 digits, beyond 2^53 and never exact as a JavaScript number. */
export function newInt64(): bigint {
  return 7_500_000_000_000_000_001n + BigInt(randomInt(2 ** 47)) * 2n;
}

/** The same user has another id in every app, and the same one after a restart. */
export function openIdOf(clientKey: string, username: string): string {
  return uuidFrom(`open/${clientKey}/${username}`);
}

/** One per user and developer; here all apps belong to one developer. */
export function unionIdOf(username: string): string {
  return uuidFrom(`union/${username}`);
}

function uuidFrom(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
