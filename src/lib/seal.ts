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
    seal(value, context) {
      return new CompactEncrypt(new TextEncoder().encode(value))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: sealingKey.kid, ctx: context })
        .encrypt(sealingKey.key);
    },

    async open(sealed, context) {
      const opened = await compactDecrypt(
        sealed,
        (header) => {
          const key = keysByKid.get(String(header.kid));
          if (!key) throw new SealError('its key is not among TOKEN_ENCRYPTION_KEYS');
          return key;
        },
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      ).catch((error) => {
        throw error instanceof SealError
          ? error
          : new SealError('it was altered, or sealed with another key');
      });
      if (opened.protectedHeader.ctx !== context) throw new SealError('it belongs to another place');
      return secret(new TextDecoder().decode(opened.plaintext));
    },
  };
}
