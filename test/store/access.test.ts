import { fileURLToPath } from 'node:url';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { createClient } from '@supabase/supabase-js';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresDatabase } from '../../local/database.ts';
import { hideAnsweredErrors } from '../../local/lite.ts';
import { startSupabase } from '../../local/supabase.ts';
import { createTestDatabase, type TestDatabase, type TestUser } from '../support/database.ts';
import { testKeys } from '../support/template.ts';

/**
 * Who may do what in the database. `access.txt` lists everything that is allowed; what is not there is refused, in the
 * grants themselves and through HTTP. A new table or function changes the file: `npx vitest run test/store/access -u`
 * writes it, and every line of the difference is to be looked at.
 */

const ALLOWED = fileURLToPath(new URL('../../supabase/access.txt', import.meta.url));
const ROLES = ['anon', 'authenticated', 'service_role'] as const;
type Role = (typeof ROLES)[number];

let database: TestDatabase;
let user: TestUser;
let showAnsweredErrors: () => void;
beforeAll(async () => {
  showAnsweredErrors = hideAnsweredErrors();
  database = await createTestDatabase();
  user = await database.signUp();
});
afterAll(async () => {
  await database.close();
  showAnsweredErrors();
});

interface Grant {
  role: Role;
  verb: string;
  /** A table, view or sequence; a function with its arguments; a schema. */
  object: string;
  /** Where the verb is allowed for some columns only. */
  columns: string[] | null;
}

/** Every privilege in `public` that a role has, by whatever way: its own, a role's that it is in, or everybody's. */
async function readGrants(sql: postgres.Sql): Promise<Grant[]> {
  return sql<Grant[]>`
    with roles as (select unnest(${ROLES as unknown as string[]}::text[]) as role),
    relations as (
      select oid, relname, relkind from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
    ),
    whole as (
      select role, verb, oid, relname as object
      from roles, relations,
        unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']) verb
      where has_table_privilege(role, oid, verb)
    )
    select role, verb, object::text, null::text[] as columns from whole
    union all
    select role, verb, r.relname, array_agg(a.attname::text order by a.attnum)
    from roles, relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped,
      unnest(array['select', 'insert', 'update', 'references']) verb
    where has_column_privilege(role, r.oid, a.attnum, verb)
      and not exists (select from whole w where w.role = roles.role and w.verb = verb.verb and w.oid = r.oid)
    group by role, verb, r.relname
    union all
    select role, verb, 'sequence ' || relname, null
    from roles, pg_class, unnest(array['select', 'update', 'usage']) verb
    where relnamespace = 'public'::regnamespace and relkind = 'S' and has_sequence_privilege(role, pg_class.oid, verb)
    union all
    select role, 'execute', regexp_replace(oid::regprocedure::text, '^public\\.', ''), null
    from roles, pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege(role, oid, 'execute')
    union all
    select role, 'create', 'schema ' || nspname, null
    from roles, pg_namespace where nspname !~ '^pg_' and has_schema_privilege(role, oid, 'create')`;
}

/** A line for each object of each role. */
function describeGrants(grants: readonly Grant[]): string {
  const lines = new Map<string, string[]>();
  for (const { role, verb, object, columns } of grants) {
    const key = `${role} ${object}`;
    const what = columns ? `${verb} (${columns.join(', ')})` : verb;
    lines.set(key, [...(lines.get(key) ?? []), what].sort());
  }
  return [...lines]
    .map(([key, verbs]) => `${key}: ${verbs.join(', ')}\n`)
    .sort()
    .join('');
}

test('what is allowed stands in access.txt, line by line', async () => {
  await expect(describeGrants(await readGrants(database.sql))).toMatchFileSnapshot(ALLOWED);
});

test("a browser may read posts, attempts and stories, but for what is sealed or nobody's business, and nothing else", async () => {
  const grants = (await readGrants(database.sql)).filter(({ role }) => role !== 'service_role');
  expect(grants.map(({ role, verb, object }) => `${role} ${verb} ${object}`).sort()).toEqual([
    'authenticated select social_post_attempts',
    'authenticated select social_post_events',
    'authenticated select social_posts',
  ]);
  const columns = grants.flatMap(({ columns }) => columns ?? ['all']);
  expect(
    columns.filter((column) => /^all$|sealed|token|idempotency|fence|log_id|sha256|identity/.test(column)),
  ).toEqual([]);
});

