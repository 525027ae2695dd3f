import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { chunkFrom } from './chunk-rules.ts';
import { earlyFailure } from './outcome.ts';
import { ClientGone } from './refusal.ts';
import type { State, UploadingPublish } from './state.ts';

/** The publish behind an upload address, which counts only whole and unchanged. */
export function publishAt(state: State, url: URL): UploadingPublish | undefined {
  return state.uploads.get(url.pathname + url.search);
}

/**
 * One chunk. It is stored whole or not at all, so a connection lost in the middle changes nothing.
 * @param cutAfterBytes stop reading there and hang up, as a fault may ask.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
 */
export async function upload(call: Call, cutAfterBytes?: number): Promise<Answer> {
  const { state, url, nowMs, request } = call;
  const publish = publishAt(state, url);
  if (publish === undefined) return refused(404, 'upload_not_found');
  if (nowMs >= publish.upload.expiresAtMs) return refused(403, 'upload_url_expired');
  if (earlyFailure(publish, nowMs) !== null) return refused(404, 'upload_not_found');
  const range = readHeaders(request.headers, publish.upload.videoSize);
  if (range === undefined) return refused(400, 'invalid_headers');
  if (range.firstByte !== publish.receivedBytes) return wrongProgress(state, publish);
  if (chunkFrom(publish.upload, range.firstByte)?.endByte !== range.endByte)
    return refused(400, 'invalid_chunk');
  const hash = publish.upload.hash.copy();
  const expectedBytes = range.endByte - range.firstByte;
  const receivedBytes = await drain(request, expectedBytes, hash, cutAfterBytes);
  if (receivedBytes !== expectedBytes) return refused(400, 'invalid_body_length');
  if (range.firstByte !== publish.receivedBytes) return wrongProgress(state, publish);
  publish.upload.hash = hash;
  publish.receivedBytes = range.endByte;
  if (range.endByte < publish.upload.videoSize) return progress(206, state, publish);
  publish.sha256 = hash.digest('hex');
  publish.completedAtMs = state.clock.now();
  return progress(201, state, publish);
}

const contentTypes = ['video/mp4', 'video/quicktime', 'video/webm'];

function readHeaders(
  headers: Headers,
  totalBytes: number,
): { firstByte: number; endByte: number } | undefined {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get('content-range') ?? '');
  const [firstByte, lastByte, total] = (range ?? []).slice(1).map(Number);
  if (firstByte === undefined || lastByte === undefined || total !== totalBytes) return undefined;
  const lengthFits = headers.get('content-length') === String(lastByte + 1 - firstByte);
  const typeFits = contentTypes.includes(headers.get('content-type') ?? '');
  if (!lengthFits || !typeFits || headers.has('authorization')) return undefined;
  return { firstByte, endByte: lastByte + 1 };
}

/** Reads without keeping. */
async function drain(
  request: Request,
  expectedBytes: number,
  hash: { update(bytes: Uint8Array): unknown },
  cutAfterBytes = Number.POSITIVE_INFINITY,
): Promise<number> {
  let receivedBytes = 0;
  try {
    for await (const bytes of request.body ?? []) {
      hash.update(bytes);
      receivedBytes += bytes.length;
      if (receivedBytes > expectedBytes) break;
      if (receivedBytes >= cutAfterBytes) break;
    }
    if (cutAfterBytes !== Number.POSITIVE_INFINITY) throw new Error('cut by a fault');
  } catch (error) {
    throw new ClientGone(error);
  }
  return receivedBytes;
}

function wrongProgress(state: State, publish: UploadingPublish): Answer {
  return { ...progress(416, state, publish), errorCode: 'wrong_progress' };
}

function progress(status: number, { settings }: State, { receivedBytes, upload }: UploadingPublish): Answer {
  const second = settings.uploadedBytesMeaning === 'count' ? receivedBytes : Math.max(receivedBytes - 1, 0);
  return { status, headers: { 'content-range': `bytes 0-${second}/${upload.videoSize}` }, body: '' };
}

/** The code is ours and only for the record; TikTok's body is not known, so it is empty. */
function refused(status: number, errorCode: string): Answer {
  return { status, headers: {}, body: '', errorCode };
}
