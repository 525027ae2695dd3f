import { useState } from 'preact/hooks';
import type { PostView } from '../../contract.ts';
import { Icon } from '../ui/icon.tsx';

/** The cover photo, or that it is a video: of a video nothing is loaded only for a list. */
export function Thumbnail({ post }: { post: PostView }) {
  const [isBroken, setBroken] = useState(false);
  const url = post.photoUrls?.[post.photoCoverIndex ?? 0];
  return (
    <span class="thumbnail">
      {url && !isBroken ? (
        <img src={url} alt="" loading="lazy" referrerpolicy="no-referrer" onError={() => setBroken(true)} />
      ) : (
        <Icon name={post.mediaType === 'video' ? 'video' : 'photo'} />
      )}
    </span>
  );
}
