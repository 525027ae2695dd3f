import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { guardProcess } from './guard.ts';

export type ProcessGroup = {
  /** Resolves when the process has ended, with what it ended by. */
  ended: Promise<string>;
  isRunning: () => boolean;
  /** Asks the process and its children to end, and after the grace period ends them. */
  close: () => Promise<void>;
};

export type Command = {
  file: string;
  args: string[];
  directory: string;
  environment: Record<string, string>;
  logFile: string;
  graceMs: number;
};

const isWindows = process.platform === 'win32';

/**
 * Starts a process with a group of its own, so that the terminal's Ctrl-C does not reach it and all its children
 * can be ended together: when it is closed and, at the latest, when this process is gone.
 */
export async function startGroup(command: Command): Promise<ProcessGroup> {
  const log = await open(command.logFile, 'w');
  const child = spawn(command.file, command.args, {
    cwd: command.directory,
    env: command.environment,
    detached: !isWindows,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  await log.close();
  const endAtExit = () => signalGroup(child, 'SIGKILL');
  const callOff =
    child.pid === undefined || isWindows
      ? () => undefined
      : guardProcess({ pid: -child.pid, signal: 'SIGKILL' });
  process.once('exit', endAtExit);
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    ended,
    isRunning,
    close: async () => {
      if (isRunning()) {
        signalGroup(child, 'SIGTERM');
        await withinMs(ended, command.graceMs);
      }
      // The first process may be gone and its children not.
      signalGroup(child, 'SIGKILL');
      if (child.pid !== undefined) await ended;
      callOff();
      process.off('exit', endAtExit);
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (isWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

async function withinMs(ended: Promise<unknown>, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([ended, over]);
  clearTimeout(timer);
}
