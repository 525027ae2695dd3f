import type { PostView } from '../../contract.ts';
import { Icon } from '../ui/icon.tsx';
import { statusOf } from './words.ts';

export function StatusBadge({ post, now }: { post: PostView; now: Date }) {
  const { name, tone, icon } = statusOf(post, now);
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} size={16} />
      {name}
    </span>
  );
}
