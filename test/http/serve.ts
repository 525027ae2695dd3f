import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';

export type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface Served extends AsyncDisposable {
  url: string;
  requests: IncomingMessage[];
}

/** A real HTTP server for one test, on any free port; everything it holds is cut when it is disposed of. */
export async function serve(handle: Handle): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A server below HTTP, for answers that no HTTP server would give. */
export async function serveTcp(
  connected: (socket: Socket) => void,
): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The protocols that whoever comes to an https URL would speak (ALPN), asked by a server that then hangs up. */
export async function protocolsOffered(visit: (url: string) => Promise<unknown>): Promise<string[]> {
  const offered = new Set<string>();
  await using server = await serveTcp((socket) => {
    socket.once('data', (hello) => {
      for (const protocol of ['h2', 'http/1.1']) {
        // Each name stands behind its length in the first message of TLS.
        if (hello.includes(`${String.fromCharCode(protocol.length)}${protocol}`)) offered.add(protocol);
      }
      socket.destroy();
    });
  });
  await visit(server.url.replace('http:', 'https:')).catch(() => undefined);
  return [...offered];
}

/** A port of this machine on which nobody listens. */
export async function closedPortUrl(): Promise<string> {
  const served = await serveTcp((socket) => socket.destroy());
  await served[Symbol.asyncDispose]();
  return served.url;
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
