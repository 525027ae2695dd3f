import { RealtimeClient } from '@supabase/realtime-js';
import type { WebConfigView } from '../../contract.ts';
import type { Auth } from './auth.ts';

/**
 * Follows the reader's rows by Supabase Realtime; row level security decides which those are. Where it does not answer,
 * `tell(false)` and nothing more: the page looks by itself. Returns what ends it.
 */
export function followChanges(
  { supabaseUrl, supabasePublishableKey }: WebConfigView,
  auth: Auth,
  onChange: () => void,
  tell: (isLive: boolean) => void,
): () => void {
  const client = new RealtimeClient(`${supabaseUrl.replace(/^http/, 'ws')}/realtime/v1`, {
    params: { apikey: supabasePublishableKey },
    accessToken: () => auth.token(false),
  });
  const table = (name: string) => ({ event: '*', schema: 'public', table: name }) as const;
  client
    .channel('posts')
    .on('postgres_changes', table('social_posts'), onChange)
    .on('postgres_changes', table('social_post_attempts'), onChange)
    .subscribe((status) => tell(status === 'SUBSCRIBED'));
  return () => void client.disconnect();
}
