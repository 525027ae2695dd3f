import type { PostWithStoryView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { storyOf } from './words.ts';

export interface PostStoryProps {
  post: PostWithStoryView;
  now: Date;
}

/** Everything that has happened to a post, the first first. */
export function PostStory({ post, now }: PostStoryProps) {
  const { formats } = useApp();
  const logIds = post.attempts.flatMap(({ logId }) => logId ?? []);
  return (
    <section aria-labelledby="story">
      <h2 id="story">What has happened</h2>
      <ol class="plain story">
        {storyOf(post, formats).map(({ key, at, isNewDay, tone, title, text }) => (
          <li key={key} class={tone}>
            {isNewDay && <p class="story-day">{formats.day(new Date(at), now)}</p>}
            <p class="story-title">
              {title}
              <time datetime={at} title={formats.utc(new Date(at))}>
                {formats.clock(new Date(at))}
              </time>
            </p>
            {text && <p class="hint">{text}</p>}
          </li>
        ))}
      </ol>
      {logIds.length > 0 && (
        <p class="fine">
          TikTok’s support asks for {logIds.length === 1 ? 'this log id' : 'these log ids'}:{' '}
          <code>{logIds.join(', ')}</code>
        </p>
      )}
    </section>
  );
}
