import { type Answer, okAnswer } from './answer.ts';
import { admit, type Call, jsonBody } from './call.ts';
import { isStrings, strictObject } from './fields.ts';
import { outcomeOf } from './outcome.ts';
import { badBody, badFields, invalidParams } from './refusal.ts';
import type { Publish } from './state.ts';

type Video = { id: string; createdAtMs: number; publish: Publish };

const maxResults = 20;
const defaultResults = 10;

/** Those everybody sees, newest first, through whatever app they came. */
export function publicVideos({ state, nowMs }: Pick<Call, 'state' | 'nowMs'>, username: string): Video[] {
  const theirs = state.publishesOf.get(username) ?? [];
  const videos = theirs.flatMap((publish) => {
    const { postIds, publishedAt } = outcomeOf(publish, state.settings, nowMs);
    return postIds.map((id) => ({ id: String(id), createdAtMs: publishedAt ?? 0, publish }));
  });
  return videos.sort((a, b) => b.createdAtMs - a.createdAtMs);
}

/** @see https://developers.tiktok.com/doc/tiktok-api-v2-video-object */
const videoFields: Record<string, (video: Video, origin: string) => unknown> = {
  id: ({ id }) => id,
  create_time: ({ createdAtMs }) => Math.floor(createdAtMs / 1000),
  cover_image_url: ({ publish }, origin) => `${origin}/avatar/${encodeURIComponent(publish.username)}.svg`,
  share_url: ({ id, publish }) => `https://www.tiktok.com/@${publish.username}/video/${id}`,
  video_description: ({ publish }) => captionOf(publish),
  duration: () => 10,
  height: () => 1_920,
  width: () => 1_080,
  title: ({ publish }) => captionOf(publish),
  embed_html: ({ id }) => `<blockquote class="tiktok-embed" data-video-id="${id}"></blockquote>`,
  embed_link: ({ id }) => `https://www.tiktok.com/embed/v2/${id}`,
  like_count: () => 0,
  comment_count: () => 0,
  share_count: () => 0,
  view_count: () => 0,
};

/** Reading gives back less than writing takes. */
function captionOf({ postInfo }: Publish): string {
  return typeof postInfo.title === 'string' ? postInfo.title.slice(0, 150) : '';
}

/** @see https://developers.tiktok.com/doc/tiktok-api-v2-video-list */
export function videoList(call: Call): Answer {
  const { user } = admit(call, ['video.list']);
  const body = strictObject(jsonBody(call), { cursor: 'int64', max_count: 'int32' }, badBody);
  const count = Number(body.max_count ?? defaultResults);
  if (count < 1 || count > maxResults) throw invalidParams(badBody);
  const before = Number(body.cursor ?? Number.POSITIVE_INFINITY);
  const left = publicVideos(call, user.username).filter(({ createdAtMs }) => createdAtMs < before);
  const page = left.slice(0, count);
  return okAnswer(call.nowMs, {
    videos: present(call, page),
    cursor: page.at(-1)?.createdAtMs ?? Number(body.cursor ?? call.nowMs),
    has_more: left.length > page.length,
  });
}

/** Ids of other users' videos, and of none, are passed over. */
export function videoQuery(call: Call): Answer {
  const { user } = admit(call, ['video.list']);
  const { filters } = strictObject(jsonBody(call), { filters: 'object' }, badBody);
  const { video_ids: ids } = strictObject(filters, { video_ids: 'strings' }, badBody);
  if (!isStrings(ids) || ids.length < 1 || ids.length > maxResults) throw invalidParams(badBody);
  const videos = publicVideos(call, user.username).filter(({ id }) => ids.includes(id));
  return okAnswer(call.nowMs, { videos: present(call, videos) });
}

/** The fields come in the query although the rest is in the body. */
function present({ url }: Call, videos: Video[]): Record<string, unknown>[] {
  const names = (url.searchParams.get('fields') ?? '').split(',');
  const known = names.every((name) => Object.hasOwn(videoFields, name));
  if (!known || [...url.searchParams.keys()].join() !== 'fields') throw invalidParams(badFields);
  return videos.map((video) =>
    Object.fromEntries(names.map((name) => [name, videoFields[name]?.(video, url.origin)])),
  );
}
