import type { PostEventView, PostView } from '../contract.ts';
import type { Attempt, PostEvent, PostWithAttempts } from '../store/rows.ts';

/** A post as its owner sees it. */
export function viewPost(post: PostWithAttempts): PostView {
  return {
    id: post.id,
    accountId: post.accountId,
    mediaType: post.mediaType,
    videoUrl: post.videoUrl,
    photoUrls: post.photoUrls,
    photoCoverIndex: post.photoCoverIndex,
    title: post.title,
    description: post.description,
    mode: post.mode,
    transfer: post.transfer,
    privacyLevel: post.privacyLevel,
    disableDuet: post.disableDuet,
    disableStitch: post.disableStitch,
    disableComment: post.disableComment,
    videoCoverTimestampMs: post.videoCoverTimestampMs,
    brandContentToggle: post.brandContentToggle,
    brandOrganicToggle: post.brandOrganicToggle,
    isAigc: post.isAigc,
    autoAddMusic: post.autoAddMusic,
    consent: post.consent && {
      declaration: post.consent.declaration,
      agreedAt: post.consent.agreedAt.toISOString(),
    },
    scheduledAt: post.scheduledAt?.toISOString() ?? null,
    status: post.status,
    publishId: post.publishId,
    postIds: post.postIds,
    shareUrl: post.shareUrl,
    error: post.error,
    warnings: post.warnings,
    cancelRequestedAt: post.cancelRequestedAt?.toISOString() ?? null,
    nextCheckAt: post.runAt?.toISOString() ?? null,
    createdAt: post.createdAt.toISOString(),
    publishedAt: post.publishedAt?.toISOString() ?? null,
    attempts: post.attempts.map(viewAttempt),
  };
}

export function viewEvent({ happenedAt, ...told }: PostEvent): PostEventView {
  return { at: happenedAt.toISOString(), ...told };
}

/** What is published was sent to its last byte. */
function isComplete({ outcome }: Attempt): boolean {
  return outcome === 'published' || outcome === 'delivered';
}

function viewAttempt(attempt: Attempt): PostView['attempts'][number] {
  return {
    number: attempt.number,
    transfer: attempt.transfer,
    startedAt: attempt.startedAt.toISOString(),
    finishedAt: attempt.finishedAt?.toISOString() ?? null,
    publishId: attempt.publishId,
    sizeBytes: attempt.sizeBytes,
    sentBytes: isComplete(attempt) ? (attempt.sizeBytes ?? 0) : attempt.nextByte,
    outcome: attempt.outcome,
    error: attempt.error,
    logId: attempt.logId,
  };
}
