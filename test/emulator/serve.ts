import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { createEmulator, type Emulator, type EmulatorOptions } from './emulator.ts';

export type ServedEmulator = {
  /** Origin, without a slash at the end. */
  url: string;
  emulator: Emulator;
  /** Ends every connection, hanging ones too. */
  close(): Promise<void>;
};

/**
 * The emulator on a port of this machine; any free one unless told. `latencyMs` is how long an answer takes at least,
 * counted from the arrival of the request.
 * @throws when the port is busy.
 */
export async function serveEmulator(
  options: Partial<EmulatorOptions> & { port?: number; hostname?: string; latencyMs?: number } = {},
): Promise<ServedEmulator> {
  const { port = 0, hostname = '127.0.0.1', latencyMs = 0, ...rest } = options;
  const emulator = createEmulator(rest);
  const server = createAdaptorServer({
    async fetch(request, env) {
      const answer = emulator.fetch(request, env as HttpBindings);
      const [response] = await Promise.all([answer, latencyMs > 0 && sleep(latencyMs)]);
      return response;
    },
    overrideGlobalObjects: false,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => resolve());
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${address.port}`,
    emulator,
    close: () =>
      new Promise((resolve) => {
        emulator.abortPulls();
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
