import {
  FIELD_ERRORS,
  type FieldErrorCode,
  type ListQuery,
  MAX_PHOTO_TITLE_LENGTH,
  MAX_SCHEDULE_DAYS,
  type PostRequest,
  type PostView,
  type ResolveRequest,
} from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { parseMediaUrl } from '../media/url.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { PostStore } from '../store/posts.ts';
import type { Attempt, Notice, PostWithAttempts } from '../store/rows.ts';
import { accountNotFound } from './accounts.ts';

export interface PostDeps {
  posts: PostStore;
  accounts: Pick<AccountStore, 'find'>;
  mediaAllowedOrigins: readonly string[];
  now(): Date;
}

export interface QueuedPost {
  post: PostView;
  /** The same request under the same key had made it before. */
  isReplay: boolean;
}

/**
 * Queues a post. With an idempotency key, the same request again gives the same post.
 * @throws {RequestError} naming what is wrong with the request.
 */
export async function queuePost(
  deps: PostDeps,
  userId: string,
  request: PostRequest,
  idempotencyKey: string | null,
): Promise<QueuedPost> {
  const runAt = checkRequest(request, deps);
  checkKey(idempotencyKey);
  const idempotency = idempotencyKey === null ? null : { key: idempotencyKey, hash: fingerprint(request) };

  const earlier = idempotency && (await deps.posts.findByKey(userId, idempotency.key));
  if (earlier) return replay(earlier, idempotency);

  await findAccountFor(deps, userId, request);
  const result = await deps.posts.create({
    userId,
    request,
    runAt,
    warnings: warningsFor(request),
    idempotency,
  });
  if ('created' in result) return { post: viewPost(result.created), isReplay: false };
  return replay(result.existing, idempotency);
}

/** The post that the same key has queued before, if the request is the same. */
function replay(post: PostWithAttempts, idempotency: { hash: string } | null): QueuedPost {
  if (post.idempotencyHash !== idempotency?.hash) {
    throw new RequestError(
      422,
      'idempotency_key_reused',
      'This Idempotency-Key has queued a different post before; use a new key for a new post.',
    );
  }
  return { post: viewPost(post), isReplay: true };
}

/** @throws {RequestError} unless the account is theirs and has allowed what the post needs. */
async function findAccountFor(
  { accounts }: Pick<PostDeps, 'accounts'>,
  userId: string,
  request: PostRequest,
): Promise<void> {
  const account = await accounts.find(userId, request.accountId);
  if (!account) throw accountNotFound();
  const scope = request.mode === 'direct' ? 'video.publish' : 'video.upload';
  if (!account.scopes.includes(scope)) {
    throw new RequestError(
      409,
      'scope_missing',
      `This account did not allow ${scope}. Connect it again and allow it.`,
    );
  }
}

type Problem = { field: keyof PostRequest; code: FieldErrorCode };

/** What the schema cannot say. Returns when the post is due; null: at once. */
function checkRequest(request: PostRequest, { mediaAllowedOrigins, now }: PostDeps): Date | null {
  const isPublic = (url: string) => parseMediaUrl(url, mediaAllowedOrigins) !== null;
  const scheduledAt = request.scheduledAt === undefined ? null : new Date(request.scheduledAt);
  const problems =
    request.mediaType === 'video' ? videoProblems(request, isPublic) : photoProblems(request, isPublic);
  if (request.mode === 'direct' && request.brandContentToggle && request.privacyLevel === 'SELF_ONLY') {
    problems.push({ field: 'privacyLevel', code: 'branded_content_private' });
  }
  if (request.mode === 'direct' && !request.privacyLevel) {
    problems.push({ field: 'privacyLevel', code: 'privacy_level_required' });
  }
  if (scheduledAt && scheduledAt.getTime() < 0) {
    problems.push({ field: 'scheduledAt', code: 'scheduled_at_invalid' });
  }
  if (scheduledAt && scheduledAt.getTime() > now().getTime() + MAX_SCHEDULE_DAYS * 24 * 3600 * 1000) {
    problems.push({ field: 'scheduledAt', code: 'scheduled_at_too_far' });
  }

  const [first] = problems;
  if (first) {
    const fields = problems.map(({ field, code }) => ({ field, code, message: FIELD_ERRORS[code] }));
    const detail = fields.map(({ field, message }) => `${field}: ${message}`).join(' ');
    throw new RequestError(400, first.code, detail, fields);
  }
  return scheduledAt && scheduledAt > now() ? scheduledAt : null;
}

