import { Page } from '../app/page.tsx';

export function ComposePage() {
  return <Page title="To come">…</Page>;
}
