import { app } from '../../src/app.ts';
import { checkHealth } from '../../src/core/health.ts';
import { endpoint } from '../../src/http/endpoint.ts';

export default endpoint(app, {
  async GET({ app }) {
    const health = await checkHealth(app.queue);
    return Response.json(health, { status: health.status === 'ok' ? 200 : 503 });
  },
});
