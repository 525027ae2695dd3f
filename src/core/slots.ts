/** Makes a call when fewer than so many are under way, or when it has waited long enough. */
export type InSlot = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * Longer than an everyday call of TikTok takes. What takes longer, chunks of large files or a TikTok in trouble, is
 * waiting rather than work, and must not hold up others that have something to write already.
 */
const PATIENCE_MS = 500;

/** About so many calls at once, first come, first served. */
export function createSlots(count: number): InSlot {
  const waiting = new Set<() => void>();
  let taken = 0;

  function itsTurn(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        waiting.delete(go);
        taken++;
        resolve();
      };
      const timer = setTimeout(go, PATIENCE_MS);
      waiting.add(go);
    });
  }

  return async (call) => {
    if (taken < count) taken++;
    else await itsTurn();
    try {
      return await call();
    } finally {
      taken--;
      const [next] = waiting;
      if (taken < count) next?.();
    }
  };
}
