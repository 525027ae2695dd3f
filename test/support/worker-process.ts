import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker in a process of its own, which can be killed or frozen like any. */
export interface WorkerProcess {
  /** Runs one tick; false if the process was killed in it. */
  tick(): Promise<boolean>;
  kill(): void;
  freeze(): void;
  thaw(): void;
}

/** Starts the process and waits until it has loaded everything. */
export async function startWorkerProcess(env: Record<string, string>): Promise<WorkerProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./worker-child.ts', import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the worker process did not start'))),
  ]);
  const exited = once(child, 'exit').then(() => false);
  return {
    async tick() {
      child.send('tick');
      return Promise.race([once(child, 'message').then(() => true), exited]);
    },
    kill: () => child.kill('SIGKILL'),
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  };
}
