import { type Answer, okAnswer } from './answer.ts';
import { admit, type Call, jsonBody } from './call.ts';
import { strictObject } from './fields.ts';
import { outcomeOf } from './outcome.ts';
import { badBody, invalidParams, refuse } from './refusal.ts';
import type { Publish } from './state.ts';

/**
 * The ids are 64-bit integers under a misspelt key, and the key is there only when they are.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
 */
export function status(call: Call): Answer {
  const publish = findOwn(call);
  const { status, failReason, postIds } = outcomeOf(publish, call.state.settings, call.nowMs);
  const bytesKey = publish.source === 'FILE_UPLOAD' ? 'uploaded_bytes' : 'downloaded_bytes';
  return okAnswer(call.nowMs, {
    status,
    ...(failReason === null ? {} : { fail_reason: failReason }),
    ...(postIds.length === 0 ? {} : { publicaly_available_post_id: postIds }),
    [bytesKey]: publish.receivedBytes,
  });
}

/**
 * Stops a download that is still going on, and nothing else.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
 */
export function cancel(call: Call): Answer {
  const publish = findOwn(call);
  const { status } = outcomeOf(publish, call.state.settings, call.nowMs);
  const downloading = status === 'PROCESSING_DOWNLOAD' && publish.completedAtMs === null;
  if (!downloading) throw refuse('publish_not_cancellable');
  publish.failReason = 'publish_cancelled';
  publish.failedAtMs = call.nowMs;
  return okAnswer(call.nowMs);
}

function findOwn(call: Call): Publish {
  const { app, user } = admit(call, ['video.publish', 'video.upload']);
  const { publish_id: publishId } = strictObject(jsonBody(call), { publish_id: 'string' }, badBody);
  if (typeof publishId !== 'string') throw invalidParams(badBody);
  const publish = call.state.publishes.get(publishId);
  if (publish === undefined) throw refuse('invalid_publish_id');
  if (publish.clientKey !== app.clientKey || publish.username !== user.username) {
    throw refuse('token_not_authorized_for_specified_publish_id');
  }
  call.record.publishId = publishId;
  return publish;
}
