import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type GuardedProcess = {
  /** Negative: the whole group. */
  pid: number;
  signal: NodeJS.Signals;
  /** Removed after the process, where it leaves one. */
  directory?: string;
};

const guardFile = fileURLToPath(new URL('./guard-process.ts', import.meta.url));

/**
 * Sees to it that a process we started does not outlive us, not even when we are killed at once: a small process
 * of its own notices and ends it. Returns what calls the guard off.
 */
export function guardProcess({ pid, signal, directory }: GuardedProcess): () => void {
  const guard = spawn(
    process.execPath,
    [guardFile, String(pid), signal, ...(directory === undefined ? [] : [directory])],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  guard.once('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return () => {
    guard.kill('SIGKILL');
    guard.stdin?.destroy();
  };
}
