import worker from '../../../netlify/functions/social-worker-tiktok.ts';
import { servePart } from '../part.ts';
import { type PipeOrder, pipe } from './pipe.ts';
import { watchProcess } from './watch.ts';

/** The worker as it is deployed, one tick at a time. */
const api = {
  tick: () =>
    watchProcess(async () => {
      const request = new Request('http://localhost:8888/api/social-worker-tiktok', { method: 'POST' });
      const response = await worker(request, {} as never);
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    }),
  /** In the worker's own process: what collecting garbage costs depends on what else is in the heap. */
  pipe: (order: PipeOrder) => watchProcess(() => pipe(order)),
};
export type WorkerApi = typeof api;
await import('../../../src/outbound.ts');
servePart(api);
