import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs an idempotent operation again when it throws, up to `delaysMs.length` times more, pausing as told between.
 * @throws the last error, or at once an error that `isFinal` says will not get better.
 */
export async function retry<T>(
  operation: () => Promise<T>,
  delaysMs: readonly number[],
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (const delayMs of delaysMs) {
    try {
      return await operation();
    } catch (error) {
      if (isFinal(error)) throw error;
      await sleep(delayMs);
    }
  }
  return operation();
}
