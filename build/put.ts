import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OutputFile } from 'esbuild';

/** Writes a file whole, or leaves the one that is the same: what is served from there sees no other. */
export async function put(file: string, contents: string | Uint8Array): Promise<void> {
  const there = await readFile(file).catch(() => null);
  if (there?.equals(Buffer.from(contents))) return;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, file);
}

/** Removes from a folder what an earlier build has left behind there: the files of these names that this one has not made. */
export async function removeOthers(
  folder: string,
  names: RegExp,
  made: readonly Pick<OutputFile, 'path'>[],
): Promise<void> {
  const kept = new Set(made.map((file) => file.path));
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (names.test(name) && !kept.has(file)) await rm(file, { force: true });
  }
}
