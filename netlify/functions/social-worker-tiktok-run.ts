import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { BACKGROUND_RUN, tick } from '../../src/core/worker.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { type Call, endpoint } from '../../src/http/endpoint.ts';

/** The same tick, longer: for large uploads, and for what a scheduled tick left behind. */
async function run({ app: { run, startTick }, request }: Call<ReturnType<typeof app>>): Promise<Response> {
  run.assertWorker(request);
  const start = (stop: AbortSignal) => startTick(stop, () => import('../../src/outbound.ts'));
  return Response.json(await tick(start, BACKGROUND_RUN));
}

export default endpoint(app, { POST: run }, mayWork);

/**
 * Netlify answers the caller 202 at once, ends the function after 15 minutes, and starts it again if it crashes. One
 * start a minute is wanted; each further call with a wrong secret costs a function's start.
 */
export const config: Config & { background: true } = {
  background: true,
  rateLimit: { windowSize: 60, windowLimit: 30, aggregateBy: ['ip', 'domain'] },
};
