import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { guardProcess } from '../../local/guard.ts';
import { freePort } from '../../local/ports.ts';
import { type Account, giveTo, preparePostgres, program, unprivilegedAccount } from './postgres-binaries.ts';

export type TestPostgres = {
  /** Of the database `postgres`, as superuser. */
  url: string;
  /** Ends every session and starts again, with the same data on the same port. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
};

/** Nothing here outlives a test run, so nothing waits for the disk. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
};

const crashSafe = { synchronous_commit: 'on', full_page_writes: 'on' };

export type TestPostgresOptions = {
  /** What is committed outlives even a crash of Postgres, though not one of the machine. Default false. */
  isCrashSafe?: boolean;
};

const environment = { ...process.env, LC_ALL: 'C' };

/** A real Postgres on a free port, with its data in the system's temporary directory until it is closed. */
export async function startPostgres({
  isCrashSafe = false,
}: TestPostgresOptions = {}): Promise<TestPostgres> {
  const account = await unprivilegedAccount();
  // Root's own temporary directory may be closed to the account that Postgres runs as.
  const parent = account.uid === undefined ? tmpdir() : '/tmp';
  const directory = await mkdtemp(path.join(parent, 'tiktok-publisher-postgres-'));
  const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 5 });
  try {
    await giveTo(account, directory);
    const bin = await preparePostgres(account, directory);
    const password = randomBytes(16).toString('hex');
    const data = await createCluster(bin, account, directory, password);
    const port = await freePort();
    const flags = { ...settings, ...(isCrashSafe && crashSafe), port };
    const start = async () => {
      const server = await startServer(bin, account, data, flags);
      return { server, callOff: guardProcess({ pid: server.pid ?? 0, signal: 'SIGQUIT', directory }) };
    };
    const stop = async ({ server, callOff }: Awaited<ReturnType<typeof start>>) => {
      await stopServer(server);
      callOff();
    };
    let running = await start();
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      restart: async () => {
        await stop(running);
        running = await start();
      },
      close: async () => {
        await stop(running);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Returns the data directory. */
async function createCluster(
  bin: string,
  account: Account,
  directory: string,
  password: string,
): Promise<string> {
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, password);
  await giveTo(account, directory);
  await promisify(execFile)(
    program(bin, 'initdb'),
    [
      ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=password'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ],
    { ...account, cwd: directory, env: environment },
  );
  return data;
}

async function startServer(
  bin: string,
  account: Account,
  data: string,
  settings: Record<string, string | number>,
): Promise<ChildProcess> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(program(bin, 'postgres'), ['-D', data, ...flags], {
    ...account,
    cwd: data,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`Postgres did not start:\n${log}`)));
  });
  return server;
}

/** SIGINT: Postgres ends its sessions and goes. */
async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGINT');
  await once(server, 'exit');
}
