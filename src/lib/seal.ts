import { CompactEncrypt, compactDecrypt } from 'jose';
import { OwnError } from './errors.ts';
import { type Secret, secret } from './secret.ts';

/** A key of 32 bytes with its name, as in `TOKEN_ENCRYPTION_KEYS`. */
export interface SealKey {
  kid: string;
  key: Uint8Array;
}

/**
 * Where a sealed value belongs, e.g. `social_accounts/<id>/access_token/3`. It is authenticated with the value, so
 * a ciphertext copied to another row, column or version does not open.
 */
export type SealContext = `${string}/${string}/${string}/${number | string}`;

export interface Sealer {
  /** The names of its keys; the first seals. */
  kids: readonly [string, ...string[]];
  /** How every value begins that this key seals for a place that begins so: tells the key of one without opening it. */
  start(kid: string, contextStart: string): string;
  /** Seals with the first key. */
  seal(value: string, context: SealContext): Promise<string>;
  /** @throws {SealError} if the value was sealed elsewhere, altered, or its key is not known here. */
  open(sealed: string, context: SealContext): Promise<Secret>;
}

export class SealError extends OwnError {
  constructor(reason: string) {
    super(`A sealed value does not open: ${reason}`);
    this.name = 'SealError';
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7516 (JWE, compact form; direct key, AES-256-GCM) */
export function createSealer(keys: readonly [SealKey, ...SealKey[]]): Sealer {
  const sealingKey = keys[0];
  const keysByKid = new Map(keys.map(({ kid, key }) => [kid, key]));

  return {
    // The header up to there is the same; of its last bytes the encoding depends on what follows.
    start(kid, contextStart) {
      const header = Buffer.from(JSON.stringify(headerOf(kid, contextStart)).slice(0, -'"}'.length));
      return header.subarray(0, header.length - (header.length % 3)).toString('base64url');
    },

    kids: [sealingKey.kid, ...keys.slice(1).map(({ kid }) => kid)],

    seal(value, context) {
      return new CompactEncrypt(new TextEncoder().encode(value))
        .setProtectedHeader(headerOf(sealingKey.kid, context))
        .encrypt(sealingKey.key);
    },

    async open(sealed, context) {
      if (!isAsEncoded(sealed)) throw new SealError(ALTERED);
      const opened = await compactDecrypt(
        sealed,
        (header) => {
          const key = keysByKid.get(String(header.kid));
          if (!key) throw new SealError('its key is not among TOKEN_ENCRYPTION_KEYS');
          return key;
        },
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      ).catch((error) => {
        throw error instanceof SealError ? error : new SealError(ALTERED);
      });
      if (opened.protectedHeader.ctx !== context) throw new SealError('it belongs to another place');
      return secret(new TextDecoder().decode(opened.plaintext));
    },
  };
}

/** In this order: how a sealed value begins tells its key. */
const headerOf = (kid: string, context: string) => ({ alg: 'dir', enc: 'A256GCM', kid, ctx: context });

const ALTERED = 'it was altered, or sealed with another key';

/** The last character of a base64url text has bits that mean nothing: a decoder takes them as they come, we do not. */
function isAsEncoded(sealed: string): boolean {
  return sealed.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
