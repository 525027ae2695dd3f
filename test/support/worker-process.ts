import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

/** A worker in a process of its own, which can be killed or frozen like any. */
export interface WorkerProcess {
  /** Runs one tick; false if the process was killed in it. */
  tick(): Promise<boolean>;
  /** And the background run, if the tick asks for one. */
  tickAndRun(): Promise<boolean>;
  kill(): void;
  freeze(): void;
  thaw(): void;
  isAlive(): boolean;
}

export type Order = 'tick' | 'tick and run';

const PROGRAM = fileURLToPath(new URL('./worker-child.ts', import.meta.url));

/** Starts the process and waits until it has loaded everything. */
export async function startWorkerProcess(
  env: Record<string, string>,
  program = PROGRAM,
): Promise<WorkerProcess> {
  const child: ChildProcess = fork(program, {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the worker process did not start'))),
  ]);
  const exited = once(child, 'exit').then(() => false);
  let isKilled = false;
  const obey = async (order: Order) => {
    child.send(order);
    return Promise.race([once(child, 'message').then(() => true), exited]);
  };
  return {
    tick: () => obey('tick'),
    tickAndRun: () => obey('tick and run'),
    kill() {
      isKilled = true;
      child.kill('SIGKILL');
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    isAlive: () => !isKilled && child.exitCode === null,
  };
}

/** Worker processes, of which one more is always being started: that takes longer than what is done with them. */
export async function createWorkerPool(env: Record<string, string>, directory: string) {
  // It starts four times as fast.
  const program = await bundle(PROGRAM, directory);
  const idle: Promise<WorkerProcess>[] = [];
  const startOne = () => {
    const starting = startWorkerProcess(env, program);
    // Waited for when it is taken.
    starting.catch(() => undefined);
    idle.push(starting);
  };
  startOne();
  return {
    take(): Promise<WorkerProcess> {
      if (idle.length < 2) startOne();
      return idle.shift() as Promise<WorkerProcess>;
    },
    /** A worker that has ended its tick may be taken again. */
    giveBack(worker: WorkerProcess): void {
      if (worker.isAlive()) idle.unshift(Promise.resolve(worker));
    },
    async [Symbol.asyncDispose]() {
      for (const starting of idle.splice(0)) (await starting.catch(() => null))?.kill();
    },
  };
}
