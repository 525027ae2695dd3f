import { useEffect, useState } from 'preact/hooks';
import type { WebConfigView } from '../../contract.ts';
import type { Auth } from '../session/auth.ts';

const GATHER_MS = 1_000;

/**
 * Has the database tell of changes to the reader's posts, where the project has Realtime. Returns whether it does:
 * elsewhere the page looks again by itself. A local Supabase, by plain http, is not asked for it.
 */
export function useRealtime(config: WebConfigView, auth: Auth, onChange: () => void): boolean {
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    if (!config.supabaseUrl.startsWith('https:')) return;
    let close = () => {};
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // An upload notes every chunk: what comes close together is one change.
    const note = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        onChange();
      }, GATHER_MS);
    };
    import('../session/realtime.ts')
      .then(({ followChanges }) => {
        if (!isOver) close = followChanges(config, auth, note, setLive);
      })
      .catch(() => setLive(false));
    return () => {
      isOver = true;
      clearTimeout(timer);
      close();
    };
  }, [config, auth, onChange]);
  return isLive;
}
