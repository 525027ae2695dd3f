import { exactJson } from './exact-json.ts';
import { newLogId } from './ids.ts';

/** What a route decides to say, before any fault spoils it. */
export type Answer = {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** For the record of requests: TikTok's error code, absent when all went well. */
  errorCode?: string;
};

export function jsonAnswer(status: number, value: unknown, errorCode?: string): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return withErrorCode({ status, headers, body: exactJson(value) }, errorCode);
}

export function htmlAnswer(status: number, body: string, errorCode?: string): Answer {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
  return withErrorCode({ status, headers, body }, errorCode);
}

export function redirectAnswer(location: string, errorCode?: string): Answer {
  return withErrorCode(
    { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' },
    errorCode,
  );
}

/** The v2 envelope of a success; cancel has no `data`. */
export function okAnswer(nowMs: number, data?: object): Answer {
  const error = { code: 'ok', message: '', log_id: newLogId(nowMs) };
  return withLogId(jsonAnswer(200, data === undefined ? { error } : { data, error }), error.log_id);
}

/** The v2 envelope of a failure. `data` is left out, as seen live, unless the caller has some. */
export function errorAnswer(
  nowMs: number,
  status: number,
  code: string,
  message: string,
  data?: object,
): Answer {
  const error = { code, message, log_id: newLogId(nowMs) };
  return withLogId(jsonAnswer(status, data === undefined ? { error } : { data, error }, code), error.log_id);
}

/** The flat form of the OAuth endpoints. */
export function oauthErrorAnswer(nowMs: number, status: number, error: string, description: string): Answer {
  const logId = newLogId(nowMs);
  const body = { error, error_description: description, log_id: logId };
  return withLogId(jsonAnswer(status, body, error), logId);
}

function withLogId(answer: Answer, logId: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'x-tt-logid': logId } };
}

function withErrorCode(answer: Answer, errorCode: string | undefined): Answer {
  return errorCode === undefined ? answer : { ...answer, errorCode };
}
