import { MAX_URL_LENGTH } from '../contract.ts';
import { creatorAnswer } from './creator-answer.ts';
import type { Visit } from './visit.ts';

const VIDEOS_TIMEOUT_MS = 5_000;

/** A published post's address; null when neither the account's @handle nor TikTok's own link can be had just now. */
export async function linkTo(visit: Visit, postIds: readonly string[]): Promise<string | null> {
  const [postId] = postIds;
  if (postId === undefined) return null;
  const username = visit.account.username ?? (await creatorAnswer(visit)).info?.username ?? null;
  const link =
    username === null
      ? await askLink(visit, postId)
      : `https://www.tiktok.com/@${encodeURIComponent(username)}/video/${postId}`;
  return link !== null && link.length <= MAX_URL_LENGTH ? link : null;
}

/** The handle is for accounts that have allowed direct posts; the link for those that show us their videos. */
async function askLink({ deps, access, deadline }: Visit, postId: string): Promise<string | null> {
  const granted = await access.get();
  if (granted.kind !== 'ok' || !granted.scopes.includes('video.list')) return null;
  const answer = await deps.tiktok.queryVideos(
    granted.token,
    [postId],
    deadline.timeoutMs(VIDEOS_TIMEOUT_MS),
  );
  return (answer.kind === 'ok' && answer.data.videos.find(({ id }) => id === postId)?.shareUrl) || null;
}
