import { useState } from 'preact/hooks';
import type { PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { actionsOf } from './words.ts';

export interface PostActionsProps {
  post: PostView;
  /** What is shown is to be loaded anew: the truth comes from the server. */
  onChanged: () => Promise<void>;
}

type Question = 'cancel' | 'ask' | 'withdraw' | 'retry' | 'published' | 'not_published';

interface Words {
  title: string;
  text: string;
  confirm: string;
  back: string;
  isDangerous?: boolean;
}

const WORDS: Record<Question, Words> = {
  cancel: {
    title: 'Cancel this post?',
    text: 'It will not go out. What it holds stays here, and you can compose another one from it.',
    confirm: 'Cancel the post',
    back: 'Keep it',
    isDangerous: true,
  },
  ask: {
    title: 'Ask TikTok to stop?',
    text: 'TikTok is fetching the media. It may be asked to stop, but it may be quicker: then the post is published.',
    confirm: 'Ask TikTok to stop',
    back: 'Keep it',
    isDangerous: true,
  },
  withdraw: {
    title: 'Cancel this post?',
    text: 'It does not go out again. TikTok is still asked whether it is there already: if so, it is noted as published.',
    confirm: 'Cancel the post',
    back: 'Keep it',
    isDangerous: true,
  },
  retry: {
    title: 'Try this post again?',
    text: 'It goes back into the queue as it is, and out within a minute or two. To change something, compose another one like it instead.',
    confirm: 'Try again',
    back: 'Leave it',
  },
  published: {
    title: 'It is on TikTok?',
    text: 'The post is noted as published, and nothing more is sent.',
    confirm: 'Yes, it is on TikTok',
    back: 'Back',
  },
  not_published: {
    title: 'It is not on TikTok?',
    text: 'The post is sent again, once TikTok was asked about it where it can be. Where it cannot, a post that was published after all will be there twice: look once more, drafts and private posts included.',
    confirm: 'It is not: send it again',
    back: 'Back',
    isDangerous: true,
  },
};

/** Only what the post's state allows. */
export function PostActions({ post, onChanged }: PostActionsProps) {
  const { api, noteChange } = useApp();
  const [question, setQuestion] = useState<Question | null>(null);
  const { edit, cancel, retry, resolve, copy } = actionsOf(post);
  const carryOut = async (asked: Question) => {
    if (asked === 'retry') await api.retry(post.id);
    else if (asked === 'published' || asked === 'not_published') await api.resolve(post.id, asked);
    else await api.cancel(post.id);
    noteChange();
    await onChanged();
  };
  return (
    <>
      {resolve && (
        <div class="resolve">
          <h2>Is it on TikTok?</h2>
          <p>Look at the account’s profile, and at its private posts and drafts. Then say what you found.</p>
          <div class="buttons start">
            <button type="button" class="button" onClick={() => setQuestion('published')}>
              It is on TikTok
            </button>
            <button type="button" class="button" onClick={() => setQuestion('not_published')}>
              It is not on TikTok
            </button>
          </div>
        </div>
      )}
      <div class="buttons start actions">
        {retry && (
          <button type="button" class="button primary" onClick={() => setQuestion('retry')}>
            <Icon name="refresh" size={18} />
            Try again
          </button>
        )}
        {edit && (
          <Link to={`/compose/${post.id}`} class="button">
            <Icon name="pencil" size={18} />
            Edit
          </Link>
        )}
        {copy && (
          <Link to={`/compose?from=${post.id}`} class="button">
            <Icon name="plus" size={18} />
            Compose another like it
          </Link>
        )}
        {cancel && (
          <button type="button" class="button quiet-danger" onClick={() => setQuestion(cancel)}>
            {cancel === 'ask' ? 'Ask TikTok to stop' : 'Cancel post'}
          </button>
        )}
      </div>
      {question && (
        <ConfirmDialog
          title={WORDS[question].title}
          confirmLabel={WORDS[question].confirm}
          cancelLabel={WORDS[question].back}
          isDangerous={WORDS[question].isDangerous ?? false}
          onConfirm={() => carryOut(question)}
          onClose={() => setQuestion(null)}
        >
          <p>{WORDS[question].text}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
