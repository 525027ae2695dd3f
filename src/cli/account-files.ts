import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type * as z from 'zod/mini';
import { retry } from '../lib/retry.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import type { AccountStore, Connection, NewTokens } from '../store/accounts.ts';
import { type Account, accountRow } from '../store/rows.ts';
import { SEALED } from '../store/sealed.ts';
import { createPairSealer } from '../store/token-pair.ts';
import { lock, readRow, tryLock, writeFileAtomic } from './files.ts';
import { type Home, idOf, OWNER_ID } from './home.ts';

/** An account as the database would give it. */
type Row = z.input<typeof accountRow>;

/** Where accounts lie: each a file of its own, or the one that the environment names. */
export interface AccountRows {
  /** In no particular order. */
  ids(): Promise<string[]>;
  read(id: string): Promise<Row | null>;
  /** Changes an account while nobody else does; null from `change` leaves it as it is. */
  update(id: string, change: (row: Row | null) => Promise<Row | null>): Promise<void>;
  remove(id: string): Promise<void>;
  /** Held while an account is worked on. Null: somebody else is at it. */
  tryLease(id: string): Promise<Disposable | null>;
}

export function accountFiles({ directory }: Home): AccountRows {
  const fileOf = (id: string) => path.join(directory, 'accounts', `${id}.json`);
  const read = (id: string) => readRow<Row>(fileOf(id), accountRow);
  return {
    async ids() {
      const names = await readdir(path.join(directory, 'accounts'));
      return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    },
    read,
    async update(id, change) {
      using _held = await lock(`${fileOf(id)}.lock`, pause);
      const changed = await change(await read(id));
      if (changed) await writeFileAtomic(fileOf(id), `${JSON.stringify(changed, null, 2)}\n`);
    },
    async remove(id) {
      using _held = await lock(`${fileOf(id)}.lock`, pause);
      await rm(fileOf(id), { force: true });
    },
    tryLease: (id) => tryLock(`${fileOf(id)}.lease`),
  };
}

/** For one account that lives no longer than the process. */
export function accountInMemory(): AccountRows {
  const rows = new Map<string, Row>();
  return {
    ids: async () => [...rows.keys()],
    read: async (id) => rows.get(id) ?? null,
    async update(id, change) {
      const changed = await change(rows.get(id) ?? null);
      if (changed) rows.set(id, changed);
    },
    remove: async (id) => void rows.delete(id),
    tryLease: async () => ({ [Symbol.dispose]: () => undefined }),
  };
}

export interface CommandAccounts extends Omit<AccountStore, 'disconnect'> {
  remove(account: Account): Promise<void>;
}

/**
 * The accounts of the command line, with the verbs of the database's store.
 * @param keep puts a refresh token where it outlives this process, before anything else is done with it.
 */
export function createCommandAccounts(
  rows: AccountRows,
  sealer: Sealer,
  keep: (refreshToken: Secret) => Promise<void> = async () => undefined,
): CommandAccounts {
  const pairs = createPairSealer(sealer, {
    access_token: SEALED.accessToken,
    refresh_token: SEALED.refreshToken,
  });
  const leases = new Map<string, Disposable>();

  const reload = async (id: string): Promise<Account | null> => {
    const row = await rows.read(id);
    return row && accountRow.parse(row);
  };

  async function sealedColumns(id: string, version: number, tokens: NewTokens) {
    const sealed = await pairs.seal(id, version, tokens);
    return {
      sealed_access_token: sealed.p_sealed_access_token,
      sealed_refresh_token: sealed.p_sealed_refresh_token,
      access_token_expires_at: endOf(tokens.accessExpiresInSeconds),
      refresh_token_expires_at: endOf(tokens.refreshExpiresInSeconds),
      token_version: version,
    };
  }

  /** Changes the account if it is still of the version that was seen. @returns whether it was. */
  async function changeIf(
    { id, tokenVersion }: Pick<Account, 'id' | 'tokenVersion'>,
    change: (row: Row) => Promise<Row>,
  ): Promise<boolean> {
    let isDone = false;
    await rows.update(id, async (row) => {
      isDone = row?.token_version === tokenVersion;
      return row && isDone ? change(row) : null;
    });
    return isDone;
  }

  return {
    async list() {
      const found = await Promise.all((await rows.ids()).map(reload));
      return found
        .filter((account) => account !== null)
        .sort((a, b) => a.connectedAt.getTime() - b.connectedAt.getTime());
    },

    find: (_userId, accountId) => reload(accountId),
    reload,

    async save(connection: Connection) {
      const { openId, clientKey, tokens } = connection;
      const id = idOf('account', clientKey, openId);
      await keep(tokens.refreshToken);
      await rows.update(id, async (row) => ({
        username: null,
        max_video_duration_sec: null,
        creator_checked_at: null,
        creator_free_at: null,
        ...row,
        id,
        user_id: OWNER_ID,
        open_id: openId,
        display_name: connection.displayName,
        avatar_url: connection.avatarUrl,
        scopes: [...connection.scopes],
        auth_method: connection.authMethod,
        client_key: clientKey,
        status: 'connected',
        connected_at: new Date().toISOString(),
        fence: 0,
        ...(await sealedColumns(id, (row?.token_version ?? 0) + 1, tokens)),
      }));
      return (await reload(id)) as Account;
    },

    openToken: pairs.open,

    async rotate(account, tokens, scopes) {
      // The old one is dead by now, whoever else has stored what.
      await keep(tokens.refreshToken);
      const rotate = () =>
        changeIf(account, async (row) => ({
          ...row,
          scopes: [...scopes],
          ...(await sealedColumns(account.id, account.tokenVersion + 1, tokens)),
        }));
      return retry(rotate, [100, 400, 1_600]);
    },

    async lease(_userId, accountId, holder) {
      const lease = await rows.tryLease(accountId);
      if (lease) leases.set(holder, lease);
      // What cannot be written is found out before TikTok is asked for tokens, not after.
      if (lease) await rows.update(accountId, async (row) => row);
      return { databaseNow: new Date(), isLeased: lease !== null, account: await reload(accountId) };
    },

    async release(holder) {
      leases.get(holder)?.[Symbol.dispose]();
      leases.delete(holder);
    },

    requireReauth: (account) =>
      changeIf(account, async (row) => ({
        ...row,
        status: 'reauth_required',
        sealed_access_token: null,
        sealed_refresh_token: null,
        access_token_expires_at: null,
        refresh_token_expires_at: null,
        token_version: row.token_version + 1,
      })),

    forgetScopes: (account, scopes) =>
      changeIf(account, async (row) => ({
        ...row,
        scopes: row.scopes.filter((scope) => !scopes.includes(scope)),
      })),

    /** One post is asked about at a time here, and it waits by itself. */
    putOffChecks: async () => undefined,
    putOffCreator: async () => undefined,

    async saveCreator(accountId, { username, maxVideoPostDurationSec }) {
      await rows.update(
        accountId,
        async (row) =>
          row && {
            ...row,
            username,
            max_video_duration_sec: maxVideoPostDurationSec,
            creator_checked_at: new Date().toISOString(),
          },
      );
    },

    remove: ({ id }) => rows.remove(id),
  };
}

function endOf(seconds: number | null): string | null {
  return seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString();
}
