import type { PostStatus } from '../contract.ts';
import type { ClaimedPost } from '../store/rows.ts';
import type { WorkerDeps } from './visit.ts';

type PostQueue = WorkerDeps['queue'];

/** What has become of the posts that a tick was given. */
export interface TallyReport {
  claimed: number;
  begun: number;
  published: number;
  /** Drafts that have reached their owner's inbox. */
  delivered: number;
  failed: number;
  needsAttention: number;
  /** Put off before they were begun, for a limit of TikTok's, their account or their media. */
  waiting: number;
  /** Of those begun: from when a post was due until then. Null where none was. */
  latenessP50Seconds: number | null;
  latenessP99Seconds: number | null;
}

/** Counts what passes through the queue; it asks the database for nothing. */
export function createTally() {
  const counts = {
    claimed: 0,
    begun: 0,
    published: 0,
    delivered: 0,
    failed: 0,
    needsAttention: 0,
    waiting: 0,
  };
  const latenessSeconds: number[] = [];
  const COUNTED: Partial<Record<PostStatus, keyof typeof counts>> = {
    published: 'published',
    delivered: 'delivered',
    failed: 'failed',
    needs_attention: 'needsAttention',
  };

  return {
    /** The same queue for these posts, which are due; `now` is by the database's clock. */
    watch(queue: PostQueue, posts: readonly ClaimedPost[], now: () => Date): PostQueue {
      counts.claimed += posts.length;
      return {
        ...queue,
        async beginAttempt(lease, ...rest) {
          const begun = await queue.beginAttempt(lease, ...rest);
          const post = posts.find(({ id }) => id === lease.postId);
          if (begun.result === 'ok' && post) {
            counts.begun++;
            latenessSeconds.push(Math.max((now().getTime() - post.dueAt.getTime()) / 1000, 0));
          }
          return begun;
        },
        async advance(lease, step) {
          const result = await queue.advance(lease, step);
          const counted = step.to === step.from ? undefined : COUNTED[step.to];
          if (result === 'ok' && counted) counts[counted]++;
          if (result === 'ok' && step.from === 'queued' && step.to === 'queued') counts.waiting++;
          return result;
        },
        async hold(lease, bound) {
          const result = await queue.hold(lease, bound);
          if (result === 'ok') counts.waiting++;
          return result;
        },
      };
    },

    report: (): TallyReport => ({
      ...counts,
      latenessP50Seconds: percentile(latenessSeconds, 0.5),
      latenessP99Seconds: percentile(latenessSeconds, 0.99),
    }),
  };
}

/** By the nearest rank, to a tenth. */
function percentile(values: readonly number[], share: number): number | null {
  const value = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
