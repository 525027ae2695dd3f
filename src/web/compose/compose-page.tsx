import { useState } from 'preact/hooks';
import type { PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { useLoaded } from '../app/loaded.ts';
import { Page } from '../app/page.tsx';
import type { Route } from '../app/route.ts';
import { Notice } from '../ui/notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { ComposeForm } from './compose-form.tsx';
import { Queued } from './queued.tsx';
import type { Outcome } from './use-submit.ts';

/** A new post, one like another (`?from=`), or a queued one to be changed (`/compose/<id>`). */
export function ComposePage({ route }: { route: Route }) {
  const { accounts, place } = useApp();
  const { editId, fromId } = route.page === 'compose' ? route : { editId: null, fromId: null };
  const source = useSource(editId ?? fromId);
  const [queued, setQueued] = useState<{ done: Outcome['done']; moves: number } | null>(null);
  const title = editId === null ? 'Compose' : 'Edit post';

  const error = source.error ?? (accounts.data ? undefined : accounts.error);
  if (error !== undefined) {
    return (
      <Page title={title}>
        <ProblemNotice error={error} onRetry={() => location.reload()} />
      </Page>
    );
  }
  if (!accounts.data || source.value === undefined) {
    return (
      <Page title={title}>
        <div class="compose">
          <Skeleton label="Loading" heightsRem={[6, 10, 8, 12]} />
          <Skeleton label="Loading the preview" heightsRem={[30]} />
        </div>
      </Page>
    );
  }
  if (accounts.data.length === 0) {
    return (
      <Page title={title}>
        <div class="empty">
          <h2>First, connect a TikTok account</h2>
          <p>A post needs an account to go out with. Connecting one takes two clicks.</p>
          <Link to="/integrations" class="button primary">
            Go to your accounts
          </Link>
        </div>
      </Page>
    );
  }
  const post = source.value;
  if (editId !== null && post?.status !== 'queued') {
    return (
      <Page title={title}>
        <Notice tone="warning" title="This post cannot be edited any more.">
          <p>
            Only a queued post can be; this one has been begun or is over.{' '}
            <Link to={`/posts/${editId}`}>See it</Link>
          </p>
        </Notice>
      </Page>
    );
  }
  // The form is another one after each post: TikTok is asked anew (UX-01).
  if (queued?.moves === place.moves) return <Queued done={queued.done} onAnother={() => setQueued(null)} />;
  return (
    <ComposeForm
      key={`${editId} ${fromId}`}
      accounts={accounts.data}
      editId={editId}
      source={post}
      onQueued={(done) => setQueued({ done, moves: place.moves })}
    />
  );
}

/** The post that this one begins from; null: from nothing. */
function useSource(id: string | null): { value: PostView | null | undefined; error: unknown } {
  const { api } = useApp();
  return useLoaded<PostView | null>(`source ${id}`, async () => (id === null ? null : api.post(id)));
}
