import { type Env, readCommandConfig, readCommandPlaces } from '../config.ts';
import type { AccountView } from '../contract.ts';
import { accountStatus } from '../core/accounts.ts';
import { oauthMeaning } from '../tiktok/errors.ts';
import { revokeToken } from '../tiktok/oauth.ts';
import { accountFiles, type CommandAccounts, createCommandAccounts } from './account-files.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';
import { OWNER_ID, openHome } from './home.ts';
import { list, masked, printable, table } from './output.ts';
import { chooseAccount, type Run } from './session.ts';

/** What is stored on this machine, whatever the environment says. Needs no key of TikTok's. */
async function openAccounts(env: Env): Promise<CommandAccounts> {
  const home = await openHome(readCommandPlaces(env).configHome);
  return createCommandAccounts(accountFiles(home), home.sealer);
}

export async function listAccounts(run: Run): Promise<ExitCode> {
  const accounts = await openAccounts(run.env);
  const status = await accountStatus(accounts, OWNER_ID, undefined, new Date());
  const rows = status.accounts.map(({ id, username, status, refreshTokenExpiresAt }) => [
    id,
    printable(username),
    status,
    refreshTokenExpiresAt ?? '–',
  ]);
  const text =
    rows.length === 0
      ? 'No account is stored here. Authorize one: npm run tiktok -- authorize'
      : table([['account', 'name', 'status', 'good until'], ...rows]);
  run.output.result({ accounts: status.accounts }, text);
  return EXIT.done;
}

export async function showAccount(run: Run, wanted: string | undefined): Promise<ExitCode> {
  const accounts = await openAccounts(run.env);
  const { id } = await chooseAccount(accounts, wanted);
  const { accounts: found } = await accountStatus(accounts, OWNER_ID, id, new Date());
  for (const view of found) run.output.result(view, describeAccount(view));
  return found.some(({ status }) => status === 'connected') ? EXIT.done : EXIT.reauthorize;
}

export function describeAccount(view: AccountView): string {
  return list({
    account: view.id,
    name: view.username,
    'open id': view.openId,
    status: view.status,
    scopes: view.scopes.join(', '),
    'authorized at': view.connectedAt,
    'access token until': view.tokenExpiresAt,
    'refresh token until': view.refreshTokenExpiresAt,
    ...(view.reconnectBy && { 'authorize again by': view.reconnectBy }),
  });
}

/** Takes the consent back at TikTok, then forgets the account; where TikTok cannot be told, it is kept. */
export async function forgetAccount(
  run: Run,
  wanted: string | undefined,
  { local }: { local?: true },
): Promise<ExitCode> {
  const accounts = await openAccounts(run.env);
  const account = await chooseAccount(accounts, wanted);
  const isRevoked =
    local !== true && account.status === 'connected' && (await revoke(run, accounts, account));
  await accounts.remove(account);
  run.output.result(
    { id: account.id, forgotten: true, revoked: isRevoked },
    isRevoked
      ? 'Forgotten, and TikTok has taken the consent back.'
      : "Forgotten here. If TikTok still lists this app, take it away there: in the TikTok app's settings.",
  );
  return EXIT.done;
}

async function revoke(
  run: Run,
  accounts: CommandAccounts,
  account: Awaited<ReturnType<typeof chooseAccount>>,
): Promise<boolean> {
  const { tiktok } = readCommandConfig(run.env);
  const token = await accounts.openToken(account, 'access_token').catch(() => null);
  if (!token) return false;
  const answer = await revokeToken({ apiUrl: tiktok.apiUrl, fetch, timeoutMs: 8_000 }, tiktok, token);
  if (answer.kind === 'ok') return true;
  // A token that is dead by itself takes nothing back, and nothing can be done with it either.
  if (answer.kind === 'refused' && oauthMeaning(answer.code) === 'dead') return false;
  throw new CommandError(
    EXIT.leftToDo,
    'revocation_failed',
    `TikTok could not be told${answer.kind === 'refused' ? ` (${answer.code})` : ''}; the account is kept. Run it again, or forget it with --local on this machine alone.`,
  );
}

export async function listTokens(run: Run): Promise<ExitCode> {
  const accounts = await openAccounts(run.env);
  const all = await accounts.list(OWNER_ID);
  const rows = all.map(({ id, accessTokenExpiresAt, refreshTokenExpiresAt }) => ({
    account: id,
    accessTokenExpiresAt: accessTokenExpiresAt?.toISOString() ?? null,
    refreshTokenExpiresAt: refreshTokenExpiresAt?.toISOString() ?? null,
  }));
  const text = table([
    ['account', 'access token until', 'refresh token until'],
    ...rows.map((row) => [row.account, row.accessTokenExpiresAt ?? '–', row.refreshTokenExpiresAt ?? '–']),
  ]);
  run.output.result({ tokens: rows }, text);
  return EXIT.done;
}

/** Tokens are shown masked: `reveal` is for who needs one elsewhere, such as the first of a CI system. */
export async function showTokens(
  run: Run,
  wanted: string | undefined,
  { reveal }: { reveal?: true },
): Promise<ExitCode> {
  const accounts = await openAccounts(run.env);
  const account = await chooseAccount(accounts, wanted);
  if (account.status !== 'connected') {
    const message = 'This account has no tokens any more. Authorize it again: npm run tiktok -- authorize';
    throw new CommandError(EXIT.reauthorize, 'reauth_required', message);
  }
  const open = async (column: 'access_token' | 'refresh_token') => {
    const token = await accounts.openToken(account, column).catch(() => {
      const message = 'The stored tokens do not open. Put the key back that sealed them, or authorize again.';
      throw new CommandError(EXIT.unreadable, 'token_unreadable', message);
    });
    return reveal ? token.reveal() : masked(token.reveal());
  };
  const shown = {
    account: account.id,
    accessToken: await open('access_token'),
    accessTokenExpiresAt: account.accessTokenExpiresAt?.toISOString() ?? null,
    refreshToken: await open('refresh_token'),
    refreshTokenExpiresAt: account.refreshTokenExpiresAt?.toISOString() ?? null,
  };
  run.output.result(
    shown,
    list({
      account: shown.account,
      'access token': shown.accessToken,
      'good until': shown.accessTokenExpiresAt,
      'refresh token': shown.refreshToken,
      'and that until': shown.refreshTokenExpiresAt,
    }),
  );
  return EXIT.done;
}
