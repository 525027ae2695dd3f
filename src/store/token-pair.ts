import type { Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { placeOf, type SealedColumn } from './sealed.ts';

export type TokenColumn = 'access_token' | 'refresh_token';

export interface TokenPair {
  accessToken: Secret;
  refreshToken: Secret;
}

/** As our SQL takes it. */
export interface SealedPair {
  p_sealed_access_token: string;
  p_sealed_refresh_token: string;
}

interface PairRow {
  id: string;
  tokenVersion: number;
  sealedAccessToken: string | null;
  sealedRefreshToken: string | null;
}

/** Seals and opens the two tokens of a row, in the columns that hold them. */
export function createPairSealer(sealer: Sealer, columns: Readonly<Record<TokenColumn, SealedColumn>>) {
  return {
    async seal(id: string, version: number, { accessToken, refreshToken }: TokenPair): Promise<SealedPair> {
      const place = (column: TokenColumn) => placeOf(columns[column], id, version);
      return {
        p_sealed_access_token: await sealer.seal(accessToken.reveal(), place('access_token')),
        p_sealed_refresh_token: await sealer.seal(refreshToken.reveal(), place('refresh_token')),
      };
    },

    /** @throws {SealError} if the stored token does not open. */
    open(row: PairRow, column: TokenColumn): Promise<Secret> {
      const sealed = column === 'access_token' ? row.sealedAccessToken : row.sealedRefreshToken;
      return sealer.open(sealed ?? '', placeOf(columns[column], row.id, row.tokenVersion));
    },
  };
}
