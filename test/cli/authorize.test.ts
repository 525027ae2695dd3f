import { chmod, mkdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { consent, createDesk, type Desk, printedUrl } from './desk.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

let desk: Desk;
beforeEach(async () => {
  desk = await createDesk();
});
afterEach(async () => {
  desk.expectNoSecrets();
  await desk[Symbol.asyncDispose]();
});

const exchanges = () =>
  desk.emulator.requests().filter(({ grantType }) => grantType === 'authorization_code').length;

async function begin(...args: string[]) {
  const started = desk.start(['authorize', '--print-url', '--json', ...args], {}, 'pipe');
  const url = new URL(await printedUrl(started.child));
  const redirectUri = url.searchParams.get('redirect_uri') ?? '';
  return { ...started, url, redirectUri, state: url.searchParams.get('state') ?? '' };
}

/** A request as it is told, whatever a browser would make of it. */
function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const asked = request(url, { headers, method }, (response) => {
        let text = '';
        response.on('data', (data) => {
          text += data;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      asked.on('error', reject).end();
    },
  );
}

test('the way to TikTok has a challenge in lowercase hex, a state, and no secret', async () => {
  const { url, redirectUri, child } = await begin();
  expect(url.searchParams.get('code_challenge')).toMatch(/^[0-9a-f]{64}$/);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  expect(url.searchParams.get('state')).toMatch(/^[\w-]{43}$/);
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  expect(url.href).not.toContain('secret');
  child.kill('SIGINT');
});

test('what is stored is sealed, and for its owner alone', async () => {
  await mkdir(path.join(desk.directory, 'tiktok-publisher'), { recursive: true });
  await chmod(path.join(desk.directory, 'tiktok-publisher'), 0o777);
  expect((await desk.authorize()).code).toBe(0);
  const files = await desk.files();
  expect(Object.keys(files).sort()).toEqual([
    expect.stringMatching(/^accounts\/[\da-f-]{36}\.json$/),
    'sealing-key',
  ]);
  expect(JSON.stringify(files)).not.toMatch(/\b(act|rft)\./);
  const modeOf = async (name: string) =>
    ((await stat(path.join(desk.directory, 'tiktok-publisher', name))).mode & 0o777).toString(8);
  expect(await Promise.all(['.', 'accounts', 'posts'].map(modeOf))).toEqual(['700', '700', '700']);
  expect(await Promise.all(Object.keys(files).map(modeOf))).toEqual(['600', '600']);
});

test('--port fixes the port, and says when it is taken', async () => {
  const { redirectUri, child } = await begin();
  const { port } = new URL(redirectUri);
  const taken = await desk.json(['authorize', '--print-url', '--port', port]);
  expect([taken.code, taken.printed.error.code]).toEqual([1, 'port_unusable']);
  child.kill('SIGINT');
});

test.each([
  [['--port', '70000'], '0 to 65535'],
  [['--timeout', '3000000'], '1 to 86400'],
  [['--timeout', '0'], '1 to 86400'],
])('%j is refused before anything is begun', async (args, bounds) => {
  const { code, stderr } = await desk.run(['authorize', '--print-url', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(bounds)]);
});

describe('at the way back', () => {
  test('everything else is refused, tells nothing, and changes nothing', async () => {
    const { child, ended, url, redirectUri, state } = await begin();
    const { port } = new URL(redirectUri);
    const at = (where: string) => `http://127.0.0.1:${port}${where}`;
    const good = `?code=stolen&state=${state}`;
    const refusals = [
      await get(at('/')),
      await get(at('/favicon.ico')),
      await get(at(`/callback/${good}`)),
      await get(at(`/callback${good}`), { host: `evil.example:${port}` }),
      await get(at(`/callback${good}`), { host: `localhost:${port}` }),
      await get(at(`/callback${good}`), {}, 'POST'),
      await get(at(`/callback${good}`), {}, 'HEAD'),
      await get(at('/callback')),
      await get(at('/callback?code=stolen')),
      await get(at(`/callback?code=stolen&state=${'A'.repeat(43)}`)),
      await get(at(`/callback?code=stolen&state=${state.slice(0, 42)}`)),
      await get(at(`/callback?code=stolen&state=${state}&state=${state}`)),
      await get(at('/callback?error=access_denied&state=other')),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([
      404, 404, 404, 421, 421, 405, 405, 400, 400, 400, 400, 400, 400,
    ]);
    for (const { headers, text } of refusals) {
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect([headers['cache-control'], headers['referrer-policy']]).toEqual(['no-store', 'no-referrer']);
      expect(text).not.toContain('stolen');
    }
    expect([child.exitCode, exchanges()]).toEqual([null, 0]);
    // The flow stands: its own answer still ends it.
    const page = await get(await consent(url.href));
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Connected')]);
    expect((await ended).code).toBe(0);
  });

  test('its answer counts once', async () => {
    const { ended, url } = await begin();
    const back = await consent(url.href);
    const answers = await Promise.all([back, back, back].map((way) => get(way).catch(() => null)));
    expect(answers.filter((answer) => answer?.text.includes('Connected')).length).toBe(1);
    expect([(await ended).code, exchanges()]).toEqual([0, 1]);
  });

  test('a code of another flow is worth nothing: its verifier is another', async () => {
    const theirs = await begin();
    const stolen = new URL(await consent(theirs.url.href));
    theirs.child.kill('SIGINT');
    await theirs.ended;
    // The same app, the same way back: only the verifier tells the two apart.
    const mine = await begin('--port', stolen.port);
    stolen.searchParams.set('state', mine.state);
    expect((await get(stolen.href)).text).toContain('Not connected');
    const { code, stdout } = await mine.ended;
    expect([code, JSON.parse(stdout).error]).toEqual([
      1,
      { code: 'invalid_config', message: expect.stringContaining('TikTok says: invalid_request') },
    ]);
    expect(Object.keys(await desk.files())).toEqual(['sealing-key']);
  });

  test('who says no is believed: exit 1, nothing stored', async () => {
    const { code, stdout } = await desk.authorize({ decision: 'deny' });
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, 'authorization_denied']);
    expect(Object.keys(await desk.files())).toEqual(['sealing-key']);
  });

  test('nobody is waited for longer than told', async () => {
    const { ended } = await begin('--timeout', '1');
    const { code, stdout } = await ended;
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, 'session_expired']);
  });
});

