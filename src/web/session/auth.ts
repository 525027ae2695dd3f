import { AuthClient } from '@supabase/auth-js';
import type { WebConfigView } from '../../contract.ts';

export interface Session {
  userId: string;
  email: string | null;
}

/** What the project lets people sign in with. */
export interface SignInWays {
  email: boolean;
  /** New people may sign up. */
  signUp: boolean;
  /** Such as `google`. */
  providers: string[];
}

export type Auth = ReturnType<typeof createAuth>;

/** Supabase Auth by its own client, in the terms of the page. */
export function createAuth({ supabaseUrl, supabasePublishableKey }: WebConfigView) {
  const url = `${supabaseUrl}/auth/v1`;
  const headers = { apikey: supabasePublishableKey };
  const client = new AuthClient({ url, headers, storageKey: 'tiktok-publisher-session', flowType: 'pkce' });
  const here = () => `${location.origin}${location.pathname}`;

  return {
    /** Tells of the session now and whenever it changes. `isRecovery`: somebody came by the link of a forgotten password. */
    follow(tell: (session: Session | null, isRecovery: boolean) => void): () => void {
      const { data } = client.onAuthStateChange((event, session) => {
        const user = session?.user;
        tell(user ? { userId: user.id, email: user.email ?? null } : null, event === 'PASSWORD_RECOVERY');
      });
      return () => data.subscription.unsubscribe();
    },

    /** The user's token, renewed where it is about to end or a fresh one is asked for. Null: nobody is signed in. */
    async token(fresh: boolean): Promise<string | null> {
      const { data } = fresh ? await client.refreshSession() : await client.getSession();
      return data.session?.access_token ?? null;
    },

    async ways(): Promise<SignInWays> {
      const response = await fetch(`${url}/settings`, { headers });
      const { external = {}, disable_signup } = (await response.json()) as {
        external?: Record<string, boolean>;
        disable_signup?: boolean;
      };
      const providers = Object.keys(external).filter((name) => external[name] && !NO_BUTTON.has(name));
      return { email: external.email !== false, signUp: !disable_signup, providers };
    },

    async signIn(email: string, password: string): Promise<void> {
      orThrow(await client.signInWithPassword({ email, password }));
    },

    /** Whether a mail must be answered before the new person is signed in. */
    async signUp(email: string, password: string): Promise<{ mustConfirm: boolean }> {
      const options = { emailRedirectTo: here() };
      const { data } = orThrow(await client.signUp({ email, password, options }));
      return { mustConfirm: data.session === null };
    },

    async signInWith(provider: string): Promise<void> {
      type Provider = Parameters<typeof client.signInWithOAuth>[0]['provider'];
      orThrow(
        await client.signInWithOAuth({ provider: provider as Provider, options: { redirectTo: here() } }),
      );
    },

    async forgotPassword(email: string): Promise<void> {
      orThrow(await client.resetPasswordForEmail(email, { redirectTo: here() }));
    },

    async setPassword(password: string): Promise<void> {
      orThrow(await client.updateUser({ password }));
    },

    /** Here alone: other devices stay signed in. */
    async signOut(): Promise<void> {
      await client.signOut({ scope: 'local' });
    },
  };
}

/** Ways of signing in that are no provider to be sent to. */
const NO_BUTTON = new Set(['email', 'phone', 'anonymous_users']);

function orThrow<T extends { error: Error | null }>(answer: T): T {
  if (answer.error) throw answer.error;
  return answer;
}
