import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** How much is done, of how much. */
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on stderr; where that is no terminal, a line every few seconds. */
export function startProgress(what: string): Progress {
  return startBar(`${what} {bar} {percentage} % | {value} of {total} | {eta_formatted} left`, () => ({}));
}

/** The same for bytes, with their rate since it began. */
export function startByteProgress(what: string): Progress {
  let begun: { atMs: number; byte: number } | null = null;
  return startBar(`${what} {bar} {percentage} % | {done} of {size} | {rate}/s`, (done, total) => {
    begun ??= { atMs: performance.now(), byte: done };
    const seconds = Math.max((performance.now() - begun.atMs) / 1000, 0.001);
    return { done: megabytes(done), size: megabytes(total), rate: megabytes((done - begun.byte) / seconds) };
  });
}

function startBar(format: string, fields: (done: number, total: number) => object): Progress {
  const bar = new SingleBar(
    { format, stream: process.stderr, noTTYOutput: true, notTTYSchedule: 5_000 },
    Presets.shades_classic,
  );
  return {
    update(done, total) {
      // Of nothing there is nothing to show.
      if (total === 0) return;
      const shown = fields(done, total);
      if (!bar.isActive) bar.start(total, done, shown);
      bar.setTotal(total);
      bar.update(done, shown);
    },
    stop: () => bar.stop(),
  };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
