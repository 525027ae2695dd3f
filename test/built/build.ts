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
  schedule: string | null;
  isBackground: boolean;
  /** Null: as many calls as anybody makes. */
  callsPerMinute: number | null;
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
  for (const { name, path: file, runtimeVersion, schedule, invocationMode, trafficRules } of functions) {
    const zip = await readFile(file);
    const limit = trafficRules?.action.config.rateLimitConfig;
    built.push({
      name,
      sizeBytes: zip.length,
      runtime: runtimeVersion,
      schedule: schedule ?? null,
      isBackground: invocationMode === 'background',
      callsPerMinute: limit ? (limit.windowLimit * 60) / limit.windowSize : null,
      files: unzipSync(zip),
    });
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
  return path.join(folder, `${name}.mjs`);
}

/** What a function loads before it can answer: its own file, and the parts that it imports at once. */
export function loadedAtStart({ name, files }: BuiltFunction): string[] {
  const found = new Set([`${name}.mjs`]);
  for (const file of found) {
    const text = Buffer.from(files[file] ?? []).toString();
    const imports = text.matchAll(/^(?:import|export)\b[^'"]*?["'](\.[^'"]+)["'];$/gm);
    for (const [, specifier = ''] of imports) found.add(path.posix.join(path.posix.dirname(file), specifier));
  }
  return [...found];
}

/** `docs/bundles.md`. */
export function bundlesPage(built: readonly BuiltFunction[]): string {
  const rows = built.map((one) => {
    const loadedBytes = loadedAtStart(one).reduce((sum, file) => sum + (one.files[file]?.length ?? 0), 0);
    return `| \`${one.name}\` | ${(one.sizeBytes / 1e6).toFixed(1)} MB | ${(loadedBytes / 1e6).toFixed(1)} MB |`;
  });
  return `# What each function weighs

The bundles of \`netlify build\`, compressed, with Netlify's own 0.3 MB; and what a cold start loads of ours, uncompressed,
before the function can answer. Written by \`node test/built/weigh.ts\`; a test holds each to its budget.

| function | bundle | loaded by a cold start |
|---|---|---|
${rows.join('\n')}
`;
}
