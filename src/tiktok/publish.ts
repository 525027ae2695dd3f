import * as z from 'zod/mini';
import type { PrivacyLevel } from '../contract.ts';
import { type Secret, secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type Answer, type CallOptions, callApi } from './call.ts';
import type { ChunkPlan } from './chunks.ts';

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (post_info) */
export interface PostInfo {
  title: string | null;
  privacyLevel: PrivacyLevel;
  disableDuet: boolean;
  disableStitch: boolean;
  disableComment: boolean;
  videoCoverTimestampMs: number | null;
  brandContentToggle: boolean;
  brandOrganicToggle: boolean;
  isAigc: boolean;
}

export type VideoSource = { pullFrom: string } | { upload: ChunkPlan };

export interface InitResult {
  publishId: string;
  /** Only for an upload: whoever holds it can send the bytes. */
  uploadUrl: Secret | null;
}

// Only the publish id must be right. A pull has begun even if something odd stands where an upload URL would.
const initResult = z.pipe(
  z.object({
    publish_id: z.string().check(z.regex(/^[\x21-\x7e]{1,64}$/)),
    upload_url: z.optional(z.unknown()),
  }),
  z.transform(
    ({ publish_id, upload_url: url }): InitResult => ({
      publishId: publish_id,
      uploadUrl: typeof url === 'string' && url !== '' && url.length <= 2048 ? secret(url) : null,
    }),
  ),
);

/**
 * Begins a direct post. By pull this call is what publishes: it is never made twice on an unknown outcome.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 */
export function initVideo(
  options: CallOptions,
  accessToken: Secret,
  post: PostInfo,
  source: VideoSource,
): Promise<Answer<InitResult>> {
  return callApi(
    options,
    {
      method: 'POST',
      path: '/v2/post/publish/video/init/',
      accessToken,
      body: {
        post_info: {
          privacy_level: post.privacyLevel,
          ...(post.title !== null && { title: post.title }),
          disable_duet: post.disableDuet,
          disable_stitch: post.disableStitch,
          disable_comment: post.disableComment,
          ...(post.videoCoverTimestampMs !== null && {
            video_cover_timestamp_ms: post.videoCoverTimestampMs,
          }),
          // TikTok's table requires both toggles where its samples leave them out.
          brand_content_toggle: post.brandContentToggle,
          brand_organic_toggle: post.brandOrganicToggle,
          is_aigc: post.isAigc,
        },
        source_info:
          'pullFrom' in source
            ? { source: 'PULL_FROM_URL', video_url: source.pullFrom }
            : {
                source: 'FILE_UPLOAD',
                video_size: source.upload.sizeBytes,
                chunk_size: source.upload.chunkSizeBytes,
                total_chunk_count: source.upload.chunkCount,
              },
      },
    },
    initResult,
  );
}

export interface PublishStatus {
  /** `PROCESSING_UPLOAD`, `PROCESSING_DOWNLOAD`, `SEND_TO_USER_INBOX`, `PUBLISH_COMPLETE`, `FAILED`, or a new one. */
  status: string;
  failReason: string | null;
  /** Exact, however TikTok wrote them. */
  postIds: string[];
  uploadedBytes: number | null;
}

// Only the status must be right: that a video is published is not to be missed because its id looks odd.
const publishStatus = z.pipe(
  z.object({
    status: z.string().check(z.minLength(1)),
    fail_reason: z.optional(z.unknown()),
    // TikTok's own spelling. Absent until the post is public and moderated; a list of numbers, or one alone.
    publicaly_available_post_id: z.optional(z.unknown()),
    uploaded_bytes: z.optional(z.unknown()),
  }),
  z.transform((data): PublishStatus => {
    const { fail_reason: reason, publicaly_available_post_id: ids } = data;
    return {
      status: data.status,
      failReason: (typeof reason === 'string' && plainText(reason, 100)) || null,
      postIds: [ids].flat().flatMap((id) => ((wholeNumber(id) ?? '0') === '0' ? [] : String(id))),
      uploadedBytes: byteCount(data.uploaded_bytes),
    };
  }),
);

/** The digits of a whole number, exact, or null; long ones come as strings. */
function wholeNumber(value: unknown): string | null {
  const text = typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
  return /^\d{1,20}$/.test(text) ? text : null;
}

function byteCount(value: unknown): number | null {
  const digits = wholeNumber(value);
  return digits === null ? null : Number(digits);
}

/**
 * What became of a publish. Only reads: it may be asked as often as the limits allow.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
 */
export function fetchStatus(
  options: CallOptions,
  accessToken: Secret,
  publishId: string,
): Promise<Answer<PublishStatus>> {
  return callApi(
    options,
    { method: 'POST', path: '/v2/post/publish/status/fetch/', accessToken, body: { publish_id: publishId } },
    publishStatus,
  );
}
