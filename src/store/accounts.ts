import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { retry } from '../lib/retry.ts';
import type { Sealer } from '../lib/seal.ts';
import type { PreparedRevocation } from './revocations.ts';
import { type Account, accountRow, type LeaseResult, leaseResult } from './rows.ts';
import { SEALED } from './sealed.ts';
import { type Database, run, untilUncontended } from './supabase.ts';
import { createPairSealer, type TokenPair } from './token-pair.ts';

/** A pair of tokens with what was said of their lifetimes; null where nothing was. */
export interface NewTokens extends TokenPair {
  accessExpiresInSeconds: number | null;
  refreshExpiresInSeconds: number | null;
}

export interface Connection {
  userId: string;
  openId: string;
  displayName: string | null;
  avatarUrl: string | null;
  scopes: readonly string[];
  authMethod: 'shared' | 'own';
  clientKey: string;
  tokens: NewTokens;
  /** Before TikTok was asked for them, by the database's clock; null: there is no question of that. */
  askedAt: Date | null;
}

/** What has become of an account's consent when its tokens are forgotten; `stale`: nothing, others were stored. */
const disconnection = z.enum(['to_revoke', 'elsewhere', 'in_use', 'forgotten', 'stale']);
export type Disconnection = z.infer<typeof disconnection>;

/** Longer than it takes to take a consent back; nobody connects by it meanwhile. */
const HOLD_SECONDS = 45;
/** The old refresh token is dead when a new pair is to be stored: every second that is left is worth it. */
const ROTATE_RETRY_DELAYS_MS = [100, 200, 400, 800, 1600, 3000, 4000];

