import { Page } from '../app/page.tsx';

export function PostPage() {
  return <Page title="To come">…</Page>;
}
