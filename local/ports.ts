import { randomInt } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';

/**
 * Below those that systems hand out by themselves, to outgoing connections above all (from 32768 on Linux, from 49152
 * elsewhere): between the look and its use, only another that looks for one here can come by the same.
 */
const FROM_PORT = 20_000;
const BELOW_PORT = 32_000;
const MAX_TRIES = 100;

/** Whether the port is free on every interface: `netlify dev` binds them all. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await release(await hold(port));
    return true;
  } catch {
    return false;
  }
}

/** So many different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, holdAny));
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map(release));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** The preferred port where it is free, else another. */
export async function pickPort(preferred: number): Promise<number> {
  return (await isPortFree(preferred)) ? preferred : freePort();
}

async function holdAny(): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await hold(randomInt(FROM_PORT, BELOW_PORT));
    } catch (error) {
      if (tries >= MAX_TRIES) throw error;
    }
  }
}

function hold(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
