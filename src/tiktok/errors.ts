/**
 * Every error code and `fail_reason` TikTok documents: what the worker does about it, and what the user reads.
 * Codes decide, messages never do: TikTok's texts are generic. A code that is not here is unknown, and is treated as
 * an unknown outcome wherever a publish may have begun.
 * @see https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
 */

import type { Bound } from '../contract.ts';
import type { Wording } from '../lib/wording.ts';
import type { Answer } from './call.ts';

export type Disposition =
  /** Try again later: TikTok's own trouble. Says nothing about whether the call had its effect. */
  | { kind: 'retry' }
  /** Not now: this limit of TikTok's is met, so every post that it concerns is tried again after this time. */
  | { kind: 'wait'; seconds: number; bound: Bound }
  /** The access token is not accepted: refresh it, then try again. */
  | { kind: 'refresh' }
  /** Only the user can help, by connecting the account again. */
  | { kind: 'reconnect' }
  /** TikTok may not pull from this address: send the file instead. */
  | { kind: 'upload_instead' }
  /** TikTok does not know this publish id, or not for this account. */
  | { kind: 'unknown_publish' }
  /** The publish has ended already: there is nothing to cancel any more. */
  | { kind: 'not_cancellable' }
  /** It will never work as it is. */
  | { kind: 'reject' };

/** By these a post ends, or the question that was refused. */
type Final = Extract<Disposition, { kind: 'reject' | 'not_cancellable' }>;

/** What the worker does, and what the post's owner is told. Whatever a post can wait for says what that is. */
export type CatalogueEntry = Wording & { next: string } & (
    | { disposition: Final; waiting?: never }
    | { disposition: Exclude<Disposition, Final>; waiting: string }
  );

const reject = { kind: 'reject' } as const;
const retry = { kind: 'retry' } as const;
const wait = (bound: Bound, seconds: number) => ({ kind: 'wait', bound, seconds }) as const;
const HOUR_SECONDS = 3600;

