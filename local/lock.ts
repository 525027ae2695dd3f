import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type Lock = { release: () => Promise<void> };

/**
 * Takes the lock file for this process, or throws where a living process holds it. One that was left by a killed
 * process is taken over.
 */
export async function takeLock(file: string): Promise<Lock> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, await identify(process.pid));
  try {
    while (!(await tryLink(draft, file))) await removeIfStale(file);
  } finally {
    await rm(draft, { force: true });
  }
  return { release: () => rm(file, { force: true }) };
}

/** A link appears with its content, or not at all, so nobody reads half a lock. */
async function tryLink(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function removeIfStale(file: string): Promise<void> {
  const holder = await readOrEmpty(file);
  if (holder === '') return;
  const pid = Number.parseInt(holder, 10);
  if ((await identify(pid)) === holder) {
    throw new Error(`Process ${pid} is using ${path.dirname(file)} already; stop it first.`);
  }
  // Moved aside before it is removed: if somebody else has taken the lock meanwhile, theirs is put back.
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside).catch(ignoreMissing);
  if ((await readOrEmpty(aside)) !== holder) await link(aside, file).catch(ignoreMissing);
  await rm(aside, { force: true });
}

/**
 * A process by its number and, where the system tells it, the moment it began, since numbers are used again.
 * For a process that is gone, something that no lock file holds.
 */
async function identify(pid: number): Promise<string> {
  if (!isAlive(pid)) return `${pid} gone`;
  const stat = await readOrEmpty(`/proc/${pid}/stat`);
  // The second field is the name in brackets, which may hold anything; the state is the third, the start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? `${pid} gone` : `${pid} ${fields[19] ?? ''}`;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
