import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Hundreds of short processes load the same. */
const COMPILED = path.join(tmpdir(), 'tiktok-publisher-compiled');

export interface Ran {
  /** Null: it was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `npm run tiktok -- …`, in a process of its own that knows of its environment only what it is given. */
export function startCommand(
  args: readonly string[],
  env: Record<string, string>,
  cwd = tmpdir(),
  stdin: 'ignore' | 'pipe' = 'ignore',
): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable };
  const ended = Promise.all([text(stdout), text(stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [code]]) => ({ code: code as number | null, stdout, stderr }),
  );
  return { child, ended };
}

export const runCommand = (...call: Parameters<typeof startCommand>): Promise<Ran> =>
  startCommand(...call).ended;
