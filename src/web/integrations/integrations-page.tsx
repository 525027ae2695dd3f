import { useState } from 'preact/hooks';
import type { DisconnectView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Page } from '../app/page.tsx';
import { Notice } from '../ui/notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { AccountCard } from './account-card.tsx';
import { CallbackNotice } from './callback-notice.tsx';
import { ConnectPanel } from './connect-panel.tsx';
import { OwnAppForm } from './own-app-form.tsx';
import { useOwnApp } from './use-own-app.ts';
import { REVOCATIONS } from './words.ts';

export function IntegrationsPage() {
  const { accounts } = useApp();
  const ownApp = useOwnApp();
  const [farewell, setFarewell] = useState<{ name: string; view: DisconnectView } | null>(null);
  const hasAccounts = (accounts.data?.length ?? 0) > 0;
  return (
    <Page title="Accounts">
      <CallbackNotice />
      {farewell && (
        <Notice
          tone="good"
          title={`${farewell.name} is disconnected.`}
          isLive
          onDismiss={() => setFarewell(null)}
        >
          <p>{REVOCATIONS[farewell.view.revocation]}</p>
        </Notice>
      )}
      {accounts.error !== undefined && !accounts.data && (
        <ProblemNotice error={accounts.error} onRetry={accounts.reload} />
      )}
      {!accounts.data && accounts.error === undefined && (
        <Skeleton label="Loading your accounts" heightsRem={[11, 11]} />
      )}
      {accounts.data && (
        <>
          {hasAccounts ? (
            <ul class="plain accounts">
              {accounts.data.map((account) => (
                <li key={account.id}>
                  <AccountCard
                    account={account}
                    onDisconnected={(view) => setFarewell({ name: nameOf(account), view })}
                  />
                </li>
              ))}
            </ul>
          ) : (
            <p class="lead">
              Connect the TikTok account that you want to post with. TikTok asks you what this site may do;
              you can take it back at any time.
            </p>
          )}
          <ConnectPanel hasAccounts={hasAccounts} ownApp={ownApp.app} />
          <OwnAppForm ownApp={ownApp} />
        </>
      )}
    </Page>
  );
}
