import { randomUUID } from 'node:crypto';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { createClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { inject } from 'vitest';
import { postgresDatabase } from '../../local/database.ts';
import { startSupabase } from '../../local/supabase.ts';
import { databaseUrl, templateName, testKeys } from './template.ts';

export type TestUser = { userId: string; email: string; accessToken: string };

export type TestDatabase = {
  supabaseUrl: string;
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  /** Looks at everything, as superuser: past grants and row level security. */
  sql: postgres.Sql;
  databaseUrl: string;
  /** A new user by a real e-mail sign-up. */
  signUp: (email?: string) => Promise<TestUser>;
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * A database of one's own, a copy of the template, behind Supabase Lite's HTTP. Close it.
 * @param serverUrl the run's Postgres; outside of vitest it must be told.
 */
export async function createTestDatabase(serverUrl = inject('postgresUrl')): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(serverUrl, (admin) => admin`create database ${admin(name)} template ${admin(templateName)}`);

  const url = databaseUrl(serverUrl, name);
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: 10, onnotice: () => undefined },
  });
  const supabase = await startSupabase({ ...testKeys, database: postgresDatabase(connection) });
  const sql = postgres(url, { max: 4, onnotice: () => undefined });

  const close = async () => {
    await supabase.close();
    await sql.end();
    await asAdmin(serverUrl, (admin) => admin`drop database if exists ${admin(name)} with (force)`);
  };
  return {
    ...testKeys,
    supabaseUrl: supabase.url,
    sql,
    databaseUrl: url,
    signUp: (email = `${randomUUID()}@example.com`) => signUp(supabase.url, email),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function signUp(supabaseUrl: string, email: string): Promise<TestUser> {
  const client = createClient(supabaseUrl, testKeys.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await client.auth.signUp({ email, password: `password-of-${email}` });
  if (error !== null) throw error;
  if (data.user === null || data.session === null) throw new Error(`sign-up of ${email} gave no session`);
  return { userId: data.user.id, email, accessToken: data.session.access_token };
}

async function asAdmin(serverUrl: string, run: (admin: postgres.Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  try {
    await run(admin);
  } finally {
    await admin.end();
  }
}
