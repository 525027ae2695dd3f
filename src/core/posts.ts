import {
  FIELD_ERRORS,
  type ListQuery,
  type MediaCheckRequest,
  type MediaCheckView,
  type PostRequest,
  type PostView,
  type PostWithStoryView,
  type ResolveRequest,
} from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import type { Log } from '../lib/log.ts';
import type { MediaSource } from '../media/source.ts';
import { notice } from '../notices.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { EditedPost, PostStore } from '../store/posts.ts';
import type { Account, PostWithAttempts } from '../store/rows.ts';
import { accountNotFound } from './accounts.ts';
import { type MonotonicMs, startDeadline } from './deadline.ts';
import { knownMaxDurationSec, lookAtMedia, type MediaFound } from './media-look.ts';
import { isGood, type Verdict } from './media-rules.ts';
import { viewMedia } from './media-view.ts';
import { badConsent, type CheckDeps, checkMediaFields, checkRequest, warningsFor } from './post-check.ts';
import { viewEvent, viewPost } from './post-view.ts';
import { firstLookAt } from './schedule.ts';
import { missingFor } from './scopes.ts';
import { isToBePulled, type TransferDeps } from './transfer.ts';

export interface PostDeps extends CheckDeps {
  posts: PostStore;
  accounts: Pick<AccountStore, 'find'>;
  log: Log;
  monotonicMs: MonotonicMs;
}

/** What only queueing and editing need. */
export interface QueueDeps extends PostDeps, TransferDeps {
  /** Opens the way to media; other calls do not pay for it. */
  openMedia(): Promise<MediaSource>;
}

/** How long somebody who queues a post is kept waiting for its media to be looked at. */
const LOOK_MS = 6_000;

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
  deps: Omit<QueueDeps, 'posts'> & { posts: Pick<PostStore, 'findByKey' | 'create'> },
  userId: string,
  request: PostRequest,
  idempotencyKey: string | null,
): Promise<QueuedPost> {
  const dueAt = checkRequest(request, deps);
  checkKey(idempotencyKey);
  const idempotency = idempotencyKey === null ? null : { key: idempotencyKey, hash: fingerprint(request) };

  const earlier = idempotency && (await deps.posts.findByKey(userId, idempotency.key));
  if (earlier) return replay(earlier, idempotency);

  const account = await findAccountFor(deps, userId, request);
  const chosen = await prepare(deps, request, dueAt, account);
  const result = await deps.posts.create({ userId, ...chosen, idempotency });
  if ('existing' in result) return replay(result.existing, idempotency);
  deps.log.info('post_queued', { postId: result.created.id, accountId: account.id });
  return { post: viewPost(result.created), isReplay: false };
}

/**
 * Looks at the media before anything is stored.
 * @throws {RequestError} 422 with TikTok's own reason, if TikTok would refuse them.
 */
async function prepare(
  deps: Omit<QueueDeps, 'posts'>,
  request: PostRequest,
  dueAt: Date | null,
  account: Account,
): Promise<EditedPost> {
  const now = deps.now();
  const verdict = await look(deps, request, account);
  return {
    request,
    schedule: dueAt && { dueAt, runAt: firstLookAt(dueAt, now) },
    mediaChecked: isGood(verdict),
    warnings: [...warningsFor(request), ...verdict.warnings],
  };
}

/**
 * Says of media what queueing them would say, and stores nothing.
 * @throws {RequestError} as `queuePost`.
 */
export async function checkMedia(
  deps: QueueDeps,
  userId: string,
  request: MediaCheckRequest,
): Promise<MediaCheckView> {
  checkMediaFields(request, deps);
  const account = await findAccountFor(deps, userId, request);
  const { warnings, found } = await look(deps, request, account);
  return { warnings, media: viewMedia(found) };
}

/** @throws {RequestError} 422 with TikTok's own reason, if TikTok would refuse the media. */
async function look(
  deps: Pick<QueueDeps, 'openMedia' | 'monotonicMs' | 'now'> & TransferDeps,
  request: MediaCheckRequest,
  account: Account,
): Promise<Verdict & { found: MediaFound }> {
  await using media = await deps.openMedia();
  const isUpload = !isToBePulled(deps, request, account);
  const { leftMs } = startDeadline(deps.monotonicMs, LOOK_MS);
  const { found, judge } = await lookAtMedia(media, request, isUpload, leftMs);
  const verdict = judge(knownMaxDurationSec(account, deps.now()));
  const { refusal } = verdict;
  if (refusal) {
    const field = request.mediaType === 'video' ? 'videoUrl' : 'photoUrls';
    throw new RequestError(422, refusal.code, refusal.message, [{ field, ...refusal }]);
  }
  return { ...verdict, found };
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
  request: Pick<PostRequest, 'accountId' | 'mode'>,
): Promise<Account> {
  const account = await accounts.find(userId, request.accountId);
  if (!account) throw accountNotFound();
  const missing = missingFor(request.mode, account.scopes);
  if (missing) throw new RequestError(409, missing.code, missing.message);
  return account;
}

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
  return viewPost(await findPost(deps, userId, postId));
}

/** The same as it is stored. @throws {RequestError} 404 if there is none, or it is somebody else's. */
async function findPost(deps: Pick<PostDeps, 'posts'>, userId: string, postId: string) {
  const post = UUID.test(postId) ? await deps.posts.find(userId, postId) : null;
  if (!post) throw new RequestError(404, 'post_not_found', 'You have no such post.');
  return post;
}

/**
 * A post, and what became of it.
 * @throws {RequestError} as `getPost`.
 */
