import * as z from 'zod/mini';
import type { PostStatus } from '../contract.ts';
import { type Database, run } from './supabase.ts';

/** Of the TikTok account and the app that an event names. */
export interface HintedAccount {
  openId: string;
  clientKey: string;
}

/** Has the worker look sooner, at most once a minute for each post; a state is never written here. */
export function createHintStore(database: Database) {
  return {
    /**
     * Brings the next look at a publish nearer; false if there is no such publish under way, or it is looked at soon.
     * `reopen`: where even a post that the worker is done with is looked at once more.
     */
    hintPost(
      { openId, clientKey }: HintedAccount,
      publishId: string,
      reopen: readonly PostStatus[],
    ): Promise<boolean> {
      return run(
        'hint_post',
        database.rpc('hint_post', {
          p_publish_id: publishId,
          p_open_id: openId,
          p_client_key: clientKey,
          p_reopen: reopen,
        }),
        z.boolean(),
      );
    },

    /** The same for every post of an account that is under way. */
    hintAccount({ openId, clientKey }: HintedAccount): Promise<boolean> {
      return run(
        'hint_account',
        database.rpc('hint_account', { p_open_id: openId, p_client_key: clientKey }),
        z.boolean(),
      );
    },
  };
}
export type HintStore = ReturnType<typeof createHintStore>;
