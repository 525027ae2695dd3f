import { Command, InvalidArgumentError, Option } from 'commander';
import type { Env } from '../config.ts';
import type { AuthorizeOptions } from './authorize.ts';
import { EXIT, type ExitCode, failureOf } from './exit.ts';
import { listenForInterrupts } from './interrupts.ts';
import { createOutput } from './output.ts';
import type { PublishOptions } from './publish.ts';
import type { VideosOptions } from './questions.ts';
import type { AccountOptions, Run } from './session.ts';

/** `npm run tiktok`: publishing from a terminal or a CI job, and what whoever runs the site does by hand. */

const EXIT_CODES = `
Exit codes:
  ${EXIT.done}  done, and nothing is left to do
  ${EXIT.failed}  it could not be done, or TikTok refused it: nothing was published
  ${EXIT.usage}  the command was not understood, or something is missing in it
  ${EXIT.leftToDo}  not done yet, or TikTok cannot be asked just now: start it again
  ${EXIT.unreadable}  something stored does not open: its key is missing, or it was altered
  ${EXIT.unknown}  it is not known whether it was published: nothing is sent again, look at TikTok
  ${EXIT.reauthorize}  the account must be authorized, or must allow more: authorize
  129, 130, 143  the terminal is gone, interrupted, or ended by the system; what was begun can be gone on with`;

const program = new Command('npm run tiktok --')
  .description('Publishes to TikTok from this machine, and does what whoever runs the site does by hand.')
  .addHelpText(
    'after',
    `
Reads its configuration from .env or from the environment, which comes first. With TIKTOK_REFRESH_TOKEN there, every
command works for that account, stores nothing of it here, and wants --token-file (or GITHUB_OUTPUT) for the next token.
${EXIT_CODES}`,
  )
  .helpCommand(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.usage));

// Loaded by the command that needs it: help and mistakes are answered at once.
const loadKeys = () => import('./keys.ts');
const loadAccounts = () => import('./accounts.ts');
const loadQuestions = () => import('./questions.ts');
const loadPublish = () => import('./publish.ts');

interface Common {
  json?: true;
  verbose?: true;
}

/** A command of ours: what it prints as JSON, and how it ends. */
function addCommand(parent: Command, usage: string, description: string, exitCodes = EXIT_CODES): Command {
  return parent
    .command(usage)
    .helpCommand(false)
    .description(description)
    .option('--json', 'print a JSON object')
    .addHelpText('after', exitCodes);
}
const addGroup = (usage: string, description: string) =>
  program.command(usage).helpCommand(false).description(description);
const asksTikTok = (command: Command) =>
  command.option('--verbose', 'say on stderr, line by line, what is asked of TikTok');
const forAccount = (command: Command) =>
  asksTikTok(command)
    .option('--account <account>', 'id, name or handle; needed where several are stored')
    .option(
      '--token-file <path>',
      'with TIKTOK_REFRESH_TOKEN: where each next token is kept, and read first',
    );

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

const wholeBetween = (least: number, most: number) => (text: string) => {
  const number = whole(text);
  if (number < least || number > most)
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  return number;
};

asksTikTok(
  addCommand(
    program,
    'authorize',
    "Connects a TikTok account: opens TikTok's page in the browser and takes its answer on this machine.",
  ),
)
  .option('--print-url', 'open no browser: print the address, and take the way back from stdin as well')
  .option('--port <number>', 'the port of the way back; any free one unless told', wholeBetween(0, 65_535), 0)
  .option('--scopes <list>', 'comma list in the place of TIKTOK_SCOPES', (text) => text.split(','))
  .option('--timeout <seconds>', 'how long to wait for the person', wholeBetween(1, 86_400), 300)
  .addHelpText(
    'after',
    '\nRegister http://127.0.0.1:*/callback in TikTok’s portal, under Login Kit for desktop.',
  )
  .action((options: Common & Omit<AuthorizeOptions, 'timeoutSeconds'> & { timeout: number }) =>
    start(options, async (run) =>
      (await import('./authorize.ts')).authorize(run, { ...options, timeoutSeconds: options.timeout }),
    ),
  );

const accounts = addGroup('accounts', 'The accounts that are stored on this machine.');
addCommand(accounts, 'list', 'Lists them, with the end of their tokens.').action((options: Common) =>
  start(options, async (run) => (await loadAccounts()).listAccounts(run)),
);
addCommand(accounts, 'show [account]', 'Shows one, with what it has allowed.').action(
  (account: string | undefined, options: Common) =>
    start(options, async (run) => (await loadAccounts()).showAccount(run, account)),
);
addCommand(accounts, 'forget [account]', 'Takes its consent back at TikTok and forgets its tokens.')
  .option('--local', 'forget it here alone; TikTok is not told')
  .action((account: string | undefined, options: Common & { local?: true }) =>
    start(options, async (run) => (await loadAccounts()).forgetAccount(run, account, options)),
  );

const tokens = addGroup('tokens', 'The tokens of the stored accounts.');
addCommand(tokens, 'list', 'Says until when they are good.').action((options: Common) =>
  start(options, async (run) => (await loadAccounts()).listTokens(run)),
);
addCommand(tokens, 'show [account]', 'Shows those of one account, masked.')
  .option('--reveal', 'show them whole: whoever sees them can post')
  .action((account: string | undefined, options: Common & { reveal?: true }) =>
    start(options, async (run) => (await loadAccounts()).showTokens(run, account, options)),
  );

