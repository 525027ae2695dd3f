import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { PostView } from '../../src/contract.ts';
import { createAccountAccess } from '../../src/core/access.ts';
import { databaseClock, startDeadline } from '../../src/core/deadline.ts';
import { createSlots } from '../../src/core/slots.ts';
import { resumeUpload } from '../../src/core/upload.ts';
import { BACKGROUND_RUN, tick } from '../../src/core/worker.ts';
import { notice } from '../../src/notices.ts';
import type { TestUser } from '../support/database.ts';
import { film, serveLimitedMedia } from '../support/limited-media.ts';
import { createWorld, type World } from '../support/world.ts';

/** Uploads of several chunks, from media servers of all kinds, over several ticks. TikTok's ledger is the judge. */

const CHUNK_BYTES = 10_000_000;
const MB = 1_000_000;
/** What a background run has. */
const RUN_MS = 780_000;
const FILM = film(31 * MB);
const OTHER_FILM = film(31 * MB, 1);
const DATE = 'Sat, 21 Nov 2026 09:00:00 GMT';

let world: World;
let user: TestUser;
let accountId: string;
let media: Awaited<ReturnType<typeof serveLimitedMedia>>;
/** By so much the worker's clock is ahead: what a tick has for its time can pass in a moment. */
let aheadMs = 0;

