import path from 'node:path';
import { build } from 'esbuild';
import { NODE_BUNDLE } from '../../build/functions.ts';

/** A program as one file in this directory, as functions are deployed; returns the file's path. */
export async function bundle(program: string, directory: string): Promise<string> {
  const outfile = path.join(directory, `${path.basename(program, '.ts')}.mjs`);
  await build({ ...NODE_BUNDLE, entryPoints: [program], outfile });
  return outfile;
}