/** Connected accounts. Tokens are sealed and opened here and nowhere else. */
export function createAccountStore(database: Database, sealer: Sealer) {
  const pairs = createPairSealer(sealer, {
    access_token: SEALED.accessToken,
    refresh_token: SEALED.refreshToken,
  });

  async function sealPair(accountId: string, version: number, tokens: NewTokens) {
    return {
      ...(await pairs.seal(accountId, version, tokens)),
      p_access_expires_in_seconds: tokens.accessExpiresInSeconds,
      p_refresh_expires_in_seconds: tokens.refreshExpiresInSeconds,
    };
  }

  return {
    /** The user's accounts that are not disconnected, oldest first. */
    list(userId: string): Promise<Account[]> {
      return run(
        'list_accounts',
        database
          .from('social_accounts')
          .select()
          .eq('user_id', userId)
          .neq('status', 'disconnected')
          .order('connected_at')
          .order('id'),
        z.array(accountRow),
      );
    },

    /** One account of this user; null when there is none, or it is somebody else's. */
    async find(userId: string, accountId: string): Promise<Account | null> {
      const accounts = await run(
        'find_account',
        database
          .from('social_accounts')
          .select()
          .eq('user_id', userId)
          .eq('id', accountId)
          .neq('status', 'disconnected'),
        z.array(accountRow),
      );
      return accounts[0] ?? null;
    },

    /** An account by its id alone, for the worker. */
    async reload(accountId: string): Promise<Account | null> {
      const accounts = await run(
        'reload_account',
        database.from('social_accounts').select().eq('id', accountId),
        z.array(accountRow),
      );
      return accounts[0] ?? null;
    },

    /**
     * Stores a connection: a new account, or the same one renewed in place. A consent that was to be taken back is kept.
     * @throws {StoreError} with Postgres's `object_in_use` if it is being taken back, or has been since they were asked for.
     */
    async save(connection: Connection): Promise<Account> {
      const { userId, openId, tokens } = connection;
      return untilUncontended('save_account', async () => {
        const [existing] = await run(
          'find_connection',
          database
            .from('social_accounts')
            .select()
            .eq('user_id', userId)
            .eq('platform', 'tiktok')
            .eq('open_id', openId),
          z.array(accountRow),
        );
        const id = existing?.id ?? randomUUID();
        const version = existing?.tokenVersion ?? 0;
        const saved = await run(
          'save_account',
          database.rpc('save_account', {
            p_id: id,
            p_user_id: userId,
            p_open_id: openId,
            p_display_name: connection.displayName,
            p_avatar_url: connection.avatarUrl,
            p_scopes: connection.scopes,
            p_auth_method: connection.authMethod,
            p_client_key: connection.clientKey,
            ...(await sealPair(id, version + 1, tokens)),
            p_expected_version: version,
            p_asked_at: connection.askedAt?.toISOString() ?? null,
          }),
          z.array(accountRow),
        );
        // None: somebody saved the same account in between, and the sealed pair names the wrong version now.
        return saved[0] ?? null;
      });
    },

    /** @throws {SealError} if the stored token does not open. */
    openToken: pairs.open,

    /**
     * Stores a refreshed pair, unless a newer one is stored already. Returns whether it was stored.
     * @throws {StoreError} when the database did not take it for ten seconds, or for what is left of a tick: the pair is lost
     * with that.
     */
    async rotate(account: Account, tokens: NewTokens, scopes: readonly string[]): Promise<boolean> {
      const sealed = await sealPair(account.id, account.tokenVersion + 1, tokens);
      const parameters = {
        p_account_id: account.id,
        p_expected_version: account.tokenVersion,
        ...sealed,
        p_scopes: scopes,
      };
      return retry(
        () => run('rotate_tokens', database.rpc('rotate_tokens', parameters), z.boolean()),
        ROTATE_RETRY_DELAYS_MS,
        undefined,
        database.stop,
      );
    },

    /**
     * Leases one account of this user, if it is connected and free. Not repeated: a lease whose answer was lost lapses
     * by itself.
     */
    lease(userId: string, accountId: string, holder: string, leaseSeconds: number): Promise<LeaseResult> {
      return run(
        'lease_account',
        database.rpc('lease_account', {
          p_account_id: accountId,
          p_user_id: userId,
          p_holder: holder,
          p_lease_seconds: leaseSeconds,
        }),
        leaseResult,
      );
    },

    async release(holder: string): Promise<void> {
      await run(
        'release_accounts',
        database.rpc('release_accounts', { p_holder: holder, p_is_run: false }),
        z.unknown(),
      );
    },

    /** Forgets the account's tokens, but for those to take its consent back with, and cancels its posts that have not begun. */
    disconnect(account: Account, revocation: PreparedRevocation | null): Promise<Disconnection> {
      const parameters = {
        p_account_id: account.id,
        p_user_id: account.userId,
        p_expected_version: account.tokenVersion,
        p_revocation_id: revocation?.id ?? null,
        p_sealed_access_token: null,
        p_sealed_refresh_token: null,
        ...revocation?.sealed,
        p_holder: revocation?.holder ?? null,
        p_hold_seconds: HOLD_SECONDS,
      };
      return retry(
        () => run('disconnect_account', database.rpc('disconnect_account', parameters), disconnection),
        [150, 600],
      );
    },

    /** Erases the tokens and marks that only a reconnect helps, unless a newer pair was stored meanwhile. Returns whether it was marked. */
    requireReauth(account: Account): Promise<boolean> {
      return run(
        'require_reauth',
        database.rpc('require_reauth', {
          p_account_id: account.id,
          p_expected_version: account.tokenVersion,
        }),
        z.boolean(),
      );
    },

    /** Takes scopes off that TikTok does not find allowed, unless a newer pair was stored meanwhile. Returns whether it did. */
    forgetScopes(account: Account, scopes: readonly string[]): Promise<boolean> {
      return run(
        'forget_scopes',
        database.rpc('forget_scopes', {
          p_account_id: account.id,
          p_expected_version: account.tokenVersion,
          p_scopes: scopes,
        }),
        z.boolean(),
      );
    },

    /** TikTok answers none of the account's status calls for so long. */
    async putOffChecks(accountId: string, waitSeconds: number): Promise<void> {
      const parameters = { p_account_id: accountId, p_wait_seconds: Math.ceil(waitSeconds) };
      await run('put_off_checks', database.rpc('put_off_checks', parameters), z.unknown());
    },

    /** TikTok tells nothing of the account's creator for so long. */
    async putOffCreator(accountId: string, waitSeconds: number): Promise<void> {
      const parameters = { p_account_id: accountId, p_wait_seconds: Math.ceil(waitSeconds) };
      await run('put_off_creator', database.rpc('put_off_creator', parameters), z.unknown());
    },

    /** What TikTok has just said of the account; a length of null: nothing. */
    async saveCreator(
      accountId: string,
      { username, maxVideoPostDurationSec }: { username: string; maxVideoPostDurationSec: number | null },
    ): Promise<void> {
      await run(
        'save_creator',
        database.rpc('save_creator', {
          p_account_id: accountId,
          p_username: username,
          p_max_video_duration_sec: maxVideoPostDurationSec,
        }),
        z.unknown(),
      );
    },
  };
}
export type AccountStore = ReturnType<typeof createAccountStore>;
