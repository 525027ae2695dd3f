import type { Answer } from './answer.ts';
import { admit, type Call, type Caller, jsonBody } from './call.ts';
import { strictObject } from './fields.ts';
import { type NewPublish, openPublish } from './open-publish.ts';
import { assertOwned } from './ownership.ts';
import { parseVideoPostInfo } from './post-info.ts';
import { assertMayPost, assertMayShare } from './posting-bars.ts';
import { badBody } from './refusal.ts';
import { parseVideoSource } from './source-info.ts';

/**
 * Direct Post. Fields, then ownership of the URL, then the creator, then the app's audit, then privacy.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 */
export function videoInit(call: Call): Answer {
  const caller = admit(call, ['video.publish']);
  const body = strictObject(jsonBody(call), { post_info: 'object', source_info: 'object' }, badBody);
  const { wire, privacyLevel } = parseVideoPostInfo(body.post_info);
  const media = readMedia(call, caller, body.source_info);
  assertMayPost(call, caller, privacyLevel);
  return openPublish(call, caller, { mediaType: 'video', mode: 'direct', postInfo: wire, media });
}

/**
 * A draft for the user's inbox; they write the caption in TikTok's app, so none is taken here.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-upload-video
 */
export function inboxInit(call: Call): Answer {
  const caller = admit(call, ['video.upload']);
  const body = strictObject(jsonBody(call), { source_info: 'object' }, badBody);
  const media = readMedia(call, caller, body.source_info);
  assertMayShare(call, caller);
  return openPublish(call, caller, { mediaType: 'video', mode: 'draft', postInfo: {}, media });
}

function readMedia({ state }: Call, { app }: Caller, sourceInfo: unknown): NewPublish['media'] {
  const { megabyte, insecureMediaOrigins } = state.settings;
  const source = parseVideoSource(sourceInfo, megabyte);
  if (source.source === 'FILE_UPLOAD') return { plan: source.plan };
  assertOwned(source.videoUrl, app, insecureMediaOrigins);
  return { urls: [source.videoUrl] };
}