function videoProblems(request: PostRequest, isPublic: (url: string) => boolean): Problem[] {
  const problems: Problem[] = (['photoUrls', 'photoCoverIndex', 'description', 'autoAddMusic'] as const)
    .filter((field) => isSet(request[field]))
    .map((field) => ({ field, code: 'photo_field' }));
  if (request.videoUrl === undefined) problems.push({ field: 'videoUrl', code: 'video_url_required' });
  else if (!isPublic(request.videoUrl)) problems.push({ field: 'videoUrl', code: 'video_url_invalid' });
  return problems;
}

function photoProblems(request: PostRequest, isPublic: (url: string) => boolean): Problem[] {
  const { photoUrls, photoCoverIndex = 0, title = '', transfer } = request;
  const problems: Problem[] = VIDEO_FIELDS.filter((field) => isSet(request[field])).map((field) => ({
    field,
    code: 'video_field',
  }));
  if (photoUrls === undefined) problems.push({ field: 'photoUrls', code: 'photo_urls_required' });
  else if (!photoUrls.every(isPublic)) problems.push({ field: 'photoUrls', code: 'photo_urls_invalid' });
  else if (photoCoverIndex >= photoUrls.length) {
    problems.push({ field: 'photoCoverIndex', code: 'photo_cover_invalid' });
  }
  if (title.length > MAX_PHOTO_TITLE_LENGTH) problems.push({ field: 'title', code: 'photo_title_too_long' });
  if (transfer === 'upload') problems.push({ field: 'transfer', code: 'photos_are_pulled' });
  return problems;
}

/** A switch left off says nothing. */
const isSet = (value: unknown) => value !== undefined && value !== false;

const VIDEO_FIELDS = ['videoUrl', 'disableDuet', 'disableStitch', 'videoCoverTimestampMs', 'isAigc'] as const;

/** What is right but will not be as its sender may think. */
function warningsFor(request: PostRequest): Notice[] {
  if (request.mode === 'direct') return [];
  const isLost =
    DIRECT_FIELDS.some((field) => request[field]) || (request.mediaType === 'video' && request.title);
  return isLost ? [DRAFT_SETTINGS_NOT_SENT] : [];
}

const DIRECT_FIELDS = [
  'privacyLevel',
  'disableDuet',
  'disableStitch',
  'disableComment',
  'videoCoverTimestampMs',
  'brandContentToggle',
  'brandOrganicToggle',
  'isAigc',
  'autoAddMusic',
] as const;

const DRAFT_SETTINGS_NOT_SENT: Notice = {
  code: 'draft_settings_not_sent',
  message:
    'TikTok takes no settings with a draft, and no caption with a video draft: they are chosen in the TikTok app when the draft is finished there.',
};

function checkKey(key: string | null): void {
  if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new RequestError(
      400,
      'idempotency_key_invalid',
      'Idempotency-Key: send 1 to 255 visible ASCII characters, such as a UUID.',
    );
  }
}

