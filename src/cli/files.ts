import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, EXIT } from './exit.ts';

/** Only their owner reads what we write. */
const FILE_MODE = 0o600;

/**
 * Replaces a file: whoever reads it, and whenever this is killed, finds the old text or the new one, whole. Writers of one
 * file hold its lock.
 */
export async function writeFileAtomic(file: string, text: string): Promise<void> {
  // Always the same name: what a killed writer left behind is gone with the next one.
  const draft = `${file}.new`;
  await writeThrough(draft, text, 'w');
  await rename(draft, file);
  await syncDirectory(path.dirname(file));
}

/** Makes a file that is not there yet. @returns false if it is there; it then stays as it is. */
export async function createFileAtomic(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}.new`;
  try {
    await writeThrough(draft, text, 'wx');
    await link(draft, file);
    await syncDirectory(path.dirname(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Adds to a file that others write as well, such as a CI system's. */
export async function appendToFile(file: string, text: string): Promise<void> {
  await writeThrough(file, text, 'a');
}

/** @returns null where there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** A file that is read but not understood is said to be so by its name, and stays. @throws {CommandError} */
export async function readRow<T>(
  file: string,
  schema: { safeParse(value: unknown): { success: boolean } },
): Promise<T | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  const value = parseJson(text);
  if (schema.safeParse(value).success) return value as T;
  const message = `${file} is not what was written there. Put it back from a copy, or move it away: what it held is then forgotten.`;
  throw new CommandError(EXIT.unreadable, 'file_unreadable', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Its bytes are on the disk when this returns. */
async function writeThrough(file: string, text: string, flags: 'w' | 'wx' | 'a'): Promise<void> {
  const handle = await open(file, flags, FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that a new name outlives a power cut as well. Windows knows nothing of the kind. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Takes a lock that the system gives back when its process ends, however it ends: it is never stale, and nobody takes it
 * from a process that is only slow. @returns null if somebody else holds it.
 */
export async function tryLock(file: string): Promise<Disposable | null> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing is ever written to it: SQLite is the way to the system's locks that works everywhere.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}

const SQLITE_BUSY = 5;

/** Waits for a lock that is held for moments only. @throws if it is not free in time. */
export async function lock(file: string, pause: (ms: number) => Promise<unknown>): Promise<Disposable> {
  for (let tries = 0; tries < 1_000; tries++) {
    const held = await tryLock(file);
    if (held) return held;
    await pause(10);
  }
  throw new Error(`${file} is locked by another command that does not end`);
}
