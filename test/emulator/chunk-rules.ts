import type { Settings } from './options.ts';
import { badChunkCount, badChunkSize, badSourceInfo, invalidParams } from './refusal.ts';
import type { ChunkPlan } from './state.ts';

const million = 1_000_000;
const mebi = 1_048_576;

/** TikTok's pages mix both meanings of MB; `strict` takes the narrower bound of each. */
const bounds = {
  decimal: { minBytes: 5 * million, maxBytes: 64 * million, videoBytes: 4_000 * million },
  binary: { minBytes: 5 * mebi, maxBytes: 64 * mebi, videoBytes: 4_096 * mebi },
  strict: { minBytes: 5 * mebi, maxBytes: 64 * million, videoBytes: 4_000 * million },
};

const maxChunks = 1_000;

/**
 * The last chunk takes the remainder, so it is shorter than two chunks and needs no bound of its own.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
 */
export function assertChunkPlan(plan: ChunkPlan, megabyte: Settings['megabyte']): void {
  const { videoSize, chunkSize, totalChunkCount } = plan;
  const { minBytes, maxBytes, videoBytes } = bounds[megabyte];
  if (videoSize < 1 || videoSize > videoBytes) throw invalidParams(badSourceInfo);
  if (totalChunkCount < 1 || totalChunkCount > maxChunks) throw invalidParams(badChunkCount);
  if (chunkSize < 1 || chunkSize > maxBytes) throw invalidParams(badChunkSize);
  if (totalChunkCount === 1 ? chunkSize !== videoSize : chunkSize < minBytes)
    throw invalidParams(badChunkSize);
  if (totalChunkCount !== Math.floor(videoSize / chunkSize)) throw invalidParams(badChunkCount);
}

/** First byte and the byte after the last of the chunk that starts there; undefined where none starts. */
export function chunkFrom(plan: ChunkPlan, firstByte: number): { endByte: number } | undefined {
  const index = firstByte / plan.chunkSize;
  if (!Number.isInteger(index) || index >= plan.totalChunkCount) return undefined;
  const isLast = index === plan.totalChunkCount - 1;
  return { endByte: isLast ? plan.videoSize : firstByte + plan.chunkSize };
}
