import { sha256 } from '../lib/hash.ts';
import { clearCookie, readCookie, setCookie } from './cookies.ts';

/** A flow lives as long in the browser as in the database. */
const FLOW_SECONDS = 15 * 60;

/** Each flow has a cookie of its own, so that two tabs may connect at once. Its name gives nothing of the state away. */
const cookieName = (state: string) => `__Host-tiktok-connect-${sha256(state).slice(0, 12)}` as const;

/** Ties a flow to this browser. */
export function bindBrowser(state: string, nonce: string): string {
  return setCookie(cookieName(state), nonce, FLOW_SECONDS);
}

/** What ties this browser to a flow; null if nothing does. */
export function browserNonce(request: Request, state: string): string | null {
  return readCookie(request, cookieName(state));
}

export function releaseBrowser(state: string): string {
  return clearCookie(cookieName(state));
}
