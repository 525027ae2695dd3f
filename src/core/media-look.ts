import { MAX_VIDEO_DURATION_SEC } from '../contract.ts';
import { MediaError } from '../media/errors.ts';
import { type ImageFacts, inspectPhotos, inspectVideo, type VideoFacts } from '../media/inspect.ts';
import type { MediaSource } from '../media/source.ts';
import type { Account } from '../store/rows.ts';
import { judgeMissingVideo, judgePhotos, judgeVideo, type Verdict } from './media-rules.ts';

/** What is looked at of a post, queued or about to be. */
export interface PostMedia {
  mode: 'direct' | 'draft';
  transfer: 'auto' | 'pull' | 'upload';
  videoUrl?: string | null | undefined;
  photoUrls?: readonly string[] | null | undefined;
}

/** What was found of a video, or of each photo; null: there was no video. */
export type MediaFound = VideoFacts | (ImageFacts | MediaError)[] | null;

export interface Look {
  found: MediaFound;
  judge(maxDurationSec: number | null): Verdict;
}

/** Looks at a post's media over a few reads. The limit of the creator is for direct posts, a missing size for uploads. */
export async function lookAtMedia(
  media: Pick<MediaSource, 'readPart'>,
  post: PostMedia,
  isUpload: boolean,
  leftMs: () => number,
): Promise<Look> {
  if (post.photoUrls) {
    const found = await inspectPhotos(media, post.photoUrls, leftMs);
    return { found, judge: () => judgePhotos(found) };
  }
  try {
    const found = await inspectVideo(media, post.videoUrl ?? '', leftMs);
    return {
      found,
      judge: (maxDurationSec) =>
        judgeVideo(found, post.mode === 'direct' ? maxDurationSec : MAX_VIDEO_DURATION_SEC),
    };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return { found: null, judge: () => judgeMissingVideo(error, isUpload) };
  }
}

/** What TikTok said of an account within this time is taken for true. */
const LIMIT_LASTS_MS = 24 * 3600 * 1000;

/** The creator's longest video as TikTok last said it; null where that is long ago: it may be another by now. */
export function knownMaxDurationSec(
  { maxVideoDurationSec, creatorCheckedAt }: Pick<Account, 'maxVideoDurationSec' | 'creatorCheckedAt'>,
  now: Date,
): number | null {
  const isFresh = creatorCheckedAt !== null && now.getTime() - creatorCheckedAt.getTime() < LIMIT_LASTS_MS;
  return isFresh ? maxVideoDurationSec : null;
}
