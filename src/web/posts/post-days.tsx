import type { AccountView, PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { PostRow } from './post-row.tsx';
import { byDay } from './words.ts';

export interface PostListProps {
  posts: readonly PostView[];
  accounts: readonly AccountView[];
  now: Date;
}

export function PostDays({ posts, accounts, now }: PostListProps) {
  const { formats } = useApp();
  return (
    <div class="days">
      {byDay(posts, now, formats).map((day) => (
        <section key={day.key} aria-labelledby={`day-${day.key}`}>
          <h2 id={`day-${day.key}`}>{day.name}</h2>
          <ul class="plain rows">
            {day.posts.map((post) => (
              <PostRow
                key={post.id}
                post={post}
                account={accounts.find(({ id }) => id === post.accountId)}
                now={now}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
