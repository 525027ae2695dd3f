import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LedgerEntry } from '../test/emulator/emulator.ts';
import type { PublishedPost } from './follow.ts';

export type Evidence = { post: PublishedPost; entry: LedgerEntry };

/**
 * Compares what we believe with what TikTok has: each post is public there exactly once, with the file's very
 * bytes, and nothing else is. Throws where it is not so.
 */
export async function checkLedger(
  ledger: LedgerEntry[],
  posts: PublishedPost[],
  file: URL,
): Promise<Evidence[]> {
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const published = ledger.filter((entry) => entry.published);
  if (published.length !== posts.length) {
    throw new Error(`TikTok has ${published.length} published posts, we have ${posts.length}.`);
  }
  return posts.map((post) => {
    const entries = published.filter((entry) => entry.publishId === post.publishId);
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) {
      throw new Error(`TikTok has the ${post.label} post ${entries.length} times (${post.publishId}).`);
    }
    if (entry.sha256 !== sha256) {
      throw new Error(`The ${post.label} post's bytes are ${entry.sha256}, the file's ${sha256}.`);
    }
    if (entry.postIds.join() !== post.postIds.join()) {
      throw new Error(`TikTok calls the ${post.label} post ${entry.postIds}, we call it ${post.postIds}.`);
    }
    return { post, entry };
  });
}
