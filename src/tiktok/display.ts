import * as z from 'zod/mini';
import type { Secret } from '../lib/secret.ts';
import { type Answer, type CallOptions, callApi } from './call.ts';
import { text, webUrl, wholeNumber } from './loose.ts';

/** A public post as TikTok shows it. Null where TikTok said nothing of use. */
export interface Video {
  /** Exact, however TikTok wrote it. */
  id: string;
  title: string | null;
  description: string | null;
  createdAt: Date | null;
  shareUrl: string | null;
  /** Good for six hours. */
  coverImageUrl: string | null;
  embedLink: string | null;
  durationSec: number | null;
  width: number | null;
  height: number | null;
  viewCount: number | null;
  likeCount: number | null;
  commentCount: number | null;
  shareCount: number | null;
}

export interface VideoPage {
  videos: Video[];
  /** Milliseconds since 1970, as digits: the next page begins before this instant. */
  cursor: string | null;
  hasMore: boolean;
}

/** @see https://developers.tiktok.com/doc/tiktok-api-v2-video-object */
const FIELDS = [
  'id',
  'title',
  'video_description',
  'create_time',
  'share_url',
  'cover_image_url',
  'embed_link',
  'duration',
  'width',
  'height',
  'view_count',
  'like_count',
  'comment_count',
  'share_count',
].join(',');

/** The digits of a number, exact: those beyond a JavaScript number come as a string. */
const digits = z.pipe(
  z.union([z.string(), z.int()]),
  z.pipe(z.transform(String), z.string().check(z.regex(/^\d{1,20}$/))),
);

const video = z.pipe(
  z.looseObject({ id: digits }),
  z.transform(
    (data): Video => ({
      id: data.id,
      title: text(data.title),
      description: text(data.video_description),
      createdAt: instant(data.create_time),
      shareUrl: webUrl(data.share_url),
      coverImageUrl: webUrl(data.cover_image_url),
      embedLink: webUrl(data.embed_link),
      durationSec: wholeNumber(data.duration),
      width: wholeNumber(data.width),
      height: wholeNumber(data.height),
      viewCount: wholeNumber(data.view_count),
      likeCount: wholeNumber(data.like_count),
      commentCount: wholeNumber(data.comment_count),
      shareCount: wholeNumber(data.share_count),
    }),
  ),
);

/** The last second a JavaScript date can name. */
const LAST_SECOND = 8_640_000_000_000;

function instant(value: unknown): Date | null {
  const seconds = wholeNumber(value);
  return seconds === null || seconds > LAST_SECOND ? null : new Date(seconds * 1000);
}

const videoPage = z.pipe(
  z.object({
    videos: z.array(video),
    cursor: z.optional(z.nullable(digits)),
    has_more: z.optional(z.nullable(z.boolean())),
  }),
  z.transform(
    (data): VideoPage => ({
      videos: data.videos,
      cursor: data.cursor ?? null,
      hasMore: data.has_more ?? false,
    }),
  ),
);

/**
 * The account's public posts, newest first.
 * @see https://developers.tiktok.com/doc/tiktok-api-v2-video-list
 */
export function listVideos(
  options: CallOptions,
  accessToken: Secret,
  { cursor, maxCount }: { cursor: string | null; maxCount: number },
): Promise<Answer<VideoPage>> {
  const body = { max_count: maxCount, ...(cursor !== null && { cursor: Number(cursor) }) };
  return callApi(
    options,
    { method: 'POST', path: `/v2/video/list/?fields=${FIELDS}`, accessToken, body },
    videoPage,
  );
}

/**
 * Those of these posts that are the account's and public; the others are left out.
 * @see https://developers.tiktok.com/doc/tiktok-api-v2-video-query
 */
export function queryVideos(
  options: CallOptions,
  accessToken: Secret,
  ids: readonly string[],
): Promise<Answer<VideoPage>> {
  const body = { filters: { video_ids: ids } };
  return callApi(
    options,
    { method: 'POST', path: `/v2/video/query/?fields=${FIELDS}`, accessToken, body },
    videoPage,
  );
}
