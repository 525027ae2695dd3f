import { useState } from 'preact/hooks';
import type { AccountView, DisconnectView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Icon } from '../ui/icon.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';
import { useConnect } from './use-connect.ts';
import { scopeInWords } from './words.ts';

export interface AccountCardProps {
  account: AccountView;
  onDisconnected: (view: DisconnectView) => void;
}

const POSTING_SCOPES = ['video.publish', 'video.upload'];

export function AccountCard({ account, onDisconnected }: AccountCardProps) {
  const { formats } = useApp();
  const { connect, isBusy, error } = useConnect();
  const [isAsking, setAsking] = useState(false);
  const name = nameOf(account);
  const now = new Date();
  const isConnected = account.status === 'connected';
  const needsReconnect = !isConnected || account.reconnectBy !== null;
  const missing = POSTING_SCOPES.filter((scope) => !account.scopes.includes(scope));
  return (
    <article class="card account" aria-label={name}>
      <div class="account-head">
        <Avatar url={account.avatarUrl} name={name} size={48} />
        <div class="account-name">
          <h2>{name}</h2>
          <p class={`state ${isConnected ? (account.reconnectBy ? 'warning' : 'good') : 'bad'}`}>
            <Icon name={isConnected && !account.reconnectBy ? 'check' : 'alert'} size={16} />
            {!isConnected ? 'Must be connected again' : account.reconnectBy ? 'Ends soon' : 'Connected'}
          </p>
        </div>
      </div>

      {!isConnected && (
        <p>
          TikTok no longer lets this site post for {name}. Reconnect it; its queued posts then go on by
          themselves.
        </p>
      )}
      {account.reconnectBy && (
        <p>
          TikTok ends the connection on {formats.day(new Date(account.reconnectBy), now)}. Reconnect it before
          then, and nothing is interrupted.
        </p>
      )}

      <dl class="facts">
        <div>
          <dt>This site may</dt>
          <dd>
            <ul class="plain scopes">
              {account.scopes.map((scope) => (
                <li key={scope} title={scope}>
                  {scopeInWords(scope)}
                </li>
              ))}
            </ul>
            {missing.length > 0 && isConnected && (
              <p class="hint">
                Not allowed: {formats.list(missing.map((scope) => scopeInWords(scope).toLowerCase()))}. To
                allow it, reconnect and leave it switched on.
              </p>
            )}
          </dd>
        </div>
        {isConnected && account.refreshTokenExpiresAt && (
          <div>
            <dt>Lasts until</dt>
            <dd>
              <time datetime={account.refreshTokenExpiresAt}>
                {formats.day(new Date(account.refreshTokenExpiresAt), now)}
              </time>
              <span class="hint"> · renewed by itself while it is in use</span>
            </dd>
          </div>
        )}
        <div>
          <dt>Connected</dt>
          <dd>
            <time datetime={account.connectedAt}>{formats.day(new Date(account.connectedAt), now)}</time>
            {account.authMethod === 'own' && ' through your own app'}
          </dd>
        </div>
      </dl>

      {error !== undefined && <ProblemNotice error={error} title="Reconnecting could not begin." />}
      <div class="buttons start">
        {isConnected && (
          <Link to={`/compose?account=${account.id}`} class="button">
            Compose
          </Link>
        )}
        <button
          type="button"
          class={`button ${needsReconnect ? 'primary' : ''}`}
          disabled={isBusy}
          aria-busy={isBusy}
          aria-label={`Reconnect ${name}`}
          onClick={() => connect(account.authMethod)}
        >
          Reconnect
        </button>
        <button
          type="button"
          class="button quiet-danger"
          aria-label={`Disconnect ${name}`}
          onClick={() => setAsking(true)}
        >
          Disconnect
        </button>
      </div>
      {isAsking && (
        <DisconnectDialog
          account={account}
          onDisconnected={onDisconnected}
          onClose={() => setAsking(false)}
        />
      )}
    </article>
  );
}
