import type { ConnectError } from '../../src/contract.ts';
import { LATEST_START_SECONDS, MAX_FAILED_ATTEMPTS, PATIENCE_SECONDS } from '../../src/core/schedule.ts';
import { finalSentenceOf, sentenceOf, type Wording } from '../../src/lib/wording.ts';
import { NOTICES, type NoticeCode } from '../../src/notices.ts';
import {
  type CatalogueEntry,
  type Disposition,
  ERROR_CODES,
  FAIL_REASONS,
  OAUTH_ERRORS,
  type OAuthEntry,
  type OAuthMeaning,
} from '../../src/tiktok/errors.ts';
import { coverage } from '../emulator/coverage.ts';

/** `docs/errors.md`: the catalogues of errors as a page. */
export function errorsPage(): string {
  return `# Errors of a post

Made by \`npm run docs\` from [src/tiktok/errors.ts](../src/tiktok/errors.ts) and [src/notices.ts](../src/notices.ts); a
test fails when they differ.

A post that waits, has failed or needs attention says why in its \`error\`: a \`code\`, and a \`message\` for its owner.
The message says what happened, with details of the case; then, while the post waits, what for; where it does not, what
its owner can do. One that has waited in vain says for how long instead. Codes decide what happens, TikTok's texts never do.

## Answers to a call

What the worker does is said for the call that begins a post. Where it only asked what became of one, it renews the token
or waits, and asks again: no error there has a post begun anew. A code that is not listed may mean anything;
from a call that begins a post it counts as no answer at all, and so does any code beside which a publish is named.

${table(['code', 'HTTP and call', 'what the worker does', ...PARTS], Object.entries(ERROR_CODES).map(errorRow))}

## Why a publish failed

TikTok's \`fail_reason\`: the post was begun, and nothing of it was published. A video that TikTok could not pull goes on
as an upload where \`transfer\` is \`auto\`. A reason that is not listed is final.

${table(['fail_reason', 'what the worker does', ...PARTS], Object.entries(FAIL_REASONS).map(failRow))}

## Answers to signing in and to renewing tokens

TikTok's OAuth errors; they often come with HTTP 200. A code that is not listed counts as TikTok's own trouble: no account
is given up for it.

${table(['error', 'what it says', 'connecting an account ends with', 'renewing its tokens', 'what the owner reads'], Object.entries(OAUTH_ERRORS).map(oauthRow))}

## What this project says itself

${table(['code', 'what happens', ...PARTS], Object.entries(NOTICES).map(noticeRow))}
`;
}

/** Of what the owner reads. */
const PARTS = ['what happened', 'while the post waits', 'what its owner can do'];

function partsOf({ happened, waiting, next }: Wording): string[] {
  return [happened, waiting ?? '–', next ?? '–'];
}

function errorRow([code, entry]: [string, CatalogueEntry]): string[] {
  const { disposition } = entry;
  const where = whereOf(code);
  const parts =
    disposition.kind === 'retry'
      ? ['TikTok did not answer: `init_unanswered` or `outcome_unknown`', '–', '–']
      : partsOf(entry);
  return [`\`${code}\``, where, afterError(disposition), ...parts];
}

function failRow([reason, entry]: [string, CatalogueEntry]): string[] {
  const next =
    entry.disposition.kind === 'retry'
      ? `begins anew, at most ${MAX_FAILED_ATTEMPTS} times in all, then \`failed\``
      : '`failed`';
  return [`\`${reason}\``, next, ...partsOf(entry)];
}

function oauthRow([error, entry]: [string, OAuthEntry]): string[] {
  const { meaning } = entry;
  const says = finalSentenceOf(entry);
  const { tiktokError, renewing, code } = AFTER_OAUTH[meaning];
  const reads = sentenceOf(NOTICES[code], meaning === 'misconfigured' ? says : '');
  return [`\`${error}\``, says, `\`tiktok_error=${tiktokError}\``, renewing, reads];
}

