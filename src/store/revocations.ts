import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { retry } from '../lib/retry.ts';
import type { Sealer } from '../lib/seal.ts';
import type { NewTokens } from './accounts.ts';
import { type SweepResult, sweepResult } from './rows.ts';
import { SEALED } from './sealed.ts';
import { type Database, run } from './supabase.ts';
import { createPairSealer, type SealedPair, type TokenPair } from './token-pair.ts';

/** Tokens sealed for the way out of their account. */
export interface PreparedRevocation {
  id: string;
  /** Who takes the consent back. */
  holder: string;
  sealed: SealedPair;
}

/** Consents that are to be taken back at TikTok, and what else a sweep has to do. */
export function createRevocationStore(database: Database, sealer: Sealer) {
  const pairs = createPairSealer(sealer, {
    access_token: SEALED.revokedAccessToken,
    refresh_token: SEALED.revokedRefreshToken,
  });

  return {
    async prepare(tokens: TokenPair, holder: string): Promise<PreparedRevocation> {
      const id = randomUUID();
      return { id, holder, sealed: await pairs.seal(id, 1, tokens) };
    },

    /** @throws {SealError} if the stored token does not open. */
    openToken: pairs.open,

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
      const parameters = {
        p_id: id,
        p_holder: holder,
        p_expected_version: version,
        ...(await pairs.seal(id, version + 1, tokens)),
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
