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

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // One is the whole site and its browser, which mostly wait.
    maxWorkers: 3,
    sequence: { sequencer: InTheirOrder },
    // Hundreds of people sign up, and no password of theirs is worth guarding.
    env: { LITE_AUTH_BCRYPT_COST: '4' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Supabase Lite prints every refusal of the database that it also answers with.
    onConsoleLog: (log) => !/^(PostgresError|error): permission denied/.test(log),
  },
});
