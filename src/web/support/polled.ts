import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** How long until the next look: longer after each failure, but never more than a minute because of them. */
export function nextDelayMs(intervalMs: number, failures: number): number {
  return failures === 0 ? intervalMs : Math.max(intervalMs, Math.min(60_000, 2_000 * 2 ** failures));
}

export interface Polled<T> {
  /** The last answer, also while a newer one is on its way or did not come. */
  data: T | undefined;
  /** Why the last look failed. */
  error: unknown;
  reload: () => Promise<void>;
}

/**
 * Looks again and again while the page is visible. Another `key` is another thing to look at: what was known of the old
 * one is forgotten. `changes` grows when something is known to have changed.
 */
export function usePolled<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  intervalMs: (data: T | undefined) => number,
  changes = 0,
): Polled<T> {
  const [state, setState] = useState<{ key: string | null; data?: T; error?: unknown }>({ key });
  const latest = useRef({ load, intervalMs });
  latest.current = { load, intervalMs };
  const look = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let data: T | undefined;
    let running = 0;

    look.current = async () => {
      clearTimeout(timer);
      const turn = ++running;
      try {
        const loaded = await latest.current.load(stop.signal);
        if (stop.signal.aborted || turn !== running) return;
        failures = 0;
        data = loaded;
        setState({ key, data: loaded });
      } catch (error) {
        if (stop.signal.aborted || turn !== running) return;
        failures += 1;
        setState((before) => ({ ...(before.key === key ? before : { key }), error }));
      }
      plan();
    };
    const plan = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      timer = setTimeout(look.current, nextDelayMs(latest.current.intervalMs(data), failures));
    };
    const onVisibility = () => (document.hidden ? clearTimeout(timer) : void look.current());

    void look.current();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key]);

  useEffect(() => {
    if (changes > 0) void look.current();
  }, [changes]);

  const reload = useCallback(() => look.current(), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : undefined, error: isCurrent ? state.error : undefined, reload };
}
