import type { AccountView, PostView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Icon } from '../ui/icon.tsx';
import { StatusBadge } from './status-badge.tsx';
import { Thumbnail } from './thumbnail.tsx';
import { UploadProgress } from './upload-progress.tsx';
import { momentOf, titleOf } from './words.ts';

export interface PostRowProps {
  post: PostView;
  account: AccountView | undefined;
  now: Date;
}

/** One post of a day. */
export function PostRow({ post, account, now }: PostRowProps) {
  const { formats } = useApp();
  const moment = momentOf(post, now);
  const isDueNow = moment.getTime() === now.getTime();
  return (
    <li class="row">
      <Thumbnail post={post} />
      <div class="row-text">
        <p class="row-title">
          <Link to={`/posts/${post.id}`}>{titleOf(post)}</Link>
        </p>
        <p class="hint row-facts">
          <span>
            {isDueNow ? 'Now' : <time datetime={moment.toISOString()}>{formats.time(moment)}</time>}
          </span>
          <span>{account ? nameOf(account) : 'A disconnected account'}</span>
          {post.mode === 'draft' && <span>Draft</span>}
        </p>
        <WhatItWaitsFor post={post} />
        <UploadProgress post={post} />
      </div>
      <div class="row-end">
        <StatusBadge post={post} now={now} />
        {post.shareUrl && (
          <a href={post.shareUrl} target="_blank" rel="noopener noreferrer">
            On TikTok
            <Icon name="external" size={16} />
          </a>
        )}
      </div>
    </li>
  );
}

function WhatItWaitsFor({ post }: { post: PostView }) {
  const text =
    post.error?.message ??
    (post.status === 'processing' && post.cancelRequestedAt !== null
      ? 'TikTok is being asked to stop.'
      : post.status === 'delivered'
        ? 'Finish it in the TikTok app.'
        : null);
  return text === null ? null : <p class="row-wait">{text}</p>;
}
