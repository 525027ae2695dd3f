import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './command.ts';
import { readSources } from './environment.ts';
import { takeLock } from './lock.ts';
import { type Stack, startStack } from './stack.ts';
import { writeStackFile } from './stack-file.ts';

const projectDirectory = path.resolve(import.meta.dirname, '..');
const stateDirectory = path.join(projectDirectory, '.local');
const stackFile = path.join(stateDirectory, 'stack.json');
const tickIntervalMs = 60_000;
/** After so many ticks, as on Netlify, comes a sweep. */
const ticksPerSweep = 10;
const say = (line: string) => console.log(line);

/** `npm start`: the whole site on this machine until Ctrl-C, with a database that is still there next time. */
async function start(signal: AbortSignal): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const lock = await takeLock(path.join(stateDirectory, 'lock'));
  opened.defer(lock.release);
  // Left behind by a killed one, it would name addresses where nobody answers.
  await rm(stackFile, { force: true });
  const stack = await startStack({
    projectDirectory,
    sources: await readSources(projectDirectory, process.env),
    databaseDirectory: path.join(stateDirectory, 'database'),
    usualPorts: true,
    logFile: path.join(stateDirectory, 'netlify.log'),
    say,
    signal,
  });
  opened.defer(stack.close);
  opened.defer(() => say('Stopping …'));
  await report('worker', stack.tick, signal);
  opened.defer(await writeStackFile(stackFile, stack));
  introduce(stack);
  const stillness = new AbortController();
  opened.defer(() => stillness.abort());
  const ended = stack.ended.then((how) => {
    throw new Error(`netlify dev ended (${how}); see .local/netlify.log.`);
  });
  await Promise.race([ended, tickUntil(AbortSignal.any([signal, stillness.signal]), stack)]);
}

function introduce(stack: Stack): void {
  say(`
The site      ${stack.siteUrl}
Supabase      ${stack.supabaseUrl}
TikTok        ${stack.tiktokUrl}${stack.emulator === null ? '' : ' (emulated)'}
Media         ${stack.mediaUrl}/verified/vertical.mp4 (pulled), ${stack.mediaUrl}/vertical.mp4 (uploaded)
Log           .local/netlify.log

The worker runs every minute, the sweep every ten. Ctrl-C stops everything; the database stays in .local/database.`);
}

/** Never two at once: the next one waits for the last. */
async function tickUntil(signal: AbortSignal, stack: Stack): Promise<void> {
  for (let ticks = 1; !signal.aborted; ticks++) {
    await sleep(tickIntervalMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await report('worker', stack.tick, signal);
    if (!signal.aborted && ticks % ticksPerSweep === 0) await report('sweep', stack.sweep, signal);
  }
}

async function report(what: string, run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (signal.aborted) return;
    console.error(`The ${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

await runCommand(start, 0);
