import type { PgliteConnection } from '@supabase/lite/pglite';
import type { PostgresConnection } from '@supabase/lite/postgres';

export type Row = Record<string, unknown>;

/** One database, asked beneath Supabase Lite's HTTP, as its owner. */
export type Database = {
  connection: PgliteConnection | PostgresConnection;
  /** Whether requests must take turns, because there is only one session to share. */
  singleSession: boolean;
  query: (text: string, params?: unknown[]) => Promise<Row[]>;
  /** Runs the script and then the statement in one transaction: both or neither. */
  apply: (script: string, text: string, params: unknown[]) => Promise<void>;
};

export function pgliteDatabase(connection: PgliteConnection): Database {
  const { driver } = connection;
  return {
    connection,
    singleSession: true,
    query: async (text, params = []) => (await driver.query<Row>(text, params)).rows,
    apply: async (script, text, params) => {
      await driver.transaction(async (transaction) => {
        await transaction.exec(script);
        await transaction.query(text, params);
      });
    },
  };
}

export function postgresDatabase(connection: PostgresConnection): Database {
  const { driver } = connection;
  return {
    connection,
    singleSession: false,
    query: async (text, params = []) => [...(await driver.unsafe<Row[]>(text, params.map(String)))],
    apply: async (script, text, params) => {
      await driver.begin(async (transaction) => {
        await transaction.unsafe(script).simple();
        await transaction.unsafe(text, params.map(String));
      });
    },
  };
}
