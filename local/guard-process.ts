import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Run by `guardProcess`: waits until its parent's end of the pipe closes, which no way of dying can prevent. */
async function watch(pid: number, signal: string, directory: string | undefined): Promise<void> {
  for await (const _ of process.stdin) {
    // Nothing is ever sent.
  }
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
  if (directory === undefined) return;
  await sleep(500);
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

const [pid = '', signal = '', directory] = process.argv.slice(2);
await watch(Number(pid), signal, directory);
