import { type Answer, okAnswer } from './answer.ts';
import { admit, type Call, jsonBody } from './call.ts';
import { strictObject } from './fields.ts';
import { outcomeOf } from './outcome.ts';
import { badBody, invalidParams, refuse } from './refusal.ts';

/**
 * The ids are 64-bit integers under a misspelt key, and the key is there only when they are.
 * @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
 */
export function status(call: Call): Answer {
  const caller = admit(call, ['video.publish', 'video.upload']);
  const { publish_id: publishId } = strictObject(jsonBody(call), { publish_id: 'string' }, badBody);
  if (typeof publishId !== 'string') throw invalidParams(badBody);
  const publish = call.state.publishes.get(publishId);
  if (publish === undefined) throw refuse('invalid_publish_id');
  if (publish.clientKey !== caller.app.clientKey || publish.username !== caller.user.username) {
    throw refuse('token_not_authorized_for_specified_publish_id');
  }
  call.record.publishId = publishId;
  const { status, failReason, postIds } = outcomeOf(publish, call.state.settings, call.nowMs);
  const bytesKey = publish.source === 'FILE_UPLOAD' ? 'uploaded_bytes' : 'downloaded_bytes';
  return okAnswer(call.nowMs, {
    status,
    ...(failReason === null ? {} : { fail_reason: failReason }),
    ...(postIds.length === 0 ? {} : { publicaly_available_post_id: postIds }),
    [bytesKey]: publish.receivedBytes,
  });
}
