import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { type Call, endpoint } from '../../src/http/endpoint.ts';

async function runTick({ app: { run, startTick } }: Call<ReturnType<typeof app>>): Promise<Response> {
  const start = (stop: AbortSignal) => startTick(stop, () => import('../../src/outbound.ts'));
  const report = await tick(start, SCHEDULED_TICK);
  if (report.needsRun) await run.start();
  return Response.json(report);
}

/** Netlify calls a scheduled function with POST; `netlify functions:invoke` and people do with GET. */
export default endpoint(app, { GET: runTick, POST: runTick }, mayWork);

export const config: Config = { schedule: '* * * * *' };
