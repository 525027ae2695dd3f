import { timingSafeEqual } from 'node:crypto';
import { RequestError } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';

/** The way to the background run, and its door. */
export interface RunGate {
  /** @throws {RequestError} 401 unless the request carries one of the worker's secrets. */
  assertWorker(request: Request): void;
  /** Has the background run of this site begin. That it did not is logged: the next tick asks again. */
  start(): Promise<void>;
}

const START_TIMEOUT_MS = 3_000;

/**
 * `siteUrl` is configured: the address that a request was sent to is its sender's choice, and a secret goes there.
 * `secrets`: the first is sent, all are accepted, so that they can be changed while the site is up.
 */
export function createRunGate({
  siteUrl,
  secrets,
  fetch,
  log,
}: {
  siteUrl: string;
  secrets: readonly [Secret, ...Secret[]];
  fetch: typeof globalThis.fetch;
  log: Log;
}): RunGate {
  const accepted = secrets.map((secret) => digest(secret.reveal()));
  return {
    assertWorker(request) {
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
      const sent = digest(token);
      // Every one is compared, and over a fixed length: time tells nothing.
      const matches = accepted.filter((secret) => timingSafeEqual(secret, sent));
      if (matches.length === 0) {
        throw new RequestError(401, 'worker_secret_wrong', 'Send WORKER_SECRET as a bearer token.');
      }
    },

    async start() {
      const startedAtMs = performance.now();
      try {
        const response = await fetch(new URL('/.netlify/functions/social-worker-tiktok-run', siteUrl), {
          method: 'POST',
          headers: { authorization: `Bearer ${secrets[0].reveal()}` },
          // The secret does not go along with a redirect.
          redirect: 'manual',
          signal: AbortSignal.timeout(START_TIMEOUT_MS),
        });
        await response.body?.cancel();
        const durationMs = Math.round(performance.now() - startedAtMs);
        const { status: httpStatus } = response;
        if (response.ok) log.info('run_started', { httpStatus, durationMs });
        else log.warn('run_not_started', { httpStatus, durationMs });
      } catch (error) {
        log.warn('run_not_started', describeError(error));
      }
    },
  };
}

function digest(text: string): Buffer {
  return Buffer.from(sha256(text));
}
