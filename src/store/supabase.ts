import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type * as z from 'zod/mini';
import { StoreError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';

/** Our database, by its REST interface and with the secret key: row level security does not apply. */
export interface Database extends SupabaseClient {
  /** Once it is aborted, every call fails at once. */
  stop?: AbortSignal | undefined;
}

const TIMEOUT_MS = 8_000;

/**
 * `retry` off: a caller that may repeat a call says so itself, and knows how much time it has.
 */
export function openDatabase(url: string, secretKey: Secret, stop?: AbortSignal): Database {
  const client = createClient(url, secretKey.reveal(), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { timeout: TIMEOUT_MS, retry: false },
    ...(stop && { global: { fetch: stoppable(stop) } }),
  });
  return Object.assign(client, { stop });
}

function stoppable(stop: AbortSignal): typeof fetch {
  return (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, stop]) : stop });
}

interface Result {
  data: unknown;
  error: { code?: string; message?: string } | null;
}

/**
 * Waits for a query, and checks that what came back is what it should be.
 * @throws {StoreError} with Postgres's or PostgREST's code; `unreachable` when there was no answer, and
 * `unexpected_answer` when it was not of the expected shape.
 */
export async function run<T>(
  operation: string,
  query: PromiseLike<Result>,
  shape: {
    safeParse(value: unknown): { success: true; data: T } | { success: false; error: z.core.$ZodError };
  },
): Promise<T> {
  let result: Result;
  try {
    result = await query;
  } catch (error) {
    throw new StoreError(operation, 'unreachable', error);
  }
  if (result.error) {
    const { code = '' } = result.error;
    // It goes into a message of ours; what is no code of Postgres or PostgREST may be anything.
    throw new StoreError(operation, /^\w{1,10}$/.test(code) ? code : 'unreachable');
  }
  const parsed = shape.safeParse(result.data);
  if (!parsed.success) throw new StoreError(operation, 'unexpected_answer', parsed.error);
  return parsed.data;
}

/**
 * Reads and writes anew as long as somebody else comes in between; `attempt` answers null where it was overtaken.
 * @throws {StoreError} `contended` after five times.
 */
export async function untilUncontended<T>(operation: string, attempt: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 5; tries++) {
    const done = await attempt();
    if (done !== null) return done;
  }
  throw new StoreError(operation, 'contended');
}

/** An answer from the database itself stays what it is; only where there was none is it worth asking again. */
export function isFinal(error: unknown): boolean {
  return (
    error instanceof StoreError &&
    !/^(unreachable|PGRST00\d|5\d\d|08\w{3}|57P0\d|53\w{3}|40001|40P01)$/.test(error.code)
  );
}
