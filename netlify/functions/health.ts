import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { checkHealth } from '../../src/core/health.ts';
import { endpoint } from '../../src/http/endpoint.ts';

export default endpoint(app, {
  async GET({ app }) {
    const health = await checkHealth(app.queue);
    return Response.json(health, { status: health.status === 'ok' ? 200 : 503 });
  },
});

/** A monitor asks once or twice a minute. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 60, aggregateBy: ['ip', 'domain'] },
};
