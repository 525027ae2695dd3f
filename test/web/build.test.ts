import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SECRET = 'sb_secret_that_must_stay_where_it_is';

let folder: string;
const read = (name: string) => readFile(path.join(folder, 'dist', name), 'utf8');
const assets = async () =>
  Promise.all(
    (await readdir(path.join(folder, 'dist/assets'))).map(
      async (name) => [name, await read(`assets/${name}`)] as const,
    ),
  );

async function build(env: Record<string, string>): Promise<void> {
  const { PATH = '' } = process.env;
  await promisify(execFile)(process.execPath, ['build/main.ts', folder], {
    cwd: ROOT,
    env: { PATH, ...env },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'page-'));
  await build({
    SUPABASE_URL: 'https://abc.supabase.co',
    SUPABASE_SECRET_KEY: SECRET,
    TIKTOK_CLIENT_SECRET: SECRET,
    TIKTOK_API_URL: 'https://open.tiktokapis.com',
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the page talks to its site and its project alone, and runs nothing that stands in a document', async () => {
  expect((await read('_headers')).split('\n')[1]?.trim()).toBe(
    [
      "Content-Security-Policy: default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: https:",
      'media-src https:',
      "connect-src 'self' https://abc.supabase.co wss://abc.supabase.co",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
  );
  const html = await read('index.html');
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/i);
  expect(await read('404.html')).toBe(html);
});

test('every file that the document names is there, under a name that changes with it', async () => {
  const names = (await assets()).map(([name]) => `/assets/${name}`);
  const named = [...(await read('index.html')).matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, address]) => address,
  );
  expect(named.length).toBeGreaterThan(3);
  for (const address of named) {
    expect(names).toContain(address);
    expect(address).toMatch(/-[A-Z0-9]{8}\.(js|css|svg)$/);
  }
});

test('no secret is in any of them (UX-23), and nothing of the functions but types', async () => {
  for (const [, text] of await assets()) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toMatch(/client_secret|service_role|node:crypto|strictObject/);
  }
});

test('all scripts that any visit can load, Realtime left out, are not much more than one page may have', async () => {
  const scripts = (await assets()).filter(([name]) => name.endsWith('.js') && !name.startsWith('realtime'));
  const bytes = scripts.reduce((sum, [, text]) => sum + gzipSync(text, { level: 9 }).length, 0);
  expect(bytes).toBeLessThan(70_000);
});

test('another build takes away what is not of it, and without a project allows those of Supabase', async () => {
  await writeFile(path.join(folder, 'dist/assets/main-OLD.js'), '');
  await writeFile(path.join(folder, 'bundled/gone.mjs'), '');
  await writeFile(path.join(folder, 'bundled/parts/chunk-OLD.mjs'), '');
  await build({});
  expect((await assets()).map(([name]) => name)).not.toContain('main-OLD.js');
  const bundled = await readdir(path.join(folder, 'bundled'), { recursive: true });
  expect(bundled).toContain('social-posts.mjs');
  expect(bundled.filter((name) => /gone|OLD/.test(name))).toEqual([]);
  expect(await read('_headers')).toContain("connect-src 'self' https://*.supabase.co wss://*.supabase.co;");
}, 60_000);
