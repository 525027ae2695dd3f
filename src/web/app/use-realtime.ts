import { useEffect, useState } from 'preact/hooks';
import type { WebConfig } from '../api/types.ts';
import type { Auth } from '../session/auth.ts';

/**
 * Has the database tell of changes to the reader's posts, where the project has Realtime. Returns whether it does:
 * elsewhere the page looks again by itself. A local Supabase, by plain http, is not asked for it.
 */
export function useRealtime(config: WebConfig, auth: Auth, onChange: () => void): boolean {
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    if (!config.supabaseUrl.startsWith('https:')) return;
    let close = () => {};
    let isOver = false;
    import('../session/realtime.ts')
      .then(({ followChanges }) => {
        if (!isOver) close = followChanges(config, auth, onChange, setLive);
      })
      .catch(() => setLive(false));
    return () => {
      isOver = true;
      close();
    };
  }, [config, auth, onChange]);
  return isLive;
}
