import worker from '../../netlify/functions/social-worker-tiktok.ts';

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

/** The other side of `startWorkerProcess`: ticks when told, by the function as it is deployed. */
process.on('message', async () => {
  const response = await worker(
    new Request('http://localhost:8888/api/social-worker-tiktok', { method: 'POST' }),
    {} as never,
  );
  process.send?.(await response.json());
});
await import('../../src/outbound.ts');
process.send?.('ready');
