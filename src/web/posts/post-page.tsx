import { ApiError } from '../api/problem.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Page } from '../app/page.tsx';
import type { Route } from '../app/route.ts';
import { PROCESSING_NOTICE } from '../compose/words.ts';
import { isOpen } from '../limits.ts';
import { usePolled } from '../support/polled.ts';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { PostActions } from './post-actions.tsx';
import { PostFacts } from './post-facts.tsx';
import { PostMedia } from './post-media.tsx';
import { PostStory } from './post-story.tsx';
import { StatusBadge } from './status-badge.tsx';
import { UploadProgress } from './upload-progress.tsx';
import { isMoving, titleOf } from './words.ts';

/** One post: what it is, what has become of it, and what can be done about it (UX-22). */
export function PostPage({ route }: { route: Route }) {
  const id = route.page === 'post' ? route.id : '';
  const { api, changes, isLive, formats } = useApp();
  const {
    data: post,
    error,
    reload,
  } = usePolled(
    id,
    (signal) => api.post(id, signal),
    (post) => (!isLive && post && isMoving(post, new Date()) ? 3_000 : 30_000),
    changes,
  );
  const now = new Date();
  const before = (
    <Link to={post && !isOpen(post.status) ? '/posts?when=past' : '/posts'} class="back">
      <Icon name="back" size={16} />
      Posts
    </Link>
  );
  if (!post) {
    const isGone = error instanceof ApiError && error.status === 404;
    return (
      <Page title={isGone ? 'No such post' : 'Post'} before={before}>
        {isGone && <p>You have no post at this address. It may belong to somebody else.</p>}
        {error !== undefined && !isGone && <ProblemNotice error={error} onRetry={reload} />}
        {error === undefined && (
          <div class="post">
            <Skeleton label="Loading the post" heightsRem={[3, 12, 8]} />
            <Skeleton label="Loading its media" heightsRem={[26]} />
          </div>
        )}
      </Page>
    );
  }
  const { status, shareUrl, error: told } = post;
  const isUnseen =
    post.mode === 'direct' && (status === 'processing' || (status === 'published' && !shareUrl));
  return (
    <Page title={titleOf(post)} before={before} class="post-page">
      <div class="post">
        <div class="post-main">
          <div class="post-state" role="status">
            <StatusBadge post={post} now={now} />
            {status === 'queued' && post.scheduledAt !== null && new Date(post.scheduledAt) > now && (
              <span class="hint">
                goes out {formats.relative(new Date(post.scheduledAt), now)}, on{' '}
                <time datetime={post.scheduledAt}>{formats.moment(new Date(post.scheduledAt), now)}</time>
              </span>
            )}
            {status === 'queued' && post.scheduledAt === null && !told && (
              <span class="hint">goes out within a minute or two</span>
            )}
            {shareUrl && (
              <a class="button primary" href={shareUrl} target="_blank" rel="noopener noreferrer">
                See it on TikTok
                <Icon name="external" size={18} />
              </a>
            )}
          </div>
          {error !== undefined && (
            <ProblemNotice error={error} title="This is not up to date." onRetry={reload} />
          )}
          <UploadProgress post={post} />
          {told && (
            <Notice tone={status === 'failed' || status === 'needs_attention' ? 'bad' : 'warning'}>
              <p>{told.message}</p>
              {status === 'queued' && post.nextCheckAt && (
                <p class="hint">Looked at again {formats.relative(new Date(post.nextCheckAt), now)}.</p>
              )}
              {(told.code === 'reauth_required' || told.code === 'scope_missing') && (
                <p>
                  <Link to="/integrations">Go to your accounts</Link>
                </p>
              )}
            </Notice>
          )}
          {post.cancelRequestedAt !== null && (status === 'initializing' || status === 'processing') && (
            <Notice tone="info" title="TikTok is being asked to stop.">
              <p>It is cancelled when TikTok confirms it. If TikTok was quicker, it is published.</p>
            </Notice>
          )}
          {isUnseen && (
            <Notice tone="info">
              <p>{PROCESSING_NOTICE}</p>
            </Notice>
          )}
          {status === 'delivered' && (
            <Notice tone="info" title="Finish it in the TikTok app.">
              <p>
                Open the notification in the app’s inbox. The draft may be dropped there after a day or so.
              </p>
            </Notice>
          )}
          <PostActions post={post} onChanged={reload} />
          <PostStory post={post} now={now} />
        </div>
        <div class="post-side">
          <PostMedia post={post} />
          <PostFacts post={post} now={now} />
        </div>
      </div>
    </Page>
  );
}
