/** When a post is looked at again, in seconds, and when the worker stops trying. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;

function doubling(firstSeconds: number, count: number, atMostSeconds: number): number {
  return Math.min(firstSeconds * 2 ** Math.min(count, 30), atMostSeconds);
}

/** Between status checks: 10 s, 20 s, 40 s … hourly. Moderation can take hours. */
export function nextCheckInSeconds(checkCount: number): number {
  return doubling(10, checkCount, HOUR);
}

/** The same while bytes are missing: TikTok's hour runs, so the next look is never far. */
export function nextSliceInSeconds(checkCount: number): number {
  return Math.min(nextCheckInSeconds(checkCount), MINUTE);
}

/** Before another attempt: 30 s after the first, 1 min, 2 min … every 10 minutes, so that an outage is soon made up for. */
export function nextAttemptInSeconds(earlierAttempts: number): number {
  return doubling(30, Math.max(earlierAttempts - 1, 0), 10 * MINUTE);
}

/** While something outside is down (the media's server, the token endpoint): 30 s … every 15 minutes. */
export function nextLookInSeconds(checkCount: number): number {
  return doubling(30, checkCount, 15 * MINUTE);
}

/** A post that is due later than this is looked at before. */
const FAR_AHEAD_SECONDS = 2.25 * HOUR;
/** So long before its time, for its owner to mend what is found. */
const LOOK_AHEAD_SECONDS = 2 * HOUR;

/** When a post that is queued now is first looked at. */
export function firstLookAt(dueAt: Date, now: Date): Date {
  const isFarAhead = dueAt.getTime() - now.getTime() > FAR_AHEAD_SECONDS * 1000;
  return isFarAhead ? new Date(dueAt.getTime() - LOOK_AHEAD_SECONDS * 1000) : dueAt;
}

/** For a post whose account must be connected again; connecting it wakes the post by itself. */
export const WHILE_DISCONNECTED_SECONDS = HOUR;

/** Attempts that TikTok ended although it had the media; then the post has failed. */
export const MAX_FAILED_ATTEMPTS = 3;
/** Uploads that were not finished within TikTok's hour. Outages alone may do that, so there are more. */
export const MAX_EXPIRED_ATTEMPTS = 10;

/** How long the same trouble may keep a post from going out, unless TikTok itself asks for patience. */
export const GIVE_UP_AFTER_SECONDS = 24 * HOUR;
/** However the troubles change, a post does not go out later than this. */
export const LATEST_START_SECONDS = 7 * 24 * HOUR;
/** How long the worker waits for the owner, for TikTok's limits, or for TikTok's verdict. */
export const PATIENCE_SECONDS = 72 * HOUR;

/** How long TikTok must keep saying that it does not know a publish, before its owner is asked. */
export const UNKNOWN_PUBLISH_SECONDS = 30 * MINUTE;

/** How long after its owner was asked TikTok may still tell what became of a post, and how often that is looked for. */
export const EVIDENCE_SECONDS = 7 * 24 * HOUR;
export const EVIDENCE_CHECK_SECONDS = HOUR;

/** TikTok issues an upload URL for one hour. */
export const UPLOAD_URL_SECONDS = HOUR;
/** Bytes stop well before its end … */
export const STOP_SENDING_AFTER_SECONDS = 55 * MINUTE;
/** … and another init comes well after it, counted from the later of the two moments. */
export const UPLOAD_DEAD_AFTER_SECONDS = 70 * MINUTE;

const LEAST_CHUNK_SECONDS = 2 * MINUTE;
const LEAST_BYTES_PER_SECOND = 25_000;

/**
 * How long a chunk may take: two minutes, in which a large file's is sent by whatever is fast enough for the hour, or as
 * much of the hour as the chunk is of its file. No chunk is waited for that comes more slowly than the least speed.
 */
export function chunkSeconds(chunkBytes: number, fileBytes: number): number {
  const shareSeconds = STOP_SENDING_AFTER_SECONDS * (chunkBytes / fileBytes);
  return Math.max(LEAST_CHUNK_SECONDS, Math.min(chunkBytes / LEAST_BYTES_PER_SECOND, shareSeconds));
}

/** Refreshing this early means that a failing refresh does not stop publishing at once. */
export const REFRESH_BEFORE_END_SECONDS = 30 * MINUTE;
