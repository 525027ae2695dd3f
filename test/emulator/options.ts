import { defaultApp, type TikTokApp, type TikTokUser } from './world.ts';

export type EmulatorOptions = {
  /** Token lifetimes: `current` is 2 h and 180 d, `legacy` 24 h and 365 d. Default `current`. */
  profile: 'current' | 'legacy';
  /** What is left out is as in the default app. */
  apps: Partial<TikTokApp>[];
  /** What is left out is as in an ordinary public account. */
  users: (Partial<TikTokUser> & { username: string })[];
  /** Origins from which a pull is allowed although plain http or an IP address. Local work only; default none. */
  insecureMediaOrigins: string[];
  /** From the last byte to PUBLISH_COMPLETE or SEND_TO_USER_INBOX. Default 0. */
  processingMs: number;
  /** From PUBLISH_COMPLETE to the public post id. Default 0. */
  moderationMs: number;
  /** HTTP status of OAuth errors: TikTok is seen to send 200. Default 200. */
  oauthErrorStatus: 200 | 400;
  /** How long a rotated refresh token goes on working. Default 0. */
  refreshGraceSeconds: number;
  /** Whether a refresh begins the refresh token's life anew; else it ends when the first one's would have. Default true. */
  refreshRestartsLife: boolean;
  /** Whether a refresh token that comes again when it no longer works ends every token of its grant. Default false. */
  revokesReusedGrants: boolean;
  /** Default 300. */
  codeLifetimeSeconds: number;
  /** What "MB" means in the chunk rules; TikTok's pages use both. Default `strict`: only what both allow. */
  megabyte: 'strict' | 'binary' | 'decimal';
  /** The pages print `invalid_param`, the server sends `invalid_params`. Default the latter. */
  invalidParamsCode: 'invalid_params' | 'invalid_param';
  /** What user/info answers when a field's scope is missing. Default `scope_not_authorized`. */
  missingFieldScopeCode: 'scope_not_authorized' | 'scope_permission_missed';
  /** What the second number of an upload answer's `Content-Range` is. Default `last_index`. */
  uploadedBytesMeaning: 'last_index' | 'count';
  /** Stops the clock at this instant, so that only `advance` moves it. Default null: real time. */
  frozenAtMs: number | null;
  /** How a pull downloads. Default the global fetch. */
  fetchMedia: typeof fetch;
  /** How a webhook is delivered. Default the global fetch. */
  fetchWebhook: typeof fetch;
};

export type Settings = Omit<EmulatorOptions, 'profile' | 'apps' | 'users'> & {
  accessLifetimeSeconds: number;
  refreshLifetimeSeconds: number;
  apps: Partial<TikTokApp>[];
  users: (Partial<TikTokUser> & { username: string })[];
};

const lifetimes = {
  current: { accessLifetimeSeconds: 7_200, refreshLifetimeSeconds: 15_552_000 },
  legacy: { accessLifetimeSeconds: 86_400, refreshLifetimeSeconds: 31_536_000 },
};

export function resolveOptions(options: Partial<EmulatorOptions>): Settings {
  const { profile = 'current', ...given } = options;
  return {
    apps: [defaultApp()],
    users: [
      { username: 'ada.films', displayName: 'Ada Films' },
      { username: 'bo.private', displayName: 'Bo', privateAccount: true },
    ],
    insecureMediaOrigins: [],
    processingMs: 0,
    moderationMs: 0,
    oauthErrorStatus: 200,
    refreshGraceSeconds: 0,
    refreshRestartsLife: true,
    revokesReusedGrants: false,
    codeLifetimeSeconds: 300,
    megabyte: 'strict',
    invalidParamsCode: 'invalid_params',
    missingFieldScopeCode: 'scope_not_authorized',
    uploadedBytesMeaning: 'last_index',
    frozenAtMs: null,
    fetchMedia: globalThis.fetch,
    fetchWebhook: globalThis.fetch,
    ...given,
    ...lifetimes[profile],
  };
}