beforeAll(async () => {
  media = await serveLimitedMedia();
  world = await createWorld();
  vi.stubEnv('MEDIA_ALLOWED_ORIGINS', media.url);
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await media[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  world.emulator.reset();
  world.logLines.length = 0;
  media.reset(FILM);
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

/** A post whose media have been looked at, as far as the server lets them. */
async function queue(): Promise<PostView> {
  const post = await world.queuePost(user, accountId, {
    transfer: 'upload',
    videoUrl: `${media.url}/film.mp4`,
  });
  await world.sql`update social_posts set media_checked = true where id = ${post.id}`;
  media.readFrom.length = 0;
  return post;
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const calls = (endpoint: string) =>
  world.emulator.requests().filter((request) => request.endpoint === endpoint).length;
const publishedFilms = () =>
  world.emulator
    .ledger()
    .filter((entry) => entry.published)
    .map((entry) => entry.sha256);

/** A visit: everything that waits is due, and the worker ticks once. */
async function visit(id: string): Promise<PostView> {
  await world.makeDue();
  await world.tick();
  return world.getPost(user, id);
}

async function runToTheEnd(id: string): Promise<PostView> {
  for (let i = 0; i < 6; i++) {
    const post = await visit(id);
    if (post.nextCheckAt === null) return post;
    world.emulator.clock.advance(61_000);
  }
  return world.getPost(user, id);
}

/** More than 70 minutes pass for the attempt and for TikTok. */
async function passDeadTime(): Promise<void> {
  await world.sql`update social_post_attempts set started_at = started_at - interval '71 minutes',
    recorded_at = recorded_at - interval '71 minutes' where true`;
  world.emulator.clock.advance(71 * 60_000);
}

/** The time of the tick is over when the source has sent so much, and TikTok has begun to take the chunk of that number. */
function timeIsUpAt(byte: number, chunkNumber = 0, ms = 20_000): void {
  media.limits.before = async (at) => {
    if (at !== byte) return;
    await vi.waitFor(() => expect(calls('upload')).toBeGreaterThanOrEqual(chunkNumber), 10_000);
    aheadMs += ms;
  };
}

/** The source sends a bit every second, and so much time has gone by its first bit. */
function sendSlowly(ms: number): void {
  media.limits.before = (byte) => {
    if (byte === 0) aheadMs += ms;
    return pause(1_000);
  };
}

/** The first chunk of `FILM` is at TikTok, and the tick's time was over. */
async function uploadOneChunk(): Promise<string> {
  const { id } = await queue();
  timeIsUpAt(5 * MB, 1);
  expect(await visit(id)).toMatchObject({ status: 'uploading', error: null });
  expect(calls('upload')).toBe(1);
  media.limits.before = () => undefined;
  return id;
}

const VERSIONED: [string, Record<string, string>][] = [
  ['an ETag', { etag: '"v1"' }],
  ['a date', { 'last-modified': DATE }],
  ['a date and a weak ETag', { etag: 'W/"v1"', 'last-modified': DATE }],
];
const UNVERSIONED: [string, Record<string, string>][] = [
  ['nothing', {}],
  ['a weak ETag', { etag: 'W/"v1"' }],
];

describe('an upload over several ticks goes on where it stopped', () => {
  test.each([
    ...VERSIONED.map(([what, headers]) => [what, headers, [0, CHUNK_BYTES, 2 * CHUNK_BYTES]] as const),
    ...UNVERSIONED.map(([what, headers]) => [what, headers, [0, 0, 0]] as const),
  ])('from a file with %s', async (_what, headers, readFrom) => {
    media.limits.headers = headers;
    const id = await uploadOneChunk();
    timeIsUpAt(15 * MB, 2);
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: null });
    expect(calls('upload')).toBe(2);
    media.limits.before = () => undefined;
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
    expect([publishedFilms(), calls('upload'), calls('video_init')]).toEqual([[sha256(FILM)], 3, 1]);
    expect(media.readFrom).toEqual(readFrom);
  });

  test('from a file without a version, when the last chunk has to be sent again', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', skip: 2 });
    const { id } = await queue();
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
    expect([publishedFilms(), calls('upload'), calls('video_init')]).toEqual([[sha256(FILM)], 4, 1]);
  });
});

describe('a file that changes midway, of the same size', () => {
  /** What TikTok says when the upload URL is dead. */
  const LATER_WORDS: [string, () => void][] = [
    ['TikTok gives it up', () => undefined],
    [
      'TikTok goes on counting the bytes it has',
      () =>
        world.emulator.faults.add({
          endpoint: 'status',
          kind: 'status',
          status: 200,
          body: JSON.stringify({
            data: { status: 'PROCESSING_UPLOAD', uploaded_bytes: CHUNK_BYTES },
            error: { code: 'ok', message: '', log_id: 'x' },
          }),
          times: 100,
        }),
    ],
  ];
  test.each([
    ...UNVERSIONED.map(([what, headers]) => [what, headers, headers] as const),
    ['an ETag', { etag: '"v1"' }, { etag: '"v2"' }],
    ['an ETag that it loses', { etag: '"v1"' }, {}],
    ['a date', { 'last-modified': DATE }, { 'last-modified': 'Sat, 21 Nov 2026 09:00:01 GMT' }],
  ] as const)('with %s is never stitched together', async (_what, before, after) => {
    for (const [word, say] of LATER_WORDS) {
      media.reset(FILM);
      media.limits.headers = { ...before };
      world.emulator.reset();
      accountId = await world.connectAccount(user);
      const id = await uploadOneChunk();
      media.limits.file = OTHER_FILM;
      media.limits.headers = { ...after };
      expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'media_changed' } });
      // Nor when it is as it was again: nothing more of it is sent.
      media.reset(FILM);
      media.limits.headers = { ...before };
      expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'media_changed' } });
      expect(calls('upload'), word).toBe(1);
      await passDeadTime();
      await world.connectAccount(user);
      say();
      const post = await runToTheEnd(id);
      expect(post, word).toMatchObject({ status: 'failed', error: { code: 'media_changed' } });
      expect(post.error?.message).toContain('Queue the post anew');
      expect([calls('upload'), calls('video_init'), publishedFilms()], word).toEqual([1, 1, []]);
    }
  });
});

