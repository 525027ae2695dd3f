import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { retry } from '../lib/retry.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import type { NewTokens } from './accounts.ts';
import { type Revocation, type SweepResult, sweepResult } from './rows.ts';
import { placeOf, SEALED } from './sealed.ts';
import { type Database, run } from './supabase.ts';

/** Tokens sealed for the way out of their account. */
export interface PreparedRevocation {
  id: string;
  /** Who takes the consent back. */
  holder: string;
  sealedAccessToken: string;
  sealedRefreshToken: string;
}

type TokenColumn = 'access_token' | 'refresh_token';

/** Consents that are to be taken back at TikTok, and what else a sweep has to do. */
export function createRevocationStore(database: Database, sealer: Sealer) {
  const place = (id: string, column: TokenColumn, version: number) =>
    placeOf(column === 'access_token' ? SEALED.revokedAccessToken : SEALED.revokedRefreshToken, id, version);

  return {
    async prepare(
      { accessToken, refreshToken }: Pick<NewTokens, 'accessToken' | 'refreshToken'>,
      holder: string,
    ): Promise<PreparedRevocation> {
      const id = randomUUID();
      return {
        id,
        holder,
        sealedAccessToken: await sealer.seal(accessToken.reveal(), place(id, 'access_token', 1)),
        sealedRefreshToken: await sealer.seal(refreshToken.reveal(), place(id, 'refresh_token', 1)),
      };
    },

    /** @throws {SealError} if the stored token does not open. */
    openToken(revocation: Revocation, column: TokenColumn): Promise<Secret> {
      const { id, tokenVersion, sealedAccessToken, sealedRefreshToken } = revocation;
      const sealed = column === 'access_token' ? sealedAccessToken : sealedRefreshToken;
      return sealer.open(sealed, place(id, column, tokenVersion));
    },

    /** Leases accounts and holds consents for a sweep. Not repeated: what was claimed comes again by itself. */
    claim(holder: string, limit: number, leaseSeconds: number): Promise<SweepResult> {
      return run(
        'claim_sweep',
        database.rpc('claim_sweep', { p_holder: holder, p_limit: limit, p_lease_seconds: leaseSeconds }),
        sweepResult,
      );
    },

    /** Stores a renewed pair; false if the consent is not the holder's any more. */
    async renew(
      { id, version }: { id: string; version: number },
      holder: string,
      tokens: NewTokens,
    ): Promise<boolean> {
      const next = version + 1;
      const parameters = {
        p_id: id,
        p_holder: holder,
        p_expected_version: version,
        p_sealed_access_token: await sealer.seal(
          tokens.accessToken.reveal(),
          place(id, 'access_token', next),
        ),
        p_sealed_refresh_token: await sealer.seal(
          tokens.refreshToken.reveal(),
          place(id, 'refresh_token', next),
        ),
        p_access_expires_in_seconds: tokens.accessExpiresInSeconds,
      };
      return retry(
        () => run('renew_revocation', database.rpc('renew_revocation', parameters), z.boolean()),
        [100, 200, 400, 800],
      );
    },

    /** Gives a consent back to whoever tries next; one that is over loses its tokens. */
    async release(id: string, holder: string, isOver: boolean): Promise<void> {
      const parameters = { p_id: id, p_holder: holder, p_is_over: isOver };
      await retry(
        () => run('release_revocation', database.rpc('release_revocation', parameters), z.unknown()),
        [150, 600],
      );
    },
  };
}
export type RevocationStore = ReturnType<typeof createRevocationStore>;
