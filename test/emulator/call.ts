import { type Endpoint, type EndpointName, endpoints } from './endpoints.ts';
import type { RecordedRequest } from './records.ts';
import { badBody, invalidParams, refuse } from './refusal.ts';
import type { AccessToken, State } from './state.ts';
import type { Scope, TikTokApp, TikTokUser } from './world.ts';

/** One request on its way through a route. */
export type Call = {
  endpoint: EndpointName;
  request: Request;
  url: URL;
  /** The whole body, read already; empty for an upload, which streams. */
  text: string;
  nowMs: number;
  state: State;
  record: RecordedRequest;
};

/** A call by a user's access token. */
export type Caller = { token: AccessToken; app: TikTokApp; user: TikTokUser };

/** Bearer, then scope, then rate: the order in which TikTok is taken to check. */
export function admit(call: Call, anyOf: readonly Scope[]): Caller {
  const caller = identify(call);
  requireScope(caller, anyOf);
  countCall(call);
  return caller;
}

export function identify({ request, state, nowMs, record }: Call): Caller {
  const bearer = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
  const token = bearer === undefined ? undefined : state.accessTokens.get(bearer);
  if (token === undefined || token.username === null || token.expiresAtMs <= nowMs) {
    throw refuse('access_token_invalid');
  }
  const app = state.apps.get(token.clientKey);
  const user = state.users.get(token.username);
  if (app === undefined || user === undefined) throw refuse('access_token_invalid');
  record.username = user.username;
  return { token, app, user };
}

/** Two gates: the app is approved for the scope, and the user granted it. */
export function requireScope({ token, app }: Caller, anyOf: readonly Scope[]): void {
  const open = anyOf.some((scope) => token.scopes.includes(scope) && app.scopes.includes(scope));
  if (!open) throw refuse('scope_not_authorized');
}

/** A sliding minute for each token and endpoint. */
export function countCall({ endpoint, request, state, nowMs }: Call): void {
  const definition: Endpoint = endpoints[endpoint];
  const key = `${endpoint} ${request.headers.get('authorization')}`;
  const recent = (state.calls.get(key) ?? []).filter((atMs) => atMs > nowMs - 60_000);
  state.calls.set(key, recent);
  if (definition.perMinute === undefined) return;
  if (recent.length >= definition.perMinute) throw refuse('rate_limit_exceeded');
  recent.push(nowMs);
}

/** The body as a JSON object sent as JSON. */
export function jsonBody({ request, text }: Call): Record<string, unknown> {
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(request.headers.get('content-type') ?? '')) {
    throw invalidParams(badBody);
  }
  const value = parseJson(text);
  if (!isObject(value)) throw invalidParams(badBody);
  return value;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
