import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fixture } from '../support/movies.ts';
import { createDesk, type Desk } from './desk.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

const OPTIONS = ['--privacy-level', 'PUBLIC_TO_EVERYONE', '--agree'];

let desk: Desk;
let file: string;
beforeEach(async () => {
  // The strictest reading: a token that comes again ends every token of its grant.
  desk = await createDesk({ revokesReusedGrants: true });
  file = await desk.file('film.mp4', fixture('vertical.mp4'));
});
afterEach(async () => {
  desk.expectNoSecrets();
  await desk[Symbol.asyncDispose]();
});

const grant = () => desk.emulator.grant({ username: 'ada.films' }).refresh_token;
const refreshes = () =>
  desk.emulator.requests().filter(({ grantType }) => grantType === 'refresh_token').length;
const job = (title: string) => ['publish', '--video', file, '--title', title, ...OPTIONS];

describe('a CI job with nothing but the environment', () => {
  test('run twice in a row: each run hands its new token to the next', async () => {
    let token = grant();
    const seen = [token];
    for (const title of ['first run', 'second run']) {
      const output = desk.newName('.output');
      const env = { TIKTOK_REFRESH_TOKEN: token, GITHUB_OUTPUT: output, GITHUB_ACTIONS: 'true' };
      const ran = await desk.run(job(title), env);
      expect(ran.code).toBe(0);
      // As the CI system reads it: the last line of a name counts.
      const lines = (await readFile(output, 'utf8')).trim().split('\n');
      token = /^refresh_token=(rft\..+)$/.exec(lines.at(-1) ?? '')?.[1] ?? '';
      // The log hides it before it is anywhere else.
      expect(ran.stderr.split('\n')[0]).toBe(`::add-mask::${token}`);
      expect(ran.stdout).not.toContain(token);
      seen.push(token);
    }
    expect(new Set(seen).size).toBe(3);
    expect(desk.published().map(({ title }) => title)).toEqual(['first run', 'second run']);
    // Nothing of the account is stored: the token that was handed on is all there is.
    expect(JSON.stringify(await desk.files())).not.toContain('sealed_refresh_token');
  });

  test('with --token-file, whose token is newer than that of the environment', async () => {
    const tokenFile = desk.newName('.token');
    const env = { TIKTOK_REFRESH_TOKEN: grant() };
    await writeFile(tokenFile, '');
    for (const title of ['first run', 'second run']) {
      // Who has it open keeps reading what was there: it is replaced, never written over.
      await using before = await open(tokenFile);
      const held = await readFile(tokenFile, 'utf8');
      expect((await desk.run([...job(title), '--token-file', tokenFile], env)).code).toBe(0);
      expect(await before.readFile('utf8')).toBe(held);
      const kept = await readFile(tokenFile, 'utf8');
      expect([kept, kept === held]).toEqual([expect.stringMatching(/^rft\.\S+\n$/), false]);
    }
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(desk.published().length).toBe(2);
  });

  test.each([
    [['creator-info'], 'privacyLevelOptions'],
    [['videos', 'list', '--all'], 'videos'],
    [['status', 'v_pub_file~v2-1.1'], 'error'],
    [['cancel', 'v_pub_url~v2.1'], 'error'],
    [['videos', 'show', '7000000000000000001'], 'missing'],
  ])('%j works as well', async (args, key) => {
    const tokenFile = desk.newName('.token');
    const { printed } = await desk.json([...args, '--token-file', tokenFile], {
      TIKTOK_REFRESH_TOKEN: grant(),
    });
    expect(Object.keys(printed)).toContain(key);
    expect(await readFile(tokenFile, 'utf8')).toMatch(/^rft\./);
  });
});

describe('refuses to start, and TikTok is asked for nothing', () => {
  test('without a place for the next token', async () => {
    const { code, printed } = await desk.json(job('no place'), { TIKTOK_REFRESH_TOKEN: grant() });
    expect([code, printed.error.code, refreshes()]).toEqual([2, 'token_place_missing', 0]);
  });

  test.each([
    ['--token-file', (place: string) => [['--token-file', place], {}] as const],
    ['GITHUB_OUTPUT', (place: string) => [[], { GITHUB_OUTPUT: place }] as const],
  ])('when %s cannot be written', async (_name, given) => {
    const [args, env] = given('/nowhere/to/be/found');
    const { code, printed } = await desk.json([...job('no way'), ...args], {
      TIKTOK_REFRESH_TOKEN: grant(),
      ...env,
    });
    expect([code, printed.error.code, refreshes()]).toEqual([2, 'token_place_unusable', 0]);
  });

  test('with an account besides', async () => {
    const env = { TIKTOK_REFRESH_TOKEN: grant(), GITHUB_OUTPUT: desk.newName('.output') };
    const { code, printed } = await desk.json(['creator-info', '--account', 'ada'], env);
    expect([code, printed.error.code, refreshes()]).toEqual([2, 'account_twice', 0]);
  });
});

