import { ConfigError, OwnError, RequestError, StoreError } from '../lib/errors.ts';
import { describeError } from '../lib/log.ts';

/** What a command's exit code says, to a script above all. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  leftToDo: 3,
  unreadable: 4,
  unknown: 5,
  reauthorize: 6,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that could not do what it was asked, in words for who asked. */
export class CommandError extends OwnError {
  readonly exitCode: ExitCode;
  readonly code: string;

  constructor(exitCode: ExitCode, code: string, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.code = code;
  }
}

export interface Failure {
  exitCode: ExitCode;
  code: string;
  /** What went wrong, and what to do next. */
  message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) {
    const { exitCode, code, message } = error;
    return { exitCode, code, message };
  }
  if (error instanceof ConfigError) {
    const message = ['The configuration is not usable:', ...error.problems].join('\n  ');
    return { exitCode: EXIT.failed, code: 'config_unusable', message };
  }
  if (error instanceof RequestError) {
    const { code, message } = error;
    return { exitCode: exitOfRequest(error), code, message };
  }
  if (error instanceof StoreError) {
    const message = `${error.message}. Check SUPABASE_URL and SUPABASE_SECRET_KEY, and that the migrations are applied; then run it again.`;
    return { exitCode: EXIT.failed, code: 'database_failed', message };
  }
  return { exitCode: EXIT.failed, code: 'internal_error', message: describeUnforeseen(error) };
}

/** What others put into their messages may be anything: only what the system says of a file is repeated. */
function describeUnforeseen(error: unknown): string {
  const { syscall, path, code } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  if (syscall && path && code) return `The system refuses to ${syscall} ${path} (${code}).`;
  const { error: what, at, cause } = describeError(error);
  return `Something went wrong here, which should not: ${[what, cause, at].filter(Boolean).join(', ')}.`;
}

/** What TikTok's side or another command is in the way of may go well later; a wrong request never does. */
function exitOfRequest({ status, code }: RequestError): ExitCode {
  if (NEEDS_CONSENT.includes(code)) return EXIT.reauthorize;
  if (status === 503 || code === 'account_busy') return EXIT.leftToDo;
  return status === 400 ? EXIT.usage : EXIT.failed;
}

/** Codes of notices that say: only the account's owner can help, at TikTok. */
export const NEEDS_CONSENT: readonly string[] = ['reauth_required', 'scope_missing'];
