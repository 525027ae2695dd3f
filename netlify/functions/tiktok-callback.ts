import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { type CallbackResult, finishConnect } from '../../src/core/connect.ts';
import { callbackParameters } from '../../src/http/callback.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { releaseBrowser } from '../../src/http/flow-cookie.ts';
import { page } from '../../src/http/page.ts';

export default endpoint(app, {
  async GET({ app, request }) {
    const parameters = callbackParameters(request);
    const { state } = parameters;
    const result = await finishConnect(app.connect, parameters);
    const response = answer(result);
    if (state && result.kind !== 'no_flow' && result.kind !== 'unavailable')
      response.headers.append('set-cookie', releaseBrowser(state));
    return response;
  },
});

function answer(result: CallbackResult): Response {
  if (result.kind === 'no_flow') {
    return page(
      400,
      'This connection cannot be finished here',
      'It was begun in another browser, is over, or was never begun. Go back to the app and connect TikTok again.',
    );
  }
  if (result.kind === 'unavailable') {
    return page(
      503,
      'This cannot be finished just now',
      'Go back to the app in a minute and connect TikTok again.',
    );
  }
  const target = new URL(result.redirectUrl);
  for (const name of ['tiktok_connected', 'tiktok_username', 'tiktok_account', 'tiktok_error'])
    target.searchParams.delete(name);
  if (result.kind === 'connected') {
    target.searchParams.set('tiktok_connected', 'true');
    target.searchParams.set('tiktok_username', result.account.displayName ?? '');
    target.searchParams.set('tiktok_account', result.account.id);
  } else {
    target.searchParams.set('tiktok_error', result.error);
  }
  return new Response(null, { status: 302, headers: { location: target.href } });
}

/** Each comes from a person who has just pressed a button at TikTok; several may share an address. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 30, aggregateBy: ['ip', 'domain'] },
};
