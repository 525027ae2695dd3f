import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type CommandConfig, type Env, readCommandConfig, readCommandPlaces } from '../config.ts';
import { createAppOf } from '../core/app-of.ts';
import type { OnBehalfDeps } from '../core/on-behalf.ts';
import { createLog, type Log } from '../lib/log.ts';
import { finalSentenceOf } from '../lib/wording.ts';
import type { Account } from '../store/rows.ts';
import { createTikTokAccount, type TikTokPublishing } from '../tiktok/client.ts';
import { oauthEntry } from '../tiktok/errors.ts';
import type { TikTokApp } from '../tiktok/oauth.ts';
import {
  accountFiles,
  accountInMemory,
  type CommandAccounts,
  createCommandAccounts,
} from './account-files.ts';
import { CommandError, EXIT } from './exit.ts';
import { type Home, OWNER_ID, openHome } from './home.ts';
import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';
import { openTokenKeeper } from './token-keeper.ts';

/** What every command has. */
export interface Run {
  env: Env;
  output: Output;
  interrupts: Interrupts;
  isVerbose: boolean;
}

/** Options by which a command finds its account. */
export interface AccountOptions {
  account?: string;
  tokenFile?: string;
}

/** An account, and what it takes to ask TikTok on its behalf. */
export interface Session extends Disposable {
  home: Home;
  config: CommandConfig;
  account: Account;
  onBehalf: OnBehalfDeps & { accounts: CommandAccounts };
  log: Log;
}

/**
 * The account that a command is for: one that is stored, or the one of `TIKTOK_REFRESH_TOKEN`.
 * @throws {CommandError} if that is not clear, or nobody can act for it.
 */
export async function openSession(run: Run, options: AccountOptions): Promise<Session> {
  const config = readCommandConfig(run.env);
  const places = readCommandPlaces(run.env);
  const home = await openHome(places.configHome);
  const log = createLog(run.isVerbose ? (line) => void process.stderr.write(`${line}\n`) : () => undefined);
  const app: TikTokApp = config.tiktok;
  const tiktok = createTikTokAccount({ apiUrl: config.tiktok.apiUrl, fetch, log });
  const { refreshToken } = places;

  if (refreshToken === null) {
    if (options.tokenFile) throw tokenFileAlone();
    const accounts = createCommandAccounts(accountFiles(home), home.sealer);
    const account = await chooseAccount(accounts, options.account);
    await assertReadable(accounts, account, home);
    return session(accounts, account);
  }
  if (options.account) throw accountTwice();
  const keeper = await openTokenKeeper({ ...places, refreshToken }, options.tokenFile, home);
  try {
    const accounts = createCommandAccounts(accountInMemory(), home.sealer, keeper.keep);
    const account = await redeem(accounts, keeper);
    return { ...session(accounts, account), [Symbol.dispose]: () => keeper[Symbol.dispose]() };
  } catch (error) {
    keeper[Symbol.dispose]();
    throw error;
  }

  function session(accounts: CommandAccounts, account: Account): Session {
    const guarded = guardTokens(run.interrupts, tiktok, accounts);
    const nobody = { find: async () => null };
    const onBehalf = {
      accounts: guarded.accounts,
      tiktok: guarded.tiktok,
      appOf: createAppOf(nobody, app),
      log,
      now: () => new Date(),
      monotonicMs: () => performance.now(),
      randomId: randomUUID,
      pause: (ms: number) => pause(ms),
    };
    return { home, config, account, onBehalf, log, [Symbol.dispose]: () => undefined };
  }

  /** The token of the environment becomes an account: the new one is kept before anything is done with its twin. */
  async function redeem(
    accounts: CommandAccounts,
    { first, origin }: Awaited<ReturnType<typeof openTokenKeeper>>,
  ): Promise<Account> {
    const saved = await run.interrupts.begin();
    try {
      const answer = await tiktok.refreshTokens(app, first, REFRESH_TIMEOUT_MS);
      if (answer.kind !== 'ok') throw notRedeemed(answer, origin);
      const { tokens } = answer;
      return await accounts.save({
        userId: OWNER_ID,
        openId: tokens.openId,
        displayName: null,
        avatarUrl: null,
        scopes: tokens.scopes,
        authMethod: 'shared',
        clientKey: app.clientKey,
        tokens,
        askedAt: null,
      });
    } finally {
      saved();
    }
  }
}

