import { createHash } from 'node:crypto';
import { earlyFailure } from './outcome.ts';
import type { Publish, State } from './state.ts';

const maxVideoBytes = 4_000_000_000;

/** Downloads in the background, as TikTok does; the publish tells how it went. */
export function startPull(state: State, publish: Publish): void {
  const pull = download(state, publish).catch(() => fail(state, publish, 'video_pull_failed'));
  state.pulls.add(pull);
  void pull.finally(() => state.pulls.delete(pull));
}

/** Any redirect is a failure, and so is any status but 200. */
async function download(state: State, publish: Publish): Promise<void> {
  const { fetchMedia } = state.settings;
  const response = await fetchMedia(publish.videoUrl ?? '', {
    redirect: 'manual',
    signal: state.abort.signal,
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`media answered ${response.status}`);
  }
  const hash = createHash('sha256');
  for await (const bytes of response.body) {
    hash.update(bytes);
    publish.receivedBytes += bytes.length;
    if (publish.receivedBytes > maxVideoBytes) throw new Error('media is too large');
  }
  if (earlyFailure(publish, state.clock.now()) !== null) return;
  if (publish.receivedBytes === 0) return fail(state, publish, 'file_format_check_failed');
  publish.sizeBytes = publish.receivedBytes;
  publish.sha256 = hash.digest('hex');
  publish.completedAtMs = state.clock.now();
}

function fail(state: State, publish: Publish, reason: string): void {
  publish.failReason = reason;
  publish.failedAtMs = state.clock.now();
}
