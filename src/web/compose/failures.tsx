import { ApiError } from '../api/problem.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Notice } from '../ui/notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import type { Outcome } from './use-submit.ts';

export interface FailuresProps {
  outcome: Outcome;
  /** The earlier try stays, and this one becomes a post of its own. */
  onAnew: (accountId: string) => void;
}

/** What went through and what did not. The form keeps all that did not. */
export function Failures({ outcome: { done, failed }, onAnew }: FailuresProps) {
  const { formats } = useApp();
  if (failed.length === 0) return null;
  return (
    <>
      {done.length > 0 && (
        <Notice
          tone="good"
          title={`Queued for ${formats.list(done.map(({ nickname }) => nickname))}.`}
          isLive
        >
          <p>
            {done.length === 1 ? 'That one is' : 'Those are'} <Link to="/posts">among your posts</Link>. What
            is left here is for the others.
          </p>
        </Notice>
      )}
      {failed.map(({ accountId, nickname, error }) =>
        error instanceof ApiError && error.code === 'idempotency_key_reused' ? (
          <Notice
            key={accountId}
            tone="warning"
            title={`An earlier try for ${nickname} had got through.`}
            isLive
          >
            <p>
              It is <Link to="/posts">among your posts</Link> as it was then. You can edit it there, or{' '}
              <button type="button" class="link-button" onClick={() => onAnew(accountId)}>
                make this another post
              </button>
              .
            </p>
          </Notice>
        ) : (
          <ProblemNotice key={accountId} error={error} title={`Not queued for ${nickname}.`}>
            <p>Everything is still here. Trying again makes no second post.</p>
          </ProblemNotice>
        ),
      )}
    </>
  );
}
