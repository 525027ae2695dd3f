import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest begin at once, so that no worker is left alone with one; what waits for the site's folder comes last. */
const FIRST = ['test/browser/', 'test/storm/', 'test/core/crash-'];
const LAST = ['test/built/'];

class InTheirOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId }: TestSpecification) => {
      const isOneOf = (parts: readonly string[]) => parts.some((part) => moduleId.includes(part));
      return isOneOf(FIRST) ? 0 : isOneOf(LAST) ? 2 : 1;
    };
    return (await super.sort(files)).toSorted((a, b) => turn(a) - turn(b));
  }
}

/**
 * Each in a process of its own: they put something in the place of a module, which would stay so for the files that
 * follow, or measure memory, in which all that ran before them would count.
 */
const ALONE = ['test/tiktok/webhook.test.ts', 'test/media/memory.test.ts', 'test/core/large-upload.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // One is the whole site and its browser, which mostly wait.
    maxWorkers: 3,
    // Not the projects': it would then run for each of them.
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: InTheirOrder },
    // Hundreds of people sign up, and no password of theirs is worth guarding.
    env: { LITE_AUTH_BCRYPT_COST: '4' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Supabase Lite prints every refusal of the database that it also answers with.
    onConsoleLog: (log) => !/^(PostgresError|error): permission denied/.test(log),
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          // Loading everything anew for each file took a third of the time: no module keeps a state of its own.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