test('the new token is on the disk before anything is asked by its twin', async () => {
  const tokenFile = desk.newName('.token');
  desk.emulator.faults.add({ endpoint: 'creator_info', kind: 'delay', ms: 2_000, when: 'before' });
  const started = desk.start([...job('kept first'), '--token-file', tokenFile], {
    TIKTOK_REFRESH_TOKEN: grant(),
  });
  while (!desk.emulator.requests().some(({ endpoint }) => endpoint === 'creator_info')) await pause(5);
  // It has asked its first question: by now the token must outlive it.
  started.child.kill('SIGKILL');
  await started.ended;
  const kept = (await readFile(tokenFile, 'utf8')).trim();
  const next = await desk.json(['creator-info', '--token-file', tokenFile], { TIKTOK_REFRESH_TOKEN: kept });
  expect(next.code).toBe(0);
});

test('a place that fails after the rotation does not keep the token from the other', async () => {
  const tokenFile = desk.newName('.token');
  const output = desk.newName('.output');
  desk.emulator.faults.add({ endpoint: 'token', kind: 'delay', ms: 1_500, when: 'after' });
  const before = refreshes();
  const started = desk.start(['creator-info', '--token-file', tokenFile], {
    TIKTOK_REFRESH_TOKEN: grant(),
    GITHUB_OUTPUT: output,
  });
  while (refreshes() === before) await pause(5);
  await rm(tokenFile);
  await mkdir(tokenFile);
  const ran = await started.ended;
  expect([ran.code, ran.stderr]).toEqual([
    0,
    expect.stringContaining(`${tokenFile} did not take the new refresh token`),
  ]);
  const token = /^refresh_token=(rft\..+)$/m.exec(await readFile(output, 'utf8'))?.[1] ?? '';
  const next = { TIKTOK_REFRESH_TOKEN: token, GITHUB_OUTPUT: output };
  expect((await desk.run(['creator-info'], next)).code).toBe(0);
});

test('where no place takes it, it is said that the account is lost', async () => {
  const tokenFile = desk.newName('.token');
  desk.emulator.faults.add({ endpoint: 'token', kind: 'delay', ms: 1_500, when: 'after' });
  const before = refreshes();
  const started = desk.start(['creator-info', '--json', '--token-file', tokenFile], {
    TIKTOK_REFRESH_TOKEN: grant(),
  });
  while (refreshes() === before) await pause(5);
  await rm(tokenFile);
  await mkdir(tokenFile);
  const { code, stdout } = await started.ended;
  expect([code, JSON.parse(stdout).error.code]).toEqual([6, 'token_not_kept']);
});

test('killed in the midst of a write, the token file holds the old token or the new one, whole', async () => {
  const tokenFile = desk.newName('.token');
  let token = grant();
  for (let round = 0; round < 6; round++) {
    desk.emulator.faults.clear();
    const before = refreshes();
    const started = desk.start(['creator-info', '--token-file', tokenFile], { TIKTOK_REFRESH_TOKEN: token });
    while (refreshes() === before) await pause(1);
    await pause(round * 4);
    started.child.kill('SIGKILL');
    await started.ended;
    const kept = await readFile(tokenFile, 'utf8');
    expect(kept).toMatch(/^rft\.[^\s]{20,}\n$/);
    const next = await desk.json(['creator-info', '--token-file', tokenFile], {
      TIKTOK_REFRESH_TOKEN: token,
    });
    // Killed between TikTok's answer and the disk, the account is lost, and says so: nothing can help that.
    expect([0, 6]).toContain(next.code);
    if (next.code === 6) {
      expect(next.printed.error.code).toBe('refresh_token_dead');
      token = grant();
      await desk.file(tokenFile.split('/').at(-1) ?? '', '');
    } else token = (await readFile(tokenFile, 'utf8')).trim();
  }
});

test('a dead token: exit 6, from where it came, and that the account must be authorized', async () => {
  const { code, printed } = await desk.json(['creator-info', '--token-file', desk.newName('.token')], {
    TIKTOK_REFRESH_TOKEN: 'rft.of-yesterday-and-used-by-now',
  });
  expect([code, printed.error.code]).toEqual([6, 'refresh_token_dead']);
  expect(printed.error.message).toContain('TIKTOK_REFRESH_TOKEN');
});

test('two commands at once with one token: the second is told to wait, and nothing is lost', async () => {
  const tokenFile = desk.newName('.token');
  const env = { TIKTOK_REFRESH_TOKEN: grant() };
  desk.emulator.faults.add({ endpoint: 'creator_info', kind: 'delay', ms: 1_000, when: 'before' });
  const first = desk.start(['creator-info', '--json', '--token-file', tokenFile], env);
  while (!desk.emulator.requests().some(({ endpoint }) => endpoint === 'creator_info')) await pause(5);
  // However slow it is, the token is its own until it ends.
  first.child.kill('SIGSTOP');
  const second = await desk.json(['creator-info', '--token-file', tokenFile], env);
  expect([second.code, second.printed.error.code, refreshes()]).toEqual([3, 'token_busy', 1]);
  first.child.kill('SIGCONT');
  await first.ended;
  expect((await desk.json(['creator-info', '--token-file', tokenFile], env)).code).toBe(0);
});
