import * as z from 'zod/mini';
import { retry } from '../lib/retry.ts';
import { type SealContext, SealError, type Sealer } from '../lib/seal.ts';
import { type Database, isFinal, run } from './supabase.ts';

/** A column that holds sealed values: `sealed_<what>`. */
export interface SealedColumn {
  table: string;
  column: `sealed_${string}`;
  /** The column that counts the versions of the value; null: it has only one. */
  version: string | null;
}

/** Every column that holds sealed values. A new one is one more line, here and nowhere else. */
export const SEALED = {
  accessToken: { table: 'social_accounts', column: 'sealed_access_token', version: 'token_version' },
  refreshToken: { table: 'social_accounts', column: 'sealed_refresh_token', version: 'token_version' },
  revokedAccessToken: {
    table: 'social_revocations',
    column: 'sealed_access_token',
    version: 'token_version',
  },
  revokedRefreshToken: {
    table: 'social_revocations',
    column: 'sealed_refresh_token',
    version: 'token_version',
  },
  clientSecret: { table: 'social_apps', column: 'sealed_client_secret', version: 'secret_version' },
  uploadUrl: { table: 'social_post_attempts', column: 'sealed_upload_url', version: null },
} as const satisfies Record<string, SealedColumn>;

export const SEALED_COLUMNS: readonly SealedColumn[] = Object.values(SEALED);

/** Where the sealed value of a row belongs. */
export function placeOf({ table, column }: SealedColumn, id: string, version = 1): SealContext {
  return `${table}/${id}/${column.replace('sealed_', '')}/${version}`;
}

/** A value that does not open; it is left as it is. */
export interface Unreadable extends Pick<SealedColumn, 'table' | 'column'> {
  id: string;
  reason: string;
}

/** What became of some values that another key had sealed. */
export interface ResealedBatch {
  resealed: number;
  unreadable: Unreadable[];
  /** Somebody wrote or held their rows just then. */
  missed: number;
  /** Where to go on; null: there are no more. */
  lastId: string | null;
}

/** Few enough that their rows are held for milliseconds, and for one answer of the database's interface. */
const BATCH_ROWS = 200;
const RETRY_DELAYS_MS = [250, 1_000, 2_000];

/** The sealed values as such, whatever they are: under which keys they lie, and from one key to another. */
export function createSealedStore(database: Database, sealer: Sealer) {
  // Each may be called twice: what has another ciphertext by now is not replaced again.
  const call = <T>(
    operation: string,
    parameters: Record<string, unknown>,
    shape: Parameters<typeof run<T>>[2],
  ) => retry(() => run<T>(operation, database.rpc(operation, parameters), shape), RETRY_DELAYS_MS, isFinal);

  return {
    /** The keys there are to open with; the first seals. */
    kids: sealer.kids,

    /** How many values of a column lie under which key; a kid of null: they are not sealed by us. */
    count({ table, column }: SealedColumn): Promise<{ kid: string | null; values: number }[]> {
      const parameters = {
        p_table: table,
        p_column: column,
        p_kids: sealer.kids,
        p_starts: sealer.kids.map((kid) => sealer.start(kid, `${table}/`)),
      };
      return call('count_sealed', parameters, z.array(countRow));
    },

    /** Seals with the first key what another has sealed, in a few rows after that one, and keeps to its place. */
    async reseal(target: SealedColumn, afterId: string | null): Promise<ResealedBatch> {
      const { table, column, version } = target;
      const rows = await call(
        'list_sealed',
        {
          p_table: table,
          p_column: column,
          p_version_column: version,
          p_start: sealer.start(sealer.kids[0], `${table}/`),
          p_after: afterId,
          p_limit: BATCH_ROWS,
        },
        z.array(sealedRow),
      );
      const unreadable: Unreadable[] = [];
      const swaps: { id: string; old: string; new: string }[] = [];
      for (const { id, version, sealed } of rows) {
        const place = placeOf(target, id, version);
        try {
          const value = await sealer.open(sealed, place);
          swaps.push({ id, old: sealed, new: await sealer.seal(value.reveal(), place) });
        } catch (error) {
          if (!(error instanceof SealError)) throw error;
          unreadable.push({ table, column, id, reason: error.message });
        }
      }
      const resealed =
        swaps.length === 0
          ? 0
          : await call(
              'reseal',
              {
                p_table: table,
                p_column: column,
                p_ids: swaps.map(({ id }) => id),
                p_old: swaps.map((swap) => swap.old),
                p_new: swaps.map((swap) => swap.new),
              },
              z.int(),
            );
      return { resealed, unreadable, missed: swaps.length - resealed, lastId: rows.at(-1)?.id ?? null };
    },
  };
}
export type SealedStore = ReturnType<typeof createSealedStore>;

const countRow = z.object({ kid: z.nullable(z.string()), values: z.int() });
const sealedRow = z.object({ id: z.guid(), version: z.int(), sealed: z.string() });