forAccount(
  addCommand(
    program,
    'publish',
    'Publishes a video or photos. The same arguments are the same post: interrupted, it goes on; published, it stays so.',
  ),
)
  .option('--video <file or URL>', 'a file of this machine, or a public https URL')
  .option('--photo <URL...>', 'public https URLs that are verified in TikTok’s portal, at most 35')
  .option('--title <text>', 'the caption; of photos the title')
  .option('--description <text>', 'of photos')
  .option('--privacy-level <level>', 'who may see it; asked for, or required, where it is posted directly')
  .option('--disable-comment', 'nobody may comment')
  .option('--disable-duet', 'nobody may make a duet with the video')
  .option('--disable-stitch', 'nobody may stitch the video')
  .option('--brand-content', 'somebody else pays for it: a paid partnership')
  .option('--brand-organic', 'it promotes your own brand')
  .option('--is-aigc', 'the video was made by AI')
  .option('--auto-add-music', 'TikTok chooses music for the photos')
  .option('--photo-cover-index <number>', 'which photo is the cover, counted from 0', whole)
  .option('--video-cover-timestamp-ms <number>', 'which frame is the cover', whole)
  .addOption(
    new Option('--mode <mode>', 'post it, or leave it as a draft in the inbox of the TikTok app')
      .choices(['direct', 'draft'])
      .default('direct'),
  )
  .addOption(
    new Option('--transfer <way>', 'pull: TikTok fetches the URL; auto pulls what TIKTOK_VERIFIED_URLS names')
      .choices(['auto', 'pull', 'upload'])
      .default('auto'),
  )
  .option(
    '--agree',
    'you agree to TikTok’s Music Usage Confirmation, and Branded Content Policy where it applies',
  )
  .option('--no-wait', 'end when TikTok has everything, before it is published')
  .option('--resume <post>', 'go on with a post that was begun; other options are not looked at')
  .option('--again', 'publish once more what these arguments have published before')
  .action((options: Common & PublishOptions) =>
    start(options, async (run) => (await loadPublish()).publish(run, options)),
  );
addCommand(
  program,
  'settle <post> <outcome>',
  'Says of a post whose outcome is unknown what you saw on TikTok: published or not-published.',
).action((post: string, outcome: string, options: Common) =>
  start(options, async (run) => (await loadPublish()).settle(run, post, outcome)),
);

forAccount(addCommand(program, 'status <publish-id>', 'Asks TikTok what became of a publish.')).action(
  (id: string, options: Common & AccountOptions) =>
    start(options, async (run) => (await loadQuestions()).showStatus(run, id, options)),
);
forAccount(
  addCommand(program, 'cancel <publish-id>', 'Asks TikTok to stop a download that is under way.'),
).action((id: string, options: Common & AccountOptions) =>
  start(options, async (run) => (await loadQuestions()).cancel(run, id, options)),
);
forAccount(addCommand(program, 'creator-info', 'Asks TikTok what the account may post just now.')).action(
  (options: Common & AccountOptions) =>
    start(options, async (run) => (await loadQuestions()).showCreatorInfo(run, options)),
);

const videos = addGroup('videos', 'The public videos of the account; needs the scope video.list.');
forAccount(addCommand(videos, 'list', 'Lists them with their counts, newest first.'))
  .option('--all', 'all of them, however many')
  .option('--cursor <cursor>', 'go on where a list ended')
  .action((options: Common & VideosOptions) =>
    start(options, async (run) => (await loadQuestions()).showVideoList(run, options)),
  );
forAccount(addCommand(videos, 'show <id...>', 'Shows those with these ids.')).action(
  (ids: string[], options: Common & AccountOptions) =>
    start(options, async (run) => (await loadQuestions()).showVideos(run, ids, options)),
);

const KEY_EXIT_CODES = `
Exit codes:
  ${EXIT.done}  everything is sealed with the first key: the others are not needed
  ${EXIT.leftToDo}  something is still sealed with another key: keys rotate
  ${EXIT.unreadable}  something does not open: its key is missing, or it was altered`;
const keys = addGroup('keys', 'The keys that seal the tokens of the site: TOKEN_ENCRYPTION_KEYS.');
addCommand(
  keys,
  'status',
  'Counts what each key has sealed, and says which keys may be removed.',
  KEY_EXIT_CODES,
).action((options: Common) => start(options, async ({ env }) => (await loadKeys()).keysStatus(env, options)));
addCommand(
  keys,
  'rotate',
  'Seals everything with the first key, while the site works. May be stopped at any point and run again.',
  KEY_EXIT_CODES,
).action((options: Common) => start(options, async ({ env }) => (await loadKeys()).keysRotate(env, options)));

addCommand(
  program,
  'doctor',
  'Looks at all that the site stands on, and says of each thing how it is and what to do.',
  `
Exit codes:
  ${EXIT.done}  nothing would break
  ${EXIT.failed}  something would: its line begins with ✗`,
)
  .option('--site <url>', 'asks the deployed site as well')
  .action((options: Common & { site?: string }) =>
    start(options, async ({ env }) => (await import('./doctor.ts')).doctor(env, options)),
  );

async function start({ json, verbose }: Common, command: (run: Run) => Promise<ExitCode>): Promise<void> {
  const env: Env = process.env;
  const output = createOutput(json === true);
  try {
    const interrupts = listenForInterrupts();
    process.exitCode = await command({ env, output, interrupts, isVerbose: verbose === true });
  } catch (error) {
    // A question that was answered with Ctrl-C.
    if (error instanceof Error && error.name === 'ExitPromptError') {
      process.exitCode = 130;
      return;
    }
    const { exitCode, code, message } = failureOf(error);
    if (output.isJson) output.result({ error: { code, message } }, '');
    output.say(message);
    process.exitCode = exitCode;
  }
}

try {
  process.loadEnvFile();
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
await program.parseAsync();
