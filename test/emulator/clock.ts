/** Milliseconds since the epoch, as TikTok's side of the wire sees them. */
export type Clock = {
  now(): number;
  advance(ms: number): void;
};

/** Real time (or one frozen instant) plus an offset that only grows. */
export function createClock(frozenAtMs: number | null): Clock {
  let offsetMs = 0;
  return {
    now: () => (frozenAtMs ?? Date.now()) + offsetMs,
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError('the clock moves forward only');
      offsetMs += ms;
    },
  };
}
