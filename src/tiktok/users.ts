import * as z from 'zod/mini';
import type { Secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';
import { type Answer, type CallOptions, callApi } from './call.ts';

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

const creatorInfo = z.pipe(
  z.object({ creator_username: z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u)) }),
  z.transform(({ creator_username }) => ({ username: creator_username })),
);

/**
 * The account's @handle, which a post's link needs.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
 */
export function queryCreatorInfo(
  options: CallOptions,
  accessToken: Secret,
): Promise<Answer<{ username: string }>> {
  return callApi(
    options,
    { method: 'POST', path: '/v2/post/publish/creator_info/query/', accessToken },
    creatorInfo,
  );
}