export async function getPostWithStory(
  deps: Pick<PostDeps, 'posts'>,
  userId: string,
  postId: string,
): Promise<PostWithStoryView> {
  const post = await getPost(deps, userId, postId);
  const story = await deps.posts.story(userId, postId);
  return { ...post, story: story.map(viewEvent) };
}

/** The user's posts in the order that the query asks for; `nextCursor` is null on the last page. */
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
 * Cancels a post: at once while it is queued; while TikTok is still downloading its media, or is just being told to,
 * TikTok is asked, and the post is `cancelled` only when TikTok confirms it or has not taken it. One that is not published
 * by its owner's word does not go out again, and is `cancelled` when TikTok does not contradict.
 * @throws {RequestError} 404 if it is not theirs, 409 if it has gone too far.
 */
export async function cancelPost(
  deps: Pick<PostDeps, 'posts' | 'log'>,
  userId: string,
  postId: string,
): Promise<{ post: PostView; isPending: boolean }> {
  const result = UUID.test(postId)
    ? await deps.posts.cancel(userId, postId, notice('withdrawn'))
    : 'too_late';
  const post = await getPost(deps, userId, postId);
  deps.log.info('owner_cancels', { postId, result });
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

/** What TikTok and its users get to see, and so what a consent is for. */
const AGREED_FIELDS = [
  'videoUrl',
  'photoUrls',
  'photoCoverIndex',
  'title',
  'description',
  'mode',
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
const EDITABLE_FIELDS = [...AGREED_FIELDS, 'transfer', 'scheduledAt'] as const;

/**
 * With the consent that it came with, or else the one that the post has.
 * @throws {RequestError} 422 if that one was for something else.
 */
function withConsent(request: PostRequest, post: PostView): PostRequest {
  if (request.consent || !post.consent) return request;
  const isSame = (field: (typeof AGREED_FIELDS)[number]) =>
    JSON.stringify(request[field] ?? null) === JSON.stringify(post[field]);
  if (!AGREED_FIELDS.every(isSame)) throw badConsent('consent_required');
  return { ...request, consent: post.consent };
}

/**
 * Rewrites a post that is still queued, by what `editOf` makes of it. A worker that has read the old one does not begin it.
 * @throws {RequestError} naming what is wrong; 404 if it is not theirs, 409 if it has been begun, or edited meanwhile.
 */
export async function editPost(
  deps: QueueDeps,
  userId: string,
  postId: string,
  editOf: (post: PostView) => PostRequest,
): Promise<PostView> {
  const found = await findPost(deps, userId, postId);
  const post = viewPost(found);
  const request = editOf(post);
  if (request.accountId !== post.accountId || request.mediaType !== post.mediaType) {
    throw new RequestError(
      400,
      'field_fixed',
      'The account and the kind of media stay as they are; cancel this post and queue another.',
    );
  }
  const dueAt = checkRequest(request, deps);
  const account = await findAccountFor(deps, userId, request);
  const edited = await prepare(deps, withConsent(request, post), dueAt, account);
  const isEdited = await deps.posts.edit(userId, found, edited);
  const after = await getPost(deps, userId, postId);
  deps.log.info('owner_edits', { postId, result: isEdited ? 'ok' : after.status });
  if (isEdited) return after;
  if (after.status === 'queued') {
    throw new RequestError(
      409,
      'post_changed',
      'The post was edited elsewhere meanwhile; nothing of this edit was kept. Read it again, then edit what is there now.',
    );
  }
  throw new RequestError(
    409,
    'post_not_editable',
    `Only a queued post can be edited; this one is ${after.status}.`,
  );
}

/** @throws {RequestError} 404 if it is not theirs, 409 if it has not failed. */
export async function retryPost(
  deps: Pick<PostDeps, 'posts' | 'log'>,
  userId: string,
  postId: string,
): Promise<PostView> {
  const isQueued = UUID.test(postId) && (await deps.posts.retry(userId, postId));
  const post = await getPost(deps, userId, postId);
  deps.log.info('owner_retries', { postId, result: isQueued ? 'ok' : post.status });
  if (isQueued) return post;
  throw new RequestError(
    409,
    'post_not_failed',
    `Only a failed post can be tried again; this one is ${post.status}.`,
  );
}

/**
 * Settles a post that needs attention by the word of its owner, who has looked at TikTok. One that is not published is
 * queued again; while TikTok can be asked about its publish, it needs attention until TikTok does not contradict.
 * @throws {RequestError} 404 if it is not theirs, 409 if it does not need attention.
 */
export async function resolvePost(
  deps: Pick<PostDeps, 'posts' | 'log'>,
  userId: string,
  postId: string,
  { outcome }: ResolveRequest,
): Promise<PostView> {
  const isPublished = outcome === 'published';
  const isSettled =
    UUID.test(postId) && (await deps.posts.resolve(userId, postId, isPublished, notice('asked_once_more')));
  const post = await getPost(deps, userId, postId);
  deps.log.info('owner_resolves', { postId, answer: outcome, result: isSettled ? 'ok' : post.status });
  if (isSettled) return post;
  throw new RequestError(
    409,
    'post_not_unresolved',
    `Only a post that needs attention can be resolved; this one is ${post.status}.`,
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function encodeCursor({ place, id }: { place: string; id: string }): string {
  return Buffer.from(`${place} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { place: string; id: string } {
  const [, place = '', id = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!UUID.test(id) || Number.isNaN(Date.parse(place))) {
    throw new RequestError(400, 'cursor_invalid', FIELD_ERRORS.cursor_invalid);
  }
  return { place, id };
}

/** An instant to the microsecond, as the database writes it, and an id. */
const CURSOR = /^(20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?) ([0-9a-f-]{36})$/;
