import type { Answer } from './answer.ts';
import { admit, type Call, isObject, jsonBody, parseJson } from './call.ts';
import { type FieldKind, strictObject } from './fields.ts';
import { openPublish } from './open-publish.ts';
import { assertOwned } from './ownership.ts';
import { parsePhotoPostInfo } from './post-info.ts';
import { assertMayPost, assertMayShare } from './posting-bars.ts';
import { badBody, badMediaType, invalidParams, refuse } from './refusal.ts';
import { parsePhotoSource } from './source-info.ts';
import type { Scope } from './world.ts';

const bodyFields: Record<string, FieldKind> = {
  media_type: 'string',
  post_mode: 'string',
  post_info: 'object',
  source_info: 'object',
};

const scopeOf: Record<string, Scope[]> = { DIRECT_POST: ['video.publish'], MEDIA_UPLOAD: ['video.upload'] };

/**
 * Photos, posted directly or as a draft.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
 */
export function contentInit(call: Call): Answer {
  const caller = admit(call, scopesFor(parseJson(call.text)));
  const body = strictObject(jsonBody(call), bodyFields, badBody);
  const { media_type: mediaType, post_mode: postMode } = body;
  const known = mediaType === 'PHOTO' && (postMode === 'DIRECT_POST' || postMode === 'MEDIA_UPLOAD');
  if (!known) throw invalidParams(badMediaType);
  const mode = postMode === 'DIRECT_POST' ? 'direct' : 'draft';
  const { wire, privacyLevel } = parsePhotoPostInfo(body.post_info, mode);
  const urls = parsePhotoSource(body.source_info);
  for (const url of urls) assertOwned(url, caller.app, call.state.settings.insecureMediaOrigins);
  if (mode === 'direct') assertMayPost(call, caller, privacyLevel);
  else {
    assertMayShare(call, caller);
    if (caller.user.outdatedApp) throw refuse('app_version_check_failed');
  }
  return openPublish(call, caller, { mediaType: 'photo', mode, postInfo: wire, media: { urls } });
}

/** The mode decides which scope is needed; while it makes no sense, either will do. */
function scopesFor(body: unknown): Scope[] {
  const mode = isObject(body) && typeof body.post_mode === 'string' ? body.post_mode : '';
  return (Object.hasOwn(scopeOf, mode) && scopeOf[mode]) || ['video.publish', 'video.upload'];
}
