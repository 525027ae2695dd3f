import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseRange } from '../../../local/byte-range.ts';
import { servePart } from '../part.ts';

/**
 * Serves `/<bytes>.mp4`: a real film, made so large by a box that players skip. Nothing is read from a disk, so that the
 * disk is no part of what is measured.
 */
const film = await readFile(new URL('../../fixtures/vertical.mp4', import.meta.url));
const filler = Buffer.alloc(1 << 16);

/** The film, and the box's head that says how much follows. */
function beginning(sizeBytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(sizeBytes - film.length);
  head.write('free', 4, 'latin1');
  return Buffer.concat([film, head]);
}

async function send(response: ServerResponse, sizeBytes: number, firstByte: number, endByte: number) {
  const begin = beginning(sizeBytes);
  for (let at = firstByte; at < endByte && !response.destroyed; ) {
    const piece = at < begin.length ? begin.subarray(at, endByte) : filler.subarray(0, endByte - at);
    at += piece.length;
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.once('drain', go).once('close', go);
    });
  }
  response.end();
}

const server = createServer((request, response) => {
  const sizeBytes = Number(/^\/(\d+)\.mp4$/.exec(request.url ?? '')?.[1]);
  const range = parseRange(request.headers.range, sizeBytes);
  if (!(sizeBytes > film.length) || range === 'unsatisfiable') {
    response.writeHead(404).end();
    return;
  }
  const { firstByte, lastByte } = range ?? { firstByte: 0, lastByte: sizeBytes - 1 };
  response.writeHead(range ? 206 : 200, {
    'content-type': 'video/mp4',
    'content-length': lastByte - firstByte + 1,
    'accept-ranges': 'bytes',
    etag: `"${sizeBytes}"`,
    ...(range && { 'content-range': `bytes ${firstByte}-${lastByte}/${sizeBytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else void send(response, sizeBytes, firstByte, lastByte + 1);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const api = { url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
export type FilmApi = typeof api;
servePart(api);
