import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseRange } from '../../local/byte-range.ts';
import type { PlannedPost } from './plan.ts';

/** What a worker may meet at the media server; TikTok's own downloads always go well. */
export type MediaMisfortune = 'error_503' | 'broken_off';

export interface Films extends AsyncDisposable {
  url: string;
  urlOf(post: PlannedPost): string;
  sha256Of(post: PlannedPost): string;
  /** TikTok's downloads of this post wait until they are let go. */
  hold(number: number): void;
  letGo(number: number): void;
}

const PATH = /^\/(?:verified\/)?(\d+)\.(mp4|jpg)$/;

/** As far as the film itself: the index comes first in it. */
const INDEX_BYTES = 5_719;
const fixture = readFileSync(new URL('../fixtures/vertical.mp4', import.meta.url));
/** JPEG, 720x1280. */
const PICTURE = Buffer.from('ffd8ffc000110805000002d003012200021101031101', 'hex');
const zeros = Buffer.alloc(1_000_000);

/**
 * A media server with a file for each post, unlike all others in size and content, that takes no room. Who asks for a
 * whole file is TikTok; workers ask for parts.
 */
export async function serveFilms(
  posts: readonly PlannedPost[],
  misfortuneOf: (number: number) => MediaMisfortune | null,
): Promise<Films> {
  const held = new Map<number, PromiseWithResolvers<void>>();

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, digits, extension] = PATH.exec(incoming.url ?? '') ?? [];
    const post = posts[Number(digits)];
    if (!post) {
      response.writeHead(404).end();
      return;
    }
    const isTikTok = incoming.headers.range === undefined;
    const misfortune = isTikTok ? null : misfortuneOf(post.number);
    if (misfortune === 'error_503') {
      response.writeHead(503).end();
      return;
    }
    if (isTikTok) await held.get(post.number)?.promise;
    const range = parseRange(incoming.headers.range, post.sizeBytes);
    const { firstByte, lastByte } =
      range === null || range === 'unsatisfiable' ? { firstByte: 0, lastByte: post.sizeBytes - 1 } : range;
    response.writeHead(range === null ? 200 : 206, {
      'content-type': extension === 'mp4' ? 'video/mp4' : 'image/jpeg',
      'content-length': lastByte - firstByte + 1,
      etag: `"${post.number}"`,
      'accept-ranges': 'bytes',
      ...(range !== null && { 'content-range': `bytes ${firstByte}-${lastByte}/${post.sizeBytes}` }),
    });
    const bytes = Readable.from(pieces(post, firstByte, lastByte + 1));
    if (misfortune === 'broken_off') bytes.once('data', () => response.destroy());
    await pipeline(bytes, response);
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    urlOf: ({ number, transfer, mediaType }) =>
      `${url}/${transfer === 'pull' ? 'verified/' : ''}${number}.${mediaType === 'photo' ? 'jpg' : 'mp4'}`,
    sha256Of(post) {
      const hash = createHash('sha256');
      for (const piece of pieces(post, 0, post.sizeBytes)) hash.update(piece);
      return hash.digest('hex');
    },
    hold: (number) => void held.set(number, Promise.withResolvers()),
    letGo(number) {
      held.get(number)?.resolve();
      held.delete(number);
    },
    async [Symbol.asyncDispose]() {
      for (const { resolve } of held.values()) resolve();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The bytes of a post's file from one to before another. */
function* pieces(post: PlannedPost, firstByte: number, endByte: number): Generator<Buffer> {
  const head = headOf(post);
  if (firstByte < head.byteLength) yield head.subarray(firstByte, endByte);
  for (let at = Math.max(firstByte, head.byteLength); at < endByte; at += zeros.byteLength) {
    yield zeros.subarray(0, Math.min(zeros.byteLength, endByte - at));
  }
}

/** A picture as far as its size is told, or the fixture's index, before a film that is the post's number. */
function headOf({ number, sizeBytes, fate, mediaType }: PlannedPost): Buffer {
  if (mediaType === 'photo') return Buffer.concat([PICTURE, Buffer.from(`post ${number};`)]);
  const film = Buffer.alloc(8);
  film.writeUInt32BE(sizeBytes - INDEX_BYTES, 0);
  film.write('mdat', 4, 'latin1');
  const index =
    fate === 'no_video' ? Buffer.alloc(INDEX_BYTES, 'no film ') : fixture.subarray(0, INDEX_BYTES);
  return Buffer.concat([index, film, Buffer.from(`post ${number};`)]);
}
