import { outcomeOf } from './outcome.ts';
import type { RefusalCode } from './refusal.ts';
import type { Publish, State } from './state.ts';
import type { TikTokApp, TikTokUser } from './world.ts';

const dayMs = 24 * 3600 * 1000;

/** Of an unaudited app, in 24 h. */
const unauditedUsers = 5;

export type PostingBar = Extract<
  RefusalCode,
  'spam_risk_user_banned_from_posting' | 'spam_risk_too_many_posts' | 'reached_active_user_cap'
>;

/** Why this creator cannot post through this app now, if so. */
export function postingBar(
  state: State,
  app: TikTokApp,
  user: TikTokUser,
  nowMs: number,
): PostingBar | undefined {
  if (user.banned) return 'spam_risk_user_banned_from_posting';
  const counted = [...state.publishes.values()].filter(
    (publish) => publish.createdAtMs > nowMs - dayMs && counts(state, publish, nowMs),
  );
  const theirs = counted.filter((publish) => publish.username === user.username);
  if (theirs.length >= user.dailyPostCap) return 'spam_risk_too_many_posts';
  const creators = new Set(counted.filter((p) => p.clientKey === app.clientKey).map((p) => p.username));
  const cap = app.audited ? app.activeUserCap : Math.min(app.activeUserCap, unauditedUsers);
  return !creators.has(user.username) && creators.size >= cap ? 'reached_active_user_cap' : undefined;
}

/** A publish that failed frees its place. */
function counts(state: State, publish: Publish, nowMs: number): boolean {
  return outcomeOf(publish, state.settings, nowMs).status !== 'FAILED';
}
