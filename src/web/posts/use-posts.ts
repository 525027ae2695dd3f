import { useState } from 'preact/hooks';
import type { PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import type { PostsFilter } from '../app/route.ts';
import { type Polled, usePolled } from '../support/polled.ts';
import { isMoving } from './words.ts';

const PAGE_SIZE = 50;

export interface Listed {
  posts: PostView[];
  hasMore: boolean;
}

/** The posts that a filter lets through, followed for as long as they are looked at. */
export function usePosts(filter: PostsFilter): Polled<Listed> & { more: () => void; isLoadingMore: boolean } {
  const { api, changes, isLive } = useApp();
  const { when, status, accountId } = filter;
  const key = JSON.stringify([when, status, accountId]);
  const [wanted, setWanted] = useState({ key, pages: 1 });
  const pages = wanted.key === key ? wanted.pages : 1;

  const load = async (signal: AbortSignal): Promise<Listed & { pages: number }> => {
    const posts: PostView[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pages; page++) {
      const answer = await api.posts(
        {
          when,
          limit: PAGE_SIZE,
          cursor,
          status: status ?? undefined,
          accountId: accountId ?? undefined,
        },
        signal,
      );
      posts.push(...answer.posts);
      cursor = answer.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    return { posts, hasMore: cursor !== undefined, pages };
  };
  const interval = (data: Listed | undefined) => {
    if (isLive) return 60_000;
    const now = new Date();
    return data?.posts.some((post) => isMoving(post, now)) ? 5_000 : 20_000;
  };
  const polled = usePolled(key, load, interval, changes + (pages - 1));
  return {
    ...polled,
    more: () => setWanted({ key, pages: pages + 1 }),
    isLoadingMore: polled.data !== undefined && polled.data.pages < pages,
  };
}
