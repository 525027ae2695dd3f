import type { TestDatabase } from './test-database.ts';

export const SITE = 'http://localhost:8888';

/** All that the functions are configured by, for a site between this database, this TikTok and this media server. */
export function siteEnv(
  database: TestDatabase,
  { tiktokUrl, mediaUrl }: { tiktokUrl: string; mediaUrl: string },
): Record<string, string> {
  return {
    NETLIFY_DEV: 'true',
    TIKTOK_CLIENT_KEY: 'emulator-client-key',
    TIKTOK_CLIENT_SECRET: 'emulator-client-secret-not-a-real-one',
    TIKTOK_REDIRECT_URI: `${SITE}/.netlify/functions/tiktok-callback`,
    TIKTOK_API_URL: tiktokUrl,
    TIKTOK_AUTHORIZE_URL: `${tiktokUrl}/v2/auth/authorize/`,
    TIKTOK_SCOPES: 'user.info.basic,video.publish,video.upload',
    TIKTOK_VERIFIED_URLS: `${mediaUrl}/verified/`,
    SUPABASE_URL: database.supabaseUrl,
    SUPABASE_PUBLISHABLE_KEY: database.publishableKey,
    SUPABASE_SECRET_KEY: database.secretKey,
    SUPABASE_JWT_SECRET: database.jwtSecret,
    TOKEN_ENCRYPTION_KEYS: `test:${Buffer.from('test-only-test-only-test-only-32').toString('base64url')}`,
    APP_ORIGINS: `${SITE},https://app.example.com`,
    WORKER_SECRET: 'test-only-worker-secret-test-only',
    MEDIA_ALLOWED_ORIGINS: mediaUrl,
  };
}
