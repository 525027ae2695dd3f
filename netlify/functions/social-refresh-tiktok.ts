import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { sweep } from '../../src/core/sweep.ts';
import { mayWork } from '../../src/http/deploy.ts';
import { type Call, endpoint } from '../../src/http/endpoint.ts';

async function runSweep({ app: { startSweep } }: Call<ReturnType<typeof app>>): Promise<Response> {
  return Response.json(await sweep(startSweep));
}

/** As the worker's: Netlify calls with POST, people with GET. */
export default endpoint(app, { GET: runSweep, POST: runSweep }, mayWork);

export const config: Config = { schedule: '*/10 * * * *' };
