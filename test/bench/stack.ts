import postgres from 'postgres';
import { createApp } from '../../src/app.ts';
import { secret } from '../../src/lib/secret.ts';
import { type Part, startBundledPart, startPart } from './part.ts';
import type { DatabaseApi } from './parts/database.ts';
import type { TikTokApi } from './parts/tiktok.ts';
import type { WorkerApi } from './parts/worker.ts';

/** The site's surroundings and its worker, each in a process of its own, and nobody else at work. */
export interface Stack extends AsyncDisposable {
  sql: postgres.Sql;
  database: Part<DatabaseApi>;
  tiktok: Part<TikTokApi>;
  tiktokUrl: string;
  worker: Part<WorkerApi>;
  /** So many new people with an account each. */
  connect(count: number): Promise<ConnectedAccount[]>;
}

export interface ConnectedAccount {
  id: string;
  userId: string;
  username: string;
  accessToken: string;
}

const CLIENT_KEY = 'emulator-client-key';

export async function startStack(
  serverUrl: string,
  { mediaUrl, latencyMs }: { mediaUrl: string; latencyMs: number },
): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await startPart<DatabaseApi>('database', [serverUrl]));
  const tiktok = stack.use(await startPart<TikTokApi>('tiktok', [String(latencyMs), mediaUrl]));
  const { databaseUrl, supabaseUrl, publishableKey, secretKey, jwtSecret } = await database.call('describe');
  const tiktokUrl = await tiktok.call('url');
  const env = {
    NETLIFY_DEV: 'true',
    TIKTOK_CLIENT_KEY: CLIENT_KEY,
    TIKTOK_CLIENT_SECRET: 'emulator-client-secret-not-a-real-one',
    TIKTOK_REDIRECT_URI: 'http://localhost:8888/.netlify/functions/tiktok-callback',
    TIKTOK_API_URL: tiktokUrl,
    TIKTOK_AUTHORIZE_URL: `${tiktokUrl}/v2/auth/authorize/`,
    TIKTOK_VERIFIED_URLS: `${mediaUrl}/verified/`,
    SUPABASE_URL: supabaseUrl,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    SUPABASE_SECRET_KEY: secretKey,
    SUPABASE_JWT_SECRET: jwtSecret,
    TOKEN_ENCRYPTION_KEYS: `bench:${Buffer.from('test-only-test-only-test-only-32').toString('base64url')}`,
    APP_ORIGINS: 'http://localhost:8888',
    WORKER_SECRET: 'test-only-worker-secret-test-only',
    MEDIA_ALLOWED_ORIGINS: mediaUrl,
  };
  const worker = stack.use(await startBundledPart<WorkerApi>('worker', env));
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  stack.defer(() => sql.end());
  await letNothingWait(sql);
  const { accounts } = createApp(env);
  const parts = stack.move();
  return {
    sql,
    database,
    tiktok,
    tiktokUrl,
    worker,
    async connect(count) {
      const connected: ConnectedAccount[] = [];
      for (const grant of await tiktok.call('grant', count)) {
        const [user] = await sql`
          insert into auth.users (id, email) values (gen_random_uuid(), ${`${grant.username}@example.com`})
          returning id`;
        const userId: string = user?.id;
        const { id } = await accounts.save({
          askedAt: null,
          userId,
          openId: grant.open_id,
          displayName: grant.username,
          avatarUrl: null,
          scopes: grant.scope.split(','),
          authMethod: 'shared',
          clientKey: CLIENT_KEY,
          tokens: {
            accessToken: secret(grant.access_token),
            refreshToken: secret(grant.refresh_token),
            accessExpiresInSeconds: grant.expires_in,
            refreshExpiresInSeconds: grant.refresh_expires_in,
          },
        });
        connected.push({ id, userId, username: grant.username, accessToken: grant.access_token });
      }
      // As of accounts that have published before: the handle is learnt once.
      await sql`update social_accounts set username = display_name where username is null`;
      return connected;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Whatever is to wait is due at once: waiting is TikTok's time or the owner's, and not what is measured. */
async function letNothingWait(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create function public.let_nothing_wait() returns trigger language plpgsql as $$
    begin
      new.run_at := clock_timestamp();
      return new;
    end $$;
    create trigger let_nothing_wait before insert or update on social_posts
      for each row when (new.run_at > clock_timestamp()) execute function public.let_nothing_wait();`);
}
