import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

export type Tone = 'info' | 'good' | 'warning' | 'bad';

export interface NoticeProps {
  tone: Tone;
  title?: ComponentChildren;
  children?: ComponentChildren;
  /** Read out as soon as it appears. */
  isLive?: boolean;
  onDismiss?: () => void;
}

const ICONS = { info: 'info', good: 'check', warning: 'alert', bad: 'alert' } as const;

/** A sentence or two that the reader should not miss. */
export function Notice({ tone, title, children, isLive = false, onDismiss }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} {...(isLive && { role: tone === 'bad' ? 'alert' : 'status' })}>
      <Icon name={ICONS[tone]} />
      <div class="notice-text">
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
      {onDismiss && (
        <button type="button" class="icon-button" aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  );
}
