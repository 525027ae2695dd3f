import { AsyncLocalStorage } from 'node:async_hooks';
import { OwnError } from './errors.ts';

const ID = /^[\w.~-]{1,128}$/;
/** A word of a fixed vocabulary, ours or TikTok's: too narrow for a token, a URL or a sentence. */
const WORD = /^\w{1,64}$/;
/** In our own words. */
const TEXT_LENGTH = 3_000;
const TEXT = new RegExp(`^[^\\p{Cc}\\u2028\\u2029]{1,${TEXT_LENGTH}}$`, 'u');

/** The texts that a line may hold, and how each must look. */
const TEXTS = {
  accountId: ID,
  answer: WORD,
  appId: ID,
  at: /^[\w.:-]{1,100}$/,
  attemptId: ID,
  because: WORD,
  bound: WORD,
  cause: WORD,
  code: WORD,
  endsAt: /^[\d:.TZ-]{1,30}$/,
  error: TEXT,
  from: WORD,
  function: ID,
  logId: ID,
  method: ID,
  news: WORD,
  path: /^[\w/.-]{1,100}$/,
  postId: ID,
  publishId: ID,
  reason: TEXT,
  requestId: ID,
  result: WORD,
  revocation: WORD,
  status: WORD,
  tickId: ID,
  to: WORD,
  transfer: WORD,
  userId: ID,
  videoId: ID,
  warnings: /^[\w,]{0,300}$/,
} as const;

const NUMBERS = [
  'accounts',
  'begun',
  'claimed',
  'delivered',
  'durationMs',
  'errors',
  'failed',
  'hinted',
  'httpStatus',
  'isContested',
  'isMet',
  'isRun',
  'latenessP50Seconds',
  'latenessP99Seconds',
  'needsAttention',
  'needsRun',
  'published',
  'revoked',
  'runInSeconds',
  'sizeBytes',
  'visits',
  'waitSeconds',
  'waiting',
] as const;

/** All that a line may hold. What does not look as it must is blacked out, and a field of another name left out. */
export type LogFields = Partial<
  Record<keyof typeof TEXTS, string | null | undefined> &
    Record<(typeof NUMBERS)[number], number | boolean | null | undefined>
>;

/** Writes one JSON object per line. Callers name each field; objects and errors are never dumped whole. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const context = new AsyncLocalStorage<LogFields>();

/** Every line written while `work` runs has these fields, too: whose request, which tick, which post. */
export function inLogContext<T>(fields: LogFields, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

export function createLog(write: (line: string) => void = console.log): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      write(JSON.stringify({ level, event, ...allowed({ ...context.getStore(), ...fields }) }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

// What a secret looks like, should one stand where an id or a sentence of ours belongs.
const SECRET_VALUE = /\b(act|rft|clt)\.[\w!*.-]+|\bsb_secret_\w+|\bey[\w-]{10,}\.[\w-]+\.[\w-]*/g;

function allowed(fields: LogFields): object {
  const texts = Object.entries(TEXTS).map(([name, shape]) => {
    const value = fields[name as keyof typeof TEXTS];
    if (value === null || value === undefined) return [name, value];
    const isFit = typeof value === 'string' && shape.test(value);
    return [name, isFit ? value.replace(SECRET_VALUE, '***') : '***'];
  });
  const numbers = NUMBERS.map((name) => {
    const value = fields[name];
    return [name, typeof value === 'number' || typeof value === 'boolean' ? value : undefined];
  });
  return Object.fromEntries([...texts, ...numbers]);
}

/**
 * What may be said of an error in a log: what it says, if the words are ours; else its name and where it arose, for
 * others put into their messages what they were given. And the code of its innermost cause.
 */
export function describeError(error: unknown): Pick<LogFields, 'error' | 'at' | 'cause'> {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = errorCode(error);
  const at = /^ +at .*?([\w.-]+:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return {
    error: error instanceof OwnError ? `${error.name}: ${error.message}`.slice(0, TEXT_LENGTH) : error.name,
    ...(at && { at }),
    ...(cause && { cause }),
  };
}

/** The `code` of an error or of the first of its causes that has one (`ECONNREFUSED`, `UND_ERR_SOCKET`, …). */
export function errorCode(error: unknown): string | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
