import postgres from 'postgres';
import { inject } from 'vitest';

/** For `beforeAll`: the others may take their time. */
export const SITE_FOLDER_TIMEOUT_MS = 1_500_000;
/** Any number; nothing else in the run's Postgres takes an advisory lock of the `postgres` database. */
const LOCK = 1;

/**
 * The project's own folder, into which the site is built and from which it is served: whoever builds has it alone, until
 * the end of the test file or its process.
 */
export async function takeSiteFolder(): Promise<AsyncDisposable> {
  const sql = postgres(inject('postgresUrl'), {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => undefined,
  });
  await sql`select pg_advisory_lock(${LOCK})`;
  return { [Symbol.asyncDispose]: () => sql.end() };
}
