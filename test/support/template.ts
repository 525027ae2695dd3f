import { createPostgresConnection } from '@supabase/lite/postgres';
import postgres from 'postgres';
import { postgresDatabase } from '../../local/database.ts';
import { prepareDatabase } from '../../local/supabase.ts';

export const templateName = 'template_app';

export const testKeys = {
  publishableKey: 'sb_publishable_test_only',
  secretKey: 'sb_secret_test_only',
  jwtSecret: 'test-only-jwt-secret-that-is-long-enough',
};

/** Builds the database that every test's database is a copy of: Lite's own schemas and our migrations. */
export async function buildTemplate(serverUrl: string): Promise<void> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  try {
    await admin`create database ${admin(templateName)}`;
    const connection = createPostgresConnection({
      url: databaseUrl(serverUrl, templateName),
      postgresOptions: { max: 2, onnotice: () => undefined },
    });
    try {
      await prepareDatabase({ ...testKeys, database: postgresDatabase(connection) });
    } finally {
      await connection.close();
    }
    await admin`alter database ${admin(templateName)} with is_template true allow_connections false`;
  } finally {
    await admin.end();
  }
}

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
