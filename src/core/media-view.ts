import type { MediaView } from '../contract.ts';
import { MediaError } from '../media/errors.ts';
import type { MediaFound } from './media-look.ts';

/** What was measured of media, as somebody who is about to post them sees it; null where nothing was there. */
export function viewMedia(found: MediaFound): MediaView | null {
  if (found === null) return null;
  if (!Array.isArray(found)) {
    const { sizeBytes, contentType, codec, width, height, frameRate, durationSec } = found;
    return { sizeBytes, contentType, codec, width, height, frameRate, durationSec, photos: null };
  }
  const photos = found.map((photo) => {
    if (photo instanceof MediaError) return null;
    const { sizeBytes, type, width, height } = photo;
    return { sizeBytes, contentType: type && `image/${type.toLowerCase()}`, width, height };
  });
  const seen = photos.filter((photo) => photo !== null);
  if (seen.length === 0) return null;
  return {
    ...NO_VIDEO,
    sizeBytes: seen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    photos,
  };
}

const NO_VIDEO = {
  contentType: null,
  codec: null,
  width: null,
  height: null,
  frameRate: null,
  durationSec: null,
};
