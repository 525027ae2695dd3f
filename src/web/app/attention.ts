import type { AccountView, PostView } from '../../contract.ts';
import type { Health } from '../api/types.ts';
import type { Formats } from '../support/format.ts';

/** Something that waits for the reader, or that they should know. */
export interface Attention {
  key: string;
  tone: 'bad' | 'warning';
  text: string;
  /** Where something can be done about it. */
  to: string | null;
  /** What the link says. */
  action: string | null;
  /** Failed posts may be left as they are: those are the ones that are put aside together. */
  dismissIds?: string[];
}

const TICK_PATIENCE_MS = 5 * 60_000;

export interface AttentionFacts {
  accounts: readonly AccountView[];
  needsAttention: readonly PostView[];
  failed: readonly PostView[];
  /** Null: the site did not answer. */
  health: Health | null;
  dismissed: ReadonlySet<string>;
}

/** What needs the owner, the gravest first. */
export function whatNeedsThem(facts: AttentionFacts, now: Date, formats: Formats): Attention[] {
  const { accounts, needsAttention, failed, health, dismissed } = facts;
  const found: Attention[] = [];
  const lastTickAt = health?.lastTickAt ?? null;
  if (health && (lastTickAt === null || now.getTime() - Date.parse(lastTickAt) > TICK_PATIENCE_MS)) {
    found.push({
      key: 'worker',
      tone: 'bad',
      text:
        lastTickAt === null
          ? 'The worker has not run yet: nothing is published until it does.'
          : `The worker last ran ${formats.relative(new Date(lastTickAt), now)}: nothing is published until it runs again. Whoever runs this site must look at it.`,
      to: null,
      action: null,
    });
  }
  if (needsAttention.length > 0) {
    const [only] = needsAttention;
    found.push({
      key: 'needs_attention',
      tone: 'bad',
      text: `${formats.count(needsAttention.length, 'post needs', 'posts need')} your word on what became of ${needsAttention.length === 1 ? 'it' : 'them'}.`,
      to:
        only && needsAttention.length === 1 ? `/posts/${only.id}` : '/posts?when=past&status=needs_attention',
      action: 'Look',
    });
  }
  for (const account of accounts.filter(({ status }) => status === 'reauth_required')) {
    found.push({
      key: `reauth ${account.id}`,
      tone: 'bad',
      text: `${nameOf(account)} must be connected again: TikTok no longer lets this site post for it.`,
      to: '/integrations',
      action: 'Reconnect',
    });
  }
  const open = failed.filter(({ id }) => !dismissed.has(id));
  if (open.length > 0) {
    const [only] = open;
    found.push({
      key: 'failed',
      tone: 'bad',
      text: `${formats.count(open.length, 'post has', 'posts have')} failed.`,
      to: only && open.length === 1 ? `/posts/${only.id}` : '/posts?when=past&status=failed',
      action: 'See why',
      dismissIds: open.map(({ id }) => id),
    });
  }
  for (const account of accounts.filter(({ reconnectBy }) => reconnectBy !== null)) {
    found.push({
      key: `reconnect ${account.id}`,
      tone: 'warning',
      text: `Connect ${nameOf(account)} again by ${formats.day(new Date(account.reconnectBy ?? ''), now)}, or its posts will stop.`,
      to: '/integrations',
      action: 'Reconnect',
    });
  }
  return found;
}

/** TikTok does not always tell an account's name. */
export function nameOf({ username }: Pick<AccountView, 'username'>): string {
  return username || 'A TikTok account';
}
