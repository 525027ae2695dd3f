import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { navigate } from '../app/navigation.ts';
import { Page } from '../app/page.tsx';
import { type PostsFilter, postsAddress, readPostsFilter } from '../app/route.ts';
import { isOpen } from '../limits.ts';
import { Icon } from '../ui/icon.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { PostDays } from './post-days.tsx';
import { PostTable } from './post-table.tsx';
import { usePosts } from './use-posts.ts';
import { STATUS_WORDS, STATUSES } from './words.ts';

/** Upcoming and past posts, by day or as a table. Which of them are shown stands in the address. */
export function PostsPage() {
  const { place, accounts, formats } = useApp();
  const filter = readPostsFilter(place.search, STATUSES);
  const { data, error, reload, more, isLoadingMore } = usePosts(filter);
  const now = new Date();
  const View = filter.view === 'days' ? PostDays : PostTable;
  return (
    <Page
      title="Posts"
      actions={
        <Link to="/compose" class="button primary">
          <Icon name="plus" />
          Compose
        </Link>
      }
    >
      <Filters filter={filter} />
      {error !== undefined && (
        <ProblemNotice error={error} title="The list is not up to date." onRetry={reload} />
      )}
      {!data && error === undefined && <Skeleton label="Loading your posts" heightsRem={[1.5, 5, 5, 5]} />}
      {data && data.posts.length === 0 && (
        <NoPosts filter={filter} hasAccounts={(accounts.data?.length ?? 1) > 0} />
      )}
      {data && data.posts.length > 0 && (
        <>
          <p class="visually-hidden" role="status">
            {formats.count(data.posts.length, 'post', 'posts')}
            {data.hasMore && ', and more'}
          </p>
          <View posts={data.posts} accounts={accounts.data ?? []} now={now} />
          {data.hasMore && (
            <div class="buttons start">
              <button
                type="button"
                class="button"
                disabled={isLoadingMore}
                aria-busy={isLoadingMore}
                onClick={more}
              >
                Show more
              </button>
            </div>
          )}
        </>
      )}
    </Page>
  );
}

function Filters({ filter }: { filter: PostsFilter }) {
  const { accounts } = useApp();
  const to = (changes: Partial<PostsFilter>) => postsAddress({ ...filter, ...changes });
  const current = (isCurrent: boolean) => (isCurrent ? ('true' as const) : undefined);
  return (
    <div class="filters">
      <div class="filter-row">
        <nav class="segments" aria-label="Which posts">
          <Link
            to={to({ when: 'upcoming', status: null })}
            aria-current={current(filter.when === 'upcoming')}
          >
            Upcoming
          </Link>
          <Link to={to({ when: 'past', status: null })} aria-current={current(filter.when === 'past')}>
            Past
          </Link>
        </nav>
        <nav class="segments" aria-label="How they are shown">
          <Link to={to({ view: 'days' })} aria-current={current(filter.view === 'days')}>
            By day
          </Link>
          <Link to={to({ view: 'list' })} aria-current={current(filter.view === 'list')}>
            List
          </Link>
        </nav>
      </div>
      <div class="filter-row">
        <select
          aria-label="State"
          value={filter.status ?? ''}
          onChange={(event) => {
            const status = STATUSES.find((name) => name === event.currentTarget.value) ?? null;
            navigate(to({ status }));
          }}
        >
          <option value="">All states</option>
          {STATUSES.filter((status) => isOpen(status) === (filter.when === 'upcoming')).map((status) => (
            <option key={status} value={status}>
              {STATUS_WORDS[status].name}
            </option>
          ))}
        </select>
        <select
          aria-label="Account"
          value={filter.accountId ?? ''}
          onChange={(event) => navigate(to({ accountId: event.currentTarget.value || null }))}
        >
          <option value="">All accounts</option>
          {accounts.data?.map((account) => (
            <option key={account.id} value={account.id}>
              {nameOf(account)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function NoPosts({ filter, hasAccounts }: { filter: PostsFilter; hasAccounts: boolean }) {
  if (filter.status !== null || filter.accountId !== null) {
    return (
      <div class="empty">
        <h2>No posts like that</h2>
        <Link to={postsAddress({ ...filter, status: null, accountId: null })} class="button">
          Show all
        </Link>
      </div>
    );
  }
  if (filter.when === 'past') {
    return (
      <div class="empty">
        <h2>Nothing has gone out yet</h2>
        <p>What has been published, sent as a draft, cancelled or has failed is kept here.</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>Nothing is waiting to go out</h2>
      <p>
        {hasAccounts
          ? 'Compose a post: it goes out at once, or at the time that you choose, and you can follow it here.'
          : 'Connect a TikTok account first. Then compose a post, and follow it here.'}
      </p>
      <Link to={hasAccounts ? '/compose' : '/integrations'} class="button primary">
        {hasAccounts ? 'Compose a post' : 'Connect an account'}
      </Link>
    </div>
  );
}
