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
  /** A draft that reached the user's inbox. */
  delivered: boolean;
  /** Empty until the post is public and through moderation; always so for a post not public. */
  postIds: bigint[];
};

const pullTimeoutMs = 3_600_000;

/**
 * Where a publish stands. A direct post is published at the instant its last byte is here; all that follows
 * is only TikTok's slowness to say so. A draft is published when its user says so.
 */
export function outcomeOf(publish: Publish, settings: Settings, nowMs: number): Outcome {
  const { completedAtMs, failReason } = publish;
  const early = earlyFailure(publish, nowMs);
  if (early !== null) return { ...underWay(publish), status: 'FAILED', failReason: early };
  if (completedAtMs === null) return underWay(publish);
  const decidedAtMs = completedAtMs + settings.processingMs;
  const decided = nowMs >= decidedAtMs;
  if (failReason !== null) {
    return decided ? { ...underWay(publish), status: 'FAILED', failReason } : underWay(publish);
  }
  const publishedAt = publish.mode === 'direct' ? completedAtMs : publish.finishedAtMs;
  const shownAtMs = Math.max(decidedAtMs, publish.finishedAtMs ?? 0) + settings.moderationMs;
  const visible = publishedAt !== null && isPublic(publish) && nowMs >= shownAtMs;
  const final = publishedAt === null ? 'SEND_TO_USER_INBOX' : 'PUBLISH_COMPLETE';
  return {
    status: decided ? final : underWay(publish).status,
    failReason: null,
    published: publishedAt !== null,
    publishedAt,
    delivered: publish.mode === 'draft',
    postIds: visible ? [publish.postId] : [],
  };
}

/** The privacy of a draft is chosen in TikTok's own app, here always public. */
function isPublic({ mode, postInfo }: Publish): boolean {
  return mode === 'draft' || postInfo.privacy_level === 'PUBLIC_TO_EVERYONE';
}

/** An end before all bytes were here. */
export function earlyFailure(publish: Publish, nowMs: number): string | null {
  if (publish.completedAtMs !== null) return null;
  if (publish.failedAtMs !== null) return publish.failReason;
  if (publish.failReason === 'auth_removed') return 'auth_removed';
  if (publish.upload !== null) return nowMs >= publish.upload.expiresAtMs ? 'internal' : null;
  return nowMs >= publish.createdAtMs + pullTimeoutMs ? pullFailure(publish) : null;
}

export function pullFailure({ mediaType }: Publish): string {
  return mediaType === 'photo' ? 'photo_pull_failed' : 'video_pull_failed';
}

function underWay({ source }: Publish): Outcome {
  const status = source === 'FILE_UPLOAD' ? 'PROCESSING_UPLOAD' : 'PROCESSING_DOWNLOAD';
  return { status, failReason: null, published: false, publishedAt: null, delivered: false, postIds: [] };
}
