import type { VideoContentType } from '../contract.ts';
import { MediaError } from './errors.ts';
import { type ImageHeader, readImageHeader } from './image.ts';
import { readMovie } from './movie.ts';
import { openRanges, type RangedFile } from './ranges.ts';
import { sniffVideo } from './sniff.ts';
import type { MediaSource } from './source.ts';
import { readVideoTrack, readWebm } from './video.ts';

/** What was found out about a video over a few reads; null: not known, which is no reason against it. */
export interface VideoFacts {
  sizeBytes: number;
  /** Null: it is no file that TikTok takes. */
  contentType: VideoContentType | null;
  hasVideo: boolean | null;
  /** See {@link VideoTrack} in video.ts. */
  codec: string | null;
  codecId: string | null;
  width: number | null;
  height: number | null;
  frameRate: number | null;
  durationSec: number | null;
}

/** The same about a picture. */
export interface ImageFacts extends ImageHeader {
  sizeBytes: number;
}

type Reader = Pick<MediaSource, 'readPart'>;

const VIDEO_LIMITS = { maxBytes: 16_000_000, maxRequests: 24 };
const IMAGE_LIMITS = { maxBytes: 1_000_000, maxRequests: 3 };
const VIDEO_HEAD_BYTES = 4_096;
const IMAGE_HEAD_BYTES = 65_536;
/** Where a picture's size is not in its first bytes, it is looked for this far. */
const IMAGE_LONG_HEAD_BYTES = 589_824;
const PICTURES_AT_ONCE = 5;

/** @throws {MediaError} if the file cannot be had. */
export async function inspectVideo(media: Reader, url: string, leftMs: () => number): Promise<VideoFacts> {
  const file = await openRanges(media, url, { ...VIDEO_LIMITS, leftMs });
  const contentType = sniffVideo(await readHead(file, VIDEO_HEAD_BYTES));
  const facts = { ...NOTHING_KNOWN, sizeBytes: file.sizeBytes, contentType };
  if (contentType === null) return facts;
  const found = await readFacts(file, contentType).catch(() => null);
  const failure = file.failure();
  // A server in trouble is told of; a file that nobody can make out is only not known.
  if (failure instanceof MediaError && (found === null || failure.code === 'media_changed')) throw failure;
  return { ...facts, ...found };
}

const NOTHING_KNOWN = {
  hasVideo: null,
  codec: null,
  codecId: null,
  width: null,
  height: null,
  frameRate: null,
  durationSec: null,
};

async function readFacts(file: RangedFile, contentType: VideoContentType): Promise<Partial<VideoFacts>> {
  if (contentType === 'video/webm') {
    return readWebm(file);
  }
  const movie = await readMovie(file);
  if (!movie?.hasVideo) return movie ?? {};
  const track = await readVideoTrack(file).catch(() => null);
  return { ...movie, ...track };
}

/** What is known of each picture, or why it cannot be had, in their order. */
export async function inspectPhotos(
  media: Reader,
  urls: readonly string[],
  leftMs: () => number,
): Promise<(ImageFacts | MediaError)[]> {
  const found: (ImageFacts | MediaError)[] = [];
  const next = urls.entries();
  const inspectNext = async () => {
    for (const [index, url] of next) {
      found[index] = await inspectPhoto(media, url, leftMs).catch((error) => {
        if (error instanceof MediaError) return error;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: PICTURES_AT_ONCE }, inspectNext));
  return found;
}

async function inspectPhoto(media: Reader, url: string, leftMs: () => number): Promise<ImageFacts> {
  const file = await openRanges(media, url, { ...IMAGE_LIMITS, leftMs });
  const header = readImageHeader(await readHead(file, IMAGE_HEAD_BYTES));
  const isShort = header.width === null && (header.type === 'JPEG' || header.type === 'WebP');
  const longHead = isShort ? await readHead(file, IMAGE_LONG_HEAD_BYTES).catch(() => null) : null;
  return { ...(longHead ? readImageHeader(longHead) : header), sizeBytes: file.sizeBytes };
}

function readHead(file: RangedFile, byteCount: number): Promise<Uint8Array> {
  return file.read(0, Math.min(byteCount, file.sizeBytes));
}
