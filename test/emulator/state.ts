import type { Hash } from 'node:crypto';
import { type Clock, createClock } from './clock.ts';
import type { Settings } from './options.ts';
import type { RecordedRequest } from './records.ts';
import { defaultApp, ordinaryUser, type Scope, type TikTokApp, type TikTokUser } from './world.ts';

export type AuthorizationRequest = {
  clientKey: string;
  redirectUri: string;
  scopes: Scope[];
  state: string;
  codeChallenge: string | null;
};

export type AuthorizationCode = AuthorizationRequest & { username: string; expiresAtMs: number };

export type AccessToken = {
  clientKey: string;
  /** Null for a client token, which stands for no user. */
  username: string | null;
  scopes: Scope[];
  expiresAtMs: number;
  /** Shared by all that came of one consent; null for a client token. */
  consent: symbol | null;
};

export type RefreshToken = {
  clientKey: string;
  username: string;
  scopes: Scope[];
  expiresAtMs: number;
  consent: symbol;
  rotatedAtMs: number | null;
};

export type ChunkPlan = { videoSize: number; chunkSize: number; totalChunkCount: number };

export type Upload = ChunkPlan & {
  /** Path and query under which alone it can be reached. */
  address: string;
  expiresAtMs: number;
  /** Of the chunks stored so far. */
  hash: Hash;
};

export type Publish = {
  publishId: string;
  clientKey: string;
  openId: string;
  username: string;
  mediaType: 'video' | 'photo';
  /** A draft goes to the user's inbox, and only they can post it. */
  mode: 'direct' | 'draft';
  source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  /** What is pulled, in order; one for a video. */
  mediaUrls: string[];
  /** As it was sent; empty where none was. */
  postInfo: Record<string, unknown>;
  createdAtMs: number;
  upload: Upload | null;
  receivedBytes: number;
  sizeBytes: number | null;
  sha256: string | null;
  /** When the last byte was here. */
  completedAtMs: number | null;
  /** How it must end; scripted before, or decided by what happened. */
  failReason: string | null;
  failedAtMs: number | null;
  /** When the user posted the draft. */
  finishedAtMs: number | null;
  postId: bigint;
};

/** A user's app taken away; 1 by the user, 5 by the app itself. */
export type Removal = { clientKey: string; openId: string; reason: 1 | 5; atMs: number };

export type UploadingPublish = Publish & { upload: Upload };

export type State = {
  settings: Settings;
  clock: Clock;
  apps: Map<string, TikTokApp>;
  users: Map<string, TikTokUser>;
  authorizationRequests: Map<string, AuthorizationRequest>;
  codes: Map<string, AuthorizationCode>;
  accessTokens: Map<string, AccessToken>;
  refreshTokens: Map<string, RefreshToken>;
  publishes: Map<string, Publish>;
  /** The same by who posts, in their order: one creator's are asked for with each call. */
  publishesOf: Map<string, Publish[]>;
  /** Those by upload, by their addresses. */
  uploads: Map<string, UploadingPublish>;
  /** Instants of the calls of the last minute, by endpoint and token. */
  calls: Map<string, number[]>;
  requests: RecordedRequest[];
  removals: Removal[];
  /** Webhooks answered with 200. */
  acknowledged: Set<string>;
  pulls: Set<Promise<void>>;
  /** Ends the pulls of this state. */
  abort: AbortController;
};

export function createState(settings: Settings): State {
  const state: State = {
    settings,
    clock: createClock(settings.frozenAtMs),
    apps: new Map(),
    users: new Map(),
    authorizationRequests: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    publishes: new Map(),
    publishesOf: new Map(),
    uploads: new Map(),
    calls: new Map(),
    requests: [],
    removals: [],
    acknowledged: new Set(),
    pulls: new Set(),
    abort: new AbortController(),
  };
  for (const app of settings.apps) putApp(state, app);
  for (const user of settings.users) putUser(state, user);
  return state;
}

/** Changes the app of that key, or registers it. Without a key: the first app. */
export function putApp(state: State, change: Partial<TikTokApp>): TikTokApp {
  const first = state.apps.keys().next().value ?? defaultApp().clientKey;
  const clientKey = change.clientKey ?? first;
  const app = { ...(state.apps.get(clientKey) ?? defaultApp()), ...structuredClone(change), clientKey };
  for (const property of app.verifiedProperties)
    assertProperty(property, state.settings.insecureMediaOrigins);
  state.apps.set(clientKey, app);
  return app;
}

/** Changes the user of that name, or signs them up. */
export function putUser(state: State, change: Partial<TikTokUser> & { username: string }): TikTokUser {
  const user = { ...(state.users.get(change.username) ?? ordinaryUser(change.username)), ...change };
  state.users.set(user.username, user);
  return user;
}

/** @throws {TypeError} for what TikTok's portal would not register. */
function assertProperty(property: string, insecureOrigins: readonly string[]): void {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(property) && !/^[\d.]+$/.test(property)) return;
  const url = URL.canParse(property) ? new URL(property) : undefined;
  const allowed = url !== undefined && (url.protocol === 'https:' || insecureOrigins.includes(url.origin));
  if (!allowed || !property.endsWith('/') || url.search !== '' || url.hash !== '') {
    throw new TypeError(`not a domain, nor an https prefix ending in a slash: ${property}`);
  }
}
