import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { put, removeOthers } from './put.ts';

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'netlify/functions');

/** A program for Node with all that it imports, packages as well. */
export const NODE_BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  // What the packages still ask for by `require` is Node's own.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Makes one file of each function in a folder, and in its `parts` what they share and what they load only when they need
 * it. A cold start reads four to fifteen files, where the packages as they come are 440 (decision 025).
 */
export async function buildFunctions(target: string): Promise<void> {
  const { outputFiles } = await build({
    ...NODE_BUNDLE,
    entryPoints: (await readdir(source)).map((name) => path.join(source, name)),
    outdir: target,
    chunkNames: 'parts/[name]-[hash]',
    splitting: true,
    write: false,
  });
  // Parts first: a function that is called meanwhile finds those that it names.
  const isPart = (file: string) => path.dirname(file) !== target;
  for (const { path: file, contents } of outputFiles.toSorted((a, b) => +isPart(b.path) - +isPart(a.path))) {
    await put(file, contents);
  }
  for (const folder of [target, path.join(target, 'parts')]) {
    await removeOthers(folder, /\.mjs$/, outputFiles);
  }
}
