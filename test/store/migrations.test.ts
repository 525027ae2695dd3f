import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

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
