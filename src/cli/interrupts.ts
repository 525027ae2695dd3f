import { setTimeout as pause } from 'node:timers/promises';

/**
 * Ctrl-C, a terminal that is closed, and a CI system that ends a job. Everything may be broken off but an answer of TikTok
 * that is not saved yet.
 */
export interface Interrupts {
  /** From now until the end is called, an interrupt waits. After an interrupt nothing begins any more: it never resolves. */
  begin(): Promise<() => void>;
  /** What to tell whoever interrupts. */
  onStop(advice: () => string): void;
}

/** Longer than an answer of TikTok and its saving may take. */
const PATIENCE_MS = 15_000;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export function listenForInterrupts(): Interrupts {
  const unsaved = new Set<symbol>();
  let advice = () => '';
  let isStopping = false;

  async function stop(exitCode: number): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    if (unsaved.size > 0) process.stderr.write("\nOne moment: TikTok's answer is being saved.\n");
    for (let waitedMs = 0; unsaved.size > 0 && waitedMs < PATIENCE_MS; waitedMs += 50) await pause(50);
    process.stderr.write(`\nStopped. ${advice()}\n`);
    process.exit(exitCode);
  }
  for (const [signal, exitCode] of Object.entries(SIGNALS)) process.on(signal, () => void stop(exitCode));

  return {
    async begin() {
      if (isStopping) await new Promise(() => undefined);
      const one = Symbol();
      unsaved.add(one);
      return () => void unsaved.delete(one);
    },
    onStop(given) {
      advice = given;
    },
  };
}
