import * as z from 'zod/mini';
import type { PostStatus } from '../contract.ts';
import { type Database, run } from './supabase.ts';

/** Of the TikTok account and the app that an event names. */
export interface HintedAccount {
  openId: string;
  clientKey: string;
  /** The users by whose own app the event was signed: only accounts of theirs through it are meant. Null: by the site's. */
  owners: readonly string[] | null;
}

/** What an event tells of a publish. */
export interface HintedPublish {
  id: string;
  /** Where even a post that the worker is done with is looked at once more. */
  reopen: readonly PostStatus[];
  /** It is known to be a draft. */
  isDraft: boolean;
  /** The post that it has become, where the event names it. */
  postId: string | null;
  /** When it ended, by TikTok's clock; null if that is not what the event tells. */
  endedAt: Date | null;
}

/** Has the worker look sooner, at most once a minute for each post; a state is never written here. */
export function createHintStore(database: Database) {
  return {
    /**
     * Brings the next look at a publish nearer; false if there is no such publish under way, or it is looked at soon.
     * One that nobody here knows is kept where it may be a post's whose init answer was lost.
     */
    hintPost({ openId, clientKey, owners }: HintedAccount, publish: HintedPublish): Promise<boolean> {
      return run(
        'hint_post',
        database.rpc('hint_post', {
          p_publish_id: publish.id,
          p_open_id: openId,
          p_client_key: clientKey,
          p_owners: owners,
          p_reopen: publish.reopen,
          p_is_draft: publish.isDraft,
          p_post_id: publish.postId,
          p_happened_at: publish.endedAt?.toISOString() ?? null,
        }),
        z.boolean(),
      );
    },

    /** The same for every post of an account that is under way. */
    hintAccount({ openId, clientKey, owners }: HintedAccount): Promise<boolean> {
      return run(
        'hint_account',
        database.rpc('hint_account', { p_open_id: openId, p_client_key: clientKey, p_owners: owners }),
        z.boolean(),
      );
    },
  };
}
export type HintStore = ReturnType<typeof createHintStore>;
