import type { Config, Context } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { type Call, endpoint } from '../../src/http/endpoint.ts';

/** Netlify calls a scheduled function with POST; `netlify functions:invoke` and people do with GET. */
const routes = (siteUrl: string | undefined) => {
  async function runTick({ app: { run, startTick }, url }: Call<ReturnType<typeof app>>): Promise<Response> {
    const start = (stop: AbortSignal) => startTick(stop, () => import('../../src/outbound.ts'));
    const report = await tick(start, SCHEDULED_TICK);
    if (report.needsRun) await run.start(siteUrl ?? url.origin);
    return Response.json(report);
  }
  return { GET: runTick, POST: runTick };
};

export default async (request: Request, context: Context): Promise<Response> => {
  if (!mayWork(context)) return new Response(null, { status: 204 });
  return endpoint(app, routes(context?.site?.url))(request, context);
};

export const config: Config = { schedule: '* * * * *' };
