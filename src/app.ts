import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, type Env, readConfig, readSealingConfig, relevantEnv } from './config.ts';
import type { WebConfigView } from './contract.ts';
import { createAppOf } from './core/app-of.ts';
import type { ConnectDeps } from './core/connect.ts';
import type { DisconnectDeps } from './core/disconnect.ts';
import type { OwnAppDeps } from './core/own-app.ts';
import type { PostDeps, QueueDeps } from './core/posts.ts';
import type { SweepDeps } from './core/sweep.ts';
import type { WebhookDeps } from './core/webhook.ts';
import type { TickDeps } from './core/worker.ts';
import { type CallerVerifier, createCallerVerifier } from './http/caller.ts';
import { createRunGate, type RunGate } from './http/run.ts';
import { createLog, type Log } from './lib/log.ts';
import { createSealer } from './lib/seal.ts';
import { parseMediaUrl } from './media/url.ts';
import { type AccountStore, createAccountStore } from './store/accounts.ts';
import { createAppStore } from './store/apps.ts';
import { createFlowStore } from './store/flows.ts';
import { createHintStore } from './store/hints.ts';
import { createPostStore } from './store/posts.ts';
import { createQueue, type Queue } from './store/queue.ts';
import { createRevocationStore } from './store/revocations.ts';
import { createSealedStore, type SealedStore } from './store/sealed.ts';
import { createSiteStore } from './store/site.ts';
import { openDatabase } from './store/supabase.ts';
import { createTikTokAccount, createTikTokLogin, type TikTokLogin } from './tiktok/client.ts';

/** Everything the functions use, built once from the configuration. */
export interface App {
  appOrigins: readonly string[];
  log: Log;
  identify: CallerVerifier;
  accounts: AccountStore;
  queue: Queue;
  connect: ConnectDeps;
  posts: PostDeps;
  /** What queueing and editing posts work with. */
  queueing(loadOutbound: LoadOutbound): QueueDeps;
  onBehalf: DisconnectDeps;
  ownApp: OwnAppDeps;
  webhook: WebhookDeps;
  /** What everybody may know. */
  webConfig: WebConfigView;
  run: RunGate;
  /** What one tick works with; once `stop` is aborted its database answers no more. */
  startTick(stop: AbortSignal, loadOutbound: LoadOutbound): TickDeps;
  /** The same for a sweep. */
  startSweep(stop: AbortSignal): SweepDeps;
}

/** Called when there is something to fetch: few functions carry that module, and a call without need does not load it. */
export type LoadOutbound = () => Promise<typeof import('./outbound.ts')>;

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
  const apps = createAppStore(database, sealer);
  const queue = createQueue(database, sealer);
  const now = overrides.now ?? (() => new Date());
  const monotonicMs = overrides.monotonicMs ?? (() => performance.now());
  const posts = {
    posts: createPostStore(database),
    accounts,
    log,
    parseMediaUrl: (text: string) => parseMediaUrl(text, config.mediaAllowedOrigins),
    now,
    monotonicMs,
  };
  const [clientSecret, ...formerSecrets] = config.tiktok.clientSecrets;
  const sharedApp = { clientKey: config.tiktok.clientKey, clientSecret, formerSecrets };
  const tiktok = createTikTokAccount({ apiUrl: config.tiktok.apiUrl, fetch, log });
  const login = createTikTokLogin({ ...config.tiktok, fetch, log });

  return {
    appOrigins: config.appOrigins,
    log,
    identify: createCallerVerifier(config.supabase),
    accounts,
    queue,
    connect: {
      flows: createFlowStore(database),
      accounts,
      apps,
      tiktok: login,
      sharedApp,
      scopes: config.tiktok.scopes,
      appOrigins: config.appOrigins,
      log,
      randomToken: () => randomBytes(32).toString('base64url'),
    },
    posts,
    queueing: (loadOutbound) => ({
      ...posts,
      verifiedUrls: config.tiktok.verifiedUrls,
      openMedia: async () => (await loadOutbound()).openMedia(config),
    }),
    onBehalf: {
      accounts,
      revocations: createRevocationStore(database, sealer),
      tiktok,
      appOf: createAppOf(apps, sharedApp),
      log,
      now,
      monotonicMs,
      randomId: randomUUID,
      pause,
    },
    ownApp: { apps, tiktok: login, log },
    webConfig: {
      supabaseUrl: config.supabase.url,
      supabasePublishableKey: config.supabase.publishableKey,
      scopes: config.tiktok.scopes,
    },
    webhook: { hints: createHintStore(database), apps, sharedApp, log },
    run: createRunGate({
      // TikTok's way back leads to this site, or nobody could connect.
      siteUrl: config.tiktok.redirectUri,
      secrets: config.workerSecrets,
      fetch,
      log,
    }),
    startTick(stop, loadOutbound) {
      const tickDatabase = openDatabase(config.supabase.url, config.supabase.secretKey, stop);
      const core = {
        queue: createQueue(tickDatabase, sealer),
        log,
        monotonicMs,
        randomId: randomUUID,
        pause: (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }).catch(() => undefined),
      };
      const tickAccounts = createAccountStore(tickDatabase, sealer);
      const appOf = createAppOf(createAppStore(tickDatabase, sealer), sharedApp);
      return {
        ...core,
        async open() {
          const { openOutbound } = await loadOutbound();
          return { ...core, accounts: tickAccounts, appOf, ...(await openOutbound(config, log)) };
        },
      };
    },
    startSweep(stop) {
      const sweepDatabase = openDatabase(config.supabase.url, config.supabase.secretKey, stop);
      return {
        accounts: createAccountStore(sweepDatabase, sealer),
        revocations: createRevocationStore(sweepDatabase, sealer),
        appOf: createAppOf(createAppStore(sweepDatabase, sealer), sharedApp),
        tiktok,
        log,
        monotonicMs,
        randomId: randomUUID,
      };
    },
  };
}

/**
 * The sealed values alone, for the command line.
 * @throws {ConfigError} if what that takes of the environment is not usable.
 */
export function openSealedStore(env: Env): SealedStore {
  const { supabase, tokenKeys } = readSealingConfig(env);
  return createSealedStore(openDatabase(supabase.url, supabase.secretKey), createSealer(tokenKeys));
}

/** What a look at the whole site takes of its database, for the command line. */
export function openSite({ supabase, tokenKeys }: Config) {
  const database = openDatabase(supabase.url, supabase.secretKey);
  const sealer = createSealer(tokenKeys);
  return {
    site: createSiteStore(database),
    queue: createQueue(database, sealer),
    sealed: createSealedStore(database, sealer),
  };
}

/** The same of TikTok. */
export function openLogin({ tiktok }: Config, log: Log): TikTokLogin {
  return createTikTokLogin({ ...tiktok, fetch, log });
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
