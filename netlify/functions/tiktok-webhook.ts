import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { receiveWebhook } from '../../src/core/webhook.ts';
import { readBytes } from '../../src/http/body.ts';
import { endpoint } from '../../src/http/endpoint.ts';

export default endpoint(app, {
  async POST({ app, request }) {
    await receiveWebhook(
      app.webhook,
      request.headers.get('tiktok-signature'),
      // As it came: the signature is over these bytes, whatever the content type says they are.
      await readBytes(request),
    );
    return Response.json({});
  },
});

/** TikTok calls from few addresses, in bursts; what is turned away it sends again for 72 hours. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 1200, aggregateBy: ['ip', 'domain'] },
};
