import type { PostMode } from '../contract.ts';
import { notice } from '../notices.ts';
import type { Notice } from '../store/rows.ts';

/** What an account must have allowed for a post of this mode, video or photos. */
const SCOPE_OF_MODE: Readonly<Record<PostMode, string>> = { direct: 'video.publish', draft: 'video.upload' };

export const POSTING_SCOPES: readonly string[] = Object.values(SCOPE_OF_MODE);

export function scopeFor(mode: PostMode): string {
  return SCOPE_OF_MODE[mode];
}

/** What to tell the owner of an account that has not allowed what such a post needs; null if it has. */
export function missingFor(mode: PostMode, scopes: readonly string[]): Notice | null {
  return scopes.includes(scopeFor(mode)) ? null : NOT_ALLOWED[mode];
}

export const NOT_ALLOWED: Readonly<Record<PostMode, Notice>> = {
  direct: notice('scope_missing', 'A direct post needs video.publish.'),
  draft: notice('scope_missing', 'A draft needs video.upload.'),
};
