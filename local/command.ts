const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type StopSignal = keyof typeof signalNumbers;

/** npm hands on a Ctrl-C that the terminal has sent to us as well; so soon, it is the same one. */
const sameSignalMs = 1_000;

/**
 * Runs a command of the local stack and exits with its code: 1 with the reason on stderr when it throws. The first
 * Ctrl-C (or SIGTERM, SIGHUP) aborts the signal it was given, so that it can close what it opened; a second one
 * exits at once.
 * @param interruptedCode The exit code after an interrupt; null: 128 and the signal's number.
 */
export async function runCommand(
  run: (signal: AbortSignal) => Promise<void>,
  interruptedCode: number | null = null,
): Promise<never> {
  const controller = new AbortController();
  let stopped: { code: number; atMs: number } | null = null;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const atMs = performance.now();
      if (stopped === null) {
        stopped = { code: interruptedCode ?? signalCode(name), atMs };
        controller.abort(new Error(`stopped by ${name}`));
      } else if (atMs - stopped.atMs > sameSignalMs) {
        process.exit(signalCode(name));
      }
    });
  }
  stopWithNpm(() => {
    stopped ??= { code: interruptedCode ?? signalCode('SIGTERM'), atMs: performance.now() };
    controller.abort(new Error('stopped: npm has ended'));
  });
  const reason = await run(controller.signal).then(() => null, explain);
  process.exit(exitCode(stopped, reason));
}

/** npm that is terminated does not tell its script, which would run on with nobody to stop it. */
function stopWithNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 500);
  watch.unref();
}

function signalCode(name: StopSignal): number {
  return 128 + signalNumbers[name];
}

function exitCode(stopped: { code: number } | null, reason: string | null): number {
  if (stopped !== null) return stopped.code;
  if (reason === null) return 0;
  process.stderr.write(`${reason}\n`);
  return 1;
}

/** With its causes: "fetch failed" alone says nothing. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = explain(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