/** The same for the same request, however its members were ordered. */
function fingerprint(request: PostRequest): string {
  return sha256(JSON.stringify(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** @throws {RequestError} 404 if there is none, or it is somebody else's. */
export async function getPost(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  postId: string,
): Promise<PostView> {
  const post = UUID.test(postId) ? await deps.posts.find(userId, postId) : null;
  if (!post) throw new RequestError(404, 'post_not_found', 'You have no such post.');
  return viewPost(post);
}

/** The user's posts, newest first; `nextCursor` is null on the last page. */
export async function listPosts(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  query: ListQuery,
): Promise<{ posts: PostView[]; nextCursor: string | null }> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const found = await deps.posts.list(userId, { ...query, after, limit: query.limit + 1 });
  const posts = found.slice(0, query.limit);
  const last = posts.at(-1);
  return {
    posts: posts.map(viewPost),
    nextCursor: last && found.length > query.limit ? encodeCursor(last) : null,
  };
}

/**
 * Cancels a post: at once while it is queued; while TikTok is still downloading its media, TikTok is asked, and the
 * post is `cancelled` only when TikTok confirms it.
 * @throws {RequestError} 404 if it is not theirs, 409 if it has gone too far.
 */
export async function cancelPost(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  postId: string,
): Promise<{ post: PostView; isPending: boolean }> {
  const result = UUID.test(postId) ? await deps.posts.cancel(userId, postId) : 'too_late';
  const post = await getPost(deps, userId, postId);
  if (result === 'requested') return { post, isPending: true };
  if (result === 'cancelled' || post.status === 'cancelled') return { post, isPending: false };
  throw new RequestError(
    409,
    'post_not_cancellable',
    `It is too late to cancel: the post is ${post.status}. Delete it in the TikTok app once it is there.`,
  );
}

/** A post's request with changes laid over it, still to be checked as a whole; null takes a field away. */
export function applyChanges(post: PostView, changes: unknown): unknown {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) return changes;
  const current = Object.fromEntries(EDITABLE_FIELDS.map((field) => [field, post[field]]));
  const merged = { accountId: post.accountId, mediaType: post.mediaType, ...current, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

const EDITABLE_FIELDS = [
  'videoUrl',
  'photoUrls',
  'photoCoverIndex',
  'title',
  'description',
  'mode',
  'transfer',
  'privacyLevel',
  'disableDuet',
  'disableStitch',
  'disableComment',
  'videoCoverTimestampMs',
  'brandContentToggle',
  'brandOrganicToggle',
  'isAigc',
  'autoAddMusic',
  'scheduledAt',
] as const;

/**
 * Rewrites a post that is still queued. A worker that has read the old one does not begin it.
 * @throws {RequestError} naming what is wrong; 404 if it is not theirs, 409 if it has been begun.
 */
export async function editPost(
  deps: PostDeps,
  userId: string,
  post: PostView,
  request: PostRequest,
): Promise<PostView> {
  if (request.accountId !== post.accountId || request.mediaType !== post.mediaType) {
    throw new RequestError(
      400,
      'field_fixed',
      'The account and the kind of media stay as they are; cancel this post and queue another.',
    );
  }
  const runAt = checkRequest(request, deps);
  await findAccountFor(deps, userId, request);
  const isEdited = await deps.posts.edit(userId, post.id, { request, runAt, warnings: warningsFor(request) });
  const after = await getPost(deps, userId, post.id);
  if (isEdited) return after;
  throw new RequestError(
    409,
    'post_not_editable',
    `Only a queued post can be edited; this one is ${after.status}.`,
  );
}

/** @throws {RequestError} 404 if it is not theirs, 409 if it has not failed. */
export async function retryPost(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  postId: string,
): Promise<PostView> {
  const isQueued = UUID.test(postId) && (await deps.posts.retry(userId, postId));
  const post = await getPost(deps, userId, postId);
  if (isQueued) return post;
  throw new RequestError(
    409,
    'post_not_failed',
    `Only a failed post can be tried again; this one is ${post.status}.`,
  );
}

/**
 * Settles a post that needs attention by the word of its owner, who has looked at TikTok.
 * @throws {RequestError} 404 if it is not theirs, 409 if it does not need attention.
 */
export async function resolvePost(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  postId: string,
  { outcome }: ResolveRequest,
): Promise<PostView> {
  const isSettled = UUID.test(postId) && (await deps.posts.resolve(userId, postId, outcome === 'published'));
  const post = await getPost(deps, userId, postId);
  if (isSettled) return post;
  throw new RequestError(
    409,
    'post_not_unresolved',
    `Only a post that needs attention can be resolved; this one is ${post.status}.`,
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function encodeCursor({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (!UUID.test(id) || !/^20\d\d-.{18}Z$/.test(createdAt) || Number.isNaN(Date.parse(createdAt))) {
    throw new RequestError(400, 'cursor_invalid', FIELD_ERRORS.cursor_invalid);
  }
  return { createdAt, id };
}

function viewPost(post: PostWithAttempts): PostView {
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
