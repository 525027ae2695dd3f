import { type Bound, POST_MODES, type PostMode } from '../contract.ts';
import { sentenceOf } from '../lib/wording.ts';
import { CODE_OF_BOUND, errorEntry } from '../tiktok/errors.ts';
import { assertWritten, leaseOf, type Visit } from './visit.ts';

/** The posts that a limit concerns. */
export const MODES_OF_BOUND: Readonly<Record<Bound, readonly PostMode[]>> = {
  inits: POST_MODES,
  drafts: ['draft'],
  daily_cap: ['direct'],
  user_cap: ['direct'],
};

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
  const entry = errorEntry(code);
  const sentence = entry ? sentenceOf(entry) : '';
  const message =
    bound === 'inits' ? sentence : `${sentence} Next try: ${until.slice(0, 16).replace('T', ' ')} UTC.`;
  for (const mode of MODES_OF_BOUND[bound]) visit.held.add(mode);
  deps.log.info('posts_held', { postId: post.id, bound, waitSeconds, isMet });
  const notice = { code, message };
  assertWritten(await deps.queue.hold(leaseOf(visit), { bound, waitSeconds, isMet, notice }));
}
