import type { ServerResponse } from 'node:http';
import { vi } from 'vitest';
import { serve } from '../http/serve.ts';

/** A media server whose files come and go while a test runs. Its origin is allowed until it is disposed of. */
export async function createShelf() {
  const files = new Map<string, Buffer | ((response: ServerResponse) => unknown)>();
  /** The ranges that were asked for. */
  const reads: string[] = [];
  const server = await serve((request, response) => {
    const file = files.get(request.url ?? '');
    reads.push(`${request.headers.range}`);
    if (file === undefined) return response.writeHead(404).end();
    if (!Buffer.isBuffer(file)) return file(response);
    const [, start = '0', end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const part = file.subarray(Number(start), end ? Number(end) + 1 : file.length);
    const last = Number(start) + part.length - 1;
    response
      .writeHead(206, {
        etag: `"${file.length}"`,
        'content-length': part.length,
        'content-range': `bytes ${start}-${last}/${file.length}`,
      })
      .end(part);
  });
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', `${process.env.MEDIA_ALLOWED_ORIGINS},${server.url}`);
  return {
    reads,
    /** Puts a file, or what is to be answered, in its place, and gives its URL. */
    put(name: string, file: Buffer | ((response: ServerResponse) => unknown)): string {
      files.set(`/${name}`, file);
      return `${server.url}/${name}`;
    },
    take: (name: string) => void files.delete(`/${name}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
export type Shelf = Awaited<ReturnType<typeof createShelf>>;