/** What an account that is connected does about it, and the page the user comes back to is told. */
const AFTER_OAUTH: Record<OAuthMeaning, { tiktokError: ConnectError; renewing: string; code: NoticeCode }> = {
  denied: {
    tiktokError: 'authorization_denied',
    renewing: 'never answered; it would be tried again',
    code: 'token_refresh_failed',
  },
  dead: {
    tiktokError: 'token_exchange_failed',
    renewing: 'looks whether somebody else has renewed them, else the account must be connected again',
    code: 'reauth_required',
  },
  misconfigured: {
    tiktokError: 'invalid_config',
    renewing:
      'tries again, and says whether that is for whoever runs the site or has stored an app of their own',
    code: 'token_refresh_failed',
  },
  trouble: {
    tiktokError: 'token_exchange_failed',
    renewing: 'tries again; the old token is used while it lasts',
    code: 'token_refresh_failed',
  },
};

function noticeRow([code, entry]: [string, Wording & { happens: string }]): string[] {
  return [`\`${code}\``, entry.happens, ...partsOf(entry)];
}

function afterError(disposition: Disposition): string {
  const patience = `for up to ${PATIENCE_SECONDS / 3600} h`;
  switch (disposition.kind) {
    case 'retry':
      return 'takes it for no answer: an upload is begun anew, what is pulled becomes `needs_attention`';
    case 'wait':
      return `holds ${HELD_BY[disposition.bound]} and tries again after ${duration(disposition.seconds)}, for up to ${LATEST_START_SECONDS / 86_400} days`;
    case 'refresh':
      return 'renews the token and tries again; refused once more, the account must be connected again';
    case 'reconnect':
      return `waits as \`scope_missing\` ${patience} until the account is connected again with it, then \`needs_attention\``;
    case 'upload_instead':
      return 'uploads a video where `transfer` is `auto`, else `failed`';
    case 'unknown_publish':
      return 'asks again; after three times over half an hour `needs_attention`';
    case 'not_cancellable':
      return 'goes on: the status tells';
    case 'reject':
      return '`failed`';
  }
}

/** The posts that wait with the one that was refused. */
const HELD_BY = {
  inits: 'all posts of the account',
  drafts: 'all drafts of the account',
  daily_cap: 'all direct posts of the account (a draft waits alone)',
  user_cap: 'all direct posts of accounts that have not posted today (a draft waits alone)',
} as const;

const INITS = ['video_init', 'inbox_init', 'content_init'];
/** The calls that the worker makes, by the emulator's names. */
const CALLS = ['creator_info', ...INITS, 'status', 'cancel'];

/** What TikTok documents and the emulator, which needs it no more than we do, never answers by itself. */
const NOT_EMULATED: Record<string, string> = {
  internal_error: '5xx any call',
  invalid_param: '400, as `invalid_params` in some of TikTok’s pages',
  invalid_file_upload: '400',
};

/** Status and calls, as the emulator answers them. @throws {TypeError} for a code that nobody knows. */
function whereOf(code: string): string {
  const calls = new Map<string, string[]>();
  for (const row of coverage) {
    if (row.state !== 'supported') continue;
    for (const answer of row.answers) {
      const [status = '', name] = answer.split(' ');
      if (name === code) calls.set(status, [...(calls.get(status) ?? []), row.endpoint]);
    }
  }
  const places = [...calls].map(([status, endpoints]) => `${status} ${callsOf(endpoints)}`);
  const where = places.join('; ') || NOT_EMULATED[code];
  if (where === undefined) throw new TypeError(`where does TikTok answer ${code}?`);
  return where;
}

function callsOf(endpoints: readonly string[]): string {
  const ours = CALLS.filter((call) => endpoints.includes(call));
  if (ours.length === 0) return endpoints.join(', ');
  const isEveryInit = INITS.every((init) => ours.includes(init));
  const names = isEveryInit ? ['every init', ...ours.filter((call) => !INITS.includes(call))] : ours;
  return ours.length === CALLS.length ? 'every call' : names.join(', ');
}

function duration(seconds: number): string {
  return seconds < 3600 ? `${seconds} s` : `${seconds / 3600} h`;
}

/** In Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}
