import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/bundle.ts';

/** A part of the stack in a process of its own, as it is when deployed. Disposing ends the process. */
export interface Part<Api> extends AsyncDisposable {
  pid: number;
  /** @throws what the part threw, as text. */
  call<Name extends keyof Api & string>(
    name: Name,
    ...parameters: Parameters<Verb<Api, Name>>
  ): Promise<Awaited<ReturnType<Verb<Api, Name>>>>;
}

type Verb<Api, Name extends keyof Api> = Extract<Api[Name], (...parameters: never[]) => unknown>;

interface Question {
  id: number;
  name: string;
  parameters: unknown[];
}

interface Reply {
  id: number;
  value?: unknown;
  error?: string;
}

const programOf = (name: string) => fileURLToPath(new URL(`./parts/${name}.ts`, import.meta.url));

/** Starts a file of `parts/` as one file, as functions are deployed, and waits until it serves. */
export async function startBundledPart<Api>(
  name: string,
  env: Record<string, string> = {},
): Promise<Part<Api>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-'));
  try {
    return await startProcess<Api>(name, await bundle(programOf(name), directory), [], env);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Starts a file of `parts/` and waits until it serves. */
export function startPart<Api>(name: string, parameters: readonly string[] = []): Promise<Part<Api>> {
  return startProcess<Api>(name, programOf(name), parameters);
}

async function startProcess<Api>(
  name: string,
  program: string,
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<Part<Api>> {
  const child = fork(program, [...parameters], {
    env: { ...process.env, ...env },
    execArgv: [],
    // What a worker logs is no measurement.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit').then(() => Promise.reject(new Error(`the process "${name}" ended`)));
  exited.catch(() => undefined);
  await Promise.race([once(child, 'message'), exited]);

  const open = new Map<number, (reply: Reply) => void>();
  child.on('message', (reply: Reply) => {
    open.get(reply.id)?.(reply);
    open.delete(reply.id);
  });
  let lastId = 0;
  return {
    pid: child.pid ?? 0,
    async call(verb, ...rest) {
      const question: Question = { id: ++lastId, name: verb, parameters: rest };
      const answered = new Promise<Reply>((resolve) => open.set(question.id, resolve));
      child.send(question);
      const { value, error } = await Promise.race([answered, exited]);
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      return value as never;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** The other side: answers the parent until it goes, then ends. */
export function servePart(
  api: Record<string, (...parameters: never[]) => unknown>,
  close?: () => Promise<void>,
) {
  process.on('message', async ({ id, name, parameters }: Question) => {
    const reply: Reply = { id };
    try {
      reply.value = await api[name]?.(...(parameters as never[]));
    } catch (error) {
      reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    process.send?.(reply);
  });
  process.once('disconnect', async () => {
    await close?.();
    process.exit();
  });
  process.send?.('ready');
}
