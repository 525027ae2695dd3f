import { type EndpointName, isEndpointName } from './endpoints.ts';
import type { RecordedRequest } from './records.ts';

/**
 * - `drop`: the connection is destroyed without an answer.
 * - `hang`: no answer until the client leaves.
 * - `delay`: the answer comes `ms` later, in real time.
 * - `truncate`: the connection ends in the middle of the announced body. The effect takes place.
 * - `garbled`: a whole answer by HTTP, with half its JSON. The effect takes place.
 * - `html`, `empty`: a proxy's error page (502), an empty body (200); `status` overrides.
 * - `status`: exactly `status`, `headers` and `body`.
 * - `error`: `code` with `httpStatus`, in the envelope or in OAuth's flat form as the endpoint speaks.
 */
export const faultKinds = [
  'drop',
  'hang',
  'delay',
  'truncate',
  'garbled',
  'html',
  'empty',
  'status',
  'error',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** One scripted misfortune. It needs a `kind`, a `failReason` or a `cutAfterBytes`. */
export type Fault = {
  endpoint: EndpointName;
  /** Matching requests to let pass first. Default 0. */
  skip?: number;
  /** Matching requests to spoil. Default 1. */
  times?: number;
  /** Spoil only requests with these; default all of the endpoint. */
  match?: { grantType?: string; username?: string; publishId?: string; title?: string };
  /** Whether the effect, too, is lost (`before`, the default) or only its answer (`after`). */
  when?: 'before' | 'after';
  kind?: FaultKind;
  status?: number;
  httpStatus?: number;
  code?: string;
  message?: string;
  ms?: number;
  /** Sent with any kind that answers; `Retry-After`, say. */
  headers?: Record<string, string>;
  body?: string;
  /** On an init or an upload: the publish ends FAILED with this once its bytes are here. */
  failReason?: string;
  /** On an upload: reading stops after so many bytes of this chunk, and the connection is destroyed. */
  cutAfterBytes?: number;
};

/** What is known of a request before it takes effect. */
export type FaultTarget = Pick<RecordedRequest, 'grantType' | 'username' | 'publishId' | 'title'> & {
  endpoint: EndpointName;
};

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
  /** Those not used up, with what is left of `skip` and `times`. */
  pending(): Fault[];
};

/** `take` gives the fault due on this request, if any, and counts the request for those it found before. */
export function createFaults(): Faults & { take(target: FaultTarget): Fault | undefined } {
  let queue: (Fault & { skip: number; times: number })[] = [];
  return {
    add(fault) {
      assertFault(fault);
      queue.push({ ...structuredClone(fault), skip: fault.skip ?? 0, times: fault.times ?? 1 });
    },
    clear() {
      queue = [];
    },
    pending: () => structuredClone(queue),
    take(target) {
      for (const fault of queue.filter((queued) => matches(queued, target))) {
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        fault.times -= 1;
        queue = queue.filter(({ times }) => times > 0);
        return structuredClone(fault);
      }
      return undefined;
    },
  };
}

function matches(fault: Fault, target: FaultTarget): boolean {
  const { grantType, username, publishId, title } = fault.match ?? {};
  return (
    fault.endpoint === target.endpoint &&
    (grantType === undefined || grantType === target.grantType) &&
    (username === undefined || username === target.username) &&
    (publishId === undefined || publishId === target.publishId) &&
    (title === undefined || title === target.title)
  );
}

const checks: Record<keyof Fault, (value: unknown) => boolean> = {
  endpoint: (value) => typeof value === 'string' && isEndpointName(value),
  skip: isCount,
  times: (value) => isCount(value) && value !== 0,
  match: (value) => isStrings(value, ['grantType', 'username', 'publishId', 'title']),
  when: (value) => value === 'before' || value === 'after',
  kind: (value) => faultKinds.some((kind) => kind === value),
  status: isStatus,
  httpStatus: isStatus,
  code: isString,
  message: isString,
  ms: isCount,
  headers: (value) => isStrings(value),
  body: isString,
  failReason: isString,
  cutAfterBytes: isCount,
};

const needs: Partial<Record<FaultKind, keyof Fault>> = { delay: 'ms', status: 'status', error: 'code' };

/** @throws {TypeError} for a fault that could never do what it says, so that a typing error shows at once. */
export function assertFault(value: unknown): asserts value is Fault {
  const problem = faultProblem(value);
  if (problem !== undefined) throw new TypeError(`bad fault: ${problem}`);
}

function faultProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('endpoint' in value)) return 'it needs an endpoint';
  const fault: Fault & Record<string, unknown> = value as Fault;
  for (const [key, item] of Object.entries(fault)) {
    if (!isFaultKey(key)) return `unknown key ${key}`;
    if (!checks[key](item)) return `${key} cannot be ${JSON.stringify(item)}`;
  }
  const { kind, failReason, cutAfterBytes, endpoint } = fault;
  const need = kind && needs[kind];
  if (need !== undefined && fault[need] === undefined) return `${kind} needs ${need}`;
  if (cutAfterBytes !== undefined && endpoint !== 'upload') return 'only an upload can be cut';
  const publishes = endpoint === 'upload' || endpoint.endsWith('_init');
  if (failReason !== undefined && !publishes) return `${endpoint} publishes nothing that could fail`;
  const idle = kind === undefined && failReason === undefined && cutAfterBytes === undefined;
  return idle ? 'it needs a kind, a failReason or cutAfterBytes' : undefined;
}

function isFaultKey(key: string): key is keyof Fault {
  return Object.hasOwn(checks, key);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isStatus(value: unknown): boolean {
  return isCount(value) && Number(value) >= 200 && Number(value) <= 599;
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isStrings(value: unknown, keys?: string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([key, item]) => isString(item) && (keys?.includes(key) ?? true));
}
