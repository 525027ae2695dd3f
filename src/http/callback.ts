import { browserNonce } from './flow-cookie.ts';

/**
 * What a redirect back from TikTok holds: a parameter only if it came exactly once and is not empty, and the nonce that
 * this browser has for that state.
 */
export function callbackParameters(request: Request) {
  const parameters = redirectParameters(new URL(request.url));
  const { state } = parameters;
  return { ...parameters, browserNonce: state && browserNonce(request, state) };
}

/** What stands in the redirect itself. */
export function redirectParameters({ searchParams }: URL) {
  const once = (name: string) => {
    const values = searchParams.getAll(name);
    return values.length === 1 ? values[0] || null : null;
  };
  return { state: once('state'), code: once('code'), error: once('error'), scopes: once('scopes') };
}
