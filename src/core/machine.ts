import type { AttemptOutcome, PostStatus } from '../contract.ts';

/**
 * What the worker may do with a post: for each state, each thing that can be learnt, the state that follows, and how
 * the running attempt ends where it ends. Whatever is not here does not happen.
 *
 * There is no way from `processing` back to `queued` but TikTok's own word that the publish failed, and none from
 * `needs_attention` but its owner's word, about which TikTok was asked where it can be.
 */
export const TRANSITIONS = {
  queued: {
    /** It cannot start just now. */
    wait: { to: 'queued' },
    /** An attempt is committed; TikTok is called next. */
    begin: { to: 'initializing' },
    /** It can never start: nothing was sent. */
    reject: { to: 'failed' },
    /** Only the owner can help: nothing was sent. */
    strand: { to: 'needs_attention' },
    /** An attempt that its owner has called not published may be out after all: TikTok is asked first. */
    doubt: { to: 'needs_attention' },
  },
  initializing: {
    /** TikTok pulls the media and publishes by itself from here on. */
    pull_accepted: { to: 'processing' },
    /** TikTok waits for the bytes. */
    upload_opened: { to: 'uploading' },
    /** TikTok has said no, for now. */
    refused_for_now: { to: 'queued', outcome: 'rejected' },
    /** TikTok has said no. */
    refused: { to: 'failed', outcome: 'rejected' },
    /** The connection never opened. */
    not_sent: { to: 'queued', outcome: 'not_sent' },
    /** No answer to an upload's init. Nobody holds its upload URL, so nothing can come of it. */
    upload_unknown: { to: 'queued', outcome: 'abandoned' },
    /** No answer to a pull's init: it may have published. Never sent again by the worker. */
    pull_unknown: { to: 'needs_attention', outcome: 'unknown' },
  },
  uploading: {
    /** Bytes are still to be sent, or it is not known yet how many arrived. */
    wait: { to: 'uploading' },
    /** TikTok has every byte. */
    all_sent: { to: 'processing' },
    published: { to: 'published', outcome: 'published' },
    delivered: { to: 'delivered', outcome: 'delivered' },
    failed_for_now: { to: 'queued', outcome: 'failed' },
    failed: { to: 'failed', outcome: 'failed' },
    /** TikTok has fewer bytes than the file, and says that it is over or has a dead upload URL: it can never publish. */
    expired: { to: 'queued', outcome: 'expired' },
    /** The same, and trying again is no use. */
    expired_for_good: { to: 'failed', outcome: 'expired' },
    /** Only the owner can help; the attempt stays open, for it may still publish. */
    strand: { to: 'needs_attention' },
  },
  processing: {
    wait: { to: 'processing' },
    published: { to: 'published', outcome: 'published' },
    delivered: { to: 'delivered', outcome: 'delivered' },
    failed_for_now: { to: 'queued', outcome: 'failed' },
    failed: { to: 'failed', outcome: 'failed' },
    /** TikTok has stopped at its owner's wish. */
    cancelled: { to: 'cancelled', outcome: 'failed' },
    strand: { to: 'needs_attention' },
  },
  delivered: {
    /** The draft still lies in the user's inbox. */
    follow_up: { to: 'delivered' },
    /** The user has finished it in the TikTok app. */
    posted: { to: 'published' },
  },
  published: {
    /** The post's public id is still to come, or has come: either way nothing is published any more. */
    follow_up: { to: 'published' },
  },
  needs_attention: {
    /** Nothing has been learnt. What its owner was told stays. */
    wait: { to: 'needs_attention' },
    published: { to: 'published', outcome: 'published' },
    delivered: { to: 'delivered', outcome: 'delivered' },
    /** TikTok's own word: nothing was published. Another try is its owner's to ask for. */
    failed: { to: 'failed', outcome: 'failed' },
    /** The same, and its owner has asked for it. */
    failed_for_now: { to: 'queued', outcome: 'failed' },
    /** Its owner has said that nothing was published, and TikTok, asked since, knows of nothing that could be. */
    disowned: { to: 'queued' },
    /** TikTok has stopped at its owner's wish. */
    cancelled: { to: 'cancelled', outcome: 'failed' },
  },
} as const satisfies Partial<Record<PostStatus, Record<string, Transition>>>;

export interface Transition {
  to: PostStatus;
  outcome?: AttemptOutcome;
}

/** The states in which the worker has something to do. */
export type WorkState = keyof typeof TRANSITIONS;
export type EventIn<S extends WorkState> = keyof (typeof TRANSITIONS)[S] & string;

export function isWorkState(status: PostStatus): status is WorkState {
  return Object.hasOwn(TRANSITIONS, status);
}

/** Where an event leads from a state; the types allow no event that the state does not know. */
export function transition<S extends WorkState>(state: S, event: EventIn<S>): Transition {
  return TRANSITIONS[state][event] as Transition;
}
