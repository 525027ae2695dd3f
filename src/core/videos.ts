import type { VideosQuery, VideosView, VideoView } from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import { notice } from '../notices.ts';
import type { Video } from '../tiktok/display.ts';
import {
  askTikTok,
  findAccount,
  isNotAllowed,
  type OnBehalfDeps,
  reauthRequired,
  tiktokUnavailable,
} from './on-behalf.ts';

const DEFAULT_COUNT = 10;

/**
 * The account's public videos with their counts, a page or those with the given ids.
 * @throws {RequestError} 404 if the account is not theirs, 409 if it must be connected again or did not allow this, 503
 * if TikTok does not answer.
 */
export async function listVideos(
  deps: OnBehalfDeps,
  userId: string,
  { accountId, ids, cursor, maxCount = DEFAULT_COUNT }: VideosQuery,
): Promise<VideosView> {
  const account = await findAccount(deps, userId, accountId);
  if (!account.scopes.includes('video.list')) throw notAllowed();

  const reply = await askTikTok(deps, account, (token) =>
    ids
      ? deps.tiktok.queryVideos(token, ids)
      : deps.tiktok.listVideos(token, { cursor: cursor ?? null, maxCount }),
  );
  if (reply.kind === 'reconnect') throw reauthRequired(reply.notice);
  if (reply.kind === 'refused') {
    if (isNotAllowed(reply)) throw notAllowed();
    deps.log.warn('videos_refused', { accountId, code: reply.code, logId: reply.logId });
    throw tiktokUnavailable();
  }
  const { data } = reply;
  return { ...data, videos: data.videos.map(viewVideo) };
}

function notAllowed(): RequestError {
  const { code, message } = notice(
    'scope_missing',
    'The list of videos needs video.list, which the site must ask for (TIKTOK_SCOPES).',
  );
  return new RequestError(409, code, message);
}

function viewVideo({ createdAt, ...rest }: Video): VideoView {
  return { ...rest, createTime: createdAt?.toISOString() ?? null };
}
