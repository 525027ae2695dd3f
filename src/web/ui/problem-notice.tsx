import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/problem.ts';
import { Notice } from './notice.tsx';

export interface ProblemNoticeProps {
  /** What was thrown. */
  error: unknown;
  /** What was being done, such as `The account was not disconnected.` */
  title?: string;
  onRetry?: () => void;
  children?: ComponentChildren;
}

/** An error in the words of the API, with what whoever runs the site needs to look it up. */
export function ProblemNotice({ error, title, onRetry, children }: ProblemNoticeProps) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <Notice tone="bad" title={title} isLive>
      {error instanceof ApiError && error.fields.length > 1 ? (
        <ul class="plain">
          {error.fields.map(({ field, message }) => (
            <li key={field}>{message}</li>
          ))}
        </ul>
      ) : (
        <p>{error instanceof ApiError ? (error.fields[0]?.message ?? message) : message}</p>
      )}
      {children}
      {error instanceof ApiError && error.status >= 500 && error.requestId !== null && (
        <p class="fine">
          Request <code>{error.requestId}</code>
        </p>
      )}
      {onRetry && (
        <p>
          <button type="button" class="link-button" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
    </Notice>
  );
}
