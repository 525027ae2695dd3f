/** A route throws this to answer in TikTok's envelope with an error. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }
}

/** A route throws this to answer in OAuth's flat form. */
export class OAuthRefusal extends Error {
  readonly error: OAuthErrorValue;

  constructor(error: OAuthErrorValue, description: string) {
    super(description);
    this.name = 'OAuthRefusal';
    this.error = error;
  }
}

export type OAuthErrorValue =
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'unsupported_grant_type';

/** The client left, or sent less than it announced: nobody is there to be answered. */
export class ClientGone extends Error {
  constructor(cause: unknown) {
    super('the client left in the middle of its request', { cause });
    this.name = 'ClientGone';
  }
}

const guidelines =
  'Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/';

/** Messages seen in the wild are verbatim; where none was seen, the guidelines' sentence stands in. */
const catalogue = {
  access_token_invalid: [401, 'The access token is invalid or not found in the request.'],
  scope_not_authorized: [401, 'The user did not authorize the scope required for completing this request.'],
  scope_permission_missed: [400, 'Access token is invalid, some fields need additional scopes.'],
  rate_limit_exceeded: [429, 'The API rate limit was exceeded. Please try again later.'],
  app_version_check_failed: [400, "The user's TikTok app is too old for this feature."],
  invalid_publish_id: [400, 'The publish_id does not exist.'],
  token_not_authorized_for_specified_publish_id: [400, 'The access token cannot access this publish_id.'],
  publish_not_cancellable: [400, 'The publish can no longer be cancelled.'],
  spam_risk_too_many_posts: [403, guidelines],
  spam_risk_user_banned_from_posting: [403, guidelines],
  spam_risk_too_many_pending_share: [403, guidelines],
  reached_active_user_cap: [403, guidelines],
  unaudited_client_can_only_post_to_private_accounts: [403, guidelines],
  privacy_level_option_mismatch: [403, guidelines],
  url_ownership_unverified: [
    403,
    'Please review our URL ownership verification rules at https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide/#pull_from_url',
  ],
  internal_error: [500, 'Something went wrong. Please try again later.'],
  not_found: [404, 'Unsupported path.'],
  method_not_allowed: [405, 'Unsupported method.'],
} satisfies Record<string, [number, string]>;

export type RefusalCode = keyof typeof catalogue;

export function refuse(code: RefusalCode): Refusal {
  const [status, message] = catalogue[code];
  return new Refusal(status, code, message);
}

/** The message TikTok is known to send with a code, for scripted errors. */
export function messageOf(code: string): string {
  const entry = Object.entries(catalogue).find(([key]) => key === code);
  return entry?.[1][1] ?? code;
}

export const badChunkSize = 'The chunk size is invalid';
export const badChunkCount = 'The total chunk count is invalid';
export const badPostInfo = 'The request post info is empty or incorrect';
export const badSourceInfo = 'The request source info is empty or incorrect';
export const badMediaType = 'Invalid media_type or post_mode';
/** Our words: no live message for a malformed body is known. */
export const badBody = 'The request body is empty or incorrect';
export const badFields = 'The fields parameter is empty or incorrect';

/** Thrown as `invalid_params`; written as `invalid_param` where that is configured. */
export function invalidParams(message: string): Refusal {
  return new Refusal(400, 'invalid_params', message);
}
