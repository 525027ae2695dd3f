import type { Notice } from '../store/rows.ts';

/** Why nothing more of an upload is sent, although TikTok could still publish it until its upload URL is dead. */
const ENDINGS = {
  media_changed: {
    reason: 'The file at videoUrl changed while it was being uploaded.',
    remedy: 'Queue the post anew with a file that stays.',
  },
  media_no_ranges: {
    reason:
      'The upload did not fit into one go, and the server at videoUrl cannot send the rest of the file by itself: it does not answer range requests, or gives the file neither an ETag nor a date.',
    remedy: 'Serve it with HTTP range requests and an ETag, then queue the post anew.',
  },
};
export type Ending = keyof typeof ENDINGS;

/** The ending a post waits for, if it waits for one. */
export function endingOf(notice: Notice | null): Ending | null {
  return notice && Object.hasOwn(ENDINGS, notice.code) ? (notice.code as Ending) : null;
}

export function endingAhead(code: Ending): Notice {
  return {
    code,
    message: `${ENDINGS[code].reason} Nothing more of it is sent, and the post ends as failed when TikTok can no longer publish it, within 70 minutes.`,
  };
}

export function endingReached(code: Ending): Notice {
  const { reason, remedy } = ENDINGS[code];
  return { code, message: `${reason} ${remedy}` };
}
