import type { AppView } from '../../contract.ts';
import { Icon } from '../ui/icon.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { useConnect } from './use-connect.ts';

export interface ConnectPanelProps {
  hasAccounts: boolean;
  ownApp: AppView | null | undefined;
}

export function ConnectPanel({ hasAccounts, ownApp }: ConnectPanelProps) {
  const { connect, isBusy, error } = useConnect();
  return (
    <div class="connect">
      <div class="buttons start">
        <button
          type="button"
          class={`button ${hasAccounts ? '' : 'primary'}`}
          disabled={isBusy}
          aria-busy={isBusy}
          onClick={() => connect('shared')}
        >
          <Icon name="plus" />
          {hasAccounts ? 'Connect another account' : 'Connect TikTok'}
        </button>
        {ownApp && (
          <button type="button" class="button" disabled={isBusy} onClick={() => connect('own')}>
            <Icon name="plus" />
            Connect through your own app
          </button>
        )}
      </div>
      {hasAccounts && (
        <p class="hint">
          TikTok connects the account that is signed in at tiktok.com in this browser. To add another one,
          switch to it there first.
        </p>
      )}
      {error !== undefined && <ProblemNotice error={error} title="Connecting could not begin." />}
    </div>
  );
}
