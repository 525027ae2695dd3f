import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** How much is done, of how much. */
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on stderr; where that is no terminal, a line every few seconds. */
export function startProgress(what: string): Progress {
  const bar = new SingleBar(
    {
      format: `${what} {bar} {percentage} % | {value} of {total} | {eta_formatted} left`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
    },
    Presets.shades_classic,
  );
  return {
    update(done, total) {
      // Of nothing there is nothing to show.
      if (total === 0) return;
      if (!bar.isActive) bar.start(total, done);
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
