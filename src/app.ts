import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Config, type Env, readConfig, relevantEnv } from './config.ts';
import type { ConnectDeps } from './core/connect.ts';
import type { PostDeps } from './core/posts.ts';
import type { TickDeps } from './core/worker.ts';
import { type CallerVerifier, createCallerVerifier } from './http/caller.ts';
import { createLog, type Log } from './lib/log.ts';
import { createSealer } from './lib/seal.ts';
import { type AccountStore, createAccountStore } from './store/accounts.ts';
import { createFlowStore } from './store/flows.ts';
import { createPostStore } from './store/posts.ts';
import { createQueue, type Queue } from './store/queue.ts';
import { openDatabase } from './store/supabase.ts';
import { createTikTokLogin, createTikTokPublishing } from './tiktok/client.ts';

/** Everything the functions use, built once from the configuration. */
export interface App {
  isLocal: boolean;
  appOrigins: readonly string[];
  log: Log;
  identify: CallerVerifier;
  accounts: AccountStore;
  queue: Queue;
  connect: ConnectDeps;
  posts: PostDeps;
  /** What one tick works with; once `stop` is aborted its database answers no more. */
  startTick(stop: AbortSignal): TickDeps;
}

/** What a test may put in the place of the real thing. */
export interface Overrides {
  log?: Log;
  now?(): Date;
  monotonicMs?(): number;
}

/** @throws {ConfigError} if the environment is not usable. */
export function createApp(env: Env, overrides: Overrides = {}): App {
  const config = readConfig(env);
  const log = overrides.log ?? createLog();
  const sealer = createSealer(config.tokenKeys);
  const database = openDatabase(config.supabase.url, config.supabase.secretKey);
  const accounts = createAccountStore(database, sealer);
  const queue = createQueue(database, sealer);
  const sharedApp = { clientKey: config.tiktok.clientKey, clientSecret: config.tiktok.clientSecret };

  return {
    isLocal: config.isLocal,
    appOrigins: config.appOrigins,
    log,
    identify: createCallerVerifier(config.supabase),
    accounts,
    queue,
    connect: {
      flows: createFlowStore(database),
      accounts,
      tiktok: createTikTokLogin({ ...config.tiktok, fetch }),
      sharedApp,
      scopes: config.tiktok.scopes,
      appOrigins: config.appOrigins,
      log,
      randomToken: () => randomBytes(32).toString('base64url'),
    },
    posts: {
      posts: createPostStore(database),
      accounts,
      mediaAllowedOrigins: config.mediaAllowedOrigins,
      now: overrides.now ?? (() => new Date()),
    },
    startTick(stop) {
      const tickDatabase = openDatabase(config.supabase.url, config.supabase.secretKey, stop);
      const core = {
        queue: createQueue(tickDatabase, sealer),
        log,
        monotonicMs: overrides.monotonicMs ?? (() => performance.now()),
        randomId: randomUUID,
      };
      const tickAccounts = createAccountStore(tickDatabase, sealer);
      return {
        ...core,
        open: async () => ({ ...core, accounts: tickAccounts, sharedApp, ...(await openOutbound(config)) }),
      };
    },
  };
}

/** undici is costly to load, so it is loaded here, where a tick has found work. */
async function openOutbound({ tiktok, mediaAllowedOrigins }: Config) {
  const [{ Agent, fetch, request }, { createMediaSource }] = await Promise.all([
    import('undici'),
    import('./media/source.ts'),
  ]);
  const freshConnections = new Agent({ pipelining: 0, connect: { timeout: 5_000 } });
  const media = createMediaSource({ allowedOrigins: mediaAllowedOrigins });
  return {
    tiktok: createTikTokPublishing({
      apiUrl: tiktok.apiUrl,
      fetch: (url, init) =>
        fetch(url, { ...init, dispatcher: freshConnections }) as unknown as Promise<Response>,
      put: (url, { body, ...init }) =>
        request(url, {
          ...init,
          body: Readable.from(body, { objectMode: false }),
          dispatcher: freshConnections,
        }),
    }),
    media,
    verifiedUrls: tiktok.verifiedUrls,
    mediaAllowedOrigins,
    async [Symbol.asyncDispose]() {
      await Promise.all([freshConnections.destroy(), media[Symbol.asyncDispose]()]);
    },
  };
}

let current: { env: string; app: App } | undefined;

/**
 * The application of this process: built at the first call, and anew only if the environment has changed since.
 * @throws {ConfigError} if the environment is not usable.
 */
export function app(): App {
  const env = relevantEnv(process.env);
  const key = JSON.stringify(env);
  if (current?.env !== key) current = { env: key, app: createApp(env) };
  return current.app;
}
