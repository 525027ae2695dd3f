import { Icon } from '../ui/icon.tsx';
import { useApp } from './context.ts';
import { Link } from './link.tsx';
import type { Route } from './route.ts';

const LINKS = [
  { to: '/posts', label: 'Posts', pages: ['home', 'posts', 'post'] },
  { to: '/compose', label: 'Compose', pages: ['compose'] },
  { to: '/integrations', label: 'Accounts', pages: ['integrations'] },
] as const satisfies { to: string; label: string; pages: Route['page'][] }[];

export function Header({ route }: { route: Route }) {
  const { auth, session } = useApp();
  return (
    <header class="top">
      <div class="top-inner">
        <Link to="/posts" class="brand" aria-label="TikTok publisher">
          <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true" focusable="false">
            <rect x="1" y="1" width="24" height="24" rx="7" class="brand-plate" />
            <path d="M8 6.5v13l11-6.5Z" class="brand-mark" />
          </svg>
        </Link>
        <nav aria-label="Pages">
          {LINKS.map(({ to, label, pages }) => (
            <Link
              key={to}
              to={to}
              aria-current={(pages as readonly string[]).includes(route.page) ? 'page' : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
        <span class="who" title={session.email ?? undefined}>
          {session.email}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label="Sign out"
          title="Sign out"
          onClick={auth.signOut}
        >
          <Icon name="signOut" />
        </button>
      </div>
    </header>
  );
}
