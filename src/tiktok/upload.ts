import type { VideoContentType } from '../contract.ts';
import { errorCode } from '../lib/log.ts';

/** What became of one chunk. After `unclear` TikTok may or may not have it: its own count tells. */
export type ChunkAnswer =
  /** All bytes are there, and TikTok has begun to publish. */
  | { kind: 'complete' }
  | { kind: 'accepted' }
  /** The chunk does not start where TikTok's count ends. */
  | { kind: 'out_of_step' }
  /** The upload URL has expired or is unknown. */
  | { kind: 'url_dead'; httpStatus: number }
  | { kind: 'refused'; httpStatus: number }
  | { kind: 'unclear'; reason: string };

export interface ChunkRequest {
  uploadUrl: string;
  contentType: VideoContentType;
  startByte: number;
  /** Exclusive. */
  endByte: number;
  sizeBytes: number;
  bytes: AsyncIterable<Uint8Array>;
  timeoutMs: number;
}

/** undici's `request`, as far as it is used here: unlike fetch it sends a stream under a declared length. */
export type StreamingPut = (
  url: string,
  init: {
    method: 'PUT';
    headers: Record<string, string>;
    body: AsyncIterable<Uint8Array>;
    signal: AbortSignal;
  },
) => Promise<{ statusCode: number; body: { dump(): Promise<unknown> } }>;

/**
 * Sends one chunk to the upload URL, which is used as it came and with no token.
 * @throws whatever reading `bytes` throws: that is the media's failure, not TikTok's.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (upload)
 */
export async function putChunk(put: StreamingPut, chunk: ChunkRequest): Promise<ChunkAnswer> {
  const { startByte, endByte, sizeBytes } = chunk;
  const signal = AbortSignal.timeout(chunk.timeoutMs);
  const source = watch(chunk.bytes);
  try {
    const response = await put(chunk.uploadUrl, {
      method: 'PUT',
      headers: {
        'content-type': chunk.contentType,
        'content-length': String(endByte - startByte),
        'content-range': `bytes ${startByte}-${endByte - 1}/${sizeBytes}`,
      },
      body: source.bytes,
      signal,
    });
    await response.body.dump().catch(() => undefined);
    const answer = classify(response.statusCode);
    // The source now stands in the midst of this chunk, and TikTok can hardly have all of it.
    if (answer.kind === 'accepted' && source.passedBytes() !== endByte - startByte)
      return { kind: 'unclear', reason: 'accepted before all of it was sent' };
    return answer;
  } catch (error) {
    const failure = source.failure();
    if (failure && !signal.aborted) throw failure.error;
    return {
      kind: 'unclear',
      reason: signal.aborted ? 'no answer in time' : (errorCode(error) ?? 'connection broke'),
    };
  }
}

function classify(httpStatus: number): ChunkAnswer {
  if (httpStatus === 201) return { kind: 'complete' };
  if (httpStatus === 206 || httpStatus === 200) return { kind: 'accepted' };
  if (httpStatus === 416) return { kind: 'out_of_step' };
  if (httpStatus === 403 || httpStatus === 404) return { kind: 'url_dead', httpStatus };
  if (httpStatus >= 400 && httpStatus < 500) return { kind: 'refused', httpStatus };
  return { kind: 'unclear', reason: `HTTP ${httpStatus}` };
}

/** Passes bytes through, counts them, and remembers if reading them failed. */
function watch(bytes: AsyncIterable<Uint8Array>) {
  let failure: { error: unknown } | undefined;
  let passedBytes = 0;
  async function* pass() {
    let isReading = true;
    try {
      for await (const piece of bytes) {
        passedBytes += piece.byteLength;
        isReading = false;
        // What is thrown in here comes from the connection that should have taken the piece.
        yield piece;
        isReading = true;
      }
    } catch (error) {
      if (isReading) failure = { error };
      throw error;
    }
  }
  return { bytes: pass(), failure: () => failure, passedBytes: () => passedBytes };
}

/** Whether bytes may be sent to an upload URL: to TikTok's hosts, or to the origin that stands in for TikTok. */
export function isUploadUrlAllowed(uploadUrl: string, apiUrl: string): boolean {
  if (!URL.canParse(uploadUrl)) return false;
  const { protocol, hostname, port, origin, username, password } = new URL(uploadUrl);
  // A blob: URL has its creator's origin.
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return false;
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && port === '' && hostname.endsWith('.tiktokapis.com');
}
