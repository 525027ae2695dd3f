import type { PostStatus } from '../../contract.ts';
import { isOpen } from '../limits.ts';

/** The pages by their addresses. */
export type Route =
  | { page: 'home' }
  | { page: 'integrations' }
  | { page: 'compose'; editId: string | null; fromId: string | null }
  | { page: 'posts' }
  | { page: 'post'; id: string }
  | { page: 'unknown' };

export function readRoute(pathname: string, search: string): Route {
  const [page = '', id, ...rest] = pathname.split('/').filter(Boolean).map(decode);
  if (rest.length > 0) return { page: 'unknown' };
  if (page === '' && id === undefined) return { page: 'home' };
  if (page === 'integrations' && id === undefined) return { page: 'integrations' };
  if (page === 'compose') {
    const fromId = new URLSearchParams(search).get('from');
    return { page: 'compose', editId: id ?? null, fromId: id === undefined ? fromId : null };
  }
  if (page === 'posts') return id === undefined ? { page: 'posts' } : { page: 'post', id };
  return { page: 'unknown' };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** What of the posts is shown; it all stands in the address, so that it can be gone back to and passed on. */
export interface PostsFilter {
  when: 'upcoming' | 'past';
  view: 'days' | 'list';
  status: PostStatus | null;
  accountId: string | null;
}

export function readPostsFilter(search: string, statuses: readonly PostStatus[]): PostsFilter {
  const given = new URLSearchParams(search);
  const status = statuses.find((status) => status === given.get('status')) ?? null;
  // A state belongs to one of the halves, whichever the address names.
  const isUpcoming = status === null ? given.get('when') !== 'past' : isOpen(status);
  return {
    when: isUpcoming ? 'upcoming' : 'past',
    view: given.get('view') === 'list' ? 'list' : 'days',
    status,
    accountId: given.get('account') || null,
  };
}

export function postsAddress(filter: PostsFilter): string {
  const search = new URLSearchParams({
    ...(filter.when === 'past' && { when: 'past' }),
    ...(filter.view === 'list' && { view: 'list' }),
    ...(filter.status !== null && { status: filter.status }),
    ...(filter.accountId !== null && { account: filter.accountId }),
  }).toString();
  return search === '' ? '/posts' : `/posts?${search}`;
}
