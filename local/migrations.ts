import { readdir, readFile } from 'node:fs/promises';
import type { Database } from './database.ts';

export type Migration = { version: string; name: string; sql: string };

const migrationsDirectory = new URL('../supabase/migrations/', import.meta.url);
const platformFile = new URL('./platform.sql', import.meta.url);

/** The project's migrations, `<version>_<name>.sql`, oldest first. */
export async function readMigrations(directory: URL = migrationsDirectory): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const [, version, name] = /^(\d{14})_(\w+)\.sql$/.exec(file) ?? [];
      if (version === undefined || name === undefined) {
        throw new Error(`${file} is not named <14 digits>_<name>.sql`);
      }
      return { version, name, sql: await readFile(new URL(file, directory), 'utf8') };
    }),
  );
}

/** Makes a database what a new Supabase project is. Only for one that has no migration yet. */
export async function preparePlatform(database: Database): Promise<void> {
  await database.apply(await readFile(platformFile, 'utf8'), 'select 1', []);
}

/** Whether the database was prepared before: a persisted one, or a copy of a template. */
export async function isPrepared(database: Database): Promise<boolean> {
  const [row] = await database.query(
    `select to_regclass('supabase_migrations.schema_migrations') is not null as prepared`,
  );
  return row?.prepared === true;
}

/**
 * Applies what is pending, each file in a transaction of its own, noted where the Supabase CLI notes it.
 * Returns the versions applied now.
 */
export async function applyMigrations(database: Database, migrations: Migration[]): Promise<string[]> {
  const rows = await database.query('select version from supabase_migrations.schema_migrations');
  const applied = new Set(rows.map((row) => row.version));
  const pending = migrations.filter((migration) => !applied.has(migration.version));
  for (const { version, name, sql } of pending) {
    try {
      await database.apply(
        sql,
        'insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, array[$3])',
        [version, name, sql],
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`migration ${version}_${name} failed: ${reason}`, { cause });
    }
  }
  return pending.map((migration) => migration.version);
}