describe('a server that sends the file only whole', () => {
  const KINDS = [VERSIONED[0], UNVERSIONED[0]].filter((kind) => kind !== undefined);
  beforeEach(() => {
    media.limits.hasRanges = false;
  });

  test.each(KINDS)('will do while the file fits one tick, with %s', async (_what, headers) => {
    media.limits.headers = headers;
    const { id } = await queue();
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
    expect([publishedFilms(), calls('upload')]).toEqual([[sha256(FILM)], 3]);
  });

  test.each(KINDS)('is asked again when the connection broke, with %s', async (_what, headers) => {
    media.limits.headers = headers;
    const { id } = await queue();
    media.limits.before = (byte) => byte !== 15 * MB;
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'media_unreachable' } });
    media.limits.before = () => undefined;
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
    expect([publishedFilms(), calls('video_init')]).toEqual([[sha256(FILM)], 1]);
    expect(media.readFrom).toEqual([0, 0]);
  });

  test.each(KINDS)('is told so when the file does not fit one run, with %s', async (_what, headers) => {
    media.limits.headers = headers;
    const { id } = await queue();
    // That it does not fit one tick says nothing yet.
    timeIsUpAt(5 * MB, 1);
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: null });
    timeIsUpAt(5 * MB, 1, RUN_MS);
    expect(await visitWithin(RUN_MS)).toMatchObject({
      status: 'uploading',
      error: { code: 'media_no_ranges' },
    });
    media.limits.before = () => undefined;
    await visit(id);
    expect([calls('upload'), media.readFrom]).toEqual([1, [0, 0]]);
    await passDeadTime();
    await world.connectAccount(user);
    const post = await runToTheEnd(id);
    expect(post).toMatchObject({ status: 'failed', error: { code: 'media_no_ranges' } });
    expect(post.error?.message).toContain('range requests');
    expect([calls('upload'), calls('video_init'), publishedFilms()]).toEqual([1, 1, []]);
  });

  test('is told so when a chunk is cut off by the end of the run', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop' });
    const { id } = await queue();
    expect(await visit(id)).toMatchObject({ error: { code: 'upload_interrupted' } });
    sendSlowly(RUN_MS - 8_000);
    expect(await visitWithin(RUN_MS)).toMatchObject({
      status: 'uploading',
      error: { code: 'media_no_ranges' },
    });
  });

  test('has another go when little of the tick was left for this one', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop' });
    const { id } = await queue();
    await visit(id);
    timeIsUpAt(5 * MB, 2);
    expect(await visitWithin(9_900)).toMatchObject({ status: 'uploading', error: null });
    media.limits.before = () => undefined;
    expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  });
});

test('the only chunk of a file is marked before it is sent', async () => {
  media.reset(film(3 * MB));
  const { id } = await queue();
  let seen: readonly unknown[] = [];
  media.limits.before = async (byte) => {
    if (byte !== 2 * MB) return;
    await vi.waitFor(() => expect(calls('upload')).toBe(1), 10_000);
    seen = await world.sql`select last_chunk_at is not null as marked from social_post_attempts
      where post_id = ${id}`;
  };
  expect((await visit(id)).status).toBe('processing');
  expect(seen).toEqual([{ marked: true }]);
});

test('a server that sends all of the file as no part, though it knows parts, is not given up', async () => {
  media.limits.headers = { etag: '"v1"' };
  media.limits.sendsAllAsPart = false;
  const { id } = await queue();
  timeIsUpAt(5 * MB, 1, RUN_MS);
  await world.makeDue();
  const start = (stop: AbortSignal) =>
    createApp(process.env).startTick(stop, () => import('../../src/outbound.ts'));
  await tick(start, { ...BACKGROUND_RUN, patienceMs: 0 });
  expect(await world.getPost(user, id)).toMatchObject({ status: 'uploading', error: null });
  media.limits.before = () => undefined;
  expect(await runToTheEnd(id)).toMatchObject({ status: 'published', error: null });
  expect(calls('video_init')).toBe(1);
});

