import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort, freePorts, isPortFree, pickPort } from '../../local/ports.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function occupy(port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    open.push(server);
    server.listen(port, hostname, () => resolve());
  });
}

test('a port that is free is taken as it is', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  expect(await pickPort(port)).toBe(port);
});

test('a port that somebody holds on any interface is not free, and another is picked', async () => {
  const port = await freePort();
  await occupy(port, '127.0.0.1');
  expect(await isPortFree(port)).toBe(false);
  const picked = await pickPort(port);
  expect(picked).not.toBe(port);
  expect(await isPortFree(picked)).toBe(true);
});

test('several ports are all different, and none that a system hands out by itself', async () => {
  // So many that some are tried in vain.
  const ports = await freePorts(500);
  expect(new Set(ports).size).toBe(500);
  expect(ports.filter((port) => port < 20_000 || port >= 32_000)).toEqual([]);
});
