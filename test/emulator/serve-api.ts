import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, errorAnswer, oauthErrorAnswer } from './answer.ts';
import { type Call, isObject, parseJson } from './call.ts';
import {
  dropConnection,
  halved,
  hang,
  type Origin,
  replacement,
  send,
  sendTruncated,
  withHeaders,
} from './delivery.ts';
import { type EndpointName, endpointAt, endpoints } from './endpoints.ts';
import type { createFaults, Fault } from './faults.ts';
import type { RecordedRequest } from './records.ts';
import { ClientGone, OAuthRefusal, Refusal, refuse } from './refusal.ts';
import { routes } from './routes.ts';
import type { State } from './state.ts';
import { publishAt } from './upload.ts';

/** Records the request, lets it take effect or not, and answers it or not, as the faults have it. */
export async function serveApi(
  state: State,
  faults: Pick<ReturnType<typeof createFaults>, 'take'>,
  origin: Origin,
  url: URL,
): Promise<Response> {
  const { request } = origin;
  const record = openRecord(state, request, url);
  const endpoint = endpointAt(url.pathname);
  const methods: readonly string[] = endpoint === undefined ? [] : endpoints[endpoint].methods;
  if (endpoint === undefined || !methods.includes(request.method)) {
    const refusal = refuse(endpoint === undefined ? 'not_found' : 'method_not_allowed');
    return deliver(record, refusalAnswer(state, refusal));
  }
  record.endpoint = endpoint;
  const text = endpoint === 'upload' ? '' : await readText(request);
  const call: Call = { endpoint, request, url, text, nowMs: state.clock.now(), state, record };
  describe(call);
  const fault = faults.take({ ...record, endpoint });
  return fault === undefined ? deliver(record, await run(call)) : serveFaulty(call, fault, origin);
}

async function serveFaulty(call: Call, fault: Fault, origin: Origin): Promise<Response> {
  const { endpoint, record, state } = call;
  const { kind, when = 'before' } = fault;
  record.fault = kind ?? (fault.cutAfterBytes === undefined ? 'failReason' : 'cut');
  if (when === 'before') {
    if (kind === 'drop') return dropConnection(origin);
    if (kind === 'hang') return hang(origin);
    if (kind === 'delay') await sleep(fault.ms);
    const instead = replacement(fault, endpoint, state.clock.now());
    if (instead !== undefined) {
      // An answer to a body that is still on its way may be lost with the connection.
      if (endpoint === 'upload') await call.request.body?.pipeTo(new WritableStream()).catch(() => undefined);
      return deliver(record, instead);
    }
  }
  const answer = await run({ ...call, nowMs: state.clock.now() }, fault);
  if (kind === 'drop') return dropConnection(origin);
  if (kind === 'hang') return hang(origin);
  if (kind === 'delay' && when === 'after') await sleep(fault.ms);
  const seen = replacement(fault, endpoint, state.clock.now()) ?? withHeaders(answer, fault);
  if (kind === 'garbled') return deliver(record, halved(seen));
  if (kind !== 'truncate') return deliver(record, seen);
  record.status = seen.status;
  record.errorCode = seen.errorCode ?? null;
  return sendTruncated(origin, seen);
}

/** The effect. */
async function run(call: Call, fault?: Fault): Promise<Answer> {
  const answer = await answerOf(call, fault);
  const publish = call.state.publishes.get(call.record.publishId ?? '');
  if (fault?.failReason !== undefined && publish !== undefined) publish.failReason = fault.failReason;
  return answer;
}

async function answerOf(call: Call, fault: Fault | undefined): Promise<Answer> {
  try {
    return await routes[call.endpoint](call, fault?.cutAfterBytes);
  } catch (error) {
    if (error instanceof Refusal || error instanceof OAuthRefusal) return refusalAnswer(call.state, error);
    throw error;
  }
}

function refusalAnswer({ settings, clock }: State, refusal: Refusal | OAuthRefusal): Answer {
  if (refusal instanceof OAuthRefusal) {
    return oauthErrorAnswer(clock.now(), settings.oauthErrorStatus, refusal.error, refusal.message);
  }
  const code = refusal.code === 'invalid_params' ? settings.invalidParamsCode : refusal.code;
  return errorAnswer(clock.now(), refusal.status, code, refusal.message);
}

function deliver(record: RecordedRequest, answer: Answer): Response {
  record.status = answer.status;
  record.errorCode = answer.errorCode ?? null;
  return send(answer);
}

function openRecord(state: State, request: Request, url: URL): RecordedRequest {
  const record: RecordedRequest = {
    endpoint: null,
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    at: state.clock.now(),
    status: null,
    errorCode: null,
  };
  state.requests.push(record);
  return record;
}

async function readText(request: Request): Promise<string> {
  try {
    return await request.text();
  } catch (error) {
    throw new ClientGone(error);
  }
}

const formEndpoints: EndpointName[] = ['authorize', 'token', 'revoke'];

/** Notes what a fault may ask for, and what a test may want to see. */
function describe({ endpoint, request, text, url, state, record }: Call): void {
  if (endpoint === 'upload') {
    const publish = publishAt(state, url);
    if (publish !== undefined)
      Object.assign(record, { publishId: publish.publishId, username: publish.username });
    record.contentType = request.headers.get('content-type') ?? '';
    return;
  }
  if (formEndpoints.includes(endpoint)) {
    const form = new URLSearchParams(text);
    if (endpoint === 'token') record.grantType = form.get('grant_type') ?? '';
    const username =
      state.refreshTokens.get(form.get('refresh_token') ?? '')?.username ??
      state.codes.get(form.get('code') ?? '')?.username;
    if (username !== undefined) record.username = username;
    return;
  }
  const token = state.accessTokens.get(request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '');
  if (token?.username) record.username = token.username;
  const body = parseJson(text);
  if (body !== undefined) record.body = body;
  if (!isObject(body)) return;
  if (typeof body.publish_id === 'string') record.publishId = body.publish_id;
  if (isObject(body.post_info) && typeof body.post_info.title === 'string')
    record.title = body.post_info.title;
}
