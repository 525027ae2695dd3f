import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Supabase Lite prints every refusal of the database that it also answers with.
    onConsoleLog: (log) => !/^(PostgresError|error): permission denied/.test(log),
  },
});
