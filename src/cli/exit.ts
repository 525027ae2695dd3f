import { ConfigError, StoreError } from '../lib/errors.ts';

/** What a command's exit code says, to a script above all. */
export const EXIT = { done: 0, failed: 1, usage: 2, leftToDo: 3, unreadable: 4 } as const;

/** What went wrong, and what to do next. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['The configuration is not usable:', ...error.problems].join('\n  ');
  }
  if (error instanceof StoreError) {
    return `${error.message}. Check SUPABASE_URL and SUPABASE_SECRET_KEY, and that the migrations are applied; then run it again.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
