import { isObject } from './call.ts';
import { assertChunkPlan } from './chunk-rules.ts';
import { isStrings, strictObject } from './fields.ts';
import type { Settings } from './options.ts';
import { badSourceInfo, invalidParams } from './refusal.ts';
import type { ChunkPlan } from './state.ts';

export type VideoSource =
  | { source: 'FILE_UPLOAD'; plan: ChunkPlan }
  | { source: 'PULL_FROM_URL'; videoUrl: string };

/** Each source has its own fields, all required; those of the other are not allowed beside them. */
export function parseVideoSource(value: unknown, megabyte: Settings['megabyte']): VideoSource {
  if (!isObject(value)) throw invalidParams(badSourceInfo);
  if (value.source === 'PULL_FROM_URL') {
    const { video_url: videoUrl } = strictObject(
      value,
      { source: 'string', video_url: 'string' },
      badSourceInfo,
    );
    if (typeof videoUrl !== 'string') throw invalidParams(badSourceInfo);
    return { source: 'PULL_FROM_URL', videoUrl };
  }
  if (value.source !== 'FILE_UPLOAD') throw invalidParams(badSourceInfo);
  const wire = strictObject(
    value,
    { source: 'string', video_size: 'int64', chunk_size: 'int64', total_chunk_count: 'int64' },
    badSourceInfo,
  );
  const plan = {
    videoSize: Number(wire.video_size),
    chunkSize: Number(wire.chunk_size),
    totalChunkCount: Number(wire.total_chunk_count),
  };
  if (Object.values(plan).some(Number.isNaN)) throw invalidParams(badSourceInfo);
  assertChunkPlan(plan, megabyte);
  return { source: 'FILE_UPLOAD', plan };
}

const maxPhotos = 35;

/** Photos are pulled, never uploaded. */
export function parsePhotoSource(value: unknown): string[] {
  const wire = strictObject(
    value,
    { source: 'string', photo_images: 'strings', photo_cover_index: 'int32' },
    badSourceInfo,
  );
  const { source, photo_images: images, photo_cover_index: coverIndex } = wire;
  const count = isStrings(images) ? images.length : 0;
  const fits = count >= 1 && count <= maxPhotos && coverIndex !== undefined && Number(coverIndex) < count;
  if (source !== 'PULL_FROM_URL' || !isStrings(images) || !fits) throw invalidParams(badSourceInfo);
  return images;
}
