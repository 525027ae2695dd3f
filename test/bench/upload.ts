import { planChunks } from '../../src/tiktok/chunks.ts';
import { type BenchContext, type Measurement, median, rounded } from './measurement.ts';
import { startPart } from './part.ts';
import type { FilmApi } from './parts/film.ts';
import { type ConnectedAccount, type Stack, startStack } from './stack.ts';

const SIZE_BYTES = 1_000_000_000;
const WARM_UP_BYTES = 60_000_000;
const ROUNDS = 3;
const MAX_GROWTH_BYTES = 64_000_000;

/** A large file through the worker against the same bytes through a bare pipe, in turns, into the same receiver. */
export async function* measureUpload({ serverUrl, scale }: BenchContext): AsyncGenerator<Measurement> {
  const sizeBytes = Math.round(SIZE_BYTES * scale);
  await using film = await startPart<FilmApi>('film');
  const filmUrl = await film.call('url');
  await using stack = await startStack(serverUrl, { mediaUrl: filmUrl, latencyMs: 0 });
  const accounts = await stack.connect(2 * (ROUNDS + 1));
  const nextAccount = () => {
    const account = accounts.pop();
    if (!account) throw new RangeError('too few accounts');
    return account;
  };

  await uploadOnce(stack, nextAccount(), filmUrl, WARM_UP_BYTES);
  await pipeOnce(stack, nextAccount(), filmUrl, WARM_UP_BYTES);
  const uploads: Run[] = [];
  const pipes: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    pipes.push(await pipeOnce(stack, nextAccount(), filmUrl, sizeBytes));
    uploads.push(await uploadOnce(stack, nextAccount(), filmUrl, sizeBytes));
  }
  const [first] = uploads;
  const growthBytes = Math.max(...uploads.map(({ peakRssBytes }) => peakRssBytes)) - (first?.rssBytes ?? 0);
  const ratio = median(pipes.map(({ ms }) => ms)) / median(uploads.map(({ ms }) => ms));
  yield {
    bench: 'upload',
    sizeBytes,
    megabytesPerSecond: uploads.map((run) => speed(sizeBytes, run)),
    megabytesPerSecondOfPipe: pipes.map((run) => speed(sizeBytes, run)),
    cpuSeconds: uploads.map(({ cpuMs }) => rounded(cpuMs / 1000, 2)),
    cpuSecondsOfPipe: pipes.map(({ cpuMs }) => rounded(cpuMs / 1000, 2)),
    ratio: rounded(ratio),
    goal: 'ratio >= 0.8',
    ok: ratio >= 0.8,
  };
  yield {
    bench: 'upload-memory',
    sizeBytes,
    rssBytes: first?.rssBytes,
    growthBytes,
    ratio: rounded(growthBytes / MAX_GROWTH_BYTES),
    goal: `growthBytes <= ${MAX_GROWTH_BYTES}`,
    ok: growthBytes <= MAX_GROWTH_BYTES,
  };
}

interface Run {
  /** As TikTok sees it: from the first chunk's arrival to the last one's answer. */
  ms: number;
  cpuMs: number;
  rssBytes: number;
  peakRssBytes: number;
}

const speed = (sizeBytes: number, { ms }: Run) => Math.round(sizeBytes / 1_000 / ms);

async function uploadOnce(
  { sql, tiktok, worker }: Stack,
  account: ConnectedAccount,
  filmUrl: string,
  sizeBytes: number,
): Promise<Run> {
  const [post] = await sql`
    insert into social_posts (user_id, account_id, media_type, video_url, title, mode, transfer, privacy_level)
    values (
      ${account.userId}, ${account.id}, 'video', ${`${filmUrl}/${sizeBytes}.mp4`}, 'A film', 'direct', 'upload',
      'PUBLIC_TO_EVERYONE'
    )
    returning id`;
  await tiktok.call('takeUploadMs');
  const run = { cpuMs: 0, rssBytes: Number.POSITIVE_INFINITY, peakRssBytes: 0 };
  for (;;) {
    const { cpuMs, rssBytes, peakRssBytes } = await worker.call('tick');
    run.cpuMs += cpuMs;
    run.rssBytes = Math.min(run.rssBytes, rssBytes);
    run.peakRssBytes = Math.max(run.peakRssBytes, peakRssBytes);
    const [row] = await sql`select status, error_code from social_posts where id = ${post?.id}`;
    if (row?.status === 'processing' || row?.status === 'published') break;
    if (row?.status !== 'uploading' || row.error_code !== null)
      throw new Error(`the upload did not go on: ${JSON.stringify(row)}`);
  }
  // Nothing of it is left for the next tick.
  await sql`update social_posts set status = 'published', run_at = null where id = ${post?.id}`;
  return { ...run, ms: await tiktok.call('takeUploadMs') };
}

async function pipeOnce(
  { tiktok, tiktokUrl, worker }: Stack,
  account: ConnectedAccount,
  filmUrl: string,
  sizeBytes: number,
): Promise<Run> {
  const plan = planChunks(sizeBytes);
  const response = await fetch(`${tiktokUrl}/v2/post/publish/video/init/`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.accessToken}`,
      'content-type': 'application/json; charset=UTF-8',
    },
    body: JSON.stringify({
      post_info: { privacy_level: 'PUBLIC_TO_EVERYONE' },
      source_info: {
        source: 'FILE_UPLOAD',
        video_size: sizeBytes,
        chunk_size: plan.chunkSizeBytes,
        total_chunk_count: plan.chunkCount,
      },
    }),
  });
  const { data } = (await response.json()) as { data: { upload_url: string } };
  await tiktok.call('takeUploadMs');
  const order = { from: `${filmUrl}/${sizeBytes}.mp4`, to: data.upload_url, ...plan };
  const watched = await worker.call('pipe', order);
  return { ...watched, ms: await tiktok.call('takeUploadMs') };
}
