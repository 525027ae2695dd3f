import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import type { PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

/**
 * A real worker process is killed, frozen past its lease, or made to miss an answer, between any two of the requests
 * it makes to the database and to TikTok. Then another worker carries on. TikTok's ledger is the judge.
 */

const FIXTURE = new URL('../fixtures/vertical.mp4', import.meta.url);

let world: World;
let user: TestUser;
let accountId: string;
let lifeline: Lifeline;
let media: Awaited<ReturnType<typeof serveMedia>>;
let directory: string;
let sha256: Record<'upload' | 'one chunk', string>;
let workerEnv: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'crash-media-'));
  const file = await largeVideo();
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  sha256 = { upload: digest(file), 'one chunk': digest(await readFile(FIXTURE)) };
  await writeFile(path.join(directory, 'large.mp4'), file);
  await copyFile(FIXTURE, path.join(directory, 'small.mp4'));
  media = await serveMedia({ directory });
  world = await createWorld({
    insecureMediaOrigins: [media.url],
    apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
    users: [{ username: 'ada.films', dailyPostCap: 10_000 }],
  });
  user = await world.signUp();

  lifeline = createLifeline();
  workerEnv = {
    TIKTOK_API_URL: await lifeline.before(world.tiktok.url),
    SUPABASE_URL: await lifeline.before(world.database.supabaseUrl),
    TIKTOK_VERIFIED_URLS: `${media.url}/verified/`,
    MEDIA_ALLOWED_ORIGINS: media.url,
  };
  for (const [name, value] of Object.entries(workerEnv)) vi.stubEnv(name, value);
  accountId = await world.connectAccount(user);
}, 60_000);

afterAll(async () => {
  await lifeline.close();
  await media.close();
  await world[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** The fixture made long enough for three chunks by a box that players skip. */
async function largeVideo(): Promise<Buffer> {
  const video = await readFile(FIXTURE);
  const padding = Buffer.alloc(31_000_000);
  padding.writeUInt32BE(padding.byteLength, 0);
  padding.write('free', 4, 'latin1');
  return Buffer.concat([video, padding]);
}

/** `one chunk` is an upload, too: there the first byte is already part of the last chunk. */
type Transfer = 'pull' | 'upload' | 'one chunk';
type Fate = 'killed' | 'frozen' | 'answer_lost';

interface Outcome {
  point: string;
  post: PostView;
  /** How often TikTok published it, and what. */
  published: { sha256: string | null }[];
  /** Whether the run reached the point at all. */
  reached: boolean;
}

async function runCase(transfer: Transfer, fate: Fate, point: number): Promise<Outcome> {
  // The limits of calls a minute are not what is tested here.
  world.emulator.clock.advance(61_000);
  const title = `${transfer} ${fate} ${point}`;
  lifeline.reset(() => 'pass');
  const { id } = await world.queuePost(user, accountId, {
    title,
    transfer: transfer === 'pull' ? 'pull' : 'upload',
    videoUrl: `${media.url}/verified/${transfer === 'one chunk' ? 'small' : 'large'}.mp4`,
  });

  const worker = await startWorkerProcess(workerEnv);
  const { label, reached } = await runUntilFate(worker, fate, point);
  worker.kill();
  lifeline.reset(() => 'pass');
  await othersCarryOn(id);

  const published = world.emulator.ledger().filter((entry) => entry.title === title && entry.published);
  return { point: `${point} ${label}`, post: await world.getPost(user, id), published, reached };
}

/** Two ticks, the second when TikTok has had time; something happens to the worker at its request number `point`. */
async function runUntilFate(worker: WorkerProcess, fate: Fate, point: number) {
  let label = '';
  let reached = false;
  let otherWorkers = Promise.resolve();
  const zombieMayGoOn = Promise.withResolvers<void>();
  lifeline.reset((passage) => {
    if (passage.index !== point) return 'pass';
    reached = true;
    label = passage.label;
    if (fate === 'answer_lost') return 'lose_answer';
    if (fate === 'killed') {
      worker.kill();
      return new Promise(() => undefined);
    }
    worker.freeze();
    otherWorkers = actWhileFrozen(worker).then(zombieMayGoOn.resolve, zombieMayGoOn.reject);
    return zombieMayGoOn.promise;
  });

  for (let tick = 0; tick < 2; tick++) {
    if (!(await worker.tick())) break;
    await world.emulator.settled();
    await world.makeDue();
  }
  await otherWorkers;
  return { label, reached };
}

async function actWhileFrozen(worker: WorkerProcess): Promise<void> {
  const [post] = await world.sql`select id from social_posts order by created_at desc limit 1`;
  await othersCarryOn(post?.id);
  // It wakes while somebody else holds the account.
  await world.sql`update social_accounts set fence = fence + 1, lease_holder = gen_random_uuid(),
    lease_expires_at = now() + interval '90 seconds' where id = ${accountId}`;
  worker.thaw();
}

/** Its lease lapses, and healthy workers tick until nothing is left to do. */
async function othersCarryOn(postId: string): Promise<void> {
  for (let tick = 0; tick < 8; tick++) {
    await world.sql`update social_accounts set lease_expires_at = now() where lease_expires_at is not null`;
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
    const [post] = await world.sql`select run_at from social_posts where id = ${postId}`;
    if (post?.run_at === null) return;
  }
}

async function runAll(transfer: Transfer, fate: Fate): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let point = 0; point < 60; point++) {
    const outcome = await runCase(transfer, fate, point);
    if (!outcome.reached) return outcomes;
    outcomes.push(outcome);
  }
  throw new Error('the worker made more requests than this test expects');
}

const summary = ({ point, post, published }: Outcome) =>
  `${point}: ${post.status} ${post.error?.code ?? ''}, published ${published.length}×`;

const FATES: Fate[] = ['killed', 'frozen', 'answer_lost'];

const UPLOADS = (['upload', 'one chunk'] as const).flatMap((transfer) =>
  FATES.map((fate) => [transfer, fate] as const),
);

test.each(UPLOADS)(
  '%s, %s at any request: published exactly once, every byte as it was',
  { timeout: 300_000 },
  async (transfer, fate) => {
    const outcomes = await runAll(transfer, fate);
    expect(outcomes.length).toBeGreaterThanOrEqual(transfer === 'upload' ? 12 : 9);
    const wrong = outcomes.filter(
      ({ post, published }) =>
        post.status !== 'published' ||
        published.length !== 1 ||
        published[0]?.sha256 !== sha256[transfer] ||
        post.error,
    );
    expect(wrong.map(summary)).toEqual([]);
  },
);

test.each(FATES)(
  'pull, %s at any request: at most once, and never called published when it was not',
  { timeout: 300_000 },
  async (fate) => {
    const outcomes = await runAll('pull', fate);
    expect(outcomes.length).toBeGreaterThanOrEqual(8);
    const wrong = outcomes.filter(({ post, published }) =>
      post.status === 'published'
        ? published.length !== 1
        : post.status !== 'needs_attention' || post.error?.code !== 'outcome_unknown' || published.length > 1,
    );
    expect(wrong.map(summary)).toEqual([]);
    // Only around init is the outcome unknown; everywhere else the post goes out.
    const unknown = outcomes.filter(({ post }) => post.status === 'needs_attention');
    expect(unknown.length).toBeLessThanOrEqual(3);
  },
);
