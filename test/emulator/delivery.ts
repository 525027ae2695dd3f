import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Answer, errorAnswer, htmlAnswer, oauthErrorAnswer } from './answer.ts';
import { type EndpointName, speaksOAuth } from './endpoints.ts';
import type { Fault } from './faults.ts';
import { messageOf } from './refusal.ts';

/** The connection of a request that came over HTTP; a request in process has none. */
export type NodeExchange = { incoming: IncomingMessage; outgoing: ServerResponse };

/** Where a request came from. */
export type Origin = { request: Request; node: NodeExchange | undefined };

/** Destroys the connection; in process, fails as `fetch` does when that happens. */
export function dropConnection({ node }: Origin): Response {
  if (node === undefined) {
    throw new TypeError('fetch failed', { cause: new Error('the emulator dropped the connection') });
  }
  node.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** Until the client leaves. */
export async function hang({ request, node }: Origin): Promise<Response> {
  if (node !== undefined) {
    if (!node.outgoing.destroyed) await new Promise((resolve) => node.outgoing.once('close', resolve));
    return RESPONSE_ALREADY_SENT;
  }
  const { signal } = request;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

/** Announces the whole body, sends half of it and ends the connection. */
export function sendTruncated({ node }: Origin, answer: Answer): Response {
  const bytes = Buffer.from(answer.body);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const headers = { ...answer.headers, 'content-length': String(bytes.length) };
  if (node === undefined) return new Response(breakingStream(half), { status: answer.status, headers });
  node.outgoing.writeHead(answer.status, headers);
  node.outgoing.write(half, () => node.incoming.socket.end());
  return RESPONSE_ALREADY_SENT;
}

function breakingStream(bytes: Uint8Array): ReadableStream {
  const chunks = [bytes];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else controller.error(new TypeError('terminated'));
    },
  });
}

export function send({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers });
}

/** What the client sees in place of any answer, for the kinds that replace it. */
export function replacement(fault: Fault, endpoint: EndpointName, nowMs: number): Answer | undefined {
  switch (fault.kind) {
    case 'html':
      return withHeaders(htmlAnswer(fault.status ?? 502, '<h1>502 Bad Gateway</h1>', 'fault'), fault);
    case 'empty':
      return withHeaders({ status: fault.status ?? 200, headers: {}, body: '', errorCode: 'fault' }, fault);
    case 'status': {
      const { status = 500, body = '' } = fault;
      return withHeaders({ status, headers: {}, body, errorCode: 'fault' }, fault);
    }
    case 'error':
      return withHeaders(scriptedError(fault, endpoint, nowMs), fault);
    default:
      return undefined;
  }
}

export function withHeaders(answer: Answer, { headers }: Fault): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function halved(answer: Answer): Answer {
  return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
}

function scriptedError(
  { code = '', httpStatus, message }: Fault,
  endpoint: EndpointName,
  nowMs: number,
): Answer {
  if (speaksOAuth(endpoint)) return oauthErrorAnswer(nowMs, httpStatus ?? 200, code, message ?? code);
  return errorAnswer(nowMs, httpStatus ?? 500, code, message ?? messageOf(code));
}
