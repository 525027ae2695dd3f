import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from '../../local/lock.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'lock-test-'));
  file = path.join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true }));

test('a lock keeps everybody else out until it is released', async () => {
  const lock = await takeLock(file);
  await expect(takeLock(file)).rejects.toThrow(`Process ${process.pid} is using ${directory} already`);
  await lock.release();
  await (await takeLock(file)).release();
  expect(await readdir(directory)).toEqual([]);
});

test('of many at once, one gets the lock', async () => {
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file)));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the lock of a killed process is taken over', async () => {
  const source = `import { takeLock } from ${JSON.stringify(path.resolve('local/lock.ts'))};
    await takeLock(${JSON.stringify(file)}); console.log('taken'); setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  await expect(takeLock(file)).rejects.toThrow(`Process ${other.pid} is using`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  await (await takeLock(file)).release();
});

test.runIf(process.platform === 'linux')('a number that another process has now is no holder', async () => {
  await writeFile(file, `${process.pid} 1`);
  const lock = await takeLock(file);
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d{2,}$`));
  await lock.release();
});
