import { useEffect, useRef, useState } from 'preact/hooks';
import type { AccountView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import type { CreatorState } from './rules.ts';

export interface Creators {
  states: Record<string, CreatorState>;
  ask: (accountId: string) => void;
}

/**
 * What each chosen account may post, asked of TikTok anew whenever the page is opened or an account is chosen (UX-01); no
 * answer outlives the page.
 */
export function useCreators(accounts: readonly AccountView[], accountIds: readonly string[]): Creators {
  const { api } = useApp();
  const [states, setStates] = useState<Record<string, CreatorState>>({});
  const asked = useRef(new Set<string>());
  const set = (id: string, state: CreatorState) => setStates((before) => ({ ...before, [id]: state }));
  const ask = (id: string) => {
    set(id, { kind: 'loading' });
    api.creatorInfo(id).then(
      (info) => set(id, { kind: 'known', info }),
      (error: Error) => set(id, { kind: 'unavailable', message: error.message }),
    );
  };
  const known = accounts.filter(({ id }) => accountIds.includes(id)).map(({ id }) => id);
  const key = known.join();
  useEffect(() => {
    for (const id of asked.current) if (!known.includes(id)) asked.current.delete(id);
    for (const id of known) {
      if (asked.current.has(id)) continue;
      asked.current.add(id);
      ask(id);
    }
  }, [key]);
  return { states, ask };
}
