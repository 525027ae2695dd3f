import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

export interface Traffic {
  /** By path, without what all of them begin with. */
  calls: Record<string, number>;
  /** The most requests under way at one moment. */
  peak: number;
  /** From a request's arrival to the end of its answer, on average. */
  meanMs: number;
  /** Processor time of this process. */
  cpuMs: number;
}

/** Counts what this process is asked over HTTP, with nothing in the way of the requests. Read, it begins anew. */
export function countTraffic(): () => Traffic {
  let calls: Record<string, number> = {};
  let peak = 0;
  let underWay = 0;
  let sumMs = 0;
  let answered = 0;
  let cpu = process.cpuUsage();
  const beganAtMs = new WeakMap<IncomingMessage, number>();
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    beganAtMs.set(request, performance.now());
    const { url = '' } = request;
    const name = /^\/(?:rest\/v1\/(?:rpc\/)?|v2\/)?([^?]*?)\/?(?:\?|$)/.exec(url)?.[1] ?? url;
    calls[name] = (calls[name] ?? 0) + 1;
    peak = Math.max(peak, ++underWay);
  });
  subscribe('http.server.response.finish', (message) => {
    const { request } = message as { request: IncomingMessage };
    sumMs += performance.now() - (beganAtMs.get(request) ?? 0);
    answered++;
    underWay--;
  });
  return () => {
    const used = process.cpuUsage(cpu);
    const cpuMs = Math.round((used.user + used.system) / 1000);
    const traffic = { calls, peak, meanMs: Number((sumMs / answered).toFixed(1)), cpuMs };
    calls = {};
    sumMs = 0;
    answered = 0;
    peak = underWay;
    cpu = process.cpuUsage();
    return traffic;
  };
}

export function total({ calls }: Traffic): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
