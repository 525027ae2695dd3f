import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './environment.ts';
import { freePorts } from './ports.ts';
import { type ProcessGroup, startGroup } from './process-group.ts';

export type SiteOptions = {
  projectDirectory: string;
  port: number;
  environment: Environment;
  logFile: string;
  signal: AbortSignal;
};

export type Site = {
  url: string;
  /** Resolves when `netlify dev` has ended, by itself or closed, with what it ended by. */
  ended: Promise<string>;
  close: () => Promise<void>;
};

const startTimeoutMs = 300_000;

/** The site under `netlify dev`, once its functions answer. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const url = `http://localhost:${options.port}`;
  const group = await startNetlifyDev(options);
  try {
    await waitUntilReady(url, group, options.signal);
  } catch (error) {
    await group.close();
    if (options.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\n${await lastLines(options.logFile)}`, { cause: error });
  }
  return { url, ended: group.ended, close: group.close };
}

async function startNetlifyDev(options: SiteOptions): Promise<ProcessGroup> {
  const [functionsPort = 0, staticPort = 0] = await freePorts(2);
  return startGroup({
    file: process.execPath,
    args: [
      netlifyCli(),
      ...['dev', '--offline', '--internal-disable-edge-functions', '--no-open', '--skip-gitignore'],
      ...['--port', String(options.port)],
      ...['--functions-port', String(functionsPort)],
      ...['--staticServerPort', String(staticPort)],
    ],
    directory: options.projectDirectory,
    // With CI set, the Netlify CLI neither asks nor reports anything.
    environment: { ...options.environment, CI: 'true', BROWSER: 'none' },
    logFile: options.logFile,
    graceMs: 2_000,
  });
}

function netlifyCli(): string {
  const manifest = createRequire(import.meta.url).resolve('netlify-cli/package.json');
  return path.join(path.dirname(manifest), 'bin', 'run.js');
}

/** Any answer in JSON will do: `health` says 503 before the first tick. */
async function waitUntilReady(url: string, group: ProcessGroup, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await answersJson(`${url}/api/health`, signal))) {
    signal.throwIfAborted();
    if (!group.isRunning()) throw new Error(`netlify dev ended (${await group.ended}) before it was ready.`);
    if (Date.now() > deadline) throw new Error(`netlify dev was not ready after ${startTimeoutMs / 1000} s.`);
    await sleep(200, undefined, { signal });
  }
}

/** @throws {Error} when the site answers that its configuration is of no use. */
async function answersJson(url: string, stop: AbortSignal): Promise<boolean> {
  let answer: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([stop, AbortSignal.timeout(20_000)]) });
    answer = await response.json();
  } catch {
    return false;
  }
  const { code, detail } = answer as { code?: string; detail?: string };
  // Every function would say the same: better once, here, than with each call.
  if (code === 'invalid_config') throw new Error(detail);
  return true;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return [`The end of ${file}:`, ...text.trimEnd().split('\n').slice(-30)].join('\n');
}
