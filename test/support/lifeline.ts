import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** One request that a worker is about to make. */
export interface Passage {
  /** Counted over all of a lifeline's proxies since `reset`, from 0. */
  index: number;
  /** Method and path, without the query. */
  label: string;
  /** What it says, where that is a JSON object; a call of a database's verb, most often. */
  body: Readonly<Record<string, unknown>>;
}

/** What happens to a request: it passes, it waits for the promise first, it is lost with its answer, or more. */
export type Verdict = 'pass' | 'lose_answer' | 'lose_request' | Promise<void> | Interference;

/** Something that happens at a request. */
export interface Interference {
  /** Before it has left, when a part of it has, or when it has taken effect and the answer is under way. */
  moment: 'before' | 'within' | 'after';
  /** Called at that moment; the request waits. `hangUp` breaks the connection to who made it. */
  act(hangUp: () => void): Promise<Ending>;
}

/** It goes on, it goes no further (what is left of request or answer is lost), or it takes effect and nobody hears. */
export type Ending = 'go_on' | 'lost' | 'unheard';

export interface Lifeline {
  /** Opens a proxy before a server; every request through it is counted and judged. */
  before(target: string): Promise<string>;
  /** Counts from 0 again, and judges from now on so. */
  reset(judge: (passage: Passage) => Verdict): void;
  passages(): readonly Passage[];
  close(): Promise<void>;
}

const WITHIN_BYTES = 200_000;

const interferences: Record<'lose_answer' | 'lose_request', Interference> = {
  lose_answer: { moment: 'after', act: async () => 'lost' },
  lose_request: { moment: 'before', act: async () => 'lost' },
};

function asInterference(verdict: Verdict): Interference | null {
  if (verdict === 'pass') return null;
  if (typeof verdict === 'string') return interferences[verdict];
  if (!(verdict instanceof Promise)) return verdict;
  return { moment: 'before', act: () => verdict.then(() => 'go_on') };
}

/** All that connects a worker with the world: between any two of its requests something may happen to it. */
export function createLifeline(): Lifeline {
  let passages: Passage[] = [];
  let judge: (passage: Passage) => Verdict = () => 'pass';
  const servers: ReturnType<typeof createServer>[] = [];

  async function forward(target: URL, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    // A chunk goes through as it comes; all else is small, and is here before anything happens to it.
    const isChunk = incoming.method === 'PUT';
    let sent: Readable | Buffer = isChunk ? incoming : await buffer(incoming);
    const passage = {
      index: passages.length,
      label: `${incoming.method} ${incoming.url?.split('?')[0]}`,
      body: Buffer.isBuffer(sent) ? readJson(sent) : {},
    };
    passages.push(passage);
    const interference = asInterference(judge(passage));
    const hangUp = () => void answer.destroy();

    let isHeard = true;
    if (interference?.moment === 'before') {
      if (isChunk) sent = await buffer(incoming);
      const ending = await interference.act(hangUp);
      if (ending === 'lost') return hangUp();
      isHeard = ending === 'go_on';
    } else if (interference?.moment === 'within' && sent instanceof Readable) {
      sent = Readable.from(within(sent, () => interference.act(hangUp)));
    }

    const outgoing = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (received) => {
        const ended =
          interference?.moment === 'after' ? interference.act(hangUp) : Promise.resolve('go_on' as const);
        ended.then(
          (ending) => {
            if (!isHeard || ending !== 'go_on') {
              received.resume();
              return hangUp();
            }
            answer.writeHead(received.statusCode ?? 502, received.headers);
            received.pipe(answer);
          },
          () => hangUp(),
        );
      },
    );
    outgoing.on('error', hangUp);
    answer.on('close', () => {
      if (!answer.writableFinished && isHeard && !interference) outgoing.destroy();
    });
    if (Buffer.isBuffer(sent)) outgoing.end(sent);
    else sent.on('error', () => outgoing.destroy()).pipe(outgoing);
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

function readJson(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A part, then what happens, then the rest. @throws if the rest is lost. */
async function* within(bytes: Readable, act: () => Promise<Ending>): AsyncGenerator<Uint8Array> {
  let sentBytes = 0;
  for await (const piece of bytes as AsyncIterable<Uint8Array>) {
    const isThere = sentBytes < WITHIN_BYTES && sentBytes + piece.byteLength >= WITHIN_BYTES;
    sentBytes += piece.byteLength;
    yield piece;
    if (isThere && (await act()) === 'lost') throw new Error('lost on the way');
  }
}
