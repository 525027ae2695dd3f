import * as z from 'zod/mini';
import type { PrivacyLevel } from '../contract.ts';
import { type Secret, secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type Answer, type ApiRequest, type CallOptions, callApi } from './call.ts';
import type { ChunkPlan } from './chunks.ts';

/** What a direct post says of itself, whatever its media. */
interface DirectInfo {
  privacyLevel: PrivacyLevel;
  disableComment: boolean;
  brandContentToggle: boolean;
  brandOrganicToggle: boolean;
}

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (post_info) */
export interface VideoInfo extends DirectInfo {
  title: string | null;
  disableDuet: boolean;
  disableStitch: boolean;
  videoCoverTimestampMs: number | null;
  isAigc: boolean;
}

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-photo-post (post_info) */
export interface PhotoInfo extends DirectInfo {
  autoAddMusic: boolean;
}

export type VideoSource = { pullFrom: string } | { upload: ChunkPlan };

/** One way to post. A draft goes to the user's inbox: its `info` is null, for TikTok takes no settings with it. */
export type Publication = VideoPublication | PhotoPublication;

interface VideoPublication {
  mediaType: 'video';
  info: VideoInfo | null;
  source: VideoSource;
}

interface PhotoPublication {
  mediaType: 'photo';
  info: PhotoInfo | null;
  title: string | null;
  description: string | null;
  photoUrls: readonly string[];
  /** Counted from 0. */
  coverIndex: number;
}

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
 * Begins a post. By pull this call is what publishes: it is never made twice on an unknown outcome.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-upload-video
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
 */
export function initPost(
  options: CallOptions,
  accessToken: Secret,
  publication: Publication,
): Promise<Answer<InitResult>> {
  return callApi(options, { method: 'POST', accessToken, ...initRequest(publication) }, initResult);
}

function initRequest(publication: Publication): Pick<ApiRequest, 'path' | 'body'> {
  if (publication.mediaType === 'photo') {
    return { path: '/v2/post/publish/content/init/', body: photoBody(publication) };
  }
  const { info, source } = publication;
  const body = { source_info: videoSourceInfo(source) };
  return info === null
    ? { path: '/v2/post/publish/inbox/video/init/', body }
    : { path: '/v2/post/publish/video/init/', body: { post_info: videoPostInfo(info), ...body } };
}

function videoPostInfo(info: VideoInfo) {
  return {
    ...directPostInfo(info),
    ...(info.title !== null && { title: info.title }),
    disable_duet: info.disableDuet,
    disable_stitch: info.disableStitch,
    ...(info.videoCoverTimestampMs !== null && { video_cover_timestamp_ms: info.videoCoverTimestampMs }),
    is_aigc: info.isAigc,
  };
}

/** TikTok's table requires both brand toggles where its samples leave them out. */
function directPostInfo(info: DirectInfo) {
  return {
    privacy_level: info.privacyLevel,
    disable_comment: info.disableComment,
    brand_content_toggle: info.brandContentToggle,
    brand_organic_toggle: info.brandOrganicToggle,
  };
}

function videoSourceInfo(source: VideoSource) {
  return 'pullFrom' in source
    ? { source: 'PULL_FROM_URL', video_url: source.pullFrom }
    : {
        source: 'FILE_UPLOAD',
        video_size: source.upload.sizeBytes,
        chunk_size: source.upload.chunkSizeBytes,
        total_chunk_count: source.upload.chunkCount,
      };
}

function photoBody({ info, title, description, photoUrls, coverIndex }: PhotoPublication) {
  return {
    media_type: 'PHOTO',
    post_mode: info === null ? 'MEDIA_UPLOAD' : 'DIRECT_POST',
    post_info: {
      ...(title !== null && { title }),
      ...(description !== null && { description }),
      ...(info !== null && { ...directPostInfo(info), auto_add_music: info.autoAddMusic }),
    },
    source_info: { source: 'PULL_FROM_URL', photo_images: photoUrls, photo_cover_index: coverIndex },
  };
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

/**
 * Asks TikTok to stop a download that is under way. Best effort: whether it did, the status tells.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (cancel)
 */
export function cancelPublish(
  options: CallOptions,
  accessToken: Secret,
  publishId: string,
): Promise<Answer<unknown>> {
  return callApi(
    options,
    { method: 'POST', path: '/v2/post/publish/cancel/', accessToken, body: { publish_id: publishId } },
    z.unknown(),
  );
}
