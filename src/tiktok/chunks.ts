/** How a file is cut for upload: `chunkCount` chunks of `chunkSizeBytes`, the last one with the remainder added. */
export interface ChunkPlan {
  sizeBytes: number;
  chunkSizeBytes: number;
  chunkCount: number;
}

const MIN_CHUNK_BYTES = 10_000_000;
const MAX_CHUNK_BYTES = 50_000_000;
/** The least speed that ends an upload within its hour takes less than two minutes for such a part. */
const PARTS = 32;

/**
 * One chunk below 20 MB; from there on chunks of 10 MB, and of a 32nd of the file, up to 50 MB, where that is more. It
 * keeps within TikTok's rules whether its MB is decimal or binary (5 to 64 MB a chunk, the last at most 128 MB, at most
 * 1,000), and small chunks lose little when a worker's time is up in the middle of one.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (file_upload)
 */
export function planChunks(sizeBytes: number): ChunkPlan {
  if (sizeBytes < 2 * MIN_CHUNK_BYTES) return { sizeBytes, chunkSizeBytes: sizeBytes, chunkCount: 1 };
  const part = Math.floor(sizeBytes / PARTS);
  const chunkSizeBytes = Math.min(Math.max(part, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
  return { sizeBytes, chunkSizeBytes, chunkCount: Math.floor(sizeBytes / chunkSizeBytes) };
}

/** The chunk that begins at a byte: its end is exclusive. Null when no chunk begins there. */
export function chunkAt(plan: ChunkPlan, startByte: number): { startByte: number; endByte: number } | null {
  const index = startByte / plan.chunkSizeBytes;
  if (!Number.isInteger(index) || index >= plan.chunkCount) return null;
  const endByte = index === plan.chunkCount - 1 ? plan.sizeBytes : startByte + plan.chunkSizeBytes;
  return { startByte, endByte };
}

/**
 * Where to go on, given how much TikTok says it has: the last chunk boundary not beyond it. TikTok does not say
 * whether it means a count or the index of the last byte; one byte short of a boundary is taken for the boundary.
 */
export function resumeAt(plan: ChunkPlan, uploadedBytes: number): number {
  if (uploadedBytes >= plan.sizeBytes - 1) return plan.sizeBytes;
  return (
    Math.min(Math.floor((uploadedBytes + 1) / plan.chunkSizeBytes), plan.chunkCount - 1) * plan.chunkSizeBytes
  );
}

/** Where the chunk begins that completes the file. */
export function lastChunkStart({ chunkSizeBytes, chunkCount }: ChunkPlan): number {
  return (chunkCount - 1) * chunkSizeBytes;
}
