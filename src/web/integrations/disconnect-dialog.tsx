import { useEffect, useState } from 'preact/hooks';
import type { AccountView, DisconnectView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

export interface DisconnectDialogProps {
  account: AccountView;
  onDisconnected: (view: DisconnectView) => void;
  onClose: () => void;
}

const COUNTED = 100;

export function DisconnectDialog({ account, onDisconnected, onClose }: DisconnectDialogProps) {
  const { api, accounts, noteChange } = useApp();
  const disconnect = async () => {
    const view = await api.disconnect({ accountId: account.id });
    onDisconnected(view);
    noteChange();
    await accounts.reload();
  };
  return (
    <ConfirmDialog
      title={`Disconnect ${nameOf(account)}?`}
      confirmLabel="Disconnect"
      isDangerous
      onConfirm={disconnect}
      onClose={onClose}
    >
      <p>
        <QueuedPosts accountId={account.id} />
      </p>
      <p>
        This site forgets the account's tokens and takes the consent back at TikTok. What has already been
        published stays on TikTok; posts that TikTok is processing may still appear. You can connect the
        account again at any time.
      </p>
    </ConfirmDialog>
  );
}

/** How many posts disconnecting cancels. */
function QueuedPosts({ accountId }: { accountId: string }) {
  const { api, formats } = useApp();
  const [count, setCount] = useState<number | 'more' | 'unknown'>();
  useEffect(() => {
    const stop = new AbortController();
    api
      .posts({ status: 'queued', accountId, limit: COUNTED }, stop.signal)
      .then(({ posts, nextCursor }) => setCount(nextCursor ? 'more' : posts.length))
      .catch(() => stop.signal.aborted || setCount('unknown'));
    return () => stop.abort();
  }, [api, accountId]);
  if (count === undefined) return 'Counting its queued posts …';
  if (count === 'unknown') return 'All of its queued posts will be cancelled.';
  if (count === 'more') return `More than ${COUNTED} queued posts will be cancelled.`;
  if (count === 0) return 'It has no queued posts, so none will be cancelled.';
  return (
    <strong>{formats.count(count, 'queued post', 'queued posts')} of this account will be cancelled.</strong>
  );
}
