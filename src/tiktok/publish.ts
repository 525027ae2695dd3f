import * as z from 'zod/mini';
import type { PrivacyLevel } from '../contract.ts';
import { type Secret, secret } from '../lib/secret.ts';
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

const initResult = z.pipe(
  z.object({
    publish_id: z.string().check(z.minLength(1), z.maxLength(64)),
    upload_url: z.optional(z.nullable(z.string().check(z.maxLength(2048)))),
  }),
  z.transform(
    ({ publish_id, upload_url }): InitResult => ({
      publishId: publish_id,
      uploadUrl: upload_url ? secret(upload_url) : null,
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

const postId = z.union([z.string().check(z.regex(/^\d{1,20}$/)), z.number()]);
const byteCount = z.optional(z.nullable(z.union([z.number(), z.string()])));
const publishStatus = z.pipe(
  z.object({
    status: z.string().check(z.minLength(1)),
    fail_reason: z.optional(z.nullable(z.string())),
    // TikTok's own spelling. Absent until the post is public and moderated; a list of numbers, or one alone.
    publicaly_available_post_id: z.optional(z.nullable(z.union([z.array(postId), postId]))),
    uploaded_bytes: byteCount,
  }),
  z.transform(
    (data): PublishStatus => ({
      status: data.status,
      failReason: data.fail_reason || null,
      postIds: [data.publicaly_available_post_id ?? []].flat().map(String),
      uploadedBytes: data.uploaded_bytes == null ? null : Number(data.uploaded_bytes),
    }),
  ),
);

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
