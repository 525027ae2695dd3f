import { tickOnce } from './tick.ts';

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
process.on('message', async () => {
  process.send?.(await tickOnce().catch((error: Error) => ({ failed: error.message })));
});
await import('../../src/outbound.ts');
process.send?.('ready');
