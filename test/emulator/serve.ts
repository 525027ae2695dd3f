import type { AddressInfo } from 'node:net';
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
 * The emulator on a port of this machine; any free one unless told.
 * @throws when the port is busy.
 */
export async function serveEmulator(
  options: Partial<EmulatorOptions> & { port?: number; hostname?: string } = {},
): Promise<ServedEmulator> {
  const { port = 0, hostname = '127.0.0.1', ...rest } = options;
  const emulator = createEmulator(rest);
  const server = createAdaptorServer({
    fetch: (request, env) => emulator.fetch(request, env as HttpBindings),
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
