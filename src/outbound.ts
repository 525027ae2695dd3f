import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import { createMediaSource } from './media/source.ts';
import { parseMediaUrl } from './media/url.ts';
import { createTikTokPublishing } from './tiktok/client.ts';
import { openConnections } from './tiktok/connections.ts';

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
  const { tiktok, mediaAllowedOrigins } = config;
  const connections = await openConnections();
  const media = openMedia(config);
  return {
    tiktok: createTikTokPublishing({
      apiUrl: tiktok.apiUrl,
      fetch: connections.fetch,
      async put(url, init) {
        const startedAtMs = performance.now();
        const response = await connections.put(url, init);
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
      await Promise.all([connections[Symbol.asyncDispose](), media[Symbol.asyncDispose]()]);
    },
  };
}
