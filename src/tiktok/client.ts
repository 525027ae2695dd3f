import type { Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { Answer, CallOptions, Fetch } from './call.ts';
import { listVideos, queryVideos, type VideoPage } from './display.ts';
import {
  authorizeUrl,
  checkApp,
  exchangeCode,
  type OAuthAnswer,
  refreshTokens,
  revokeToken,
  type TikTokApp,
  type TokenAnswer,
} from './oauth.ts';
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
import { type CreatorInfo, getUserInfo, queryCreatorInfo, type UserInfo } from './users.ts';

/** TikTok's side of connecting an account. */
export interface TikTokLogin {
  authorizeUrl(request: { clientKey: string; scopes: readonly string[]; state: string }): string;
  exchangeCode(app: TikTokApp, code: string): Promise<TokenAnswer>;
  getUserInfo(accessToken: Secret): Promise<Answer<UserInfo>>;
  /** Whether TikTok takes the app's key and secret. */
  checkApp(app: TikTokApp): Promise<OAuthAnswer>;
}

/** TikTok's side of a connected account, as its owner sees it. */
export interface TikTokAccount {
  refreshTokens(app: TikTokApp, refreshToken: Secret, timeoutMs: number): Promise<TokenAnswer>;
  revokeToken(app: TikTokApp, accessToken: Secret, timeoutMs: number): Promise<OAuthAnswer>;
  queryCreatorInfo(accessToken: Secret): Promise<Answer<CreatorInfo>>;
  listVideos(
    accessToken: Secret,
    page: { cursor: string | null; maxCount: number },
  ): Promise<Answer<VideoPage>>;
  queryVideos(accessToken: Secret, ids: readonly string[]): Promise<Answer<VideoPage>>;
}

/** TikTok's side of publishing. Timeouts are the caller's, who knows how much of the tick is left. */
export interface TikTokPublishing {
  refreshTokens(app: TikTokApp, refreshToken: Secret, timeoutMs: number): Promise<TokenAnswer>;
  queryCreatorInfo(accessToken: Secret, timeoutMs: number): Promise<Answer<CreatorInfo>>;
  initPost(accessToken: Secret, publication: Publication, timeoutMs: number): Promise<Answer<InitResult>>;
  fetchStatus(accessToken: Secret, publishId: string, timeoutMs: number): Promise<Answer<PublishStatus>>;
  cancelPublish(accessToken: Secret, publishId: string, timeoutMs: number): Promise<Answer<unknown>>;
  listVideos(
    accessToken: Secret,
    page: { cursor: string | null; maxCount: number },
    timeoutMs: number,
  ): Promise<Answer<VideoPage>>;
  queryVideos(accessToken: Secret, ids: readonly string[], timeoutMs: number): Promise<Answer<VideoPage>>;
  isUploadUrlAllowed(uploadUrl: Secret): boolean;
  putChunk(chunk: ChunkRequest): Promise<ChunkAnswer>;
}

interface LoginSettings {
  apiUrl: string;
  authorizeUrl: string;
  redirectUri: string;
  /** For a redirect to the user's own machine: new for each flow, 43 to 128 characters. */
  codeVerifier?: string;
  fetch: Fetch;
  log?: Log;
}

/** For calls that a person waits for. */
const PATIENCE_MS = 8_000;
/** A name is nice to have: the tokens that came before it are not to be lost over it. */
const NAME_TIMEOUT_MS = 2_500;

export function createTikTokLogin(settings: LoginSettings): TikTokLogin {
  const { apiUrl, redirectUri, codeVerifier, fetch, log } = settings;
  const options: CallOptions = { apiUrl, fetch, log, timeoutMs: PATIENCE_MS };
  return {
    authorizeUrl: (request) => authorizeUrl(settings.authorizeUrl, { ...request, redirectUri, codeVerifier }),
    exchangeCode: (app, code) => exchangeCode(options, app, { code, redirectUri, codeVerifier }),
    checkApp: (app) => checkApp(options, app),
    getUserInfo: (accessToken) => getUserInfo({ ...options, timeoutMs: NAME_TIMEOUT_MS }, accessToken),
  };
}

export function createTikTokAccount(settings: Pick<CallOptions, 'apiUrl' | 'fetch' | 'log'>): TikTokAccount {
  const options: CallOptions = { ...settings, timeoutMs: PATIENCE_MS };
  return {
    refreshTokens: (app, refreshToken, timeoutMs) =>
      refreshTokens({ ...options, timeoutMs }, app, refreshToken),
    revokeToken: (app, accessToken, timeoutMs) => revokeToken({ ...options, timeoutMs }, app, accessToken),
    queryCreatorInfo: (accessToken) => queryCreatorInfo(options, accessToken),
    listVideos: (accessToken, page) => listVideos(options, accessToken, page),
    queryVideos: (accessToken, ids) => queryVideos(options, accessToken, ids),
  };
}

/** `fetch` must open a fresh connection for each call: a reused one that dies adds unknown outcomes. */
export function createTikTokPublishing({
  apiUrl,
  fetch,
  put,
  log,
}: {
  apiUrl: string;
  fetch: Fetch;
  put: StreamingPut;
  log?: Log;
}): TikTokPublishing {
  const within = (timeoutMs: number): CallOptions => ({ apiUrl, fetch, log, timeoutMs });
  return {
    refreshTokens: (app, refreshToken, timeoutMs) => refreshTokens(within(timeoutMs), app, refreshToken),
    queryCreatorInfo: (accessToken, timeoutMs) => queryCreatorInfo(within(timeoutMs), accessToken),
    initPost: (accessToken, publication, timeoutMs) => initPost(within(timeoutMs), accessToken, publication),
    fetchStatus: (accessToken, publishId, timeoutMs) =>
      fetchStatus(within(timeoutMs), accessToken, publishId),
    cancelPublish: (accessToken, publishId, timeoutMs) =>
      cancelPublish(within(timeoutMs), accessToken, publishId),
    listVideos: (accessToken, page, timeoutMs) => listVideos(within(timeoutMs), accessToken, page),
    queryVideos: (accessToken, ids, timeoutMs) => queryVideos(within(timeoutMs), accessToken, ids),
    isUploadUrlAllowed: (uploadUrl) => isUploadUrlAllowed(uploadUrl.reveal(), apiUrl),
    putChunk: (chunk) => putChunk(put, chunk),
  };
}
