import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type OutputFile } from 'esbuild';
import { readVerificationFiles } from '../src/config.ts';
import { apiFiles } from '../src/openapi/files.ts';
import { put, removeOthers } from './put.ts';

/** The most that a browser may have to load before a page works: all of its scripts, compressed. */
const SCRIPT_BUDGET_BYTES = 60_000;

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'src/web');

/**
 * Makes the page's files in a folder, with their contents' hashes in their names, and weighs them; and the API's document
 * and its page. Nothing that is served meanwhile is ever missing or half there.
 * @throws {Error} if a page needs more script than it may.
 */
export async function buildPage(target: string): Promise<void> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['main.tsx', 'style.css', 'icon.svg'].map((file) => path.join(source, file)),
    outdir: path.join(target, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    metafile: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  weigh(metafile.outputs, outputFiles);
  const html = await composeHtml(metafile.outputs, target);
  for (const { path: file, contents } of outputFiles) await put(file, contents);
  await put(path.join(target, 'index.html'), html);
  // For an address that there is not: the page says so, and Netlify sends 404 with it.
  await put(path.join(target, '404.html'), html);
  await put(
    path.join(target, '_headers'),
    `/*\n  Content-Security-Policy: ${contentSecurityPolicy(process.env)}\n`,
  );
  const verification = readVerificationFiles(process.env).map(
    ({ path, content }) => [path, content] as const,
  );
  for (const [name, content] of [...(await apiFiles()), ...verification]) {
    await put(path.join(target, name), content);
  }
  await removeOthers(path.join(target, 'assets'), /\.(js|css|svg)$/, outputFiles);
}

type Outputs = Metafile['outputs'];

/** The page's one document, with the names that its files have been given. */
async function composeHtml(outputs: Outputs, target: string): Promise<string> {
  const addressOf = (file: string) =>
    `/${path.relative(target, path.join(root, file)).replaceAll('\\', '/')}`;
  const main = outputOf(outputs, 'src/web/main.tsx');
  const preloads = staticFiles(outputs, main)
    .filter((file) => file !== main)
    .map((file) => `<link rel="modulepreload" href="${addressOf(file)}">`);
  const html = await readFile(path.join(source, 'index.html'), 'utf8');
  return html
    .replace('"/main.js"', `"${addressOf(main)}"`)
    .replace('"/style.css"', `"${addressOf(outputOf(outputs, 'src/web/style.css'))}"`)
    .replace('"/icon.svg"', `"${addressOf(outputOf(outputs, 'src/web/icon.svg'))}"`)
    .replace('</head>', `${preloads.join('\n    ')}\n  </head>`);
}

/** What a source file has become. */
function outputOf(outputs: Outputs, input: string): string {
  const found = Object.entries(outputs).find(
    ([, { entryPoint, inputs }]) =>
      entryPoint === input || (!entryPoint && input in inputs && input.endsWith('.svg')),
  );
  if (!found) throw new Error(`The build has made nothing of ${input}.`);
  return found[0];
}

/** A script with all that it imports at once. */
function staticFiles(outputs: Outputs, file: string, found = new Set<string>()): string[] {
  found.add(file);
  for (const { path: imported, kind } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && !found.has(imported)) staticFiles(outputs, imported, found);
  }
  return [...found];
}

/** @throws {Error} if a page needs more script than it may. */
function weigh(outputs: Outputs, files: readonly OutputFile[]): void {
  const main = outputOf(outputs, 'src/web/main.tsx');
  const contents = new Map(files.map((file) => [path.relative(root, file.path), file.contents]));
  const sizeOf = (file: string) => gzipSync(contents.get(path.normalize(file)) ?? '', { level: 9 }).length;
  const pages = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint?.endsWith('-page.tsx'));
  for (const [file, { entryPoint = '' }] of pages) {
    const needed = new Set([...staticFiles(outputs, main), ...staticFiles(outputs, file)]);
    const bytes = [...needed].reduce((sum, file) => sum + sizeOf(file), 0);
    const name = path.basename(entryPoint, '.tsx');
    console.log(`${name.padEnd(20)} ${bytes} bytes of compressed script on first load`);
    if (bytes > SCRIPT_BUDGET_BYTES) {
      throw new Error(
        `${name} needs ${bytes} bytes of compressed script; ${SCRIPT_BUDGET_BYTES} is the most.`,
      );
    }
  }
}

/**
 * What the page may load and whom it may talk to: itself, the Supabase project, and https for pictures and films, which are
 * the reader's own. Locally also the origins whose media may be fetched, and the TikTok that is not TikTok's.
 */
function contentSecurityPolicy(env: NodeJS.ProcessEnv): string {
  const project = originOf(env.SUPABASE_URL) ?? 'https://*.supabase.co';
  const local = [...(env.MEDIA_ALLOWED_ORIGINS ?? '').split(','), env.TIKTOK_API_URL]
    .map(originOf)
    .filter((origin) => origin?.startsWith('http:'));
  const media = [...new Set(['https:', ...local])].join(' ');
  return Object.entries({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': `'self' data: ${media}`,
    'media-src': media,
    'connect-src': `'self' ${project} ${project.replace(/^http/, 'ws')}`,
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/**
 * On this machine any port: stacks come and go, and one build serves them all. Null for what is no address of the web: the
 * functions say so of it, and the value is not for the build's log.
 */
function originOf(address: string | undefined): string | null {
  const url = URL.parse(address?.trim() ?? '');
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  const { protocol, hostname, origin } = url;
  return ['127.0.0.1', 'localhost'].includes(hostname) ? `${protocol}//${hostname}:*` : origin;
}
