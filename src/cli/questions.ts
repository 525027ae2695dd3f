import type { VideoView } from '../contract.ts';
import { MAX_VIDEOS } from '../contract.ts';
import { creatorInfo as askCreatorInfo } from '../core/creator.ts';
import { askTikTok, isNotAllowed, reauthRequired } from '../core/on-behalf.ts';
import { listVideos } from '../core/videos.ts';
import { RequestError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';
import { finalSentenceOf } from '../lib/wording.ts';
import type { Answer } from '../tiktok/call.ts';
import { errorEntry, failEntry } from '../tiktok/errors.ts';
import { cancelPublish, fetchStatus } from '../tiktok/publish.ts';
import { CommandError, EXIT, type ExitCode, NEEDS_CONSENT } from './exit.ts';
import { OWNER_ID } from './home.ts';
import { list, printable, table } from './output.ts';
import { type AccountOptions, openSession, type Run, type Session } from './session.ts';

/** What may be asked of TikTok, and what it says. */

export async function showCreatorInfo(run: Run, options: AccountOptions): Promise<ExitCode> {
  using session = await openSession(run, options);
  const info = await askCreatorInfo(session.onBehalf, OWNER_ID, session.account.id);
  run.output.result(
    info,
    list({
      'may post': info.canPost ? 'yes' : `no: ${info.reason?.message}`,
      handle: info.creatorUsername && `@${info.creatorUsername}`,
      nickname: info.creatorNickname,
      'privacy levels': info.privacyLevelOptions?.join(', ') ?? null,
      comments: info.commentDisabled === null ? null : info.commentDisabled ? 'off' : 'on',
      duets: info.duetDisabled === null ? null : info.duetDisabled ? 'off' : 'on',
      stitches: info.stitchDisabled === null ? null : info.stitchDisabled ? 'off' : 'on',
      'longest video': info.maxVideoPostDurationSec && `${info.maxVideoPostDurationSec} s`,
    }),
  );
  if (info.canPost) return EXIT.done;
  return NEEDS_CONSENT.includes(info.reason?.code ?? '') ? EXIT.reauthorize : EXIT.failed;
}

export interface VideosOptions extends AccountOptions {
  all?: true;
  cursor?: string;
}

export async function showVideoList(run: Run, { all, cursor, ...options }: VideosOptions): Promise<ExitCode> {
  using session = await openSession(run, options);
  const videos: VideoView[] = [];
  let next: string | null = cursor ?? null;
  let hasMore = true;
  do {
    const query = { accountId: session.account.id, maxCount: MAX_VIDEOS, ...(next && { cursor: next }) };
    const found = await listVideos(session.onBehalf, OWNER_ID, query);
    const isStuck = found.cursor === next;
    videos.push(...found.videos);
    next = found.cursor;
    hasMore = found.hasMore && !isStuck;
  } while (all && hasMore);
  const rest = hasMore ? `\nThere are more: --all, or --cursor ${next}` : '';
  run.output.result({ videos, cursor: next, hasMore }, describeVideos(videos) + rest);
  return EXIT.done;
}

/** @throws {CommandError} 1 if TikTok does not show all of them. */
export async function showVideos(
  run: Run,
  ids: readonly string[],
  options: AccountOptions,
): Promise<ExitCode> {
  if (ids.some((id) => !/^\d{1,20}$/.test(id))) {
    throw new CommandError(EXIT.usage, 'video_ids_invalid', 'A video id is a number of up to 20 digits.');
  }
  using session = await openSession(run, options);
  const wanted = [...new Set(ids)];
  const videos: VideoView[] = [];
  for (let from = 0; from < wanted.length; from += MAX_VIDEOS) {
    const page = wanted.slice(from, from + MAX_VIDEOS);
    const found = await listVideos(session.onBehalf, OWNER_ID, { accountId: session.account.id, ids: page });
    videos.push(...found.videos);
  }
  const missing = wanted.filter((id) => !videos.some((video) => video.id === id));
  const text = missing.length > 0 ? `\nNot shown by TikTok: ${missing.join(', ')}` : '';
  run.output.result({ videos, missing }, describeVideos(videos) + text);
  return missing.length > 0 ? EXIT.failed : EXIT.done;
}

function describeVideos(videos: readonly VideoView[]): string {
  if (videos.length === 0) return 'No public videos.';
  const count = (value: number | null) => String(value ?? '–');
  return table([
    ['id', 'posted', 'views', 'likes', 'comments', 'shares', 'title'],
    ...videos.map((video) => [
      video.id,
      video.createTime?.slice(0, 16) ?? '–',
      count(video.viewCount),
      count(video.likeCount),
      count(video.commentCount),
      count(video.shareCount),
      printable((video.title || video.description) ?? '').slice(0, 60),
    ]),
  ]);
}

const STATUS_TIMEOUT_MS = 8_000;

/** By TikTok's own word; the exit code says whether it is done, has failed or goes on. */
export async function showStatus(run: Run, publishId: string, options: AccountOptions): Promise<ExitCode> {
  using session = await openSession(run, options);
  const status = await ask(session, (token) => fetchStatus(callOptions(session), token, publishId));
  const reason = status.failReason && finalSentenceOf(failEntry(status.failReason));
  run.output.result(
    { publishId, ...status, message: reason },
    list({
      'publish id': publishId,
      status: status.status,
      ...(status.failReason && { reason: `${status.failReason}: ${reason}` }),
      ...(status.uploadedBytes !== null && { 'bytes received': status.uploadedBytes }),
      ...(status.postIds.length > 0 && { 'post ids': status.postIds.join(', ') }),
    }),
  );
  switch (status.status) {
    case 'PUBLISH_COMPLETE':
    case 'SEND_TO_USER_INBOX':
      return EXIT.done;
    case 'FAILED':
      return EXIT.failed;
    default:
      return EXIT.leftToDo;
  }
}

/** Asks TikTok to stop a download. Whether it did, its status tells. */
export async function cancel(run: Run, publishId: string, options: AccountOptions): Promise<ExitCode> {
  using session = await openSession(run, options);
  await ask(session, (token) => cancelPublish(callOptions(session), token, publishId));
  run.output.result(
    { publishId, asked: true },
    `TikTok was asked to stop. Whether it did, tells: npm run tiktok -- status ${publishId}`,
  );
  return EXIT.done;
}

function callOptions({ config, log }: Session) {
  return { apiUrl: config.tiktok.apiUrl, fetch, log, timeoutMs: STATUS_TIMEOUT_MS };
}

/** @throws {RequestError} with TikTok's code if it refuses. */
async function ask<T>(session: Session, question: (token: Secret) => Promise<Answer<T>>): Promise<T> {
  const reply = await askTikTok(session.onBehalf, session.account, question);
  if (reply.kind === 'ok') return reply.data;
  if (reply.kind === 'reconnect') throw reauthRequired(reply.notice);
  const entry = errorEntry(reply.code);
  const sentence = entry ? finalSentenceOf(entry) : `TikTok refuses that (${reply.code}).`;
  if (isNotAllowed(reply)) throw new RequestError(409, 'scope_missing', sentence);
  throw new RequestError(reply.httpStatus === 429 ? 503 : 422, reply.code, sentence);
}