/** `error.code` in an answer's envelope. */
export const ERROR_CODES: Readonly<Record<string, CatalogueEntry>> = {
  access_token_invalid: {
    disposition: { kind: 'refresh' },
    happened: 'TikTok did not accept the access token.',
    waiting: 'It is renewed and the post tried again.',
    next: 'Connect the account again, then try the post again.',
  },
  scope_not_authorized: {
    disposition: { kind: 'reconnect' },
    happened: 'The account has not allowed this app to publish.',
    waiting: 'Connect it again and allow everything that is asked.',
    next: 'Connect it again and allow everything that is asked, then try the post again.',
  },
  scope_permission_missed: {
    disposition: { kind: 'reconnect' },
    happened: 'The account has not allowed this app to publish.',
    waiting: 'Connect it again and allow everything that is asked.',
    next: 'Connect it again and allow everything that is asked, then try the post again.',
  },
  rate_limit_exceeded: {
    disposition: wait('inits', 60),
    happened: 'TikTok takes only so many calls a minute for one account.',
    waiting: 'The post waits its turn.',
    next: 'Try the post again when fewer are due at once.',
  },
  internal_error: {
    disposition: retry,
    happened: 'TikTok had a problem of its own.',
    waiting: 'The post is tried again.',
    next: 'Try the post again when TikTok answers.',
  },
  invalid_params: {
    disposition: reject,
    happened: 'TikTok refused the post as malformed.',
    next: 'Check its caption, settings and media, and queue it anew.',
  },
  // Some of TikTok's pages spell it so; the server has been seen to send the plural.
  invalid_param: {
    disposition: reject,
    happened: 'TikTok refused the post as malformed.',
    next: 'Check its caption, settings and media, and queue it anew.',
  },
  invalid_file_upload: {
    disposition: reject,
    happened: 'TikTok refused the file.',
    next: 'Check that it is an MP4, MOV or WebM video, and queue the post anew.',
  },
  app_version_check_failed: {
    disposition: reject,
    happened: "The account's TikTok app is too old for drafts.",
    next: 'Update it to 31.8 or later and queue the post anew.',
  },
  invalid_publish_id: {
    disposition: { kind: 'unknown_publish' },
    happened: 'TikTok does not recognise the publish it had confirmed.',
    waiting: 'It is asked again.',
    next: 'Look at the TikTok profile, then settle this post as published or not published.',
  },
  token_not_authorized_for_specified_publish_id: {
    disposition: { kind: 'unknown_publish' },
    happened: 'TikTok says that the publish belongs to another account.',
    waiting: 'It is asked again.',
    next: 'Look at the TikTok profile, then settle this post as published or not published.',
  },
  publish_not_cancellable: {
    disposition: { kind: 'not_cancellable' },
    happened: 'TikTok has gone too far with this post to cancel it.',
    next: 'Delete it in the TikTok app once it is there.',
  },
  spam_risk_too_many_posts: {
    disposition: wait('daily_cap', HOUR_SECONDS),
    happened: 'TikTok takes no more posts from apps for this account today.',
    waiting: 'The post waits until it does.',
    next: 'Publish fewer posts a day for this account, then try the post again.',
  },
  spam_risk_user_banned_from_posting: {
    disposition: reject,
    happened: 'TikTok has banned this account from posting.',
    next: 'Settle that in the TikTok app, then queue the post anew.',
  },
  spam_risk_too_many_pending_share: {
    disposition: wait('drafts', HOUR_SECONDS),
    happened: "The account's inbox holds as many drafts as TikTok allows.",
    waiting: 'Finish or delete some in the TikTok app: the post waits until there is room.',
    next: 'Finish or delete some in the TikTok app, then try the post again.',
  },
  reached_active_user_cap: {
    disposition: wait('user_cap', HOUR_SECONDS),
    happened: "This app has reached TikTok's number of posting accounts for today.",
    waiting: 'The post waits until there is room.',
    next: 'Try the post again on a day with fewer accounts, or ask whoever runs this site to have TikTok raise the number.',
  },
  unaudited_client_can_only_post_to_private_accounts: {
    disposition: reject,
    happened: 'TikTok has not audited this app yet: it may post to private accounts only.',
    next: 'Set the account to private in the TikTok app, then queue the post anew.',
  },
  privacy_level_option_mismatch: {
    disposition: reject,
    happened: 'This account does not offer the chosen audience.',
    next: 'Choose another privacyLevel and queue the post anew.',
  },
  url_ownership_unverified: {
    disposition: { kind: 'upload_instead' },
    happened: "TikTok may not pull from this address: it is not verified in TikTok's portal.",
    waiting: 'The video is uploaded instead.',
    next: 'Verify it there, or queue the post anew with transfer "auto".',
  },
};

/**
 * `fail_reason` of a publish that ended FAILED: nothing was published.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status (fail_reason)
 */
