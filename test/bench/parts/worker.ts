import tick from '../../../netlify/functions/social-worker-tiktok.ts';
import run from '../../../netlify/functions/social-worker-tiktok-run.ts';
import type { TickReport } from '../../../src/core/worker.ts';
import { servePart } from '../part.ts';
import { type PipeOrder, pipe } from './pipe.ts';
import { watchProcess } from './watch.ts';

const call = (worker: typeof tick, headers: Record<string, string> = {}) =>
  watchProcess(async () => {
    const request = new Request('http://localhost:8888/.netlify/functions/worker', {
      method: 'POST',
      headers,
    });
    const response = await worker(request, {} as never);
    if (!response.ok) throw new Error(await response.text());
    return response.json() as Promise<TickReport>;
  });

/** The worker as it is deployed. */
const api = {
  /** One scheduled tick. */
  tick: () => call(tick),
  /** One run in the background, which a tick starts that leaves work behind. */
  run: () => call(run, { authorization: `Bearer ${process.env.WORKER_SECRET}` }),
  /** In the worker's own process: what collecting garbage costs depends on what else is in the heap. */
  pipe: (order: PipeOrder) => watchProcess(() => pipe(order)),
};
export type WorkerApi = typeof api;
await import('../../../src/outbound.ts');
servePart(api);
