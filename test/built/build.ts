import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A function as it would be uploaded. */
export interface BuiltFunction {
  name: string;
  sizeBytes: number;
  runtime: string;
  files: Record<string, Uint8Array>;
}

/** What Netlify does with the site, without the network: its own build command, its own bundles. */
export async function buildSite(env: Record<string, string> = {}): Promise<BuiltFunction[]> {
  const manifest = createRequire(import.meta.url).resolve('netlify-cli/package.json');
  const netlify = path.join(path.dirname(manifest), 'bin', 'run.js');
  await promisify(execFile)(process.execPath, [netlify, 'build', '--offline'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true', ...env },
    maxBuffer: 64 * 2 ** 20,
  });
  return readBuilt();
}

/** What the last build has made. */
export async function readBuilt(): Promise<BuiltFunction[]> {
  const folder = path.join(ROOT, '.netlify/functions');
  const { functions } = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  const built: BuiltFunction[] = [];
  for (const { name, path: file, runtimeVersion } of functions) {
    const zip = await readFile(file);
    built.push({ name, sizeBytes: zip.length, runtime: runtimeVersion, files: unzipSync(zip) });
  }
  return built.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Unpacks a function where nothing else of ours is in reach; gives the file of its own code. */
export async function unpack({ name, files }: BuiltFunction): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  for (const [file, bytes] of Object.entries(files)) {
    if (file.endsWith('/')) continue;
    const place = path.join(folder, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, bytes);
  }
  return path.join(folder, 'netlify/functions', `${name}.mjs`);
}

/** `docs/bundles.md`. */
export function bundlesPage(built: readonly BuiltFunction[]): string {
  const rows = built.map(({ name, sizeBytes }) => `| \`${name}\` | ${(sizeBytes / 1e6).toFixed(1)} MB |`);
  return `# What each function weighs

The bundles of \`netlify build\`, compressed, with Netlify's own wrapping of about 1 MB. Written by
\`node test/built/weigh.ts\`; a test holds each to its budget.

| function | bundle |
|---|---|
${rows.join('\n')}
`;
}
