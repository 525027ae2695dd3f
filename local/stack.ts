import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createPgliteConnection } from '@supabase/lite/pglite';
import type { Emulator } from '../test/emulator/emulator.ts';
import { serveEmulator } from '../test/emulator/serve.ts';
import { pgliteDatabase } from './database.ts';
import {
  composeEnvironment,
  type Environment,
  findExternal,
  need,
  readSettings,
  type Settings,
  type Sources,
  splitList,
} from './environment.ts';
import { hideAnsweredErrors } from './lite.ts';
import { serveMedia } from './media.ts';
import { freePorts, isPortFree, pickPort } from './ports.ts';
import { startSite } from './site.ts';
import { startSupabase } from './supabase.ts';

export type StackOptions = {
  projectDirectory: string;
  sources: Sources;
  /** Where the database is kept; null: in memory only. */
  databaseDirectory: string | null;
  /** Whether to take the usual ports where they are free; otherwise any. */
  usualPorts: boolean;
  /** What `netlify dev` says. */
  logFile: string;
  say: (line: string) => void;
  signal: AbortSignal;
};

export type Stack = {
  siteUrl: string;
  supabaseUrl: string;
  publishableKey: string;
  tiktokUrl: string;
  /** Serves `test/fixtures`, every file also under `/verified/`. */
  mediaUrl: string;
  /** Null where TikTok is from outside. */
  emulator: Emulator | null;
  /**
   * One run of the worker, as Netlify's schedule makes it. Throws when it cannot run; what it answers `netlify dev`
   * keeps to itself, and only the log tells.
   */
  tick: () => Promise<void>;
  /** The same for the sweep that keeps idle accounts alive. */
  sweep: () => Promise<void>;
  /** Resolves when the site has ended, by itself or closed, with what it ended by. */
  ended: Promise<string>;
  close: () => Promise<void>;
};

const usualPorts = { site: 8888, supabase: 54_321, tiktok: 8790, media: 8791 };

/** Starts the whole site on this machine: what is not given from outside, then `netlify dev` over it. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { sources, signal, say } = options;
  const settings = readSettings(sources);
  const external = findExternal(sources);
  await using opened = new AsyncDisposableStack();

  const ports = await choosePorts(options, settings);
  const siteUrl = `http://localhost:${ports.site}`;
  const media = await serveMedia({ directory: fixturesDirectory, port: ports.media });
  opened.defer(media.close);
  const addresses = {
    siteUrl,
    mediaUrl: media.url,
    supabaseUrl: `http://127.0.0.1:${ports.supabase}`,
    tiktokUrl: `http://127.0.0.1:${ports.tiktok}`,
  };
  const environment = composeEnvironment(sources, addresses);
  const building = build(options.projectDirectory, environment);
  building.catch(() => undefined);

  let emulator: Emulator | null = null;
  if (!external.tiktok) {
    const served = await startEmulator(environment, settings, ports.tiktok);
    opened.defer(() => served.close());
    emulator = served.emulator;
  }
  if (!external.supabase) {
    say('Starting the database …');
    opened.defer(hideAnsweredErrors());
    opened.defer(await startDatabase(options, settings, ports.supabase));
  }
  signal.throwIfAborted();
  await building;

  say('Starting the site …');
  const { projectDirectory, logFile } = options;
  await mkdir(path.dirname(logFile), { recursive: true });
  const site = await startSite({ projectDirectory, port: ports.site, environment, logFile, signal });
  opened.defer(site.close);

  const closing = opened.move();
  return {
    siteUrl,
    supabaseUrl: need(environment, 'SUPABASE_URL'),
    publishableKey: environment.SUPABASE_PUBLISHABLE_KEY || need(environment, 'SUPABASE_ANON_KEY'),
    tiktokUrl: need(environment, 'TIKTOK_API_URL'),
    mediaUrl: media.url,
    emulator,
    tick: () => runScheduled('social-worker-tiktok', siteUrl, signal),
    sweep: () => runScheduled('social-refresh-tiktok', siteUrl, signal),
    ended: site.ended,
    close: () => closing.disposeAsync(),
  };
}

const fixturesDirectory = new URL('../test/fixtures/', import.meta.url);

type Ports = typeof usualPorts;

async function choosePorts({ usualPorts: wanted, say }: StackOptions, settings: Settings): Promise<Ports> {
  const site = await chooseSitePort(settings.port, wanted, say);
  if (!wanted) {
    const [supabase = 0, tiktok = 0, media = 0] = await freePorts(3);
    return { site, supabase, tiktok, media };
  }
  return {
    site,
    supabase: await pickPort(usualPorts.supabase),
    tiktok: await pickPort(usualPorts.tiktok),
    media: await pickPort(usualPorts.media),
  };
}

async function chooseSitePort(
  demanded: number | null,
  wanted: boolean,
  say: (line: string) => void,
): Promise<number> {
  if (demanded !== null) {
    if (await isPortFree(demanded)) return demanded;
    throw new Error(`Port ${demanded} is busy; set PORT to another one, or leave it out.`);
  }
  if (!wanted) return (await freePorts(1))[0] ?? 0;
  const port = await pickPort(usualPorts.site);
  if (port !== usualPorts.site) say(`Port ${usualPorts.site} is busy; the site takes ${port}.`);
  return port;
}

/** With the app that the site is configured for, as if it were registered so in TikTok's portal. */
function startEmulator(environment: Environment, settings: Settings, port: number) {
  return serveEmulator({
    port,
    apps: [
      {
        ...settings.app,
        // The site's, and the command line's.
        redirectUris: [need(environment, 'TIKTOK_REDIRECT_URI'), 'http://127.0.0.1:*/callback'],
        verifiedProperties: splitList(environment.TIKTOK_VERIFIED_URLS),
      },
    ],
    insecureMediaOrigins: splitList(environment.MEDIA_ALLOWED_ORIGINS),
    processingMs: 3_000,
    moderationMs: 2_000,
  });
}

/** Returns what closes it. */
async function startDatabase(
  options: StackOptions,
  settings: Settings,
  port: number,
): Promise<() => Promise<void>> {
  const { databaseDirectory } = options;
  if (databaseDirectory !== null) await mkdir(databaseDirectory, { recursive: true });
  const connection = await createPgliteConnection({ url: databaseDirectory ?? 'memory://' });
  const supabase = await startSupabase({
    ...settings.supabaseKeys,
    database: pgliteDatabase(connection),
    port,
  });
  return supabase.close;
}

/** `netlify dev` serves what the build has made. The page may talk only to whom the environment names. */
async function build(directory: string, environment: Environment): Promise<void> {
  const npm = process.env.npm_execpath;
  const [file, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  await promisify(execFile)(file, [...args, 'run', 'build', '--silent'], {
    cwd: directory,
    env: { ...process.env, ...environment },
    shell: npm === undefined && process.platform === 'win32',
  });
}

const tickTimeoutMs = 60_000;

async function runScheduled(name: string, siteUrl: string, stop: AbortSignal): Promise<void> {
  const response = await fetch(`${siteUrl}/.netlify/functions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ next_run: new Date(Date.now() + 60_000).toISOString() }),
    signal: AbortSignal.any([stop, AbortSignal.timeout(tickTimeoutMs)]),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text.slice(0, 500)}`);
}
