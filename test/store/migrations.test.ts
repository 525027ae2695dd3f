import { createPostgresConnection } from '@supabase/lite/postgres';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresDatabase } from '../../local/database.ts';
import { startSupabase } from '../../local/supabase.ts';
import { createTestDatabase, type TestDatabase, type TestUser } from '../support/database.ts';
import { testKeys } from '../support/template.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const readableColumns = {
  social_posts: [
    ...['id', 'user_id', 'account_id', 'media_type', 'video_url', 'photo_urls', 'photo_cover_index', 'title'],
    ...[
      'description',
      'mode',
      'transfer',
      'privacy_level',
      'disable_duet',
      'disable_stitch',
      'disable_comment',
    ],
    ...['video_cover_timestamp_ms', 'brand_content_toggle', 'brand_organic_toggle', 'is_aigc'],
    ...['auto_add_music', 'status', 'run_at', 'scheduled_at', 'due_at', 'attempt_count', 'publish_id'],
    ...['post_ids', 'share_url', 'error_code', 'error_message', 'warnings', 'created_at', 'updated_at'],
    'published_at',
  ],
  social_post_attempts: [
    ...['id', 'post_id', 'user_id', 'attempt_no', 'transfer', 'started_at', 'publish_id', 'size_bytes'],
    ...['next_byte', 'outcome', 'error_code', 'error_message', 'finished_at'],
  ],
};

function expectedGrants(): string[] {
  return Object.entries(readableColumns)
    .flatMap(([table, columns]) => columns.map((column) => `authenticated SELECT ${table}.${column}`))
    .sort();
}

/** Every privilege that anon, authenticated or PUBLIC hold on a column in `public`, by whatever way. */
async function clientGrants({ sql }: Pick<TestDatabase, 'sql'>): Promise<string[]> {
  const rows = await sql<{ grant: string }[]>`
    select format('%s %s %s.%s', role, privilege, c.relname, a.attname) as grant
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
      unnest(array['anon', 'authenticated']) as role,
      unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) as privilege
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_column_privilege(role, c.oid, a.attnum, privilege)
    union all
    select format('%s %s %s', role, privilege, c.relname)
    from pg_class c,
      unnest(array['anon', 'authenticated']) as role,
      unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'])
        as privilege
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_table_privilege(role, c.oid, privilege)
    order by 1`;
  return rows.map((row) => row.grant).sort();
}

describe('what a browser can reach', () => {
  test('row level security is on for every table', async () => {
    expect(
      await database.sql`
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
    ).toEqual([]);
  });

  test('is reading the listed columns of posts and attempts, and nothing else', async () => {
    expect(await clientGrants(database)).toEqual(expectedGrants());
  });

  test('is no function', async () => {
    expect(
      await database.sql`
        select p.oid::regprocedure::text as function, role
        from pg_proc p, unnest(array['anon', 'authenticated']) as role
        where p.pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'execute')`,
    ).toEqual([]);
  });

  test('is nothing that a later migration makes without saying so', async () => {
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

  test('stays so when Supabase Lite is started again over the same database', async () => {
    const connection = createPostgresConnection({ url: database.databaseUrl, postgresOptions: { max: 2 } });
    const again = await startSupabase({ ...testKeys, database: postgresDatabase(connection) });
    try {
      const anybody = createClient(again.url, again.publishableKey);
      expect(await anybody.from('social_accounts').select('id')).toMatchObject({ error: { code: '42501' } });
      expect(await clientGrants(database)).toEqual(expectedGrants());
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

test('the migrations are noted as the Supabase CLI notes them', async () => {
  const applied = await database.sql<{ version: string; name: string; statements: string[] }[]>`
    select version, name, statements from supabase_migrations.schema_migrations order by version`;
  expect(applied.length).toBeGreaterThan(0);
  for (const { version, name, statements } of applied) {
    expect(version).toMatch(/^\d{14}$/);
    expect(name).toMatch(/^\w+$/);
    expect(statements).toHaveLength(1);
  }
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
    for (const table of ['social_posts', 'social_post_attempts', 'social_accounts', 'oauth_flows']) {
      expect(await anybody.from(table).select('*')).toMatchObject({ data: null, error: { code: '42501' } });
    }
  });

  test('a user reads the posts and attempts of their own', async () => {
    const client = clientOf(owner);
    expect(await client.from('social_posts').select('user_id, title')).toMatchObject({
      data: [{ user_id: owner.userId, title: `of ${owner.email}` }],
    });
    expect(await client.from('social_post_attempts').select('user_id')).toMatchObject({
      data: [{ user_id: owner.userId }],
    });
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
    insert into public.social_post_attempts (id, post_id, user_id, account_id, attempt_no, transfer, fence)
    values (${crypto.randomUUID()}, ${postId}, ${user.userId}, ${accountId}, 1, 'pull', 1)`;
}
