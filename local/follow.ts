import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Post } from './api.ts';

export type QueuedPost = { label: string; id: string };
export type PublishedPost = QueuedPost & { publishId: string; postIds: string[]; shareUrl: string };

export type FollowOptions = {
  api: Api;
  tick: () => Promise<void>;
  posts: QueuedPost[];
  /** Says one event, with the time since the beginning. */
  tell: (event: string) => void;
  signal: AbortSignal;
  deadlineMs: number;
};

const pollIntervalMs = 500;
const tickIntervalMs = 2_000;

/**
 * Ticks the worker again and again, as the schedule would each minute, and tells what becomes of the posts, until
 * all of them are public. Throws when one cannot become so any more, or time is up.
 */
export async function followPosts(options: FollowOptions): Promise<PublishedPost[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const ticking = tickAgainAndAgain(options, signal);
  try {
    return await watch(options);
  } finally {
    stop.abort();
    await ticking;
  }
}

async function tickAgainAndAgain({ tick, tell }: FollowOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tick().catch((error: unknown) => {
      if (!signal.aborted) tell(`the worker failed: ${error instanceof Error ? error.message : error}`);
    });
    await sleep(tickIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function watch({ api, posts, tell, signal, deadlineMs }: FollowOptions): Promise<PublishedPost[]> {
  const deadline = Date.now() + deadlineMs;
  const seen = new Map<string, Post>();
  for (;;) {
    for (const { label, id } of posts) {
      const before = seen.get(id);
      if (before !== undefined && isPublic(before)) continue;
      const post = await api.post(id);
      for (const event of changes(before, post)) tell(`${label.padEnd(9)} ${event}`);
      seen.set(id, post);
      if (endedOtherwise.has(post.status))
        throw new Error(`The ${label} post did not get out. ${explain(post)}`);
    }
    const published = posts.map((queued) => asPublished(queued, seen.get(queued.id)));
    if (published.every((post) => post !== null)) return published;
    if (Date.now() > deadline) throw new Error(stuck(posts, seen, deadlineMs));
    await sleep(pollIntervalMs, undefined, { signal });
  }
}

const endedOtherwise = new Set(['failed', 'needs_attention', 'cancelled', 'delivered']);

/** Public and known by its address: TikTok gives the id only once moderation has let the post through. */
function isPublic(post: Post): boolean {
  return post.status === 'published' && post.postIds.length > 0 && post.shareUrl !== null;
}

function asPublished(queued: QueuedPost, post: Post | undefined): PublishedPost | null {
  if (post === undefined || !isPublic(post) || post.publishId === null || post.shareUrl === null) return null;
  return { ...queued, publishId: post.publishId, postIds: post.postIds, shareUrl: post.shareUrl };
}

function changes(before: Post | undefined, post: Post): string[] {
  const events: string[] = [];
  if (before?.status !== post.status) {
    events.push(before === undefined ? post.status : `${before.status} → ${post.status}`);
  }
  if (post.publishId !== null && post.publishId !== before?.publishId)
    events.push(`publish id ${post.publishId}`);
  if (post.error !== null && post.error.code !== before?.error?.code) events.push(explain(post));
  if (isPublic(post)) events.push(`post id ${post.postIds.join(', ')}, ${post.shareUrl}`);
  return events;
}

function explain({ status, error }: Post): string {
  return error === null ? `It is ${status}.` : `It is ${status} (${error.code}): ${error.message}`;
}

function stuck(posts: QueuedPost[], seen: Map<string, Post>, deadlineMs: number): string {
  const lines = posts.flatMap(({ label, id }) => {
    const post = seen.get(id);
    if (post === undefined) return [`  ${label}: never seen`];
    return isPublic(post) ? [] : [`  ${label}: ${explain(post)} Next check at ${post.nextCheckAt}.`];
  });
  return [`Not everything was published within ${deadlineMs / 1000} s:`, ...lines].join('\n');
}
