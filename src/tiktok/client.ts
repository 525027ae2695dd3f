import type { Secret } from '../lib/secret.ts';
import type { Answer, CallOptions, Fetch } from './call.ts';
import { authorizeUrl, exchangeCode, refreshTokens, type TikTokApp, type TokenAnswer } from './oauth.ts';
import {
  cancelPublish,
  fetchStatus,
  type InitResult,
  initPost,
  type Publication,
  type PublishStatus,
} from './publish.ts';
import {
  type ChunkAnswer,
  type ChunkRequest,
  isUploadUrlAllowed,
  putChunk,
  type StreamingPut,
} from './upload.ts';
import { getUserInfo, queryCreatorInfo, type UserInfo } from './users.ts';

/** TikTok's side of connecting an account. */
export interface TikTokLogin {
  authorizeUrl(request: { clientKey: string; scopes: readonly string[]; state: string }): string;
  exchangeCode(app: TikTokApp, code: string): Promise<TokenAnswer>;
  getUserInfo(accessToken: Secret): Promise<Answer<UserInfo>>;
}

/** TikTok's side of publishing. Timeouts are the caller's, who knows how much of the tick is left. */
export interface TikTokPublishing {
  refreshTokens(app: TikTokApp, refreshToken: Secret, timeoutMs: number): Promise<TokenAnswer>;
  queryCreatorInfo(accessToken: Secret, timeoutMs: number): Promise<Answer<{ username: string }>>;
  initPost(accessToken: Secret, publication: Publication, timeoutMs: number): Promise<Answer<InitResult>>;
  fetchStatus(accessToken: Secret, publishId: string, timeoutMs: number): Promise<Answer<PublishStatus>>;
  cancelPublish(accessToken: Secret, publishId: string, timeoutMs: number): Promise<Answer<unknown>>;
  isUploadUrlAllowed(uploadUrl: Secret): boolean;
  putChunk(chunk: ChunkRequest): Promise<ChunkAnswer>;
}

interface LoginSettings {
  apiUrl: string;
  authorizeUrl: string;
  redirectUri: string;
  fetch: Fetch;
}

const LOGIN_TIMEOUT_MS = 8_000;

export function createTikTokLogin(settings: LoginSettings): TikTokLogin {
  const { apiUrl, redirectUri, fetch } = settings;
  const options: CallOptions = { apiUrl, fetch, timeoutMs: LOGIN_TIMEOUT_MS };
  return {
    authorizeUrl: (request) => authorizeUrl(settings.authorizeUrl, { ...request, redirectUri }),
    exchangeCode: (app, code) => exchangeCode(options, app, { code, redirectUri }),
    getUserInfo: (accessToken) => getUserInfo(options, accessToken),
  };
}

/** `fetch` must open a fresh connection for each call: a reused one that dies adds unknown outcomes. */
export function createTikTokPublishing({
  apiUrl,
  fetch,
  put,
}: {
  apiUrl: string;
  fetch: Fetch;
  put: StreamingPut;
}): TikTokPublishing {
  const within = (timeoutMs: number): CallOptions => ({ apiUrl, fetch, timeoutMs });
  return {
    refreshTokens: (app, refreshToken, timeoutMs) => refreshTokens(within(timeoutMs), app, refreshToken),
    queryCreatorInfo: (accessToken, timeoutMs) => queryCreatorInfo(within(timeoutMs), accessToken),
    initPost: (accessToken, publication, timeoutMs) => initPost(within(timeoutMs), accessToken, publication),
    fetchStatus: (accessToken, publishId, timeoutMs) =>
      fetchStatus(within(timeoutMs), accessToken, publishId),
    cancelPublish: (accessToken, publishId, timeoutMs) =>
      cancelPublish(within(timeoutMs), accessToken, publishId),
    isUploadUrlAllowed: (uploadUrl) => isUploadUrlAllowed(uploadUrl.reveal(), apiUrl),
    putChunk: (chunk) => putChunk(put, chunk),
  };
}
