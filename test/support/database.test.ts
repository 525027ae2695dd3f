import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

test('a test database is apart from every other', async () => {
  await using one = await createTestDatabase();
  await using two = await createTestDatabase();
  const user = await one.signUp('somebody@example.com');
  expect(await one.sql`select id::text, email from auth.users`).toEqual([
    { id: user.userId, email: 'somebody@example.com' },
  ]);
  expect(await two.sql`select id from auth.users`).toEqual([]);
});

test('the real client calls our SQL with the secret key', async () => {
  await using database = await createTestDatabase();
  const client = createClient(database.supabaseUrl, database.secretKey);
  const { data, error } = await client.rpc('worker_health').single();
  expect(error).toBeNull();
  expect(data).toMatchObject({ last_tick_at: null, oldest_overdue_run_at: null });
});
