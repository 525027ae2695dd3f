import * as z from 'zod/mini';
import { parseJson } from '../lib/json.ts';
import { errorCode, type Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import { plainText } from '../lib/text.ts';

/** What became of a call. Only `ok` and `refused` are TikTok's word; `unclear` may have had its effect. */
export type Answer<T> =
  | { kind: 'ok'; data: T; logId: string | null }
  /** TikTok named an error in its envelope, whatever the HTTP status. */
  | {
      kind: 'refused';
      code: string;
      httpStatus: number;
      logId: string | null;
      retryAfterSeconds: number | null;
      /** What came along with the error, not looked at; most often nothing. */
      data?: unknown;
    }
  /** The connection never opened, so nothing was asked. */
  | { kind: 'not_sent'; reason: string }
  | { kind: 'unclear'; reason: string; httpStatus: number | null };

/** The platform's `fetch`, or what serves as well (`connections.ts`). */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** As much of a `Response` as is read. */
export interface FetchAnswer {
  status: number;
  /** Names are in lower case. */
  headers: { get(name: string): string | null };
  body: AsyncIterable<Uint8Array> | null;
}

/** As much of `RequestInit` as is needed. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string | null;
  redirect: 'manual';
  signal: AbortSignal;
}

/** How long and where to call. */
export interface CallOptions {
  fetch: Fetch;
  apiUrl: string;
  timeoutMs: number;
  /** Told of each call, how long it took and what TikTok calls it. */
  log?: Log | undefined;
}

export interface ApiRequest {
  method: 'GET' | 'POST';
  /** With the trailing slash TikTok documents. */
  path: `/v2/${string}/` | `/v2/${string}/?${string}`;
  accessToken: Secret;
  body?: Record<string, unknown>;
}

/** The largest answer that is read; real ones are a few kilobytes. */
const MAX_ANSWER_BYTES = 1_000_000;

const envelope = z.object({
  data: z.optional(z.nullable(z.unknown())),
  error: z.object({ code: z.string(), log_id: z.optional(z.unknown()) }),
});

/**
 * What TikTok's support asks for; null where it is missing or does not look like one, which is no reason to doubt the
 * rest. It is kept and shown, so nothing else may pass for it: a token has a dot.
 */
export function logIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^\w{1,128}$/.test(value) ? value : null;
}

/**
 * One call of TikTok's API, never repeated and never redirected. It succeeded exactly when `error.code` is `ok` and
 * the data is of the expected shape; TikTok sends errors with HTTP 200, too.
 * @see https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
 */
export async function callApi<T>(
  options: CallOptions,
  request: ApiRequest,
  data: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): Promise<Answer<T>> {
  const received = await send(options, request.path, {
    method: request.method,
    headers: {
      authorization: `Bearer ${request.accessToken.reveal()}`,
      ...(request.method === 'POST' && { 'content-type': 'application/json; charset=UTF-8' }),
    },
    body: request.method === 'POST' ? JSON.stringify(request.body ?? {}) : null,
  });
  if (received.kind !== 'received') return received;

  const parsed = envelope.safeParse(received.json);
  if (!parsed.success) return unclear('the answer is not TikTok’s envelope', received.httpStatus);
  const { code } = parsed.data.error;
  const logId = logIdOf(parsed.data.error.log_id);
  if (code !== 'ok') {
    const { httpStatus, retryAfterSeconds } = received;
    const { data } = parsed.data;
    return { kind: 'refused', code: plainText(code, 100), httpStatus, logId, retryAfterSeconds, data };
  }
  const content = data.safeParse(parsed.data.data ?? {});
  return content.success
    ? { kind: 'ok', data: content.data, logId }
    : unclear('the answer lacks what it should hold', received.httpStatus);
}

export type Received =
  | { kind: 'received'; json: unknown; httpStatus: number; retryAfterSeconds: number | null }
  | { kind: 'not_sent'; reason: string }
  | { kind: 'unclear'; reason: string; httpStatus: number | null };

/** Sends one request and reads its answer as JSON within the time allowed. */
export async function send(options: CallOptions, path: string, init: Sent): Promise<Received> {
  const startedAtMs = performance.now();
  const received = await exchange(options, path, init);
  options.log?.info('tiktok_called', {
    method: init.method,
    path: path.replace(/\?.*/, ''),
    ...(received.kind === 'received'
      ? { httpStatus: received.httpStatus, ...verdictIn(received.json) }
      : { answer: received.kind, reason: received.reason }),
    durationMs: Math.round(performance.now() - startedAtMs),
  });
  return received;
}

type Sent = Pick<FetchInit, 'method' | 'headers'> & { body: string | null };

/** What TikTok calls the outcome and the call, in its API's envelope or flat as OAuth has it. */
function verdictIn(json: unknown): { code?: string; logId?: string | null } {
  const { data: answer } = z.object({ error: z.unknown(), log_id: z.optional(z.unknown()) }).safeParse(json);
  if (!answer) return {};
  const { error } = envelope.safeParse(json).data ?? {};
  const code = error?.code ?? answer.error;
  return {
    ...(typeof code === 'string' && { code: plainText(code, 100) }),
    logId: logIdOf(error?.log_id ?? answer.log_id),
  };
}

async function exchange(
  { fetch, apiUrl, timeoutMs }: CallOptions,
  path: string,
  init: Sent,
): Promise<Received> {
  let response: FetchAnswer;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    response = await fetch(`${apiUrl}${path}`, { ...init, redirect: 'manual', signal });
  } catch (error) {
    const reason = errorCode(error) ?? 'the connection broke';
    return neverConnected(error)
      ? { kind: 'not_sent', reason }
      : unclear(signal.aborted ? 'no answer in time' : reason, null);
  }
  try {
    const json = parseJson(await readText(response));
    return { kind: 'received', json, httpStatus: response.status, retryAfterSeconds: retryAfter(response) };
  } catch {
    return unclear(
      signal.aborted ? 'the answer did not end in time' : 'the answer is not JSON',
      response.status,
    );
  }
}

/**
 * Whether a connection was never opened, so that not one byte of the request has left. What failed tells that, not the
 * error's code: an open connection can end with `EHOSTUNREACH`, too.
 */
function neverConnected(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  const { code, syscall }: NodeJS.ErrnoException = error;
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT') return true;
  // A name with several addresses, each of which was tried.
  const tries = error instanceof AggregateError ? error.errors : [error.cause];
  return tries.length > 0 && tries.every((one) => neverConnected(one, depth + 1));
}

function unclear(reason: string, httpStatus: number | null) {
  return { kind: 'unclear', reason, httpStatus } as const;
}

async function readText(response: FetchAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new RangeError('answer too large');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

/** Seconds from `Retry-After`, at most an hour; null when it is absent, a date gone by, or nonsense. */
function retryAfter(response: FetchAnswer): number | null {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return seconds > 0 ? Math.min(Math.ceil(seconds), 3600) : null;
}
