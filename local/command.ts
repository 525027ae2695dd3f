const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type StopSignal = keyof typeof signalNumbers;

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
  let stoppedBy: StopSignal | null = null;
  const codeOf = (name: StopSignal) => interruptedCode ?? 128 + signalNumbers[name];
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stoppedBy !== null) process.exit(128 + signalNumbers[name]);
      stoppedBy = name;
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  const failure = await run(controller.signal).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (stoppedBy !== null) process.exit(codeOf(stoppedBy));
  if (failure === null) process.exit(0);
  process.stderr.write(`${failure.error instanceof Error ? failure.error.message : String(failure.error)}\n`);
  process.exit(1);
}
