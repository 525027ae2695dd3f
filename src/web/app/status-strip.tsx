import { useState } from 'preact/hooks';
import { usePolled } from '../support/polled.ts';
import { isStringList, readStored, store } from '../support/stored.ts';
import { Icon } from '../ui/icon.tsx';
import { type Attention, whatNeedsThem } from './attention.ts';
import { useApp } from './context.ts';
import { Link } from './link.tsx';

const DISMISSED = 'dismissed-failures';
const INTERVAL_MS = 60_000;

/** One line under the navigation that says whether anything needs the reader. It is always there, so nothing jumps. */
export function StatusStrip() {
  const { api, accounts, changes, formats } = useApp();
  const [isOpen, setOpen] = useState(false);
  const [dismissed, setDismissed] = useState(() => new Set(readStored(DISMISSED, isStringList)));
  const health = usePolled(
    'health',
    (signal) => api.health(signal),
    () => INTERVAL_MS,
  );
  const troubled = usePolled(
    'troubled',
    async (signal) => {
      const [needsAttention, failed] = await Promise.all([
        api.posts({ status: 'needs_attention', limit: 100 }, signal),
        api.posts({ status: 'failed', limit: 20 }, signal),
      ]);
      return { needsAttention: needsAttention.posts, failed: failed.posts };
    },
    () => INTERVAL_MS,
    changes,
  );

  if (!health.data && !health.error) return <Strip items={[]} text="Looking …" />;
  const items = whatNeedsThem(
    {
      accounts: accounts.data ?? [],
      needsAttention: troubled.data?.needsAttention ?? [],
      failed: troubled.data?.failed ?? [],
      health: health.data ?? null,
      dismissed,
    },
    new Date(),
    formats,
  );
  const dismiss = (ids: readonly string[]) => {
    const all = [...dismissed, ...ids].slice(-500);
    store(DISMISSED, all);
    setDismissed(new Set(all));
  };
  const text = health.error ? 'The site does not answer just now; it is asked again.' : 'Nothing needs you.';
  return <Strip items={items} text={text} isOpen={isOpen} setOpen={setOpen} dismiss={dismiss} />;
}

interface StripProps {
  items: readonly Attention[];
  /** What to say where there is nothing. */
  text: string;
  isOpen?: boolean;
  setOpen?: (isOpen: boolean) => void;
  dismiss?: (ids: readonly string[]) => void;
}

function Strip({ items, text, isOpen = false, setOpen, dismiss }: StripProps) {
  const [first, ...others] = items;
  return (
    <section class={`strip ${first?.tone ?? 'calm'}`} aria-label="What needs you">
      <div class="strip-inner" role="status">
        {first ? (
          <ul class="plain">
            {(isOpen ? items : [first]).map((item) => (
              <li key={item.key}>
                <Icon name="alert" size={16} />
                <span>
                  {item.text} {item.to && <Link to={item.to}>{item.action}</Link>}
                  {item.dismissIds && (
                    <button
                      type="button"
                      class="link-button"
                      onClick={() => dismiss?.(item.dismissIds ?? [])}
                    >
                      Dismiss
                    </button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <p>{text}</p>
        )}
        {others.length > 0 && (
          <button type="button" class="link-button" aria-expanded={isOpen} onClick={() => setOpen?.(!isOpen)}>
            {isOpen ? 'Less' : `${others.length} more`}
          </button>
        )}
      </div>
    </section>
  );
}
