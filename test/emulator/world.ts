export const scopeNames = [
  'user.info.basic',
  'user.info.profile',
  'user.info.stats',
  'video.list',
  'video.publish',
  'video.upload',
] as const;

export type Scope = (typeof scopeNames)[number];

/** An app as registered in TikTok's portal. */
export type TikTokApp = {
  clientKey: string;
  clientSecret: string;
  audited: boolean;
  /** Compared byte for byte with what a client sends. */
  redirectUris: string[];
  /** A domain (`static.example.com`) or a URL prefix ending in a slash (`https://example.com/videos/`). */
  verifiedProperties: string[];
  /** For which TikTok approved the app. */
  scopes: Scope[];
  /** Creators who may post through this app in 24 h. Five at most while the app is not audited. */
  activeUserCap: number;
  /** Where webhooks go; none are sent while it is empty. */
  webhookUrl: string;
  /** Some reports say an unaudited app is offered nothing but SELF_ONLY. Default false. */
  shrinksPrivacyOptions: boolean;
};

export type TikTokUser = {
  username: string;
  /** What creator_info calls `creator_nickname` and user/info `display_name`. */
  displayName: string;
  privateAccount: boolean;
  commentDisabled: boolean;
  duetDisabled: boolean;
  stitchDisabled: boolean;
  maxVideoPostDurationSec: number;
  /** Banned from posting. */
  banned: boolean;
  /** Direct posts in 24 h, over all apps. */
  dailyPostCap: number;
  /** Their TikTok app is too old to finish a photo draft. */
  outdatedApp: boolean;
};

/**
 * The one leniency for local work: TikTok refuses plain http and `localhost` for web apps. Here the URI
 * below counts as registered; it is still compared byte for byte.
 */
export function defaultApp(): TikTokApp {
  return {
    clientKey: 'emulator-client-key',
    clientSecret: 'emulator-client-secret-not-a-real-one',
    audited: true,
    redirectUris: ['http://localhost:8888/.netlify/functions/tiktok-callback'],
    verifiedProperties: [],
    scopes: [...scopeNames],
    activeUserCap: 100_000,
    webhookUrl: '',
    shrinksPrivacyOptions: false,
  };
}

export function ordinaryUser(username: string): TikTokUser {
  return {
    username,
    displayName: username,
    privateAccount: false,
    commentDisabled: false,
    duetDisabled: false,
    stitchDisabled: false,
    maxVideoPostDurationSec: 600,
    banned: false,
    dailyPostCap: 15,
    outdatedApp: false,
  };
}

export const privacyLevels = [
  'PUBLIC_TO_EVERYONE',
  'MUTUAL_FOLLOW_FRIENDS',
  'FOLLOWER_OF_CREATOR',
  'SELF_ONLY',
] as const;

export type PrivacyLevel = (typeof privacyLevels)[number];

export function privacyOptions(app: TikTokApp, user: TikTokUser): PrivacyLevel[] {
  if (!app.audited && app.shrinksPrivacyOptions) return ['SELF_ONLY'];
  return user.privateAccount
    ? ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY']
    : ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'];
}
