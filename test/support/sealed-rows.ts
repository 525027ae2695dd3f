import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { SealContext, Sealer } from '../../src/lib/seal.ts';

const ROWS_AT_ONCE = 500;

/** Connected accounts of one user, each with a pair of tokens that tell whose they are. @returns their ids. */
export async function insertSealedAccounts(
  sql: postgres.Sql,
  sealer: Sealer,
  userId: string,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (let first = 0; first < count; first += ROWS_AT_ONCE) {
    const rows = await Promise.all(
      ids.slice(first, first + ROWS_AT_ONCE).map(async (id) => ({
        id,
        user_id: userId,
        open_id: id,
        scopes: ['video.publish'],
        auth_method: 'shared',
        client_key: 'emulator-client-key',
        sealed_access_token: await sealer.seal(
          madePair({ id, version: 1 }).access,
          tokenPlace(id, 'access_token', 1),
        ),
        sealed_refresh_token: await sealer.seal(
          madePair({ id, version: 1 }).refresh,
          tokenPlace(id, 'refresh_token', 1),
        ),
      })),
    );
    await sql`insert into social_accounts ${sql(rows)}`;
  }
  return ids;
}

/** The place as the site has always named it: spelled out here, so that a changed spelling shows. */
export function tokenPlace(
  id: string,
  column: 'access_token' | 'refresh_token',
  version: number,
): SealContext {
  return `social_accounts/${id}/${column}/${version}`;
}

/** What lies sealed in each account, as the database has it now. @throws {SealError} if one does not open. */
export async function openPairs(sql: postgres.Sql, sealer: Sealer) {
  const rows = await sql<{ id: string; access: string; refresh: string; version: number }[]>`
    select id, sealed_access_token as access, sealed_refresh_token as refresh, token_version::int as version
    from social_accounts where status = 'connected'`;
  return Promise.all(
    rows.map(async ({ id, access, refresh, version }) => ({
      id,
      version,
      access: (await sealer.open(access, tokenPlace(id, 'access_token', version))).reveal(),
      refresh: (await sealer.open(refresh, tokenPlace(id, 'refresh_token', version))).reveal(),
    })),
  );
}

/** What they must hold: each the pair that was made for it and its version. */
export const madePair = ({ id, version }: { id: string; version: number }) => ({
  id,
  version,
  access: `act.${id}.${version}`,
  refresh: `rft.${id}.${version}`,
});
