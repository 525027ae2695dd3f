import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import type { PostListProps } from './post-days.tsx';
import { StatusBadge } from './status-badge.tsx';
import { momentOf, titleOf } from './words.ts';

export function PostTable({ posts, accounts, now }: PostListProps) {
  const { formats } = useApp();
  return (
    <table class="posts">
      <thead>
        <tr>
          <th scope="col">Post</th>
          <th scope="col" class="wide-only">
            Account
          </th>
          <th scope="col">When</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {posts.map((post) => {
          const account = accounts.find(({ id }) => id === post.accountId);
          const moment = momentOf(post, now);
          return (
            <tr key={post.id}>
              <td class="posts-title">
                <Link to={`/posts/${post.id}`}>{titleOf(post)}</Link>
              </td>
              <td class="wide-only">{account ? nameOf(account) : 'Disconnected'}</td>
              <td>
                {moment.getTime() === now.getTime() ? (
                  'Now'
                ) : (
                  <time datetime={moment.toISOString()}>{formats.moment(moment, now)}</time>
                )}
              </td>
              <td>
                <StatusBadge post={post} now={now} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
