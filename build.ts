import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { readVerificationFiles } from './src/config.ts';

/** The most that a browser may have to load before a page works: all of its scripts, compressed. */
const SCRIPT_BUDGET_BYTES = 60_000;

const root = import.meta.dirname;
const source = path.join(root, 'src/web');
const target = path.join(root, 'dist');

/** `npm run build`: makes the page's files in `dist`, with their contents' hashes in their names, and weighs them. */
async function buildPage(): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const { metafile } = await build({
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
    legalComments: 'none',
    logLevel: 'warning',
  });
  await mkdir(target, { recursive: true });
  const html = await composeHtml(metafile.outputs);
  await writeFile(path.join(target, 'index.html'), html);
  // For an address that there is not: the page says so, and Netlify sends 404 with it.
  await writeFile(path.join(target, '404.html'), html);
  await writeFile(
    path.join(target, '_headers'),
    `/*\n  Content-Security-Policy: ${contentSecurityPolicy(process.env)}\n`,
  );
  for (const file of readVerificationFiles(process.env)) {
    const place = path.join(target, file.path);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, file.content);
  }
  await weigh(metafile.outputs);
}

type Outputs = Metafile['outputs'];

/** The page's one document, with the names that its files have been given. */
async function composeHtml(outputs: Outputs): Promise<string> {
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

const addressOf = (file: string) => `/${path.posix.relative('dist', file)}`;

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
async function weigh(outputs: Outputs): Promise<void> {
  const main = outputOf(outputs, 'src/web/main.tsx');
  const sizeOf = async (files: Iterable<string>) => {
    let bytes = 0;
    for (const file of files) bytes += gzipSync(await readFile(path.join(root, file)), { level: 9 }).length;
    return bytes;
  };
  const pages = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint?.endsWith('-page.tsx'));
  for (const [file, { entryPoint = '' }] of pages) {
    const bytes = await sizeOf(new Set([...staticFiles(outputs, main), ...staticFiles(outputs, file)]));
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
  const supabase = env.SUPABASE_URL
    ? [new URL(env.SUPABASE_URL).origin, new URL(env.SUPABASE_URL).origin.replace(/^http/, 'ws')]
    : ['https://*.supabase.co', 'wss://*.supabase.co'];
  const localMedia = [...(env.MEDIA_ALLOWED_ORIGINS ?? '').split(','), env.TIKTOK_API_URL ?? '']
    .filter((address) => URL.canParse(address.trim()))
    .map((address) => new URL(address.trim()).origin)
    .filter((origin) => origin.startsWith('http:'));
  const media = ['https:', ...localMedia].join(' ');
  return Object.entries({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': `'self' data: ${media}`,
    'media-src': media,
    'connect-src': ["'self'", ...supabase].join(' '),
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

await buildPage();
