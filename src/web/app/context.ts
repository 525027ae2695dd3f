import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { AccountView } from '../../contract.ts';
import type { Api } from '../api/client.ts';
import type { Auth, Session } from '../session/auth.ts';
import type { Formats } from '../support/format.ts';
import type { Polled } from '../support/polled.ts';
import type { Place } from './navigation.ts';

/** What every page of somebody who is signed in works with. */
export interface App {
  api: Api;
  auth: Auth;
  session: Session;
  formats: Formats;
  place: Place;
  accounts: Polled<AccountView[]>;
  /** Grows whenever the database tells that a post of theirs has changed. */
  changes: number;
  /** Realtime tells of changes, so that looking again is a precaution only. */
  isLive: boolean;
  /** The page has changed something itself: whatever shows posts should look again. */
  noteChange: () => void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp: there is no AppContext above this component.');
  return app;
}
