import { expect, test } from 'vitest';
import { retry } from '../../src/lib/retry.ts';

function failing(times: number) {
  let calls = 0;
  return {
    operation: async () => {
      if (++calls <= times) throw new Error(`failure ${calls}`);
      return calls;
    },
    calls: () => calls,
  };
}

test('tries once more for each delay, then gives the last error', async () => {
  expect(await retry(failing(2).operation, [0, 0])).toBe(3);
  const hopeless = failing(9);
  await expect(retry(hopeless.operation, [0, 0])).rejects.toThrow('failure 3');
  expect(hopeless.calls()).toBe(3);
});

test('does not repeat what will not get better', async () => {
  const final = failing(9);
  await expect(retry(final.operation, [0, 0], () => true)).rejects.toThrow('failure 1');
  expect(final.calls()).toBe(1);
});

test('ends with the last error once it is to stop, and does not wait for the next', async () => {
  const before = failing(9);
  await expect(retry(before.operation, [1e6], undefined, AbortSignal.abort())).rejects.toThrow('failure 1');
  const stop = new AbortController();
  const during = failing(9);
  const ended = expect(retry(during.operation, [0, 1e6], undefined, stop.signal)).rejects.toThrow(
    'failure 2',
  );
  while (during.calls() < 2) await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect([before.calls(), during.calls()]).toEqual([1, 2]);
});
