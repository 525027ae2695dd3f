import { useEffect, useState } from 'preact/hooks';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { Link } from '../app/link.tsx';
import { Notice } from '../ui/notice.tsx';
import { type CallbackResult, readCallback, withoutCallback } from './words.ts';

/** How coming back from TikTok ended. It is read from the address once and taken out of it. */
export function CallbackNotice() {
  const { accounts } = useApp();
  const [result, setResult] = useState<CallbackResult | null>(() => readCallback(location.search));
  useEffect(() => {
    if (readCallback(location.search) === null) return;
    history.replaceState(
      history.state,
      '',
      `${location.pathname}${withoutCallback(location.search)}${location.hash}`,
    );
  }, []);
  if (result === null) return null;
  const dismiss = () => setResult(null);
  if (result.kind === 'failed') {
    return (
      <Notice tone="bad" title={result.explanation.title} isLive onDismiss={dismiss}>
        <p>{result.explanation.next}</p>
      </Notice>
    );
  }
  // Anybody can make up an address: only an account that is really there is greeted by its name.
  const account = accounts.data?.find(({ id }) => id === result.accountId);
  if (!account) return null;
  return (
    <Notice tone="good" title={`${nameOf(account)} is connected.`} isLive onDismiss={dismiss}>
      <p>
        Everything is ready for its first post. <Link to="/compose">Compose a post</Link>
      </p>
    </Notice>
  );
}
