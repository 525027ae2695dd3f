import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs an idempotent operation again when it throws, up to `delaysMs.length` times more, pausing as told between, but not
 * once `stop` is aborted.
 * @throws the last error, or at once an error that `isFinal` says will not get better.
 */
export async function retry<T>(
  operation: () => Promise<T>,
  delaysMs: readonly number[],
  isFinal: (error: unknown) => boolean = () => false,
  stop?: AbortSignal,
): Promise<T> {
  for (const delayMs of delaysMs) {
    try {
      return await operation();
    } catch (error) {
      if (isFinal(error)) throw error;
      await sleep(delayMs, undefined, { signal: stop }).catch(() => {
        throw error;
      });
    }
  }
  return operation();
}
