import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that run the whole site: it is built into one folder and served from there, so they take turns. */
const SITE = 'test/{e2e,browser}/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Supabase Lite prints every refusal of the database that it also answers with.
    onConsoleLog: (log) => !/^(PostgresError|error): permission denied/.test(log),
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, SITE],
          globalSetup: ['test/support/global-setup.ts'],
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'site',
          include: [SITE],
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 60_000,
          // Behind all others, for a browser wants the machine to itself.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