test('a server that sends less than a chunk at once is asked again and again', async () => {
  media.limits.headers = { etag: '"v1"' };
  media.limits.mostBytes = 4 * MB;
  const { id } = await queue();
  expect(await runToTheEnd(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
  expect(publishedFilms()).toEqual([sha256(FILM)]);
  expect(media.readFrom).toEqual([0, 4, 8, 12, 16, 20, 24, 28].map((megabytes) => megabytes * MB));
});

test('a chunk that a tick has no time for is left to a background run, at once', async () => {
  media.limits.headers = { etag: '"v1"' };
  const { id } = await queue();
  sendSlowly(14_000);
  await world.makeDue();
  expect(await world.tick()).toMatchObject({ visits: 1, errors: 0, needsRun: true });
  const post = await world.getPost(user, id);
  expect(post).toMatchObject({ status: 'uploading', error: null });
  expect(Date.parse(post.nextCheckAt ?? '')).toBeLessThan(Date.now() + 1_000);
  media.limits.before = () => undefined;
  expect((await visitWithin(RUN_MS)).status).toBe('processing');
  expect(calls('video_init')).toBe(1);
});

test('a source that is cut short by the end of the tick before its first byte is not blamed for it', async () => {
  const id = await uploadOneChunk();
  media.limits.before = () => {
    aheadMs += 20_000;
    return false;
  };
  await world.makeDue();
  expect(await world.tick()).toMatchObject({ visits: 1, errors: 0, needsRun: true });
  const post = await world.getPost(user, id);
  expect(post).toMatchObject({ status: 'uploading', error: null });
  expect(Date.parse(post.nextCheckAt ?? '')).toBeLessThan(Date.now() + 1_000);
});

test('a file without a version whose beginning takes all of a run to read again is given up', async () => {
  await uploadOneChunk();
  timeIsUpAt(5 * MB, 0, RUN_MS);
  expect(await visitWithin(RUN_MS)).toMatchObject({
    status: 'uploading',
    error: { code: 'media_no_ranges' },
  });
  expect(calls('upload')).toBe(1);
});

test('a file without a version of which more has arrived than is noted is begun anew when it is safe', async () => {
  world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', when: 'after' });
  const { id } = await queue();
  expect(await visit(id)).toMatchObject({ error: { code: 'upload_interrupted' } });
  for (let i = 0; i < 2; i++) {
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'upload_unproven' } });
  }
  expect([calls('upload'), calls('video_init')]).toEqual([1, 1]);
  await passDeadTime();
  await world.connectAccount(user);
  const post = await runToTheEnd(id);
  expect(post).toMatchObject({ status: 'published', error: null });
  expect(post.attempts.map(({ outcome }) => outcome)).toEqual(['expired', 'published']);
  expect([publishedFilms(), calls('upload')]).toEqual([[sha256(FILM)], 4]);
});

describe('an upload that TikTok does not know any more', () => {
  const forget = () =>
    world.emulator.faults.add({
      endpoint: 'status',
      kind: 'error',
      code: 'invalid_publish_id',
      httpStatus: 400,
      times: 100,
    });

  test('is begun anew when its URL is dead, if its last chunk was never begun', async () => {
    const id = await uploadOneChunk();
    forget();
    for (let i = 0; i < 3; i++) {
      expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'invalid_publish_id' } });
      await world.sql`update social_posts set trouble_since = trouble_since - interval '31 minutes'
        where id = ${id}`;
    }
    await passDeadTime();
    await world.connectAccount(user);
    expect(await visit(id)).toMatchObject({ status: 'queued', error: { code: 'upload_expired' } });
    world.emulator.faults.clear();
    const post = await runToTheEnd(id);
    expect(post.attempts.map(({ outcome }) => outcome)).toEqual(['expired', 'published']);
    expect([post.status, publishedFilms()]).toEqual(['published', [sha256(FILM)]]);
  });

  test('is not said to go on once nothing more of it is sent', async () => {
    const id = await uploadOneChunk();
    media.limits.before = () => false;
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'media_unreachable' } });
    await world.sql`update social_post_attempts set started_at = started_at - interval '56 minutes',
      recorded_at = recorded_at - interval '56 minutes' where true`;
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: notice('upload_expired') });
  });

  test('has failed when its URL is dead, if its file has changed', async () => {
    const id = await uploadOneChunk();
    media.limits.file = OTHER_FILM;
    media.limits.headers = { etag: '"v2"' };
    await visit(id);
    forget();
    expect(await visit(id)).toMatchObject({ status: 'uploading', error: { code: 'media_changed' } });
    await passDeadTime();
    await world.connectAccount(user);
    expect(await visit(id)).toMatchObject({ status: 'failed', error: { code: 'media_changed' } });
  });

  test('is its owner’s matter, if its last chunk was begun', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', skip: 2 });
    const { id } = await queue();
    await visit(id);
    forget();
    await visit(id);
    await world.sql`update social_posts set trouble_since = trouble_since - interval '31 minutes'
      where id = ${id}`;
    expect(await visit(id)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'invalid_publish_id' },
    });
    expect(calls('video_init')).toBe(1);
  });
});

