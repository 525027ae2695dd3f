import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { endpoint } from '../../src/http/endpoint.ts';

export default endpoint(app, {
  async GET({ app }) {
    return Response.json(app.webConfig);
  },
});

/** A page asks once when it opens. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 120, aggregateBy: ['ip', 'domain'] },
};
