import { useEffect, useState } from 'preact/hooks';

/** A part of the program that is fetched when it is needed: undefined until it is there. */
export function useLoaded<T>(key: string, load: () => Promise<T>): { value: T | undefined; error: unknown } {
  const [state, setState] = useState<{ key: string; value?: T; error?: unknown }>({ key });
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setState({ key, value }),
      (error: unknown) => isCurrent && setState({ key, error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return state.key === key
    ? { value: state.value, error: state.error }
    : { value: undefined, error: undefined };
}
