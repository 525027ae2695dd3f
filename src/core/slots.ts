/** Waits for a slot, does the work and gives the slot to whoever has waited longest. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * At most so many at once, first come, first served. The work must not ask for another slot: with all of them taken so,
 * each would wait for the others.
 */
export function createSlots(count: number): InSlot {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
