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
  bar.start(0, 0);
  return {
    update(done, total) {
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