export const FAIL_REASONS: Readonly<Record<string, CatalogueEntry>> = {
  internal: {
    disposition: retry,
    happened: 'TikTok had a problem of its own while processing the post.',
    waiting: 'It is tried again.',
    next: 'Try the post again later.',
  },
  video_pull_failed: {
    disposition: retry,
    happened: 'TikTok could not download the video.',
    waiting: 'Check that its address is public and answers without a redirect: the post is tried again.',
    next: 'Check that its address is public and answers without a redirect, then try the post again.',
  },
  photo_pull_failed: {
    disposition: retry,
    happened: 'TikTok could not download a photo.',
    waiting: 'Check that its address is public and answers without a redirect: the post is tried again.',
    next: 'Check that its address is public and answers without a redirect, then try the post again.',
  },
  file_format_check_failed: {
    disposition: reject,
    happened:
      'TikTok does not take this file: a video must be MP4, MOV or WebM with H.264, H.265, VP8 or VP9, a photo JPEG or WebP.',
    next: 'Convert the file and queue the post anew.',
  },
  duration_check_failed: {
    disposition: reject,
    happened: 'The video is longer than this account may post, or has no length at all.',
    next: 'Cut it and queue it anew.',
  },
  frame_rate_check_failed: {
    disposition: reject,
    happened: 'The frame rate is outside 23 to 60 frames a second.',
    next: 'Convert the video and queue it anew.',
  },
  picture_size_check_failed: {
    disposition: reject,
    happened: 'Width and height must each lie between 360 and 4,096 pixels.',
    next: 'Change the size and queue the post anew.',
  },
  publish_cancelled: {
    disposition: reject,
    happened: 'The publish was cancelled at TikTok.',
    next: 'Try the post again if it is still to be published.',
  },
  auth_removed: {
    disposition: reject,
    happened: 'The account took its permission back while TikTok was processing.',
    next: 'Connect it again and queue the post anew.',
  },
  spam_risk_too_many_posts: {
    disposition: reject,
    happened: 'The account had reached its number of posts for the day.',
    next: 'Queue the post anew for tomorrow.',
  },
  spam_risk_user_banned_from_posting: {
    disposition: reject,
    happened: 'TikTok has banned this account from posting.',
    next: 'Settle that in the TikTok app, then queue the post anew.',
  },
  spam_risk_text: {
    disposition: reject,
    happened: 'TikTok takes the caption for spam.',
    next: 'Change it and queue the post anew.',
  },
  spam_risk: {
    disposition: reject,
    happened: 'TikTok takes the post for spam.',
    next: 'Change it before queueing it anew.',
  },
};

/** What an OAuth error says of the grant it was asked for. */
export type OAuthMeaning =
  /** The person said no. */
  | 'denied'
  /** The code or refresh token is no good any more: only connecting again helps. */
  | 'dead'
  /** The app's key, secret, redirect URI or scopes are wrong: only whoever runs the site can mend that. */
  | 'misconfigured'
  /** TikTok's own trouble. */
  | 'trouble';

/**
 * `error` of an OAuth answer, which often comes with HTTP 200, or of the redirect back from TikTok. A code that is not
 * here is trouble: no account is given up for it.
 * @see https://developers.tiktok.com/doc/oauth-error-handling
 */
export const OAUTH_ERRORS: Readonly<Record<string, OAuthEntry>> = {
  access_denied: {
    meaning: 'denied',
    happened: 'The person said no.',
    next: 'Connect again, and allow it.',
  },
  invalid_grant: {
    meaning: 'dead',
    happened: 'The code or refresh token is used up, has ended or was revoked.',
    next: 'Connect the account again.',
  },
  invalid_client: {
    meaning: 'misconfigured',
    happened: "TikTok does not take the app's key or secret.",
    next: 'Set them right.',
  },
  unauthorized_client: {
    meaning: 'misconfigured',
    happened: 'TikTok does not let the app do this.',
    next: 'Look in its portal whether the app is live and has Login Kit.',
  },
  invalid_scope: {
    meaning: 'misconfigured',
    happened: 'The app does not have a scope that is asked for.',
    next: "Add it in TikTok's portal.",
  },
  invalid_request: {
    meaning: 'misconfigured',
    happened: 'TikTok finds the request malformed.',
    next: "Compare the app's key, secret and redirect URI with its portal.",
  },
  unsupported_grant_type: {
    meaning: 'misconfigured',
    happened: 'TikTok does not give tokens in this way.',
    next: 'Update the site.',
  },
  unsupported_response_type: {
    meaning: 'misconfigured',
    happened: 'TikTok does not let anybody sign in in this way.',
    next: 'Update the site.',
  },
  server_error: {
    meaning: 'trouble',
    happened: 'TikTok had a problem of its own.',
    next: 'Try again in a minute.',
  },
  temporarily_unavailable: {
    meaning: 'trouble',
    happened: 'TikTok had a problem of its own.',
    next: 'Try again in a minute.',
  },
};

