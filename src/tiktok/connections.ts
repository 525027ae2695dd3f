import { Readable } from 'node:stream';
import type { Fetch } from './call.ts';
import type { StreamingPut } from './upload.ts';

/** The worker's way to TikTok. Disposing cuts what is still open. */
export interface Connections extends AsyncDisposable {
  fetch: Fetch;
  put: StreamingPut;
}

/**
 * A fresh connection for each request, and each request sent once. A connection that is shared, by keeping it open or by
 * HTTP/2's streams, takes the requests of others with it when it dies, and `fetch` sends anew what is answered with 421:
 * either would leave a publish of which nobody knows what became.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20 (421)
 */
export async function openConnections(): Promise<Connections> {
  const { Agent, request } = (await import('undici')).default;
  const dispatcher = new Agent({ allowH2: false, pipelining: 0, connect: { timeout: 5_000 } });
  return {
    async fetch(url, { method, headers, body, signal }) {
      const response = await request(url, {
        method,
        headers: { ...headers, accept: 'application/json', 'accept-encoding': 'identity' },
        body: body ?? null,
        signal,
        dispatcher,
      });
      const { statusCode, headers: answered } = response;
      return {
        status: statusCode,
        headers: { get: (name) => [answered[name] ?? []].flat()[0] ?? null },
        body: response.body,
      };
    },
    put: (url, { body, ...init }) =>
      request(url, { ...init, body: Readable.from(body, { objectMode: false }), dispatcher }),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}
