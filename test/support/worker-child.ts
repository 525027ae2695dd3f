import worker from '../../netlify/functions/social-worker-tiktok.ts';

/** The other side of `startWorkerProcess`: ticks when told, by the function as it is deployed. */
process.on('message', async () => {
  const response = await worker(
    new Request('http://localhost:8888/api/social-worker-tiktok', { method: 'POST' }),
    {} as never,
  );
  process.send?.(await response.json());
});
await Promise.all([import('undici'), import('../../src/media/source.ts')]);
process.send?.('ready');
