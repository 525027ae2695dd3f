import path from 'node:path';
import { build } from 'esbuild';

/** A program as one file in this directory, as functions are deployed; returns the file's path. */
export async function bundle(program: string, directory: string): Promise<string> {
  const outfile = path.join(directory, `${path.basename(program, '.ts')}.mjs`);
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
