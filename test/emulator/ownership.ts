import { isIP } from 'node:net';
import { badSourceInfo, invalidParams, refuse } from './refusal.ts';
import type { TikTokApp } from './world.ts';

/**
 * A media URL must be https on a domain, under a property the app has verified. Origins named insecure may
 * be neither, but must be verified all the same.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
 */
export function assertOwned(mediaUrl: string, app: TikTokApp, insecureOrigins: readonly string[]): void {
  if (!URL.canParse(mediaUrl)) throw invalidParams(badSourceInfo);
  const url = new URL(mediaUrl);
  const secure =
    url.protocol === 'https:' && url.port === '' && isIP(url.hostname.replace(/^\[|]$/g, '')) === 0;
  const reachable = secure || insecureOrigins.includes(url.origin);
  const clean = url.username === '' && url.password === '';
  const owned = app.verifiedProperties.some((property) => covers(property, mediaUrl, url));
  if (!reachable || !clean || !owned) throw refuse('url_ownership_unverified');
}

/** A domain covers its subdomains, not its parent. A prefix is literal, and `..` does not lead out of it. */
function covers(property: string, mediaUrl: string, url: URL): boolean {
  if (property.includes('://')) return mediaUrl.startsWith(property) && url.href.startsWith(property);
  const domain = property.toLowerCase();
  return url.protocol === 'https:' && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}
