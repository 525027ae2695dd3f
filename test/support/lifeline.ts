import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that a worker is about to make. */
export interface Passage {
  /** Counted over all of a lifeline's proxies since `reset`, from 0. */
  index: number;
  label: string;
}

/** What happens to a request: it passes, it waits for the promise first, or it takes effect and its answer is lost. */
export type Verdict = 'pass' | 'lose_answer' | Promise<void>;

export interface Lifeline {
  /** Opens a proxy before a server; every request through it is counted and judged. */
  before(target: string): Promise<string>;
  /** Counts from 0 again, and judges from now on so. */
  reset(judge: (passage: Passage) => Verdict): void;
  passages(): readonly Passage[];
  close(): Promise<void>;
}

/** All that connects a worker with the world: between any two of its requests something may happen to it. */
export function createLifeline(): Lifeline {
  let passages: Passage[] = [];
  let judge: (passage: Passage) => Verdict = () => 'pass';
  const servers: ReturnType<typeof createServer>[] = [];

  async function forward(target: URL, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const passage = { index: passages.length, label: `${incoming.method} ${incoming.url?.split('?')[0]}` };
    passages.push(passage);
    const verdict = judge(passage);
    if (typeof verdict === 'object') await verdict;

    const outgoing = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (received) => {
        if (verdict === 'lose_answer') {
          received.resume().on('end', () => answer.destroy());
          return;
        }
        answer.writeHead(received.statusCode ?? 502, received.headers);
        received.pipe(answer);
      },
    );
    outgoing.on('error', () => answer.destroy());
    incoming.on('error', () => outgoing.destroy());
    answer.on('close', () => {
      if (!answer.writableFinished && verdict !== 'lose_answer') outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }

  return {
    async before(targetUrl) {
      const target = new URL(targetUrl);
      const server = createServer((incoming, answer) => {
        forward(target, incoming, answer).catch(() => answer.destroy());
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    reset(next) {
      passages = [];
      judge = next;
    },
    passages: () => passages,
    async close() {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise((resolve) => {
              server.close(resolve);
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}
