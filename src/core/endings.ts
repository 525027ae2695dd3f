import { finalSentenceOf } from '../lib/wording.ts';
import { notice, noticeWording } from '../notices.ts';
import type { Notice } from '../store/rows.ts';
import { waitingWording } from '../tiktok/errors.ts';

/** Why nothing more of an upload is sent, although TikTok could still publish it until its upload URL is dead. */
const ENDINGS = ['media_changed', 'media_no_ranges'] as const;
export type Ending = (typeof ENDINGS)[number];

/** The ending a post waits for, if it waits for one. */
export function endingOf(error: Notice | null): Ending | null {
  return ENDINGS.find((ending) => ending === error?.code) ?? null;
}

/** What the owner of an upload goes on being told when a look brings nothing new: by what it ends, or may end. */
export function lastingNotice(error: Notice | null): Notice | null {
  return endingOf(error) || error?.code === 'upload_refused' ? error : null;
}

/** What is said of a code by which a post has waited; of another release's only what that has said of it. */
const wordingOf = ({ code, message }: Notice) =>
  noticeWording(code) ??
  waitingWording(code) ?? { happened: message, next: 'Try the post again, or queue it anew.' };

/** By which a post waits that is not published by its owner's word: to go out again, or to be cancelled. */
const WORDS = ['asked_once_more', 'withdrawn'] as const;
export type Word = (typeof WORDS)[number];

export function wordOf(error: Notice | null): Word | null {
  return WORDS.find((word) => word === error?.code) ?? null;
}

/** What a post has waited by, said when it waits no more. @param lasted how long it did, and what comes of it. */
export function endOfWait(error: Notice, lasted: string, { next } = wordingOf(error)): Notice {
  return { code: error.code, message: finalSentenceOf({ ...wordingOf(error), next }, lasted) };
}

export function endingAhead(ending: Ending): Notice {
  return notice(
    ending,
    'Nothing more of it is sent, and the post ends as failed when TikTok can no longer publish it, within 70 minutes.',
  );
}
