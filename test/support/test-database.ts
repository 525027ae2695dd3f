import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { createClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { postgresDatabase } from '../../local/database.ts';
import { freePort } from '../../local/ports.ts';
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

export type TestDatabaseOptions = {
  /** Supabase Lite gets a process of its own, for who keeps this one busy. Default false. */
  isApart?: boolean;
};

/** A database of one's own on that server, a copy of the template, behind Supabase Lite's HTTP. Close it. */
export async function openTestDatabase(
  serverUrl: string,
  { isApart = false }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(serverUrl, (admin) => admin`create database ${admin(name)} template ${admin(templateName)}`);

  const url = databaseUrl(serverUrl, name);
  const supabase = await (isApart ? startApart(url) : startHere(url));
  const sql = postgres(url, { max: 4, onnotice: () => undefined });

  const close = async () => {
    await supabase.close();
    // Where Postgres was restarted, the driver may wait for an answer that nobody gives any more.
    await sql.end({ timeout: 5 });
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

/** One after the other, if Supabase Lite does not come up. */
const STARTS_AT_MOST = 20;

type Supabase = { url: string; close: () => Promise<void> };

function startHere(url: string): Promise<Supabase> {
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: 10, onnotice: () => undefined },
  });
  return startSupabase({ ...testKeys, database: postgresDatabase(connection) });
}

/** Started again where it dies: its driver does not survive every way in which Postgres ends a session. */
async function startApart(url: string): Promise<Supabase> {
  const port = await freePort();
  let isClosing = false;
  async function start(): Promise<ChildProcess> {
    const started = fork(
      fileURLToPath(new URL('./supabase-child.ts', import.meta.url)),
      [url, String(port)],
      { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    const isUp = await Promise.race([
      once(started, 'message').then(() => true),
      once(started, 'exit').then(() => false),
    ]);
    if (!isUp) throw new Error('Supabase Lite did not start');
    started.once('exit', () => {
      if (isClosing) return;
      running = startAgain();
      // Who calls it finds nobody there.
      running.catch(() => undefined);
    });
    return started;
  }
  /** Postgres may be away for a moment. */
  async function startAgain(): Promise<ChildProcess> {
    for (let tries = 1; ; tries++) {
      try {
        return await start();
      } catch (error) {
        if (isClosing || tries >= STARTS_AT_MOST) throw error;
      }
    }
  }
  let running = start();
  await running;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      isClosing = true;
      const last = await running.catch(() => null);
      if (last === null || last.exitCode !== null || last.signalCode !== null) return;
      const ended = once(last, 'exit');
      last.kill();
      await ended;
    },
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
