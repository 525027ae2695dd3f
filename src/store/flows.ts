import * as z from 'zod/mini';
import { instant } from './rows.ts';
import { type Database, run } from './supabase.ts';

export interface NewFlow {
  stateHash: string;
  browserHash: string;
  userId: string;
  redirectUrl: string;
  authMethod: 'shared' | 'own';
  clientKey: string;
  scopes: readonly string[];
}

const consumedFlow = z.pipe(
  z.object({
    live: z.boolean(),
    user_id: z.uuid(),
    redirect_url: z.string(),
    auth_method: z.enum(['shared', 'own']),
    client_key: z.string(),
    scopes: z.array(z.string()),
    used_at: z.nullable(instant),
  }),
  z.transform((row) => ({
    /** True for exactly one caller, in time. */
    live: row.live,
    userId: row.user_id,
    redirectUrl: row.redirect_url,
    authMethod: row.auth_method,
    clientKey: row.client_key,
    scopes: row.scopes,
    usedAt: row.used_at,
  })),
);
export type Flow = z.infer<typeof consumedFlow>;

/** Connects that have begun. */
export function createFlowStore(database: Database) {
  return {
    /** Returns when the flow ends. */
    begin(flow: NewFlow): Promise<Date> {
      return run(
        'begin_oauth_flow',
        database.rpc('begin_oauth_flow', {
          p_state_hash: flow.stateHash,
          p_browser_hash: flow.browserHash,
          p_user_id: flow.userId,
          p_redirect_url: flow.redirectUrl,
          p_auth_method: flow.authMethod,
          p_client_key: flow.clientKey,
          p_scopes: flow.scopes,
        }),
        z.pipe(
          z.string(),
          z.transform((text) => new Date(text)),
        ),
      );
    },

    /** Uses a flow up; null if this browser never began it. */
    async consume(stateHash: string, browserHash: string): Promise<Flow | null> {
      const flows = await run(
        'consume_oauth_flow',
        database.rpc('consume_oauth_flow', { p_state_hash: stateHash, p_browser_hash: browserHash }),
        z.array(consumedFlow),
      );
      return flows[0] ?? null;
    },
  };
}
export type FlowStore = ReturnType<typeof createFlowStore>;
