import type { Config, Context } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { tick } from '../../src/core/worker.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { endpoint } from '../../src/http/endpoint.ts';

/** Netlify calls a scheduled function with POST; `netlify functions:invoke` and people do with GET. */
const handle = endpoint(app, { GET: runTick, POST: runTick });

async function runTick({ app: { startTick } }: { app: ReturnType<typeof app> }): Promise<Response> {
  return Response.json(await tick((stop) => startTick(stop, () => import('../../src/outbound.ts'))));
}

export default async (request: Request, context: Context): Promise<Response> =>
  mayWork(context) ? handle(request, context) : new Response(null, { status: 204 });

export const config: Config = { schedule: '* * * * *' };
