import { type Answer, errorAnswer, okAnswer } from './answer.ts';
import { admit, type Call, type Caller, countCall, identify, jsonBody, requireScope } from './call.ts';
import { strictObject } from './fields.ts';
import { openIdOf, unionIdOf } from './ids.ts';
import { postingBar } from './posting-bars.ts';
import { badBody, badFields, invalidParams, messageOf, refuse } from './refusal.ts';
import { publicVideos } from './videos.ts';
import { privacyOptions, type Scope } from './world.ts';

/**
 * What the creator may post now. When they may not, the answer has status 200, all data, and an error.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
 */
export function creatorInfo(call: Call): Answer {
  const { app, user } = admit(call, ['video.publish']);
  if (call.text !== '') strictObject(jsonBody(call), {}, badBody);
  const data = {
    creator_avatar_url: avatarUrl(call, user.username, 100),
    creator_username: user.username,
    creator_nickname: user.displayName,
    privacy_level_options: privacyOptions(app, user),
    comment_disabled: user.commentDisabled,
    duet_disabled: user.duetDisabled || user.privateAccount,
    stitch_disabled: user.stitchDisabled || user.privateAccount,
    max_video_post_duration_sec: user.maxVideoPostDurationSec,
  };
  const bar = postingBar(call.state, app, user, call.nowMs);
  if (bar === undefined) return okAnswer(call.nowMs, data);
  return errorAnswer(call.nowMs, 200, bar, messageOf(bar), data);
}

type Field = { scope: Scope; read(call: Call, caller: Caller): unknown };

const userFields: Record<string, Field> = {
  open_id: basic((_call, { app, user }) => openIdOf(app.clientKey, user.username)),
  union_id: basic((_call, { user }) => unionIdOf(user.username)),
  avatar_url: basic((call, { user }) => avatarUrl(call, user.username, 168)),
  avatar_url_100: basic((call, { user }) => avatarUrl(call, user.username, 100)),
  avatar_large_url: basic((call, { user }) => avatarUrl(call, user.username, 720)),
  display_name: basic((_call, { user }) => user.displayName),
  bio_description: profile(() => ''),
  profile_deep_link: profile((_call, { user }) => `https://vm.tiktok.com/${user.username}/`),
  username: profile((_call, { user }) => user.username),
  is_verified: profile(() => false),
  follower_count: stats(() => 0),
  following_count: stats(() => 0),
  likes_count: stats(() => 0),
  video_count: stats((call, { user }) => publicVideos(call, user.username).length),
};

/** @see https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info */
export function userInfo(call: Call): Answer {
  const caller = identify(call);
  const names = (call.url.searchParams.get('fields') ?? '').split(',');
  const fields = names.map(
    (name) => [name, Object.hasOwn(userFields, name) ? userFields[name] : undefined] as const,
  );
  for (const [, field] of fields) if (field !== undefined) requireFieldScope(call, caller, field.scope);
  countCall(call);
  if ([...call.url.searchParams.keys()].join() !== 'fields') throw invalidParams(badFields);
  const user = fields.map(([name, field]) => {
    if (field === undefined) throw invalidParams(badFields);
    return [name, field.read(call, caller)] as const;
  });
  return okAnswer(call.nowMs, { user: Object.fromEntries(user) });
}

function requireFieldScope({ state }: Call, caller: Caller, scope: Scope): void {
  try {
    requireScope(caller, [scope]);
  } catch {
    throw refuse(state.settings.missingFieldScopeCode);
  }
}

function basic(read: Field['read']): Field {
  return { scope: 'user.info.basic', read };
}

function profile(read: Field['read']): Field {
  return { scope: 'user.info.profile', read };
}

function stats(read: Field['read']): Field {
  return { scope: 'user.info.stats', read };
}

/** At the address by which the emulator was reached. */
export function avatarUrl({ url }: Call, username: string, size: number): string {
  return `${url.origin}/avatar/${encodeURIComponent(username)}.svg?size=${size}`;
}

export const avatarPath = /^\/avatar\/([^/]+)\.svg$/;

/** Initial on a coloured ground, so that a page in a browser has something to show. */
export function avatar(username: string): Answer {
  const initial = /[a-z]/i.exec(username)?.[0].toUpperCase() ?? '?';
  const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#25585c"/><text x="50" y="68" font-family="sans-serif" font-size="52" text-anchor="middle" fill="#fff">${initial}</text></svg>`;
  return { status: 200, headers: { 'content-type': 'image/svg+xml' }, body };
}
