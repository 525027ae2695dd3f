import type { PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { runningAttempt } from './words.ts';

/** How much of a running upload TikTok has. */
export function UploadProgress({ post }: { post: PostView }) {
  const { formats } = useApp();
  const attempt = runningAttempt(post);
  if (post.status !== 'uploading' || !attempt || attempt.sizeBytes === null) return null;
  const { sentBytes, sizeBytes } = attempt;
  return (
    <div class="progress">
      <progress aria-label="Upload" max={sizeBytes} value={sentBytes} />
      <span class="hint">
        {formats.size(sentBytes)} of {formats.size(sizeBytes)}
      </span>
    </div>
  );
}
