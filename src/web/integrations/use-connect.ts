import { useState } from 'preact/hooks';
import { useApp } from '../app/context.ts';

export interface Connecting {
  /** Sends the browser to TikTok; it comes back to the page of the accounts. */
  connect: (authMethod: 'shared' | 'own') => Promise<void>;
  isBusy: boolean;
  error: unknown;
}

export function useConnect(): Connecting {
  const { api } = useApp();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const connect = async (authMethod: 'shared' | 'own') => {
    setBusy(true);
    setError(undefined);
    try {
      const redirectUrl = `${location.origin}/integrations`;
      const { authorizeUrl } = await api.connect({ redirectUrl, authMethod });
      location.assign(authorizeUrl);
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return { connect, isBusy, error };
}
