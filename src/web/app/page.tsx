import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from './context.ts';

export interface PageProps {
  title: string;
  /** Beside the title. */
  actions?: ComponentChildren;
  /** Above the title. */
  before?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  /** It has taken the place of another one at the same address. */
  isNext?: boolean;
}

/** A page's title in the window and above its content. Whoever comes from another page finds the focus there. */
export function Page({ title, actions, before, children, class: className = '', isNext = false }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { place } = useApp();
  useEffect(() => {
    document.title = `${title} · TikTok publisher`;
  }, [title]);
  useEffect(() => {
    if (place.moves === 0 && !isNext) return;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place.pathname]);
  return (
    <main class={`page ${className}`}>
      {before}
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </main>
  );
}
