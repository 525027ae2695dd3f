import { describe, expect, test } from 'vitest';
import { coverage } from './coverage.ts';
import { endpointAt, endpoints } from './endpoints.ts';
import { createHarness } from './harness.ts';
import { probes, runProbe } from './probes.ts';
import { routes } from './routes.ts';

const supported = coverage.filter((row) => row.state === 'supported');
const notStarted = coverage.filter((row) => row.state === 'not_started');
const listed = supported.flatMap(({ endpoint, answers }) => answers.map((answer) => `${endpoint} ${answer}`));

describe('the coverage table', () => {
  test('supports exactly the endpoints that have a route', () => {
    const table = supported.map(({ endpoint, methods, path }) => [endpoint, { methods, path }] as const);
    const registered = Object.entries(endpoints).map(([name, { methods, path }]) => [
      name,
      { methods, path },
    ]);
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(registered));
    expect(Object.keys(routes).sort()).toEqual(Object.keys(endpoints).sort());
  });

  test.each(notStarted)('$path is not started, and answers 404', async ({ path }) => {
    expect(endpointAt(path)).toBeUndefined();
    expect((await createHarness().request(path, { method: 'POST' })).status).toBe(404);
  });

  test('has a probe for every answer listed, and lists every answer probed', () => {
    expect(Object.keys(probes).sort()).toEqual([...listed].sort());
  });

  test.each(listed)('%s happens', async (name) => {
    const probe = probes[name];
    if (probe === undefined) throw new Error('no probe');
    const last = (await runProbe(probe)).emulator.requests().at(-1);
    const endpoint = last?.endpoint ?? name.split(' ')[0];
    expect(`${endpoint} ${last?.status} ${last?.errorCode ?? 'ok'}`).toBe(name);
  });
});
