import { finalSentenceOf, sentenceOf, type Wording } from './lib/wording.ts';

/** What its owner can do about a post of which nobody knows whether it was published. */
const SETTLE = 'Look at the TikTok profile, then settle this post as published or not published.';

/** What this project itself has to tell the owner of a post; what TikTok says is in `tiktok/errors.ts`. */
export const NOTICES = {
  internal_error: {
    happens: 'tried again in five minutes',
    happened: 'Something went wrong here while working on the post.',
    waiting: 'It is tried again in five minutes.',
    next: 'Try the post again; if it ends so once more, tell whoever runs this site.',
  },

  reauth_required: {
    happens: 'goes on once the account is connected again; after 72 h `needs_attention`',
    happened: 'TikTok no longer lets this app act for the account.',
    waiting: 'Connect it again; its posts then go on by themselves.',
    next: 'Connect it again; the post then goes on by itself.',
  },
  scope_missing: {
    happens:
      'refused with 409; a queued post waits until the account is connected again with it, after 72 h `needs_attention`; `reason` of `tiktok-creator-info`',
    happened: 'The account has not allowed this app what is needed here.',
    waiting: 'Connect it again and allow it.',
    next: 'Connect it again and allow it; the post then goes on by itself.',
  },
  account_disconnected: {
    happens: '`cancelled`: it was queued, or became it, after its account was disconnected',
    happened: 'The account is disconnected, so the post does not go out.',
    next: 'Connect it again, then queue the post anew.',
  },
  token_refresh_failed: {
    happens: 'tried again; `failed` after a day',
    happened: 'TikTok did not renew the access to the account.',
    waiting: 'It is tried again.',
    next: 'Try the post again; if it ends so once more, connect the account again or tell whoever runs this site.',
  },
  token_unreadable: {
    happens: 'tried again; `failed` after a day',
    happened: 'The stored token does not open: TOKEN_ENCRYPTION_KEYS lacks its key.',
    waiting: 'Whoever runs this site must restore it.',
    next: 'Whoever runs this site must restore it; then try the post again.',
  },
  tiktok_app_changed: {
    happens: 'tried again; `failed` after a day',
    happened: 'The TikTok app through which the account was connected is not known here any more.',
    waiting: 'Whoever runs this site must restore its TIKTOK_CLIENT_KEY, or the account be connected again.',
    next: 'Connect the account again, or have whoever runs this site restore its TIKTOK_CLIENT_KEY; then try the post again.',
  },

  tiktok_unreachable: {
    happens: 'tried again; `failed` after a day',
    happened: 'TikTok could not be reached.',
    waiting: 'The post is tried again.',
    next: 'Try the post again when TikTok answers.',
  },
  init_unanswered: {
    happens: 'begun anew: without its bytes TikTok has nothing to publish',
    happened: 'TikTok gave no clear answer when the upload was to begin, and nothing was sent.',
    waiting: 'The post is tried again.',
    next: 'Try the post again when TikTok answers.',
  },
  outcome_unknown: {
    happens: '`needs_attention`; for seven days it is still settled by what TikTok says',
    happened:
      'TikTok was asked to publish this post and gave no clear answer. It is not asked again, or the post might appear twice.',
    next: SETTLE,
  },
  no_verdict: {
    happens: '`needs_attention`; for seven days it is still settled by what TikTok says',
    happened: 'TikTok has not said for 72 hours whether the post was published.',
    next: SETTLE,
  },
  asked_once_more: {
    happens:
      '`needs_attention` until TikTok has answered; then begun anew, unless it is out. Asked for seven days',
    happened: 'You said that this was not published.',
    waiting: 'TikTok is asked once more, and unless it says otherwise the post goes out again by itself.',
    next: 'TikTok is not asked any more until you settle this post once again.',
  },
  withdrawn: {
    happens:
      '`needs_attention` until TikTok has answered; then `cancelled`, unless it is out. Asked for seven days',
    happened: 'You said that this was not published, and then cancelled it.',
    waiting: 'TikTok is asked once more, and unless it says otherwise the post is cancelled.',
    next: 'TikTok is not asked any more until you cancel or settle this post once again.',
  },
  resolved_by_owner: {
    happens: 'an attempt’s end, and no more',
    happened: 'Its owner looked at TikTok and said what became of it.',
    next: null,
  },

  upload_interrupted: {
    happens: 'goes on where TikTok says that it stopped',
    happened: 'The upload was interrupted.',
    waiting: 'TikTok is asked how far it came, and it goes on from there.',
    next: null,
  },
  upload_refused: {
    happens:
      'sent again; begun anew when TikTok can no longer publish it, at most 10 times in all, then `failed`',
    happened: 'TikTok refuses the bytes of the file.',
    waiting: 'They are sent again, in up to 10 uploads.',
    next: 'Export the video anew and queue the post with that file.',
  },
  upload_unproven: {
    happens: 'begun anew when TikTok can no longer publish it',
    happened:
      'The upload was interrupted, and the server at videoUrl gives the file neither an ETag nor a date by which it could go on safely.',
    waiting: 'It is begun anew within 70 minutes.',
    next: null,
  },
  upload_url_unreadable: {
    happens: 'begun anew when TikTok can no longer publish it',
    happened: 'The upload cannot go on: TOKEN_ENCRYPTION_KEYS lacks the key of its address.',
    waiting: 'It is begun anew within 70 minutes.',
    next: null,
  },
  upload_expired: {
    happens: 'begun anew, at most 10 times in all, then `failed`',
    happened: "The upload did not end within TikTok's hour.",
    waiting: 'It is begun anew.',
    next: 'Use a smaller file or a faster server, then try the post again.',
  },

  media_url_not_public: {
    happens: 'refused with 422, or `failed`',
    happened: 'The media URL does not lead to a public https address.',
    next: 'Queue the post anew with one that does.',
  },
  media_unreachable: {
    happens: 'a warning before the post is due; then tried again, `failed` after a day',
    happened: 'The media could not be had from their server.',
    waiting: 'It is asked again.',
    next: 'Check that their address is public and answers, then try the post again.',
  },
  media_redirects: {
    happens: 'refused with 422, or `failed`',
    happened: 'The media URL redirects, and redirects are not followed.',
    next: 'Queue the post with the address it leads to.',
  },
  media_size_unknown: {
    happens: 'refused with 422 or `failed`; a warning where TikTok pulls',
    happened: 'The server of the media does not say how large the file is.',
    next: 'An upload needs that: serve the file with a Content-Length, then queue the post anew.',
  },
  media_empty: {
    happens: 'refused with 422, or `failed`',
    happened: 'The media file is empty.',
    next: 'Put the whole file there and queue the post anew.',
  },
  media_too_large: {
    happens: 'refused with 422, or `failed`',
    happened: 'The video is larger than the 4 GB TikTok takes.',
    next: 'Make it smaller and queue the post anew.',
  },
  media_not_video: {
    happens: 'refused with 422, or `failed`',
    happened: 'The file at videoUrl is not an MP4, MOV or WebM video.',
    next: 'Queue the post anew with the address of one.',
  },
  image_too_large: {
    happens: 'refused with 422, or `failed`',
    happened: 'TikTok takes photos of at most 20 MB.',
    next: 'Make it smaller and queue the post anew.',
  },
  media_changed: {
    happens: 'nothing more is sent; `failed` when TikTok can no longer publish it',
    happened: 'The media file changed while it was being read.',
    next: 'Queue the post anew with a file that stays.',
  },
  media_no_ranges: {
    happens: 'nothing more is sent; `failed` when TikTok can no longer publish it',
    happened:
      'The upload did not fit into one go, and the server at videoUrl cannot send the rest of the file by itself: it does not answer range requests, or gives the file neither an ETag nor a date.',
    next: 'Serve it with HTTP range requests and an ETag, then queue the post anew.',
  },

  draft_settings_not_sent: {
    happens: 'a warning',
    happened:
      'TikTok takes no settings with a draft, and no caption with a video draft: they are chosen in the TikTok app when the draft is finished there.',
    next: null,
  },
  video_landscape: {
    happens: 'a warning',
    happened: 'The video is wider than high: TikTok shows it small, between black bars.',
    next: null,
  },
  video_below_720p: {
    happens: 'a warning',
    happened: 'The shorter side of the video has less than 720 pixels: it looks coarse.',
    next: null,
  },
  image_above_1080p: {
    happens: 'a warning',
    happened: 'TikTok asks for photos of at most 1080x1920 pixels and may refuse a larger one.',
    next: null,
  },
  media_not_measured: {
    happens: 'a warning',
    happened: 'Not everything about the media could be found out before the post.',
    next: null,
  },
} as const satisfies Record<string, Wording & { /** What becomes of the post. */ happens: string }>;

export type NoticeCode = keyof typeof NOTICES;

/** What is said of a code of ours; null for one that is none. */
export function noticeWording(code: string): Wording | null {
  return Object.hasOwn(NOTICES, code) ? NOTICES[code as NoticeCode] : null;
}

/** A code with what is said while the post goes on. @param details of the case. */
export function notice(code: NoticeCode, details?: string): { code: NoticeCode; message: string } {
  return { code, message: sentenceOf(NOTICES[code], details) };
}

/** The codes by which a post may end, or be left to its owner. */
type FinalCode = {
  [Code in NoticeCode]: (typeof NOTICES)[Code]['next'] extends string ? Code : never;
}[NoticeCode];

/** A code with what is said when the post has ended by it. @param details of the case. */
export function finalNotice(code: FinalCode, details?: string): { code: FinalCode; message: string } {
  return { code, message: finalSentenceOf(NOTICES[code], details) };
}