test('row level security is on for every table, and lets a user read rows of their own alone', async () => {
  expect(
    await database.sql`
      select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
  ).toEqual([]);
  expect(
    await database.sql`
      select tablename, cmd, roles::text[], permissive, qual, with_check from pg_policies
      where schemaname = 'public' order by 1`,
  ).toEqual(
    ['social_post_attempts', 'social_post_events', 'social_posts'].map((tablename) => ({
      tablename,
      cmd: 'SELECT',
      roles: ['authenticated'],
      permissive: 'PERMISSIVE',
      qual: '(( SELECT auth.uid() AS uid) = user_id)',
      with_check: null,
    })),
  );
});

describe('through HTTP', () => {
  const credentials = (role: Role) => {
    const apikey = role === 'service_role' ? database.secretKey : database.publishableKey;
    return { apikey, authorization: `Bearer ${role === 'authenticated' ? user.accessToken : apikey}` };
  };
  /** Whether a request gets past the grants, whatever becomes of it then. */
  async function isAllowed(
    role: Role,
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<boolean> {
    const response = await fetch(`${database.supabaseUrl}/rest/v1/${path}`, {
      method,
      headers: {
        ...credentials(role),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text.startsWith('{') ? JSON.parse(text) : null;
    const code = answer !== null && typeof answer === 'object' && 'code' in answer ? answer.code : null;
    if (code === '42501') return false;
    // Refused by the grants, or by something about the request itself: else the probe proves nothing.
    if (
      response.status === 401 ||
      response.status === 403 ||
      response.status === 404 ||
      response.status >= 500
    )
      throw new Error(`${role} ${method} ${path}: ${response.status} ${text}`);
    return true;
  }
  const none = (column: string) => `${column}=is.null&${column}=not.is.null`;

  test.each(ROLES)('%s may do with each column what is listed', { timeout: 180_000 }, async (role) => {
    const grants = (await readGrants(database.sql)).filter((grant) => grant.role === role);
    const isListed = (verb: string, table: string, column: string) =>
      grants.some(
        (grant) => grant.verb === verb && grant.object === table && (grant.columns?.includes(column) ?? true),
      );
    const columns = await database.sql<{ table: string; column: string }[]>`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' order by 1, ordinal_position`;
    const wrong: string[] = [];
    for (const { table, column } of columns) {
      const probes = {
        select: () => isAllowed(role, 'GET', `${table}?select=${column}&limit=1`),
        insert: () => isAllowed(role, 'POST', table, { [column]: null }),
        update: () => isAllowed(role, 'PATCH', `${table}?${none(column)}`, { [column]: null }),
        delete: () => isAllowed(role, 'DELETE', `${table}?${none(column)}`),
      };
      const answers = Object.entries(probes).map(async ([verb, probe]) => {
        const [is, ought] = [await probe(), isListed(verb, table, column)];
        if (is !== ought) wrong.push(`${role} ${verb} ${table}.${column}: ${is ? 'allowed' : 'refused'}`);
      });
      await Promise.all(answers);
    }
    expect(wrong).toEqual([]);
    expect(columns.length).toBeGreaterThan(80);
  });

  test.each(ROLES)('%s may call the functions that are listed', async (role) => {
    const functions = await database.sql<{ name: string; args: string[]; allowed: boolean }[]>`
      select proname as name, coalesce(proargnames[1:pronargs], '{}') as args,
        has_function_privilege(${role}, oid, 'execute') as allowed
      from pg_proc
      where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype order by 1`;
    const wrong: string[] = [];
    for (const { name, args, allowed } of functions) {
      const is = await isAllowed(
        role,
        'POST',
        `rpc/${name}`,
        Object.fromEntries(args.map((arg) => [arg, null])),
      );
      if (is !== allowed) wrong.push(`${role} ${name}: ${is ? 'allowed' : 'refused'}`);
    }
    expect(wrong).toEqual([]);
    expect(functions.length).toBeGreaterThan(30);
  });

  test.each(ROLES)('%s sees no other schema', async (role) => {
    for (const [schema, table] of [
      ['auth', 'users'],
      ['supabase_migrations', 'schema_migrations'],
      ['pg_catalog', 'pg_authid'],
    ]) {
      const response = await fetch(`${database.supabaseUrl}/rest/v1/${table}?select=*`, {
        headers: { ...credentials(role), 'accept-profile': schema ?? '' },
      });
      expect([schema, response.ok]).toEqual([schema, false]);
    }
  });
});

