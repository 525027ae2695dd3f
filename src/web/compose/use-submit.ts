import { useState } from 'preact/hooks';
import type { PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import type { Draft } from './draft.ts';
import { sameOrNew, toChanges, toRequest } from './request.ts';
import type { Judgement } from './rules.ts';

export interface Failure {
  accountId: string;
  nickname: string;
  error: unknown;
}

export interface Outcome {
  /** Queued, or changed, in this go. */
  done: { nickname: string; post: PostView }[];
  failed: Failure[];
}

export interface Submitting {
  isBusy: boolean;
  outcome: Outcome | null;
  submit: (draft: Draft, judgement: Judgement) => Promise<Outcome>;
  forget: () => void;
}

/**
 * Queues one post for each account, one after the other. What has got through leaves the draft at once; what has not stays in
 * it, together with the key under which it is tried again.
 * @param editId the queued post that is changed instead.
 */
export function useSubmit(editId: string | null, change: (changes: Partial<Draft>) => void): Submitting {
  const { api, noteChange } = useApp();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const run = async (draft: Draft, judgement: Judgement): Promise<Outcome> => {
    const agreedAt = new Date();
    const result: Outcome = { done: [], failed: [] };
    let { sent, accountIds } = draft;
    for (const judged of judgement.accounts) {
      const { nickname, account } = judged;
      const body = toRequest(draft, judgement, judged, agreedAt);
      try {
        let post: PostView;
        if (editId === null) {
          const entry = sameOrNew(sent[account.id], body, () => crypto.randomUUID());
          sent = { ...sent, [account.id]: entry };
          change({ sent });
          post = await api.queue(entry.body, entry.key);
        } else post = await api.edit(editId, toChanges(body));
        result.done.push({ nickname, post });
        const { [account.id]: _queued, ...others } = sent;
        sent = others;
        accountIds = accountIds.filter((id) => id !== account.id);
        if (editId === null) change({ sent, accountIds });
      } catch (error) {
        result.failed.push({ accountId: account.id, nickname, error });
      }
    }
    noteChange();
    return result;
  };

  const submit = async (draft: Draft, judgement: Judgement): Promise<Outcome> => {
    setBusy(true);
    setOutcome(null);
    try {
      const result = await run(draft, judgement);
      setOutcome(result);
      return result;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, outcome, submit, forget: () => setOutcome(null) };
}
