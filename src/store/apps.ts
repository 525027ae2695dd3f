import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { sha256 } from '../lib/hash.ts';
import { SealError, type Sealer } from '../lib/seal.ts';
import type { Secret } from '../lib/secret.ts';
import { appRow, type StoredApp } from './rows.ts';
import { placeOf, SEALED } from './sealed.ts';
import { type Database, run, untilUncontended } from './supabase.ts';

/** What TikTok knows an app by. */
export interface AppCredentials {
  clientKey: string;
  clientSecret: Secret;
}

/** A user's id; null: the site itself. */
export type AppOwner = string | null;

const deletion = z.object({
  deleted: z.boolean(),
  accounts: z.array(z.object({ id: z.guid(), name: z.string() })),
});

/** TikTok apps. Their secrets are sealed and opened here and nowhere else. */
export function createAppStore(database: Database, sealer: Sealer) {
  const place = (id: string, version: number) => placeOf(SEALED.clientSecret, id, version);

  async function findRow(owner: AppOwner, clientKey: string): Promise<StoredApp | null> {
    const apps = database.from('social_apps').select().eq('client_key', clientKey);
    const rows = await run(
      'find_app',
      owner === null ? apps.is('user_id', null) : apps.eq('user_id', owner),
      z.array(appRow),
    );
    return rows[0] ?? null;
  }

  async function open(app: StoredApp): Promise<AppCredentials> {
    const clientSecret = await sealer.open(app.sealedClientSecret, place(app.id, app.secretVersion));
    return { clientKey: app.clientKey, clientSecret };
  }

  async function save(owner: AppOwner, { clientKey, clientSecret }: AppCredentials): Promise<StoredApp> {
    return untilUncontended('save_app', async () => {
      const existing = await findRow(owner, clientKey);
      const id = existing?.id ?? randomUUID();
      const version = existing?.secretVersion ?? 0;
      const saved = await run(
        'save_app',
        database.rpc('save_app', {
          p_id: id,
          p_user_id: owner,
          p_client_key: clientKey,
          p_sealed_client_secret: await sealer.seal(clientSecret.reveal(), place(id, version + 1)),
          p_expected_version: version,
        }),
        z.array(appRow),
      );
      // None: somebody saved the same app in between, and the sealed secret names the wrong version now.
      return saved[0] ?? null;
    });
  }

  return {
    /** The app that a user has stored last; its secret stays sealed. */
    async findOwn(userId: string): Promise<StoredApp | null> {
      const rows = await run(
        'find_own_app',
        database
          .from('social_apps')
          .select()
          .eq('user_id', userId)
          .order('chosen_at', { ascending: false })
          .limit(1),
        z.array(appRow),
      );
      return rows[0] ?? null;
    },

    /** @throws {SealError} if the stored secret does not open. */
    open,

    /**
     * The app by this key that its owner has stored; somebody else's by the same key is another.
     * @throws {SealError} if the stored secret does not open.
     */
    async find(owner: AppOwner, clientKey: string): Promise<AppCredentials | null> {
      const app = await findRow(owner, clientKey);
      return app && open(app);
    },

    /** Stores a user's own app, through which they connect from now on; a known key gets the new secret. */
    saveOwn: (userId: string, app: AppCredentials): Promise<StoredApp> => save(userId, app),

    /** Stores the site's app beside those it has had, unless it is there already. */
    async keepShared(app: AppCredentials): Promise<void> {
      const kept = await findRow(null, app.clientKey);
      const opened = kept && (await open(kept).catch(unreadable));
      const [keptHash, hash] = [opened, app].map((one) => one && sha256(one.clientSecret.reveal()));
      if (keptHash !== hash) await save(null, app);
    },

    /** Forgets a user's own apps, unless accounts need them: then these are named, and nothing is done. */
    deleteOwn(userId: string): Promise<z.infer<typeof deletion>> {
      return run('delete_apps', database.rpc('delete_apps', { p_user_id: userId }), deletion);
    },

    /** The apps that a webhook may be signed by, a bounded number. One whose secret does not open is not among them. */
    async findForWebhook(
      clientKey: string,
      openId: string,
    ): Promise<(AppCredentials & { owner: AppOwner })[]> {
      const rows = await run(
        'find_webhook_apps',
        database.rpc('find_webhook_apps', { p_client_key: clientKey, p_open_id: openId }),
        z.array(appRow),
      );
      const opened = await Promise.all(
        rows.map(async (row) => {
          const app = await open(row).catch(unreadable);
          return app && { ...app, owner: row.userId };
        }),
      );
      return opened.filter((app) => app !== null);
    },
  };
}
export type AppStore = ReturnType<typeof createAppStore>;

function unreadable(error: unknown): null {
  if (error instanceof SealError) return null;
  throw error;
}