describe('what is made later', () => {
  test('is out of reach of a browser, unless its migration says otherwise', async () => {
    const made = await database.sql.begin(async (sql) => {
      await sql`create function public.made_later() returns integer language sql set search_path = '' return 1`;
      await sql`create table public.made_later (id bigint generated always as identity)`;
      const rows = await sql`
        select has_function_privilege(role, 'public.made_later()', 'execute') as execute,
          has_table_privilege(role, 'public.made_later', 'select, insert, update, delete') as "table",
          has_sequence_privilege(role, 'public.made_later_id_seq', 'usage, select, update') as sequence
        from unnest(array['anon', 'authenticated']) as role`;
      await sql`drop table public.made_later`;
      await sql`drop function public.made_later()`;
      return rows;
    });
    const nothing = { execute: false, table: false, sequence: false };
    expect(made).toEqual([nothing, nothing]);
  });

  test('changes nothing of what was there when Supabase Lite is started again over the same database', async () => {
    const connection = createPostgresConnection({ url: database.databaseUrl, postgresOptions: { max: 2 } });
    const again = await startSupabase({ ...testKeys, database: postgresDatabase(connection) });
    try {
      const anybody = createClient(again.url, again.publishableKey);
      expect(await anybody.from('social_accounts').select('id')).toMatchObject({ error: { code: '42501' } });
      await expect(describeGrants(await readGrants(database.sql))).toMatchFileSnapshot(ALLOWED);
    } finally {
      await again.close();
    }
  });
});

test('the secret key may call every function of ours, and each fixes its search path', async () => {
  expect(
    await database.sql`
      select p.oid::regprocedure::text as function
      from pg_proc p
      where p.pronamespace = 'public'::regnamespace
        and (p.proconfig is null or not 'search_path=""' = any (p.proconfig)
          or not has_function_privilege('service_role', p.oid, 'execute'))`,
  ).toEqual([]);
});

test('a schema that is searched first, or a temporary table, deceives none of our functions', async () => {
  const undone = new Error('undone');
  const attack = database.sql.begin(async (sql) => {
    await sql.unsafe(`
      create schema attacker;
      create function attacker.now() returns timestamptz language sql return '1999-01-01'::timestamptz;
      create function attacker.clock_timestamp() returns timestamptz language sql return '1999-01-01'::timestamptz;
      create table attacker.oauth_flows (like public.oauth_flows including all);
      create temporary table oauth_flows (like public.oauth_flows including all);
      create temporary table social_worker (like public.social_worker including all);
      grant all on schema attacker to service_role;
      grant all on attacker.oauth_flows, pg_temp.oauth_flows, pg_temp.social_worker to service_role;
      grant execute on all functions in schema attacker to service_role;
      -- One that does not fix its path, so that the attack is one.
      create function public.gullible() returns timestamptz language sql as 'select clock_timestamp()';
      grant execute on function public.gullible() to service_role;
      set local search_path = attacker, pg_catalog, public;
      set local role service_role;`);
    const year = (instant: unknown) => new Date(String(instant)).getUTCFullYear();
    const [deceived] = await sql`select public.gullible() as moment`;
    expect(year(deceived?.moment)).toBeLessThan(2000);
    const [flow] = await sql`select public.begin_oauth_flow(
      ${'s'.repeat(43)}, ${'b'.repeat(43)}, ${user.userId}, 'https://x', 'shared', 'key', '{}') as moment`;
    expect(year(flow?.moment)).toBeGreaterThan(2000);
    const [claim] = await sql`
      select public.claim_accounts(gen_random_uuid(), '{}', 1, 1, 1, true, null) ->> 'now' as moment`;
    expect(year(claim?.moment)).toBeGreaterThan(2000);
    expect(
      await sql`
        select (select count(*)::int from public.oauth_flows) as ours,
          (select count(*)::int from attacker.oauth_flows) + (select count(*)::int from pg_temp.oauth_flows) as theirs,
          (select count(*)::int from public.social_worker where last_tick_at is not null) as ticks`,
    ).toEqual([{ ours: 1, theirs: 0, ticks: 1 }]);
    throw undone;
  });
  await expect(attack).rejects.toBe(undone);
});

