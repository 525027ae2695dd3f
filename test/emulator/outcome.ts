import type { Settings } from './options.ts';
import type { Publish } from './state.ts';

export type PublishStatus =
  | 'PROCESSING_UPLOAD'
  | 'PROCESSING_DOWNLOAD'
  | 'SEND_TO_USER_INBOX'
  | 'PUBLISH_COMPLETE'
  | 'FAILED';

export type Outcome = {
  status: PublishStatus;
  failReason: string | null;
  /** On TikTok for good, though the status may not say so yet. */
  published: boolean;
  publishedAt: number | null;
  /** Empty until the post is public and through moderation; always so for a post not public. */
  postIds: bigint[];
};

const pullTimeoutMs = 3_600_000;

/**
 * Where a publish stands. It is published at the instant its last byte is here; all that follows is only
 * TikTok's slowness to say so.
 */
export function outcomeOf(publish: Publish, settings: Settings, nowMs: number): Outcome {
  const { completedAtMs, failReason } = publish;
  const early = earlyFailure(publish, nowMs);
  if (early !== null) return { ...underWay(publish), status: 'FAILED', failReason: early };
  if (completedAtMs === null) return underWay(publish);
  const decidedAtMs = completedAtMs + settings.processingMs;
  if (failReason !== null) {
    return nowMs < decidedAtMs ? underWay(publish) : { ...underWay(publish), status: 'FAILED', failReason };
  }
  const isPublic = publish.postInfo.privacy_level === 'PUBLIC_TO_EVERYONE';
  const visible = isPublic && nowMs >= decidedAtMs + settings.moderationMs;
  return {
    status: nowMs < decidedAtMs ? underWay(publish).status : 'PUBLISH_COMPLETE',
    failReason: null,
    published: true,
    publishedAt: completedAtMs,
    postIds: visible ? [publish.postId] : [],
  };
}

/** An end before all bytes were here. */
export function earlyFailure(publish: Publish, nowMs: number): string | null {
  if (publish.completedAtMs !== null) return null;
  if (publish.failedAtMs !== null) return publish.failReason;
  if (publish.failReason === 'auth_removed') return 'auth_removed';
  if (publish.upload !== null) return nowMs >= publish.upload.expiresAtMs ? 'internal' : null;
  return nowMs >= publish.createdAtMs + pullTimeoutMs ? 'video_pull_failed' : null;
}

function underWay({ source }: Publish): Outcome {
  const status = source === 'FILE_UPLOAD' ? 'PROCESSING_UPLOAD' : 'PROCESSING_DOWNLOAD';
  return { status, failReason: null, published: false, publishedAt: null, postIds: [] };
}
