import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGroup } from '../../local/process-group.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'process-group-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A process with a child that ignores SIGTERM; prints the numbers of both. */
const family = `
  const { spawn } = require('node:child_process');
  const stay = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', stay], { stdio: 'ignore' });
  console.log(process.pid, child.pid);
  setInterval(() => {}, 1000);`;

const command = (source: string) => ({
  file: process.execPath,
  args: ['-e', source],
  directory,
  environment: { PATH: process.env.PATH ?? '' },
  logFile: path.join(directory, 'log'),
  graceMs: 1_000,
});

/** One that ended and that nobody has asked after yet has the state Z. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !stat.includes(') Z ');
}

const areAlive = (pids: number[]) => Promise.all(pids.map(isAlive));

async function familyPids(): Promise<number[]> {
  const logFile = path.join(directory, 'log');
  await expect.poll(() => readFile(logFile, 'utf8'), { timeout: 10_000 }).toMatch(/\d+ \d+\n/);
  return (await readFile(logFile, 'utf8')).trim().split(' ').map(Number);
}

test('closing ends the process and its children', async () => {
  const group = await startGroup(command(family));
  const pids = await familyPids();
  expect(await areAlive(pids)).toEqual([true, true]);
  await group.close();
  await expect.poll(() => areAlive(pids)).toEqual([false, false]);
});

test('one that ends by itself says how', async () => {
  const group = await startGroup(command('process.exit(3)'));
  expect(await group.ended).toBe('exit code 3');
  expect(group.isRunning()).toBe(false);
  await group.close();
});

test('a program that is not there is an end too', async () => {
  const group = await startGroup({ ...command(''), file: path.join(directory, 'missing') });
  expect(await group.ended).toContain('ENOENT');
  await group.close();
});

test('it does not outlive us, even when we are killed at once', async () => {
  const source = `import { startGroup } from ${JSON.stringify(path.resolve('local/process-group.ts'))};
    await startGroup(${JSON.stringify(command(family))}); setInterval(() => {}, 1000);`;
  await rm(path.join(directory, 'log'), { force: true });
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'inherit' });
  const pids = await familyPids();
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await expect.poll(() => areAlive(pids), { timeout: 10_000 }).toEqual([false, false]);
});
