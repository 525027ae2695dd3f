import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Page } from '../app/page.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Outcome } from './use-submit.ts';
import { PROCESSING_NOTICE } from './words.ts';

export interface QueuedProps {
  done: Outcome['done'];
  onAnother: () => void;
}

/** After publishing: that it takes a while (UX-21), and where it can be followed (UX-22). */
export function Queued({ done, onAnother }: QueuedProps) {
  const { formats } = useApp();
  const now = new Date();
  const [first] = done;
  const scheduledAt = first?.post.scheduledAt;
  const isDraft = first?.post.mode === 'draft';
  const title = `${isDraft ? 'Draft' : 'Post'}${done.length > 1 ? 's' : ''} ${scheduledAt ? 'scheduled' : 'queued'}`;
  const warnings = [...new Map(done.flatMap(({ post }) => post.warnings.map((w) => [w.code, w]))).values()];
  return (
    <Page title={title} isNext>
      <div class="queued">
        <Notice
          tone="good"
          isLive
          title={
            scheduledAt
              ? `It goes out on ${formats.day(new Date(scheduledAt), now)} at ${formats.time(new Date(scheduledAt))}.`
              : 'It goes out within a minute or two.'
          }
        >
          <p>
            {isDraft
              ? 'Then it arrives in the inbox of the TikTok app, where you finish it.'
              : PROCESSING_NOTICE}
          </p>
        </Notice>
        {warnings.map(({ code, message }) => (
          <Notice key={code} tone="warning">
            <p>{message}</p>
          </Notice>
        ))}
        <ul class="plain queued-list">
          {done.map(({ nickname, post }) => (
            <li key={post.id}>
              <Link to={`/posts/${post.id}`} class="button primary wide">
                {done.length > 1 ? `Follow it for ${nickname}` : 'Follow it'}
              </Link>
            </li>
          ))}
        </ul>
        <div class="buttons start">
          <Link to="/posts" class="button">
            All posts
          </Link>
          <button type="button" class="button" onClick={onAnother}>
            Compose another
          </button>
        </div>
      </div>
    </Page>
  );
}
