import type { Database } from './database.ts';

/**
 * At a connection's first request Lite grants everything in a schema with row level security to the request
 * roles, which would undo our revokes; and where it finds no such table it never switches role at all. Told that
 * this was done already, it does neither: it switches role, and the grants stay what the migrations made them.
 */
export function keepGrants({ connection }: Database): void {
  Object.assign(connection, { rlsState: 'active' });
}

/**
 * Lite takes a unique index over part of a table's rows for one over all, and so answers an embedded list as if it
 * could have one row at most (null where Supabase says []). It is shown the schema without those indexes.
 */
export async function hidePartialIndexes({ connection, query }: Database): Promise<void> {
  const rows = await query(`
    select n.nspname as schema, c.relname as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where i.indpred is not null`);
  const partial = new Set(rows.map(({ schema, name }) => `${schema}.${name}`));
  const introspect = connection.introspect.bind(connection);
  const introspectWhole: typeof introspect = async (options) => {
    const found = await introspect(options);
    const indexes = found.indexes.filter(({ schema, name }) => !partial.has(`${schema}.${name}`));
    return { ...found, indexes };
  };
  Object.assign(connection, { introspect: introspectWhole });
}

/**
 * Lite prints every error of the database that it also answers with, although a refused or doubled row is an
 * everyday answer. Keeps those off the terminal; returns what lets them through again.
 */
export function hideAnsweredErrors(): () => void {
  const { error } = console;
  console.error = (...args: unknown[]) => {
    if (!isDatabaseError(args[0])) error(...args);
  };
  return () => {
    console.error = error;
  };
}

/** By SQLSTATE, which only an answer of Postgres has. */
function isDatabaseError(value: unknown): boolean {
  return (
    value instanceof Error &&
    'code' in value &&
    'severity' in value &&
    /^[0-9A-Z]{5}$/.test(String(value.code))
  );
}
