import { browserNonce } from './flow-cookie.ts';

/**
 * What a redirect back from TikTok holds: a parameter only if it came exactly once and is not empty, and the nonce that
 * this browser has for that state.
 */
export function callbackParameters(request: Request) {
  const { searchParams } = new URL(request.url);
  const once = (name: string) => {
    const values = searchParams.getAll(name);
    return values.length === 1 ? values[0] || null : null;
  };
  const state = once('state');
  return {
    state,
    browserNonce: state && browserNonce(request, state),
    code: once('code'),
    error: once('error'),
    scopes: once('scopes'),
  };
}
