import type { AccountView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { Avatar } from '../ui/avatar.tsx';
import type { Draft } from './draft.ts';

export interface AccountChooserProps {
  accounts: readonly AccountView[];
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  error: string | undefined;
}

/** One account, or several: each gets a post of its own. */
export function AccountChooser({ accounts, draft, change, error }: AccountChooserProps) {
  const toggle = (id: string) =>
    change({
      accountIds: draft.accountIds.includes(id)
        ? draft.accountIds.filter((chosen) => chosen !== id)
        : [...draft.accountIds, id],
    });
  return (
    <fieldset class="part" id="accounts" tabIndex={-1}>
      <legend>Post with</legend>
      <div class="account-choices">
        {accounts.map((account) => (
          <label key={account.id} class="account-choice">
            <input
              type="checkbox"
              checked={draft.accountIds.includes(account.id)}
              onChange={() => toggle(account.id)}
            />
            <Avatar url={account.avatarUrl} name={nameOf(account)} size={28} />
            <span>{nameOf(account)}</span>
          </label>
        ))}
      </div>
      {draft.accountIds.length > 1 && (
        <p class="hint">
          The same content goes to each of them as a post of its own, with its own settings below.
        </p>
      )}
      {error && <p class="field-error">{error}</p>}
    </fieldset>
  );
}
