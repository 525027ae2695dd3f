import type { ComponentType } from 'preact';
import { useCallback, useEffect, useErrorBoundary, useMemo, useState } from 'preact/hooks';
import type { WebConfigView } from '../../contract.ts';
import { createApi } from '../api/client.ts';
import { createAuth, type Session } from '../session/auth.ts';
import { NewPasswordPage } from '../session/new-password-page.tsx';
import { SignInPage } from '../session/sign-in-page.tsx';
import { chooseLocale, createFormats } from '../support/format.ts';
import { usePolled } from '../support/polled.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { AppContext } from './context.ts';
import { Header } from './header.tsx';
import { Link } from './link.tsx';
import { useLoaded } from './loaded.ts';
import { navigate, usePlace } from './navigation.ts';
import { Page } from './page.tsx';
import { type Route, readRoute } from './route.ts';
import { StatusStrip } from './status-strip.tsx';
import { useRealtime } from './use-realtime.ts';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const baseUrl = '/api';

/** The whole page: first what it needs to sign somebody in, then who is signed in, then where they are. */
export function App() {
  const [tries, setTries] = useState(0);
  const [broken] = useErrorBoundary();
  const config = useLoaded(`config ${tries}`, () =>
    createApi({ baseUrl, fetch: fetch.bind(globalThis), token: async () => null, sleep }).config(),
  );
  if (broken !== undefined) {
    return (
      <main class="page">
        <h1>TikTok publisher</h1>
        <ProblemNotice
          error={new Error('The page has come upon an error of its own. What you typed is kept.')}
          onRetry={() => location.reload()}
        />
      </main>
    );
  }
  if (config.error) {
    return (
      <main class="page">
        <h1>TikTok publisher</h1>
        <ProblemNotice error={config.error} onRetry={() => setTries(tries + 1)} />
      </main>
    );
  }
  return config.value ? <SignedInOrNot config={config.value} /> : <Waiting />;
}

function SignedInOrNot({ config }: { config: WebConfigView }) {
  const auth = useMemo(() => createAuth(config), [config]);
  const [session, setSession] = useState<Session | null>();
  const [isRecovery, setRecovery] = useState(false);
  useEffect(
    () =>
      auth.follow((next, recovers) => {
        setSession((before) => (before && next && before.userId === next.userId ? before : next));
        if (recovers) setRecovery(true);
      }),
    [auth],
  );
  if (session === undefined) return <Waiting />;
  if (session === null) return <SignInPage auth={auth} />;
  if (isRecovery) return <NewPasswordPage auth={auth} onDone={() => setRecovery(false)} />;
  return <SignedIn key={session.userId} config={config} auth={auth} session={session} />;
}

interface SignedInProps {
  config: WebConfigView;
  auth: ReturnType<typeof createAuth>;
  session: Session;
}

function SignedIn({ config, auth, session }: SignedInProps) {
  const place = usePlace();
  const api = useMemo(
    () => createApi({ baseUrl, fetch: fetch.bind(globalThis), token: auth.token, sleep }),
    [auth],
  );
  const formats = useMemo(
    () => createFormats(chooseLocale(navigator.languages), Intl.DateTimeFormat().resolvedOptions().timeZone),
    [],
  );
  const [changes, setChanges] = useState(0);
  const noteChange = useCallback(() => setChanges((count) => count + 1), []);
  const isLive = useRealtime(config, auth, noteChange);
  const accounts = usePolled('accounts', api.accounts, () => 60_000);
  const route = readRoute(place.pathname, place.search);
  useEffect(() => {
    if (route.page === 'home') navigate('/posts', { replace: true });
  }, [route.page]);

  return (
    <AppContext.Provider
      value={{ api, auth, session, formats, place, accounts, changes, isLive, noteChange }}
    >
      <Header route={route} />
      <StatusStrip />
      <CurrentPage route={route} />
    </AppContext.Provider>
  );
}

function CurrentPage({ route }: { route: Route }) {
  const page = route.page === 'home' ? 'posts' : route.page;
  const { value, error } = useLoaded<ComponentType<{ route: Route }>>(page, PAGES[page]);
  if (error) {
    return (
      <main class="page">
        <ProblemNotice
          error={new Error('This part of the site could not be loaded.')}
          onRetry={() => location.reload()}
        />
      </main>
    );
  }
  const Current = value;
  return Current ? <Current route={route} /> : <Waiting />;
}

const PAGES: Record<Exclude<Route['page'], 'home'>, () => Promise<ComponentType<{ route: Route }>>> = {
  integrations: async () => (await import('../integrations/integrations-page.tsx')).IntegrationsPage,
  compose: async () => (await import('../compose/compose-page.tsx')).ComposePage,
  posts: async () => (await import('../posts/posts-page.tsx')).PostsPage,
  post: async () => (await import('../posts/post-page.tsx')).PostPage,
  unknown: async () => NothingHere,
};

function NothingHere() {
  return (
    <Page title="Nothing here">
      <p>
        There is no page at this address. <Link to="/posts">Go to your posts</Link>
      </p>
    </Page>
  );
}

function Waiting() {
  return (
    <main class="page">
      <Skeleton label="Loading" heightsRem={[2.5, 6, 6]} />
    </main>
  );
}
