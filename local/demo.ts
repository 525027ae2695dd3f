import path from 'node:path';
import { runCommand } from './command.ts';
import { readSources } from './environment.ts';
import { checkLedger } from './evidence.ts';
import { startStack } from './stack.ts';
import { tellStory } from './story.ts';

const projectDirectory = path.resolve(import.meta.dirname, '..');
const video = new URL('../test/fixtures/vertical.mp4', import.meta.url);
const logFile = path.join(projectDirectory, '.local', 'demo.log');
const deadlineMs = 120_000;
const say = (line: string) => console.log(line);

/** `npm run demo`: the main job from sign-up to published, on a stack that is thrown away after it. */
async function demo(signal: AbortSignal): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const stack = await startStack({
    projectDirectory,
    sources: await readSources(projectDirectory, process.env),
    databaseDirectory: null,
    usualPorts: true,
    logFile,
    say,
    signal,
  });
  opened.defer(stack.close);
  say(`The site runs at ${stack.siteUrl}.\n`);

  const posts = await tellStory({ stack, say, signal, deadlineMs }).catch((error: unknown) => {
    if (!signal.aborted) say(`\nWhat the functions logged is in ${logFile}.`);
    throw error;
  });

  if (stack.emulator === null) {
    say('\nTikTok is from outside, so what it received cannot be looked at here.');
    return;
  }
  say('\nWhat TikTok has received:');
  for (const { post, entry } of await checkLedger(stack.emulator.ledger(), posts, video)) {
    say(`  ${post.label.padEnd(9)} once, by ${entry.source}, SHA-256 ${entry.sha256} as the file`);
  }
}

await runCommand(demo);
