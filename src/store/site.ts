import * as z from 'zod/mini';
import { type Database, run } from './supabase.ts';

const grant = z.object({
  role: z.string(),
  verb: z.string(),
  /** A table or view; a function with its arguments. */
  object: z.string(),
  /** Where the verb is allowed for some columns only. */
  columns: z.nullable(z.array(z.string())),
});
export type Grant = z.infer<typeof grant>;

const siteReport = z.object({
  /** Null: nothing was ever pushed by the Supabase CLI. */
  migrations: z.nullable(z.array(z.string())),
  /** Tables without row level security. */
  unprotected: z.array(z.string()),
  policies: z.array(
    z.object({
      table: z.string(),
      verb: z.string(),
      roles: z.array(z.string()),
      /** Whether it lets a user read rows of their own alone. */
      own_rows: z.boolean(),
    }),
  ),
  grants: z.array(grant),
});
export type SiteReport = z.infer<typeof siteReport>;

/** What whoever runs the site asks of its database. */
export function createSiteStore(database: Database) {
  return {
    report(): Promise<SiteReport> {
      return run('site_report', database.rpc('site_report'), siteReport);
    },

    /** Accounts that must be connected again, and those whose tokens end before that. */
    async endingAccounts(before: Date): Promise<{ lost: number; ending: number }> {
      // Counted where they lie: rows are answered a thousand at a time.
      const accounts = (status: string) =>
        database.from('social_accounts').select('*', { count: 'exact', head: true }).eq('status', status);
      const counted = (query: PromiseLike<{ count: number | null; error: { code?: string } | null }>) =>
        run(
          'ending_accounts',
          query.then(({ count, error }) => ({ data: count, error })),
          z.int(),
        );
      const [lost, ending] = await Promise.all([
        counted(accounts('reauth_required')),
        counted(accounts('connected').lt('refresh_token_expires_at', before.toISOString())),
      ]);
      return { lost, ending };
    },
  };
}
export type SiteStore = ReturnType<typeof createSiteStore>;
