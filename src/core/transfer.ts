import type { VerifiedUrl } from '../config.ts';
import { isVerified } from '../media/url.ts';
import type { Account } from '../store/rows.ts';
import type { PostMedia } from './media-look.ts';

/** What of the site decides how TikTok gets media. */
export interface TransferDeps {
  /** Where a media URL leads; null: nowhere that is read from here. */
  parseMediaUrl(text: string): URL | null;
  /** From where TikTok pulls for the site's app. */
  verifiedUrls: readonly VerifiedUrl[];
}

/** Whether TikTok is to pull the media itself: where it may and the post allows; else they are uploaded. */
export function isToBePulled(
  deps: TransferDeps,
  post: PostMedia & { pullRefused?: boolean },
  account: Pick<Account, 'authMethod'>,
): boolean {
  // Photos exist by pull only.
  if (post.photoUrls || post.transfer === 'pull') return true;
  // What is verified is verified for the site's app.
  if (post.transfer !== 'auto' || post.pullRefused || account.authMethod !== 'shared') return false;
  const url = deps.parseMediaUrl(post.videoUrl ?? '');
  return url !== null && isVerified(url, deps.verifiedUrls);
}
