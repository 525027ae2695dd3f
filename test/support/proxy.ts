import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request on its way; `body` is its text, empty where bytes are streamed. */
export interface ProxyRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ProxyAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** End the connection after so many bytes of the body, all of which was announced. */
  cutAfterBytes?: number;
}

/** Calls `forward`, or not, and says what the client gets; null: the connection breaks. */
export type ProxyHandler = (
  request: ProxyRequest,
  forward: () => Promise<ProxyAnswer>,
) => Promise<ProxyAnswer | null>;

export interface HttpProxy extends AsyncDisposable {
  url: string;
  /** Connections are refused from now on, until `accept`. */
  refuse(): void;
  accept(): void;
}

/** A server before another one, in whose hands every request lies. Answers are held whole, uploads are streamed. */
export async function startProxy(targetUrl: string, handle: ProxyHandler): Promise<HttpProxy> {
  const target = new URL(targetUrl);
  const agent = new Agent({ keepAlive: true });

  async function serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const isStream = incoming.method === 'PUT';
    const body = isStream ? null : await readAll(incoming);
    const asked = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: body?.toString() ?? '',
    };
    const forward = () => send(target, agent, incoming, body);
    const answered = await handle(asked, forward);
    if (answered === null) {
      answer.destroy();
      return;
    }
    const headers: ProxyAnswer['headers'] = {
      ...answered.headers,
      'content-length': String(answered.body.byteLength),
    };
    delete headers['transfer-encoding'];
    delete headers.connection;
    answer.writeHead(answered.status, headers);
    if (answered.cutAfterBytes === undefined) answer.end(answered.body);
    else answer.write(answered.body.subarray(0, answered.cutAfterBytes), () => answer.destroy());
  }

  const server = createServer((incoming, answer) => {
    serve(incoming, answer).catch(() => answer.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refuse: () => void server.close(),
    accept: () => {
      if (!server.listening) server.listen(port, '127.0.0.1');
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(
  target: URL,
  agent: Agent,
  incoming: IncomingMessage,
  body: Buffer | null,
): Promise<ProxyAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (received) => {
        readAll(received).then(
          (bytes) => resolve({ status: received.statusCode ?? 502, headers: received.headers, body: bytes }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    if (body !== null) {
      outgoing.end(body);
      return;
    }
    incoming.on('error', (error) => outgoing.destroy(error));
    incoming.on('aborted', () => outgoing.destroy(new Error('the client left')));
    incoming.pipe(outgoing);
  });
}
