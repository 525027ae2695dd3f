import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { consent } from './consent.ts';
import { harnessOf } from './harness.ts';
import { serveEmulator } from './serve.ts';

describe('served', () => {
  test('a whole connection over HTTP, from consent to user info', async () => {
    const { url, emulator, close } = await serveEmulator();
    const tiktok = harnessOf(emulator, url, (request) => fetch(request));
    const { location } = await consent(tiktok);
    const { json } = await tiktok.token({
      grant_type: 'authorization_code',
      code: location.searchParams.get('code') ?? '',
      redirect_uri: location.origin + location.pathname,
    });
    const info = await tiktok.userInfo(String(json.access_token), 'open_id,avatar_url');
    expect(info.json.data?.user).toEqual({
      open_id: json.open_id,
      avatar_url: `${url}/avatar/ada.films.svg?size=168`,
    });
    await close();
    await expect(fetch(url)).rejects.toThrow(TypeError);
  });

  test('no answer comes sooner than the latency asked for', async () => {
    const { url, close } = await serveEmulator({ latencyMs: 100 });
    const askedAtMs = performance.now();
    await fetch(`${url}/v2/user/info/`);
    // Timers may be a millisecond early.
    expect(performance.now() - askedAtMs).toBeGreaterThan(98);
    await close();
  });

  test('closes although a request hangs', async () => {
    const { url, emulator, close } = await serveEmulator();
    emulator.faults.add({ endpoint: 'token', kind: 'hang' });
    const hanging = expect(fetch(`${url}/v2/oauth/token/`, { method: 'POST' })).rejects.toThrow(TypeError);
    await expect.poll(() => emulator.requests().length, { interval: 5 }).toBe(1);
    await close();
    await hanging;
  });

  test('a busy port is an error', async () => {
    const { url, close } = await serveEmulator();
    await expect(serveEmulator({ port: Number(new URL(url).port) })).rejects.toThrow(/EADDRINUSE/);
    await close();
  });
});

describe('npm run emulator', () => {
  const start = (env: Record<string, string>) =>
    spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
      env: { ...process.env, ...env },
    });

  test('makes one app from the variables, prints addresses, and ends cleanly when told', async () => {
    const child = start({
      PORT: '0',
      TIKTOK_CLIENT_KEY: 'my-key',
      TIKTOK_CLIENT_SECRET: 'my-secret',
      TIKTOK_REDIRECT_URI: 'http://localhost:3000/cb',
      TIKTOK_VERIFIED_URLS: 'media.example, http://localhost:9000/',
      MEDIA_ALLOWED_ORIGINS: 'http://localhost:9000',
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(printed))?.[0] ?? '';
    const apps = (await (await fetch(`${url}/_emulator/apps`)).json()) as unknown;
    expect(apps).toMatchObject([
      {
        clientKey: 'my-key',
        clientSecret: 'my-secret',
        redirectUris: ['http://localhost:3000/cb', 'http://127.0.0.1:*/callback'],
        verifiedProperties: ['media.example', 'http://localhost:9000/'],
      },
    ]);
    expect(String(printed)).not.toContain('my-secret');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a busy port is a clear error', async () => {
    const { url, close } = await serveEmulator();
    const child = start({ PORT: new URL(url).port });
    const exit = once(child, 'exit');
    const [printed] = (await once(child.stderr, 'data')) as [Buffer];
    expect(String(printed)).toMatch(/^Port \d+ is busy: set PORT to another one\.\n$/);
    expect((await exit)[0]).toBe(1);
    await close();
  });
});
