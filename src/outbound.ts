import { Readable } from 'node:stream';
import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import { createMediaSource } from './media/source.ts';
import { parseMediaUrl } from './media/url.ts';
import { createTikTokPublishing } from './tiktok/client.ts';

/** The way to media alone, for looking at a post that is queued or edited. */
export function openMedia({ mediaAllowedOrigins }: Pick<Config, 'mediaAllowedOrigins'>) {
  return createMediaSource({ allowedOrigins: mediaAllowedOrigins });
}

/** As much of the configuration as connections go by. */
export interface OutboundConfig extends Pick<Config, 'mediaAllowedOrigins'> {
  tiktok: Pick<Config['tiktok'], 'apiUrl' | 'verifiedUrls'>;
}

/** The worker's connections to TikTok and to media, which disposing closes. Part of the composition root. */
export async function openOutbound(config: OutboundConfig, log: Log) {
  // Not at the top: what a bundler leaves outside is loaded at the start, however lazily it is reached.
  const { Agent, fetch, request } = await import('undici');
  const { tiktok, mediaAllowedOrigins } = config;
  const freshConnections = new Agent({ pipelining: 0, connect: { timeout: 5_000 } });
  const media = openMedia(config);
  return {
    tiktok: createTikTokPublishing({
      apiUrl: tiktok.apiUrl,
      fetch: (url, init) =>
        fetch(url, { ...init, dispatcher: freshConnections }) as unknown as Promise<Response>,
      async put(url, { body, ...init }) {
        const startedAtMs = performance.now();
        const response = await request(url, {
          ...init,
          body: Readable.from(body, { objectMode: false }),
          dispatcher: freshConnections,
        });
        log.info('chunk_sent', {
          httpStatus: response.statusCode,
          durationMs: Math.round(performance.now() - startedAtMs),
        });
        return response;
      },
      log,
    }),
    media,
    verifiedUrls: tiktok.verifiedUrls,
    parseMediaUrl: (text: string) => parseMediaUrl(text, mediaAllowedOrigins),
    async [Symbol.asyncDispose]() {
      await Promise.all([freshConnections.destroy(), media[Symbol.asyncDispose]()]);
    },
  };
}
