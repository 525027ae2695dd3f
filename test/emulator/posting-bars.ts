import type { Call, Caller } from './call.ts';
import { outcomeOf } from './outcome.ts';
import { type RefusalCode, refuse } from './refusal.ts';
import type { Publish, State } from './state.ts';
import { type PrivacyLevel, privacyOptions, type TikTokApp, type TikTokUser } from './world.ts';

/** Drafts not yet posted by their user, in 24 h. */
const maxPendingShares = 5;

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
  const own = state.publishesOf.get(user.username) ?? [];
  const theirs = ofToday(state, nowMs, own).filter(({ mode }) => mode === 'direct');
  if (theirs.length >= user.dailyPostCap) return 'spam_risk_too_many_posts';
  if (theirs.some(({ clientKey }) => clientKey === app.clientKey)) return undefined;
  const creators = new Set(
    ofToday(state, nowMs, [...state.publishes.values()])
      .filter(({ mode, clientKey }) => mode === 'direct' && clientKey === app.clientKey)
      .map(({ username }) => username),
  );
  const cap = app.audited ? app.activeUserCap : Math.min(app.activeUserCap, unauditedUsers);
  return creators.size >= cap ? 'reached_active_user_cap' : undefined;
}

/** @throws what stops a direct post: the creator, then the app's audit, then the privacy level. */
export function assertMayPost(
  { state, nowMs }: Call,
  { app, user }: Caller,
  privacyLevel: PrivacyLevel | undefined,
): void {
  const bar = postingBar(state, app, user, nowMs);
  if (bar !== undefined) throw refuse(bar);
  const unaudited = refuse('unaudited_client_can_only_post_to_private_accounts');
  if (!app.audited && !user.privateAccount) throw unaudited;
  const offered = privacyLevel !== undefined && privacyOptions(app, user).includes(privacyLevel);
  if (!offered) throw refuse('privacy_level_option_mismatch');
  if (!app.audited && privacyLevel !== 'SELF_ONLY') throw unaudited;
}

/** @throws what stops a draft. It asks neither the audit nor the privacy of the account. */
export function assertMayShare({ state, nowMs }: Call, { user }: Caller): void {
  if (user.banned) throw refuse('spam_risk_user_banned_from_posting');
  const pending = ofToday(state, nowMs, state.publishesOf.get(user.username) ?? []).filter(
    ({ mode, finishedAtMs }) => mode === 'draft' && finishedAtMs === null,
  );
  if (pending.length >= maxPendingShares) throw refuse('spam_risk_too_many_pending_share');
}

/** A publish that failed frees its place. */
function ofToday({ settings }: State, nowMs: number, publishes: readonly Publish[]): Publish[] {
  return publishes.filter(
    (publish) =>
      publish.createdAtMs > nowMs - dayMs && outcomeOf(publish, settings, nowMs).status !== 'FAILED',
  );
}