const REFRESH_TIMEOUT_MS = 10_000;

/** From a new pair's arrival until it is saved, an interrupt waits. */
export function guardTokens<T extends Pick<TikTokPublishing, 'refreshTokens'>>(
  interrupts: Interrupts,
  tiktok: T,
  accounts: CommandAccounts,
): { tiktok: T; accounts: CommandAccounts } {
  let saved: () => void = () => undefined;
  return {
    tiktok: {
      ...tiktok,
      async refreshTokens(...call: Parameters<TikTokPublishing['refreshTokens']>) {
        saved = await interrupts.begin();
        const answer = await tiktok.refreshTokens(...call);
        if (answer.kind !== 'ok') saved();
        return answer;
      },
    },
    accounts: { ...accounts, rotate: (...call) => accounts.rotate(...call).finally(() => saved()) },
  };
}

function notRedeemed(
  answer: { kind: 'refused'; code: string } | { kind: 'not_sent' | 'unclear' },
  origin: string,
): CommandError {
  if (answer.kind === 'not_sent')
    return new CommandError(
      EXIT.leftToDo,
      'tiktok_unreachable',
      'TikTok could not be reached; run it again.',
    );
  const entry = answer.kind === 'refused' ? oauthEntry(answer.code) : null;
  const said = answer.kind === 'refused' ? ` (${answer.code})` : '';
  if (entry?.meaning === 'dead') {
    return new CommandError(
      EXIT.reauthorize,
      'refresh_token_dead',
      `TikTok does not take the refresh token any more${said}. It came from ${origin}. If it was used before and the one that followed it was not kept, authorize the account again and store its new token.`,
    );
  }
  if (entry?.meaning === 'misconfigured') {
    const message = `${finalSentenceOf(entry)} It is the app of TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET${said}.`;
    return new CommandError(EXIT.failed, 'app_refused', message);
  }
  return new CommandError(
    EXIT.leftToDo,
    'tiktok_unavailable',
    `TikTok gave no clear answer${said} when the token was to be renewed. Run it again; if TikTok then takes the token for used, authorize the account again.`,
  );
}

/** @throws {CommandError} unless exactly one account is meant. */
export async function chooseAccount(accounts: CommandAccounts, wanted: string | undefined): Promise<Account> {
  const all = await accounts.list(OWNER_ID);
  const found =
    wanted === undefined
      ? all
      : all.filter(({ id, openId, displayName, username }) =>
          [id, openId, displayName, username, username && `@${username}`].includes(wanted),
        );
  const [first] = found;
  if (first && found.length === 1) return first;
  if (all.length === 0) {
    const message = 'No account is stored here. Authorize one first: npm run tiktok -- authorize';
    throw new CommandError(EXIT.reauthorize, 'account_missing', message);
  }
  const names = all.map(({ id, displayName }) => `  ${id}  ${displayName ?? ''}`).join('\n');
  const problem =
    found.length === 0 ? 'There is no such account' : 'Say which account is meant with --account';
  throw new CommandError(EXIT.usage, 'account_unclear', `${problem}. Those stored here:\n${names}`);
}

/** @throws {CommandError} if its tokens do not open, which nothing but a new consent could mend. */
async function assertReadable(
  accounts: CommandAccounts,
  account: Account,
  { directory }: Home,
): Promise<void> {
  if (account.status !== 'connected') return;
  await accounts.openToken(account, 'refresh_token').catch(() => {
    throw new CommandError(
      EXIT.unreadable,
      'token_unreadable',
      `The stored tokens do not open: ${directory}/sealing-key is not the key that sealed them, or they were altered. Put the key back, or authorize the account again.`,
    );
  });
}

function tokenFileAlone(): CommandError {
  const message =
    '--token-file goes with TIKTOK_REFRESH_TOKEN in the environment; stored accounts keep their own tokens.';
  return new CommandError(EXIT.usage, 'token_file_alone', message);
}

function accountTwice(): CommandError {
  const message = 'TIKTOK_REFRESH_TOKEN says which account is meant: leave --account out, or the variable.';
  return new CommandError(EXIT.usage, 'account_twice', message);
}
