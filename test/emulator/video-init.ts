import { createHash } from 'node:crypto';
import { type Answer, okAnswer } from './answer.ts';
import { admit, type Call, type Caller, jsonBody } from './call.ts';
import { endpoints } from './endpoints.ts';
import { strictObject } from './fields.ts';
import { newInt64, newSecretId, openIdOf } from './ids.ts';
import { assertOwned } from './ownership.ts';
import { type PostInfo, parseVideoPostInfo } from './post-info.ts';
import { postingBar } from './posting-bars.ts';
import { startPull } from './pull.ts';
import { badBody, refuse } from './refusal.ts';
import { parseVideoSource, type VideoSource } from './source-info.ts';
import type { ChunkPlan, Publish, Upload } from './state.ts';
import { privacyOptions } from './world.ts';

const uploadUrlTtlMs = 3_600_000;

/**
 * Direct Post. Fields, then ownership of the URL, then the creator, then the app's audit, then privacy.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 */
export function videoInit(call: Call): Answer {
  const caller = admit(call, ['video.publish']);
  const body = strictObject(jsonBody(call), { post_info: 'object', source_info: 'object' }, badBody);
  const postInfo = parseVideoPostInfo(body.post_info);
  const source = parseVideoSource(body.source_info, call.state.settings.megabyte);
  if (source.source === 'PULL_FROM_URL') {
    assertOwned(source.videoUrl, caller.app, call.state.settings.insecureMediaOrigins);
  }
  assertMayPost(call, caller, postInfo);
  const publish = openPublish(call, caller, postInfo, source);
  call.record.publishId = publish.publishId;
  if (publish.upload === null) {
    startPull(call.state, publish);
    return okAnswer(call.nowMs, { publish_id: publish.publishId });
  }
  const uploadUrl = `${call.url.origin}${publish.upload.address}`;
  return okAnswer(call.nowMs, { publish_id: publish.publishId, upload_url: uploadUrl });
}

function assertMayPost({ state, nowMs }: Call, { app, user }: Caller, { privacyLevel }: PostInfo): void {
  const bar = postingBar(state, app, user, nowMs);
  if (bar !== undefined) throw refuse(bar);
  const options = privacyOptions(app, user);
  const offered = privacyLevel !== undefined && options.includes(privacyLevel);
  if (!app.audited && !user.privateAccount)
    throw refuse('unaudited_client_can_only_post_to_private_accounts');
  if (!offered) throw refuse('privacy_level_option_mismatch');
  if (!app.audited && privacyLevel !== 'SELF_ONLY') {
    throw refuse('unaudited_client_can_only_post_to_private_accounts');
  }
}

function openPublish(
  { state, nowMs }: Call,
  { app, user }: Caller,
  info: PostInfo,
  source: VideoSource,
): Publish {
  const upload = source.source === 'FILE_UPLOAD' ? openUpload(source.plan, nowMs) : null;
  const publish: Publish = {
    publishId: `${upload === null ? 'v_pub_url~v2' : 'v_pub_file~v2-1'}.${newInt64()}`,
    clientKey: app.clientKey,
    openId: openIdOf(app.clientKey, user.username),
    username: user.username,
    source: source.source,
    videoUrl: source.source === 'PULL_FROM_URL' ? source.videoUrl : null,
    postInfo: info.wire,
    createdAtMs: nowMs,
    upload,
    receivedBytes: 0,
    sizeBytes: upload?.videoSize ?? null,
    sha256: null,
    completedAtMs: null,
    failReason: null,
    failedAtMs: null,
    postId: newInt64(),
  };
  state.publishes.set(publish.publishId, publish);
  return publish;
}

function openUpload(plan: ChunkPlan, nowMs: number): Upload {
  const address = `${endpoints.upload.path}?upload_id=${newInt64()}&upload_token=${newSecretId()}`;
  return { ...plan, address, expiresAtMs: nowMs + uploadUrlTtlMs, hash: createHash('sha256') };
}