/** What it says of the grant, and what whoever connects, or looks after the app, is told. */
export type OAuthEntry = Wording & { meaning: OAuthMeaning; next: string };

/** The entry of an OAuth error; null for one we do not know. */
export function oauthEntry(error: string): OAuthEntry | null {
  return (Object.hasOwn(OAUTH_ERRORS, error) && OAUTH_ERRORS[error]) || null;
}

export function oauthMeaning(error: string): OAuthMeaning {
  return oauthEntry(error)?.meaning ?? 'trouble';
}

/** The code with which TikTok says that a limit is met. */
export const CODE_OF_BOUND: Readonly<Record<Bound, string>> = {
  inits: 'rate_limit_exceeded',
  drafts: 'spam_risk_too_many_pending_share',
  daily_cap: 'spam_risk_too_many_posts',
  user_cap: 'reached_active_user_cap',
};

/** Whether a code in an answer's envelope says that the access token is not accepted. */
export function isTokenRefused(code: string): boolean {
  return errorEntry(code)?.disposition.kind === 'refresh';
}

/** Whether it has the form of TikTok's codes: only such is shown to people, for what else stands there may be a secret. */
export function isCode(text: string): boolean {
  return /^(?=.{1,60}$)[a-z]+(_[a-z]+)*$/.test(text);
}

/** The entry of a code in an answer's envelope; null for one we do not know. */
export function errorEntry(code: string): CatalogueEntry | null {
  return Object.hasOwn(ERROR_CODES, code) ? (ERROR_CODES[code] ?? null) : null;
}

/** How long TikTok answers no more such calls, in seconds; 0 where it has not said so. */
export function waitSecondsOf(answer: Answer<unknown>): number {
  const disposition = answer.kind === 'refused' ? errorEntry(answer.code)?.disposition : null;
  if (answer.kind !== 'refused' || disposition?.kind !== 'wait') return 0;
  return Math.max(answer.retryAfterSeconds ?? 0, disposition.seconds);
}

/** What TikTok has done by an answer that says that the call had no effect. */
export interface Refusal {
  disposition: Exclude<Disposition, { kind: 'retry' | 'unknown_publish' | 'not_cancellable' }>;
  wording: Wording;
}

/** The entry, if this answer of an init proves that nothing was begun; null where that is not certain. */
export function refusalOf({
  code,
  httpStatus,
  data,
}: {
  code: string;
  httpStatus: number;
  data?: unknown;
}): Refusal | null {
  const entry = errorEntry(code);
  if (!entry || httpStatus >= 500 || namesPublish(data)) return null;
  const { disposition } = entry;
  switch (disposition.kind) {
    case 'retry':
    // Answers to questions about a publish: what they mean where one is begun, nobody knows.
    case 'unknown_publish':
    case 'not_cancellable':
      return null;
    default:
      return { disposition, wording: entry };
  }
}

/** Whether an answer names a publish: then one is begun, whatever else it says. */
function namesPublish(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'publish_id' in data && Boolean(data.publish_id);
}

/** The entry of a `fail_reason`. The list is open: an unknown one is final, as FAILED itself is. */
export function failEntry(reason: string): CatalogueEntry {
  return (Object.hasOwn(FAIL_REASONS, reason) && FAIL_REASONS[reason]) || UNKNOWN_REASON;
}

/** TikTok's word for it is the code. */
const UNKNOWN_REASON: CatalogueEntry = {
  disposition: reject,
  happened: 'TikTok could not publish the post, for a reason that is not known here.',
  next: 'Look at the account in the TikTok app, then try the post again or change it and queue it anew.',
};

/** What is said of a code that a post may wait by; null for one that nobody knows here. */
export function waitingWording(code: string): Wording | null {
  return errorEntry(code) ?? (Object.hasOwn(FAIL_REASONS, code) ? failEntry(code) : null);
}
