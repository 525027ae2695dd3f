import { Command } from 'commander';
import type { Env } from '../config.ts';
import { EXIT, explain } from './exit.ts';

/** `npm run tiktok`: what whoever runs the site does by hand. */

const program = new Command('npm run tiktok --')
  .description('What whoever runs the site does by hand.')
  .addHelpText(
    'after',
    `
Reads its configuration from .env or from the environment, which comes first.

Exit codes:
  ${EXIT.done}  done, and nothing is left to do
  ${EXIT.failed}  it could not be done
  ${EXIT.usage}  the command was not understood
  others as the command's own help says`,
  )
  .helpCommand(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.usage));

// Loaded by the command that needs it: help and mistakes are answered at once.
const loadKeys = () => import('./keys.ts');

const keys = program
  .command('keys')
  .helpCommand(false)
  .description('The keys that seal tokens: TOKEN_ENCRYPTION_KEYS.');
const asJson = ['--json', 'print a JSON object'] as const;
const KEY_EXIT_CODES = `
Exit codes:
  ${EXIT.done}  everything is sealed with the first key: the others are not needed
  ${EXIT.leftToDo}  something is still sealed with another key: keys rotate
  ${EXIT.unreadable}  something does not open: its key is missing, or it was altered`;

keys
  .command('status')
  .description('Counts what each key has sealed, and says which keys may be removed.')
  .option(...asJson)
  .addHelpText('after', KEY_EXIT_CODES)
  .action((options: { json?: true }) => run(async (env) => (await loadKeys()).keysStatus(env, options)));
keys
  .command('rotate')
  .description(
    'Seals everything with the first key, while the site works. May be stopped at any point and run again.',
  )
  .option(...asJson)
  .addHelpText('after', KEY_EXIT_CODES)
  .action((options: { json?: true }) => run(async (env) => (await loadKeys()).keysRotate(env, options)));

program
  .command('doctor')
  .helpCommand(false)
  .description('Looks at all that the site stands on, and says of each thing how it is and what to do.')
  .option(...asJson)
  .option('--site <url>', 'asks the deployed site as well')
  .addHelpText(
    'after',
    `
Exit codes:
  ${EXIT.done}  nothing would break
  ${EXIT.failed}  something would: its line begins with ✗`,
  )
  .action((options: { json?: true; site?: string }) =>
    run(async (env) => (await import('./doctor.ts')).doctor(env, options)),
  );

async function run(command: (env: Env) => Promise<number>): Promise<void> {
  process.exitCode = await command(process.env).catch((error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    return EXIT.failed;
  });
}

try {
  process.loadEnvFile();
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
await program.parseAsync();