describe('on a machine without a browser', () => {
  test('the way back may be pasted; what is none is told so', async () => {
    const { child, ended, url } = await begin();
    const back = await consent(url.href);
    child.stdin?.write('hello\n');
    child.stdin?.write(`${back.replace('/callback', '/elsewhere')}\n`);
    child.stdin?.write(`${back}\n`);
    const { code, stderr } = await ended;
    expect([code, stderr.match(/That does not begin with/g)?.length]).toEqual([0, 2]);
  });

  test('a pasted answer of another flow is none', async () => {
    const { child, ended, url } = await begin('--timeout', '3');
    const back = new URL(await consent(url.href));
    back.searchParams.set('state', 'x');
    child.stdin?.write(`${back}\n`);
    expect([(await ended).code, exchanges()]).toEqual([1, 0]);
  });
});

test('a browser is opened with the address', async () => {
  const seen = desk.newName('.url');
  const browser = await desk.file('browser', `#!/bin/sh\necho "$1" > ${seen}\n`);
  await chmod(browser, 0o755);
  const { child, ended } = desk.start(['authorize'], { BROWSER: browser });
  const url = await printedUrl(child);
  await get(await consent(url));
  expect((await ended).code).toBe(0);
});

test('Ctrl-C while nobody has answered ends it', async () => {
  const { child, ended } = await begin();
  await pause(50);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

test('authorizing the same account again renews it in place; another comes beside it', async () => {
  await desk.authorize();
  const again = JSON.parse((await desk.authorize()).stdout);
  await desk.authorize({ username: 'bo.private' });
  const { printed } = await desk.json(['accounts', 'list']);
  expect(printed.accounts.map(({ username }: { username: string }) => username)).toEqual(['Ada Films', 'Bo']);
  expect(printed.accounts[0].id).toBe(again.id);
});
