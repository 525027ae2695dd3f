import { type Bound, POST_MODES } from '../contract.ts';
import { CODE_OF_BOUND, errorEntry } from '../tiktok/errors.ts';
import { assertWritten, leaseOf, type Visit } from './visit.ts';

/** One of TikTok's limits is met: every post of the account that it concerns waits, and none is tried in vain. */
export async function hold(
  visit: Visit,
  bound: Bound,
  waitSeconds: number,
  { isMet }: { isMet: boolean },
): Promise<void> {
  const { deps, post } = visit;
  const code = CODE_OF_BOUND[bound];
  const until = new Date(visit.now().getTime() + waitSeconds * 1000).toISOString();
  const sentence = errorEntry(code)?.sentence ?? '';
  const message =
    bound === 'inits' ? sentence : `${sentence} Next try: ${until.slice(0, 16).replace('T', ' ')} UTC.`;
  for (const mode of bound === 'inits' ? POST_MODES : [post.mode]) visit.held.add(mode);
  deps.log.info('posts_held', { postId: post.id, bound, waitSeconds, isMet });
  const notice = { code, message };
  assertWritten(await deps.queue.hold(leaseOf(visit), { bound, waitSeconds, isMet, notice }));
}
