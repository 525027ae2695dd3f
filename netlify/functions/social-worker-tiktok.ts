import type { Config, Context } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { SCHEDULED_TICK, tick } from '../../src/core/worker.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { endpoint } from '../../src/http/endpoint.ts';

/** Netlify calls a scheduled function with POST; `netlify functions:invoke` and people do with GET. */
const handle = endpoint(app, { GET: runTick, POST: runTick });

async function runTick({ app: { startTick } }: { app: ReturnType<typeof app> }): Promise<Response> {
  const start = (stop: AbortSignal) => startTick(stop, () => import('../../src/outbound.ts'));
  return Response.json(await tick(start, SCHEDULED_TICK));
}

export default async (request: Request, context: Context): Promise<Response> =>
  mayWork(context) ? handle(request, context) : new Response(null, { status: 204 });

export const config: Config = { schedule: '* * * * *' };
