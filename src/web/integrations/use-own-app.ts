import { useEffect, useState } from 'preact/hooks';
import type { AppView } from '../../contract.ts';
import { ApiError } from '../api/problem.ts';
import { useApp } from '../app/context.ts';

export interface OwnApp {
  /** Null: none is stored. Undefined: not known yet. */
  app: AppView | null | undefined;
  error: unknown;
  set: (app: AppView | null) => void;
}

/** The reader's own TikTok app, where they have stored one. */
export function useOwnApp(): OwnApp {
  const { api } = useApp();
  const [app, set] = useState<AppView | null>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const stop = new AbortController();
    api.app(stop.signal).then(set, (thrown: unknown) => {
      if (stop.signal.aborted) return;
      if (thrown instanceof ApiError && thrown.code === 'tiktok_app_missing') set(null);
      else setError(thrown);
    });
    return () => stop.abort();
  }, [api]);
  return { app, error, set };
}
