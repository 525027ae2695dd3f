import { rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What a tool that drives the running stack needs to know. */
export type StackAddresses = {
  siteUrl: string;
  supabaseUrl: string;
  publishableKey: string;
  tiktokUrl: string;
};

/**
 * Tells others that the stack is up. The file appears whole or not at all, and goes away with this process.
 * Returns what removes it.
 */
export async function writeStackFile(file: string, addresses: StackAddresses): Promise<() => void> {
  const { siteUrl, supabaseUrl, publishableKey, tiktokUrl } = addresses;
  const draft = `${file}.${process.pid}`;
  const remove = () => rmSync(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(draft, `${JSON.stringify({ siteUrl, supabaseUrl, publishableKey, tiktokUrl }, null, 2)}\n`);
  process.once('exit', remove);
  await rename(draft, file);
  return () => {
    process.off('exit', remove);
    remove();
  };
}
