import { inject } from 'vitest';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

export type { TestDatabase, TestUser } from './test-database.ts';

/** A database of one's own on the run's Postgres. Close it. */
export const createTestDatabase = (): Promise<TestDatabase> => openTestDatabase(inject('postgresUrl'));
