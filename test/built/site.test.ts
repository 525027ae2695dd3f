import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SITE_FOLDER_TIMEOUT_MS, takeSiteFolder } from '../support/site-folder.ts';
import { createWorld, type Functions } from '../support/world.ts';
import { type BuiltFunction, buildSite, loadedAtStart, unpack } from './build.ts';

/** The site as Netlify's own build makes it: its functions are unpacked elsewhere and answer there, in a process of their own. */

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Compressed. */
const BUDGET_BYTES = 1_600_000;
/** Uncompressed. */
const LOADED_AT_START_BYTES = 1_400_000;

/** In the environment of the build, where no secret belongs; if one were there, it must not leave it. */
const SECRETS = {
  TIKTOK_CLIENT_SECRET: 'canary-of-the-client-secret-0123456789',
  SUPABASE_SECRET_KEY: 'sb_secret_canary_of_the_secret_key',
  TOKEN_ENCRYPTION_KEYS: `k1:${createHash('sha256').update('canary').digest('base64url')}`,
  WORKER_SECRET: 'canary-of-the-worker-secret-0123456789',
};

let built: BuiltFunction[];
let folder: AsyncDisposable;
beforeAll(async () => {
  folder = await takeSiteFolder();
  built = await buildSite({
    ...SECRETS,
    TIKTOK_VERIFICATION_FILES: 'films/tiktokCanary.txt:tiktok-developers-site-verification=Canary',
  });
}, SITE_FOLDER_TIMEOUT_MS);
afterAll(() => folder?.[Symbol.asyncDispose]());

test('every function is there, for the Node that it is tested with', () => {
  const sources = readdirSync(path.join(ROOT, 'netlify/functions')).map((file) => file.replace(/\.ts$/, ''));
  expect(built.map(({ name }) => name)).toEqual(sources.sort());
  expect(new Set(built.map(({ runtime }) => runtime))).toEqual(new Set(['nodejs24.x']));
});

test('Netlify reads of each when it runs and how often it may be called, as it is written', async () => {
  for (const { name, schedule, isBackground, callsPerMinute } of built) {
    const { config } = await import(`../../netlify/functions/${name}.ts`);
    expect({ name, schedule, isBackground, callsPerMinute }).toEqual({
      name,
      schedule: config.schedule ?? null,
      isBackground: config.background ?? false,
      callsPerMinute: config.rateLimit?.windowLimit ?? null,
    });
  }
  expect(built.filter(({ schedule }) => schedule).length).toBe(2);
  expect(built.filter(({ isBackground }) => isBackground).map(({ name }) => name)).toEqual([
    'social-worker-tiktok-run',
  ]);
});

test('none is heavier than it may be, nor loads more at once, and the page of sizes names each', () => {
  const page = readFileSync(path.join(ROOT, 'docs/bundles.md'), 'utf8');
  for (const one of built) {
    const { name, sizeBytes, files } = one;
    expect(page).toContain(`| \`${name}\` |`);
    expect([name, sizeBytes <= BUDGET_BYTES]).toEqual([name, true]);
    const loaded = loadedAtStart(one).map((file) => Buffer.from(files[file] ?? []));
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.every((bytes) => bytes.length > 0)).toBe(true);
    const loadedBytes = loaded.reduce((sum, bytes) => sum + bytes.length, 0);
    expect([name, loadedBytes <= LOADED_AT_START_BYTES]).toEqual([name, true]);
    // What only a fetch needs is loaded by it.
    const large = loaded.map(
      (bytes) => /^\/\/ node_modules\/(undici|mediabunny)\//m.exec(bytes.toString())?.[1],
    );
    expect([name, large.filter(Boolean)]).toEqual([name, []]);
  }
});

test('no bundle and no page holds a secret of the environment, nor anything of the tests', () => {
  const pages = readdirSync(path.join(ROOT, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(path.join(entry.parentPath, entry.name))] as const);
  const bundles = built.flatMap(({ name, files }) =>
    Object.entries(files).map(([file, bytes]) => [`${name}/${file}`, Buffer.from(bytes)] as const),
  );
  for (const secret of Object.values(SECRETS)) {
    const value = secret.replace(/^k1:/, '');
    const holders = [...pages, ...bundles].filter(([, bytes]) => bytes.includes(value));
    expect(holders.map(([file]) => file)).toEqual([]);
  }
  const names = built.flatMap(({ files }) => Object.keys(files));
  expect(names.filter((name) => !/^(___netlify-[\w-]+|(parts\/)?[\w-]+)\.(mjs|json)$/.test(name))).toEqual(
    [],
  );
  // The bundler names each file that it takes.
  const sources = bundles.flatMap(([, bytes]) =>
    [...bytes.toString().matchAll(/^\/\/ ((?:\w|\.)[\w./-]*\.\w+)$/gm)].map(([, source]) => source),
  );
  expect(sources).toContain('src/app.ts');
  expect(sources.filter((source) => !/^(src|netlify\/functions|node_modules)\//.test(source ?? ''))).toEqual(
    [],
  );
  expect(sources.filter((source) => /^src\/(cli|openapi|web)\//.test(source ?? ''))).toEqual([]);
});

test('each function answers where nothing else of ours is in reach', { timeout: 300_000 }, async () => {
  const files = await Promise.all(built.map(async (one) => [one.name, await unpack(one)] as const));
  // One process asks them all, without a variable set: each says so itself, by name, or has an answer without them.
  const program = `
    const answers = {};
    for (const [name, file] of ${JSON.stringify(files)}) {
      const { default: handler } = await import(file);
      const response = await handler(new Request('https://site.example/api/' + name), {});
      answers[name] = [response.status, (await response.json()).code];
    }
    process.stderr.write(JSON.stringify(answers));`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: process.env.PATH },
  });
  expect(JSON.parse(stderr)).toEqual(
    Object.fromEntries(built.map(({ name }) => [name, [503, 'invalid_config']])),
  );
});

test('as it would be uploaded it does the main job: connect, queue, publish, and say so', async () => {
  const files = await Promise.all(built.map(async (one) => [one.name, await unpack(one)] as const));
  const modules = await Promise.all(
    files.map(async ([name, file]) => [name, (await import(/* @vite-ignore */ file)).default] as const),
  );
  await using world = await createWorld({}, Object.fromEntries(modules) as Functions);
  const user = await world.signUp();
  const accountId = await world.connectAccount(user);
  const { id } = await world.queuePost(user, accountId, { title: 'Out of a bundle' });
  const tick = await world.call('social-worker-tiktok', { method: 'POST' });
  expect([tick.status, tick.json.errors]).toEqual([200, 0]);

  expect(await world.getPost(user, id)).toMatchObject({ status: 'published', title: 'Out of a bundle' });
  expect(world.emulator.ledger()).toMatchObject([{ title: 'Out of a bundle', published: true }]);
  expect((await world.call('health')).json).toMatchObject({ status: 'ok' });
  expect((await world.call('tiktok-status', { user })).json.accounts).toMatchObject([{ id: accountId }]);
  expect((await world.call('social-posts')).status).toBe(401);
});

test('the site serves the document of the API, and the files by which TikTok verifies it', () => {
  const dist = (file: string) => readFileSync(path.join(ROOT, 'dist', file), 'utf8');
  expect(JSON.parse(dist('api/openapi.json')).openapi).toBe('3.1.1');
  expect(dist('api.html')).toContain('queuePost');
  expect(dist('films/tiktokCanary.txt')).toBe('tiktok-developers-site-verification=Canary');
});
