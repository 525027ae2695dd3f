import { BACKGROUND_RUN, type TickReport } from '../../src/core/worker.ts';
import { tickOnce } from './tick.ts';
import type { Order } from './worker-process.ts';

const offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0);
if (offsetMs !== 0) globalThis.Date = shiftedDate(offsetMs);

/** The clock of a machine that is set wrong. */
function shiftedDate(offsetMs: number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args) =>
      args.length > 0 ? Reflect.construct(target, args) : new target(target.now() + offsetMs),
    get: (target, key) => (key === 'now' ? () => target.now() + offsetMs : Reflect.get(target, key)),
  });
}

/** The other side of `startWorkerProcess`: ticks when told. */
process.on('message', async (order) => {
  process.send?.(await obey(order as Order).catch((error: Error) => ({ failed: error.message })));
});

async function obey(order: Order): Promise<TickReport> {
  const report = await tickOnce();
  return order === 'tick and run' && report.needsRun ? tickOnce(BACKGROUND_RUN) : report;
}

await import('../../src/outbound.ts');
process.send?.('ready');
