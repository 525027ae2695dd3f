import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPgliteConnection } from '@supabase/lite/pglite';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { pgliteDatabase } from '../../local/database.ts';
import { type LocalSupabase, startSupabase } from '../../local/supabase.ts';
import { testKeys } from '../support/template.ts';

async function open(url: string): Promise<LocalSupabase> {
  return startSupabase({ ...testKeys, database: pgliteDatabase(await createPgliteConnection({ url })) });
}

function clientOf({ url, publishableKey }: LocalSupabase): SupabaseClient {
  return createClient(url, publishableKey, { auth: { persistSession: false, autoRefreshToken: false } });
}

const refused = { data: null, error: { code: '42501' } };

test('a database in a file keeps its users and its grants when it is opened again', {
  timeout: 90_000,
}, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'supabase-test-'));
  const credentials = { email: 'somebody@example.com', password: 'a-password-of-theirs' };
  try {
    const first = await open(directory);
    expect((await clientOf(first).auth.signUp(credentials)).error).toBeNull();
    await first.close();

    const second = await open(directory);
    const client = clientOf(second);
    expect(await client.from('social_accounts').select('id')).toMatchObject(refused);
    expect((await client.auth.signInWithPassword(credentials)).error).toBeNull();
    expect(await client.from('social_posts').select('id')).toMatchObject({ data: [], error: null });
    expect(await client.from('social_posts').select('idempotency_key')).toMatchObject(refused);
    const [applied] = await second.query(
      'select count(*)::int as count, count(distinct version)::int as versions from supabase_migrations.schema_migrations',
    );
    expect(applied?.count).toBe(applied?.versions);
    await second.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('requests at the same time do not share a transaction, nor its role', { timeout: 90_000 }, async () => {
  const supabase = await open('memory://');
  try {
    const anybody = clientOf(supabase);
    const worker = createClient(supabase.url, supabase.secretKey);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? worker.from('social_accounts').select('id')
          : anybody.from('social_accounts').select('id'),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject(index % 2 === 0 ? { data: [], error: null } : refused);
    }
    expect(await supabase.query('select current_user::text as "user"')).toEqual([{ user: 'postgres' }]);
  } finally {
    await supabase.close();
  }
});
