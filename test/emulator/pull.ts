import { createHash, type Hash } from 'node:crypto';
import { earlyFailure, pullFailure } from './outcome.ts';
import type { Publish, State } from './state.ts';

const maxBytes = { video: 4_000_000_000, photo: 20_000_000 };

/** Downloads in the background, as TikTok does; the publish tells how it went. */
export function startPull(state: State, publish: Publish): void {
  const pull = download(state, publish).catch(() => fail(state, publish, pullFailure(publish)));
  state.pulls.add(pull);
  void pull.finally(() => state.pulls.delete(pull));
}

/** All media in order, under one hash. */
async function download(state: State, publish: Publish): Promise<void> {
  const hash = createHash('sha256');
  for (const url of publish.mediaUrls) await downloadOne(state, publish, url, hash);
  if (earlyFailure(publish, state.clock.now()) !== null) return;
  publish.sizeBytes = publish.receivedBytes;
  publish.sha256 = hash.digest('hex');
  publish.completedAtMs = state.clock.now();
}

/** Any redirect is a failure, and so is any status but 200. */
async function downloadOne(state: State, publish: Publish, url: string, hash: Hash): Promise<void> {
  const { signal } = state.abort;
  const response = await state.settings.fetchMedia(url, { redirect: 'manual', signal });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`media answered ${response.status}`);
  }
  let sizeBytes = 0;
  for await (const bytes of response.body) {
    hash.update(bytes);
    sizeBytes += bytes.length;
    publish.receivedBytes += bytes.length;
    if (sizeBytes > maxBytes[publish.mediaType]) throw new Error('media is too large');
  }
  if (sizeBytes === 0) fail(state, publish, 'file_format_check_failed');
}

/** A publish already at its end stays there. */
function fail(state: State, publish: Publish, reason: string): void {
  if (publish.failedAtMs !== null) return;
  publish.failReason = reason;
  publish.failedAtMs = state.clock.now();
}
