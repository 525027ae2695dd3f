import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseRange } from '../../local/byte-range.ts';

const PIECE_BYTES = 1_000_000;

/** A film that is a film by its first bytes only; the seed tells it from others of the same size. */
export function film(sizeBytes: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(sizeBytes, `another film of this size would differ here: ${seed}, `);
  bytes.write('\0\0\0\x18ftypisom', 'latin1');
  return bytes;
}

/** What a server can do, and what it tells of its one file. Changed at any time, it changes what is asked for next. */
export interface MediaLimits {
  file: Buffer;
  hasRanges: boolean;
  /** Whether it sends a part also when that is all of the file. */
  sendsAllAsPart: boolean;
  /** How much it sends at once, whatever it is asked for. */
  mostBytes: number;
  /** `etag`, `last-modified`; by default neither. */
  headers: Record<string, string>;
  /** Runs before the piece that begins at this byte of the file is sent. `false`: the connection breaks. */
  before(byte: number): Promise<unknown> | unknown;
}

/** A media server with limits and surprises, as there are many. Dispose of it. */
export async function serveLimitedMedia() {
  const asAtFirst = {
    hasRanges: true,
    sendsAllAsPart: true,
    mostBytes: Number.POSITIVE_INFINITY,
    headers: {},
    before: () => undefined,
  };
  const limits: MediaLimits = { file: film(1), ...asAtFirst };
  /** The byte from which each answer began, but for those to a look at the file's head. */
  const readFrom: number[] = [];
  const server = createServer((request, response) => {
    answer(limits, readFrom, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    limits,
    readFrom,
    /** As it is at first, with this file. */
    reset(file: Buffer) {
      Object.assign(limits, { file, ...asAtFirst });
      readFrom.length = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { file, hasRanges, sendsAllAsPart, mostBytes, headers, before }: MediaLimits,
  readFrom: number[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isPart = hasRanges && (sendsAllAsPart || request.headers.range !== 'bytes=0-');
  const range = isPart ? parseRange(request.headers.range, file.length) : null;
  if (range === 'unsatisfiable') return void response.writeHead(416).end();
  const { firstByte, lastByte: askedByte } = range ?? { firstByte: 0, lastByte: file.length - 1 };
  const lastByte = range ? Math.min(askedByte, firstByte + mostBytes - 1) : askedByte;
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': lastByte - firstByte + 1,
    ...(range && { 'content-range': `bytes ${firstByte}-${lastByte}/${file.length}` }),
  });
  const closed = once(response, 'close');
  const isLook = request.headers.range === 'bytes=0-4095';
  if (!isLook) readFrom.push(firstByte);
  for (let byte = firstByte; byte <= lastByte && !response.destroyed; byte += PIECE_BYTES) {
    if (!isLook && (await before(byte)) === false) return void response.destroy();
    const piece = file.subarray(byte, Math.min(byte + PIECE_BYTES, lastByte + 1));
    // No faster than it is read.
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}