describe('a long run', () => {
  const claim = () => world.sql`select claim_accounts(${randomUUID()}, '{}', 8, 5, 90, true, null) as claim`;
  const endLeaseSoon = () =>
    world.sql`update social_accounts set lease_expires_at = clock_timestamp() + interval '5 seconds'
      where lease_expires_at is not null`;
  /** The post is due for another worker, whose claim then finds so many accounts. */
  async function claimable(): Promise<number> {
    await pause(5_100);
    await world.makeDue();
    const [row] = await claim();
    return row?.claim.claims.length;
  }

  test('keeps its account with each chunk', async () => {
    const { id } = await queue();
    const found: number[] = [];
    media.limits.before = async (byte) => {
      // In the first chunk, and certainly in the second: what the source sends ahead is less than half a chunk.
      if (byte === 5 * MB) await endLeaseSoon();
      if (byte === 19 * MB) found.push(await claimable());
    };
    await visit(id);
    expect(found).toEqual([0]);
    expect(publishedFilms()).toEqual([sha256(FILM)]);
  });

  test('keeps its account while it reads the beginning again, and sends more than a tick could', async () => {
    const id = await uploadOneChunk();
    const found: number[] = [];
    const leftSeconds: number[] = [];
    media.limits.before = async (byte) => {
      if (byte === 2 * MB) {
        await endLeaseSoon();
        aheadMs += 31_000;
      }
      if (byte === 9 * MB) found.push(await claimable());
      if (byte !== 19 * MB) return;
      const [row] =
        await world.sql`select extract(epoch from lease_expires_at - clock_timestamp())::int as left
        from social_accounts where id = ${accountId}`;
      leftSeconds.push(row?.left);
      aheadMs += 100_000;
    };
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const { status } = await visitWithin(780_000);
    expect([status, found, publishedFilms()]).toEqual(['processing', [0], [sha256(FILM)]]);
    // 10 MB of 31 may take 400 s.
    expect(timeout).toHaveBeenCalledWith(400_000);
    expect(leftSeconds[0]).toBeGreaterThan(400);
    expect((await runToTheEnd(id)).status).toBe('published');
  });
});

/** One look at the one upload that is under way, by a run that has so much time left. */
async function visitWithin(leftMs: number): Promise<PostView> {
  await world.makeDue();
  const tick = createApp(process.env).startTick(
    AbortSignal.timeout(60_000),
    () => import('../../src/outbound.ts'),
  );
  await using deps = await tick.open();
  const { databaseNow, claims } = await tick.queue.claim(randomUUID(), {
    done: [],
    accounts: 1,
    posts: 1,
    leaseSeconds: 90,
    mayBegin: true,
    runSeconds: null,
  });
  const [claim] = claims;
  const [post] = claim?.account ? claim.posts : [];
  if (!claim?.account || !post) throw new Error('nothing was due');
  const { account } = claim;
  const now = databaseClock(deps.monotonicMs, databaseNow, deps.monotonicMs());
  const deadline = startDeadline(deps.monotonicMs, leftMs);
  await resumeUpload({
    deps,
    account,
    post,
    access: createAccountAccess(deps, account, deadline, now),
    deadline,
    now,
    held: new Set(),
    checks: { refusal: null },
    creators: new Map(),
    inSlot: createSlots(1),
    leaveForLater: () => undefined,
  });
  await world.sql`update social_accounts set lease_expires_at = null where id = ${accountId}`;
  return world.getPost(user, post.id);
}
