import { Page } from '../app/page.tsx';

export function PostsPage() {
  return <Page title="To come">…</Page>;
}
