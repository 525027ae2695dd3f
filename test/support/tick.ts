import { app } from '../../src/app.ts';
import { SCHEDULED_TICK, type TickLimits, type TickReport, tick } from '../../src/core/worker.ts';

/** A tick as the schedule makes it, but for the waiting: tests let time pass by themselves. */
export function tickOnce(limits: TickLimits = SCHEDULED_TICK): Promise<TickReport> {
  const start = (stop: AbortSignal) => app().startTick(stop, () => import('../../src/outbound.ts'));
  return tick(start, { ...limits, patienceMs: 0 });
}
