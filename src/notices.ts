/**
 * What this project itself has to tell the owner of a post; what TikTok says is in `tiktok/errors.ts`. The sentence may
 * be followed by details of the case.
 */
export const NOTICES = {
  internal_error: {
    happens: 'tried again in five minutes',
    sentence: 'Something went wrong here while working on the post; it is tried again in five minutes.',
  },

  reauth_required: {
    happens: 'goes on once the account is connected again; after 72 h `needs_attention`',
    sentence:
      'TikTok no longer lets this app act for the account. Connect it again; its posts then go on by themselves.',
  },
  scope_missing: {
    happens:
      'refused with 409; a queued post waits until the account is connected again with it, after 72 h `needs_attention`; `reason` of `tiktok-creator-info`',
    sentence: 'The account has not allowed this app what is needed here. Connect it again and allow it.',
  },
  account_disconnected: {
    happens: '`cancelled`: it was queued, or became it, after its account was disconnected',
    sentence:
      'The account is disconnected, so the post does not go out. Connect it again, then queue the post anew.',
  },
  token_refresh_failed: {
    happens: 'tried again; `failed` after a day',
    sentence: 'TikTok did not renew the access to the account just now; it is tried again.',
  },
  token_unreadable: {
    happens: 'tried again; `failed` after a day',
    sentence:
      'The stored token does not open: TOKEN_ENCRYPTION_KEYS lacks its key. Whoever runs this site must restore it.',
  },
  tiktok_app_changed: {
    happens: 'tried again; `failed` after a day',
    sentence:
      'The TikTok app through which the account was connected is not known here any more. Whoever runs this site must restore its TIKTOK_CLIENT_KEY, or the account be connected again.',
  },

  tiktok_unreachable: {
    happens: 'tried again; `failed` after a day',
    sentence: 'TikTok could not be reached; the post is tried again.',
  },
  init_unanswered: {
    happens: 'begun anew: without its bytes TikTok has nothing to publish',
    sentence:
      'TikTok gave no clear answer when the upload was to begin. Nothing was sent, so the post is tried again.',
  },
  outcome_unknown: {
    happens: '`needs_attention`; for seven days it is still settled by what TikTok says',
    sentence:
      'TikTok was asked to publish this post, and its answer was lost. It is not asked again, or the post might appear twice. Look at the TikTok profile, then settle this post as published or not published.',
  },
  no_verdict: {
    happens: '`needs_attention`; for seven days it is still settled by what TikTok says',
    sentence:
      'TikTok has not said for 72 hours whether the post was published. Look at the TikTok profile, then settle this post as published or not published.',
  },
  asked_once_more: {
    happens:
      '`needs_attention` until TikTok has answered; then begun anew, unless it is out. Asked for seven days',
    sentence:
      'You said that this was not published. TikTok is asked once more, and unless it says otherwise the post goes out again by itself.',
  },
  resolved_by_owner: {
    happens: 'an attempt’s end, and no more',
    sentence: 'Its owner looked at TikTok and said what became of it.',
  },

  upload_interrupted: {
    happens: 'goes on where TikTok says that it stopped',
    sentence: 'The upload was interrupted. TikTok is asked how far it came, and it goes on from there.',
  },
  upload_unproven: {
    happens: 'begun anew when TikTok can no longer publish it',
    sentence:
      'The upload was interrupted, and the server at videoUrl gives the file neither an ETag nor a date by which it could go on safely. It is begun anew within 70 minutes.',
  },
  upload_url_unreadable: {
    happens: 'begun anew when TikTok can no longer publish it',
    sentence:
      'The upload cannot go on: TOKEN_ENCRYPTION_KEYS lacks the key of its address. It is begun anew within 70 minutes.',
  },
  upload_expired: {
    happens: 'begun anew, at most 10 times in all, then `failed`',
    sentence: "The upload did not end within TikTok's hour.",
  },

  media_url_not_public: {
    happens: 'refused with 422, or `failed`',
    sentence: 'The media URL does not lead to a public https address.',
  },
  media_unreachable: {
    happens: 'a warning before the post is due; then tried again, `failed` after a day',
    sentence: 'The media could not be had from their server; it is asked again.',
  },
  media_redirects: {
    happens: 'refused with 422, or `failed`',
    sentence:
      'The media URL redirects, and redirects are not followed. Queue the post with the address it leads to.',
  },
  media_size_unknown: {
    happens: 'refused with 422 or `failed`; a warning where TikTok pulls',
    sentence: 'The server of the media does not say how large the file is.',
  },
  media_empty: { happens: 'refused with 422, or `failed`', sentence: 'The media file is empty.' },
  media_too_large: {
    happens: 'refused with 422, or `failed`',
    sentence: 'The video is larger than the 4 GB TikTok takes.',
  },
  media_not_video: {
    happens: 'refused with 422, or `failed`',
    sentence: 'The file at videoUrl is not an MP4, MOV or WebM video.',
  },
  image_too_large: {
    happens: 'refused with 422, or `failed`',
    sentence: 'TikTok takes photos of at most 20 MB. Make it smaller and queue the post anew.',
  },
  media_changed: {
    happens: 'nothing more is sent; `failed` when TikTok can no longer publish it',
    sentence: 'The media file changed while it was being read. Queue the post anew with a file that stays.',
  },
  media_no_ranges: {
    happens: 'nothing more is sent; `failed` when TikTok can no longer publish it',
    sentence:
      'The upload did not fit into one go, and the server at videoUrl cannot send the rest of the file by itself: it does not answer range requests, or gives the file neither an ETag nor a date. Serve it with HTTP range requests and an ETag, then queue the post anew.',
  },

  draft_settings_not_sent: {
    happens: 'a warning',
    sentence:
      'TikTok takes no settings with a draft, and no caption with a video draft: they are chosen in the TikTok app when the draft is finished there.',
  },
  video_landscape: {
    happens: 'a warning',
    sentence: 'The video is wider than high: TikTok shows it small, between black bars.',
  },
  video_below_720p: {
    happens: 'a warning',
    sentence: 'The shorter side of the video has less than 720 pixels: it looks coarse.',
  },
  image_above_1080p: {
    happens: 'a warning',
    sentence: 'TikTok asks for photos of at most 1080x1920 pixels and may refuse a larger one.',
  },
  media_not_measured: {
    happens: 'a warning',
    sentence: 'Not everything about the media could be found out before the post.',
  },
} as const satisfies Record<string, Entry>;

interface Entry {
  /** What becomes of the post. */
  happens: string;
  /** What its owner reads. */
  sentence: string;
}

export type NoticeCode = keyof typeof NOTICES;

/** A code with its sentence, and what is to be added in this case. */
export function notice(code: NoticeCode, details = ''): { code: NoticeCode; message: string } {
  return { code, message: [NOTICES[code].sentence, details].filter(Boolean).join(' ') };
}
