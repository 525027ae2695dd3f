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