describe('through the real client', () => {
  let owner: TestUser;
  let other: TestUser;
  beforeAll(async () => {
    [owner, other] = await Promise.all([database.signUp(), database.signUp()]);
    await Promise.all([insertPost(owner), insertPost(other)]);
  });

  test('without a user there is nothing to read', async () => {
    const anybody = createClient(database.supabaseUrl, database.publishableKey);
    for (const table of ['social_posts', 'social_post_attempts', 'social_post_events', 'social_accounts']) {
      expect(await anybody.from(table).select('*')).toMatchObject({ data: null, error: { code: '42501' } });
    }
  });

  test('a user reads the posts, attempts and stories of their own', async () => {
    const client = clientOf(owner);
    expect(await client.from('social_posts').select('user_id, title')).toMatchObject({
      data: [{ user_id: owner.userId, title: `of ${owner.email}` }],
    });
    for (const table of ['social_post_attempts', 'social_post_events']) {
      expect(await client.from(table).select('user_id')).toMatchObject({ data: [{ user_id: owner.userId }] });
    }
  });

  test('attempts come as a list within their post, whatever their number', async () => {
    const client = clientOf(owner);
    const read = () => client.from('social_posts').select('id, social_post_attempts(attempt_no)').single();
    const { data } = await read();
    expect(data).toMatchObject({ social_post_attempts: [{ attempt_no: 1 }] });
    await database.sql`delete from public.social_post_attempts where user_id = ${owner.userId}`;
    expect((await read()).data).toMatchObject({ id: data?.id, social_post_attempts: [] });
  });

  test('no user reads an upload URL, an account or a token', async () => {
    const client = clientOf(owner);
    const refused = { data: null, error: { code: '42501' } };
    expect(await client.from('social_post_attempts').select('sealed_upload_url')).toMatchObject(refused);
    expect(await client.from('social_accounts').select('sealed_access_token')).toMatchObject(refused);
    expect(await client.from('social_posts').select('idempotency_key')).toMatchObject(refused);
  });

  test('no user writes, and none calls our SQL', async () => {
    const client = clientOf(owner);
    const refused = { error: { code: '42501' } };
    expect(
      await client.from('social_posts').update({ title: 'x' }).eq('user_id', owner.userId),
    ).toMatchObject(refused);
    expect(await client.from('social_posts').delete().eq('user_id', owner.userId)).toMatchObject(refused);
    expect(
      await client.rpc('release_accounts', { p_holder: crypto.randomUUID(), p_is_run: false }),
    ).toMatchObject(refused);
  });
});

function clientOf(user: TestUser) {
  return createClient(database.supabaseUrl, database.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { authorization: `Bearer ${user.accessToken}` } },
  });
}

async function insertPost(user: TestUser): Promise<void> {
  const accountId = crypto.randomUUID();
  const postId = crypto.randomUUID();
  const { sql } = database;
  await sql`
    insert into public.social_accounts (
      id, user_id, open_id, scopes, auth_method, client_key, sealed_access_token, sealed_refresh_token
    ) values (${accountId}, ${user.userId}, 'open-id', '{video.publish}', 'shared', 'key', 'sealed', 'sealed')`;
  await sql`
    insert into public.social_posts (
      id, user_id, account_id, media_type, video_url, title, mode, privacy_level, run_at, due_at
    ) values (
      ${postId}, ${user.userId}, ${accountId}, 'video', 'https://example.com/v.mp4', ${`of ${user.email}`},
      'direct', 'SELF_ONLY', now(), now()
    )`;
  await sql`
    insert into public.social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence)
    values (${crypto.randomUUID()}, ${postId}, ${user.userId}, ${accountId}, 1, 'pull', 'direct', 1)`;
}
