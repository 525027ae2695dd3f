import * as z from 'zod/mini';
import { PRIVACY_LEVELS, type PrivacyLevel } from '../contract.ts';
import type { Secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type Answer, type CallOptions, callApi } from './call.ts';
import { flag, webUrl, wholeNumber } from './loose.ts';

export interface UserInfo {
  displayName: string | null;
  avatarUrl: string | null;
}

const userInfo = z.pipe(
  z.object({
    user: z.object({
      display_name: z.optional(z.nullable(z.string())),
      avatar_url: z.optional(z.nullable(z.string())),
    }),
  }),
  z.transform(
    ({ user }): UserInfo => ({
      displayName: plainText(user.display_name ?? '', 256) || null,
      avatarUrl: user.avatar_url && user.avatar_url.length <= 2048 ? user.avatar_url : null,
    }),
  ),
);

/** @see https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info */
export function getUserInfo(options: CallOptions, accessToken: Secret): Promise<Answer<UserInfo>> {
  return callApi(
    options,
    { method: 'GET', path: '/v2/user/info/?fields=open_id,display_name,avatar_url', accessToken },
    userInfo,
  );
}

/** What the creator may choose now. Null where TikTok said nothing of use. */
export interface CreatorInfo {
  /** The account's @handle, which a post's link needs. */
  username: string;
  nickname: string | null;
  avatarUrl: string | null;
  privacyLevelOptions: PrivacyLevel[] | null;
  commentDisabled: boolean | null;
  duetDisabled: boolean | null;
  stitchDisabled: boolean | null;
  maxVideoPostDurationSec: number | null;
}

// Only the handle must be right: the worker asks for nothing else.
const creatorInfo = z.pipe(
  z.object({
    creator_username: z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u)),
    creator_nickname: z.optional(z.unknown()),
    creator_avatar_url: z.optional(z.unknown()),
    privacy_level_options: z.optional(z.unknown()),
    comment_disabled: z.optional(z.unknown()),
    duet_disabled: z.optional(z.unknown()),
    stitch_disabled: z.optional(z.unknown()),
    max_video_post_duration_sec: z.optional(z.unknown()),
  }),
  z.transform(
    (data): CreatorInfo => ({
      username: data.creator_username,
      nickname: (typeof data.creator_nickname === 'string' && plainText(data.creator_nickname, 256)) || null,
      avatarUrl: webUrl(data.creator_avatar_url),
      privacyLevelOptions: privacyLevels(data.privacy_level_options),
      commentDisabled: flag(data.comment_disabled),
      duetDisabled: flag(data.duet_disabled),
      stitchDisabled: flag(data.stitch_disabled),
      maxVideoPostDurationSec: wholeNumber(data.max_video_post_duration_sec),
    }),
  ),
);

/** Those a post of ours can have; one that TikTok invents later is none of them. */
function privacyLevels(value: unknown): PrivacyLevel[] | null {
  return Array.isArray(value) ? PRIVACY_LEVELS.filter((level) => value.includes(level)) : null;
}

/**
 * What the creator may post now. Only reads; TikTok wants it asked anew each time a person is about to post.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
 */
export function queryCreatorInfo(options: CallOptions, accessToken: Secret): Promise<Answer<CreatorInfo>> {
  return callApi(
    options,
    { method: 'POST', path: '/v2/post/publish/creator_info/query/', accessToken },
    creatorInfo,
  );
}

/** By these TikTok says, with HTTP 200, that the creator cannot post now, and all else may come along. */
const POSTING_BARS = [
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'reached_active_user_cap',
];

/** What a refusal says about a creator who cannot post now; null if it is a refusal of another kind. */
export function postingBar(refusal: {
  code: string;
  data?: unknown;
}): { creator: CreatorInfo | null } | null {
  if (!POSTING_BARS.includes(refusal.code)) return null;
  const read = creatorInfo.safeParse(refusal.data);
  return { creator: read.success ? read.data : null };
}
