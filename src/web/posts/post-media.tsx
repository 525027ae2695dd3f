import type { PostView } from '../../contract.ts';

/** The media and the words as they were, or will be, sent. */
export function PostMedia({ post }: { post: PostView }) {
  const photos = post.photoUrls ?? [];
  return (
    <figure class="post-media">
      {post.videoUrl !== null && (
        // biome-ignore lint/a11y/useMediaCaption: the video is the reader's own, as they post it
        <video src={post.videoUrl} controls playsInline preload="metadata" aria-label="The video" />
      )}
      {photos.length > 0 && (
        <ul class="plain photo-strip" aria-label="Photos">
          {photos.map((url, place) => (
            <li key={place}>
              <img
                src={url}
                loading="lazy"
                referrerpolicy="no-referrer"
                alt={`${place + 1} of ${photos.length}${place === post.photoCoverIndex ? ', the cover' : ''}`}
              />
            </li>
          ))}
        </ul>
      )}
      {(post.title || post.description) && (
        <figcaption>
          {post.title && <p class={post.description ? 'preview-title' : 'preview-caption'}>{post.title}</p>}
          {post.description && <p class="preview-caption">{post.description}</p>}
        </figcaption>
      )}
    </figure>
  );
}
