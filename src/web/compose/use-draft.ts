import { useCallback, useRef, useState } from 'preact/hooks';
import { readStored, store } from '../support/stored.ts';
import { type Draft, hasContent, isDraft } from './draft.ts';

export interface Drafting {
  draft: Draft;
  /** What was typed on an earlier visit is back. */
  isRestored: boolean;
  change: (changes: Partial<Draft>) => void;
  /** Back to how it began; nothing is kept any more. */
  reset: (draft: Draft) => void;
}

/** A draft that outlives the page: errors, a closed tab and signing in again lose nothing. */
export function useDraft(key: string, begin: () => Draft): Drafting {
  const [{ draft, isRestored }, setState] = useState(() => {
    const kept = readStored(key, isDraft);
    return kept && hasContent(kept)
      ? { draft: kept, isRestored: true }
      : { draft: begin(), isRestored: false };
  });
  const latest = useRef(draft);
  const change = useCallback(
    (changes: Partial<Draft>) => {
      latest.current = { ...latest.current, ...changes };
      store(key, latest.current);
      setState(({ isRestored }) => ({ draft: latest.current, isRestored }));
    },
    [key],
  );
  const reset = useCallback(
    (next: Draft) => {
      latest.current = next;
      store(key, null);
      setState({ draft: next, isRestored: false });
    },
    [key],
  );
  return { draft, isRestored, change, reset };
}
