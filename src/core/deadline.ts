/** Time that cannot be set back; `performance.now` in production. */
export type MonotonicMs = () => number;

/** How much of a tick is left, and what the database's clock shows meanwhile. */
export interface Deadline {
  leftMs(): number;
  /** Whether too little is left for any request: what has ended by now has ended for that reason. */
  isOver(): boolean;
  /** Whole milliseconds for one request that wants so many, keeping a reserve to save what it answers. */
  timeoutMs(wantedMs: number): number;
}

/** Kept at the end of each request's time, to save what it answers. */
export const RESERVE_MS = 3_000;
/** Timers are set by the clock of the last turn of the event loop, and may ring early by so much. */
const TIMERS_TOLERANCE_MS = 500;

export function startDeadline(
  monotonicMs: MonotonicMs,
  durationMs: number,
  startedAtMs = monotonicMs(),
): Deadline {
  return deadlineOf(() => startedAtMs + durationMs - monotonicMs());
}

/** For who must keep both. */
export function soonerOf(one: Deadline, other: Deadline): Deadline {
  return deadlineOf(() => Math.min(one.leftMs(), other.leftMs()));
}

function deadlineOf(leftMs: () => number): Deadline {
  return {
    leftMs,
    isOver: () => leftMs() < RESERVE_MS + TIMERS_TOLERANCE_MS,
    timeoutMs: (wantedMs) => Math.max(Math.floor(Math.min(wantedMs, leftMs() - RESERVE_MS)), 1),
  };
}

/** The database's clock carried on from one reading: never behind it, so no lease is thought longer than it is. */
export function databaseClock(monotonicMs: MonotonicMs, databaseNow: Date, askedAtMs: number): () => Date {
  return () => new Date(databaseNow.getTime() + (monotonicMs() - askedAtMs));
}
