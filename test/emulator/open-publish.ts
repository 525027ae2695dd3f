import { createHash } from 'node:crypto';
import { type Answer, okAnswer } from './answer.ts';
import type { Call, Caller } from './call.ts';
import { endpoints } from './endpoints.ts';
import { newInt64, newSecretId, openIdOf } from './ids.ts';
import { startPull } from './pull.ts';
import type { ChunkPlan, Publish, Upload, UploadingPublish } from './state.ts';

const uploadUrlTtlMs = 3_600_000;

export type NewPublish = Pick<Publish, 'mediaType' | 'mode' | 'postInfo'> & {
  media: { plan: ChunkPlan } | { urls: string[] };
};

/** What an accepted init begins: a place to upload to, or a pull. */
export function openPublish(call: Call, { app, user }: Caller, wanted: NewPublish): Answer {
  const { state, nowMs, record, url } = call;
  const { media, ...kind } = wanted;
  const upload = 'plan' in media ? openUpload(media.plan, nowMs) : null;
  const publish: Publish = {
    ...kind,
    publishId: `${prefixOf(wanted, upload !== null)}.${newInt64()}`,
    clientKey: app.clientKey,
    openId: openIdOf(app.clientKey, user.username),
    username: user.username,
    source: upload === null ? 'PULL_FROM_URL' : 'FILE_UPLOAD',
    mediaUrls: 'urls' in media ? media.urls : [],
    createdAtMs: nowMs,
    upload,
    receivedBytes: 0,
    sizeBytes: upload?.videoSize ?? null,
    sha256: null,
    completedAtMs: null,
    failReason: null,
    failedAtMs: null,
    finishedAtMs: null,
    postId: newInt64(),
  };
  state.publishes.set(publish.publishId, publish);
  state.publishesOf.set(publish.username, [...(state.publishesOf.get(publish.username) ?? []), publish]);
  if (isByUpload(publish)) state.uploads.set(publish.upload.address, publish);
  record.publishId = publish.publishId;
  if (upload === null) startPull(state, publish);
  const uploadUrl = upload && { upload_url: url.origin + upload.address };
  return okAnswer(nowMs, { publish_id: publish.publishId, ...uploadUrl });
}

const isByUpload = (publish: Publish): publish is UploadingPublish => publish.upload !== null;

function prefixOf({ mediaType, mode }: NewPublish, isUpload: boolean): string {
  if (mediaType === 'photo') return 'p_pub_url~v2';
  if (mode === 'draft') return isUpload ? 'v_inbox_file~v2' : 'v_inbox_url~v2';
  return isUpload ? 'v_pub_file~v2-1' : 'v_pub_url~v2';
}

function openUpload(plan: ChunkPlan, nowMs: number): Upload {
  const address = `${endpoints.upload.path}?upload_id=${newInt64()}&upload_token=${newSecretId()}`;
  return { ...plan, address, expiresAtMs: nowMs + uploadUrlTtlMs, hash: createHash('sha256') };
}
