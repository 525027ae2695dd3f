import { createHash } from 'node:crypto';
import { link, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import type { PostStatus, PostView } from '../../src/contract.ts';
import type { Fault } from '../emulator/emulator.ts';
import { createLifeline, type Ending, type Interference, type Passage } from './lifeline.ts';
import { lookLater } from './look-later.ts';
import { createWorkerPool, type WorkerProcess } from './worker-process.ts';
import { createWorld } from './world.ts';

/** What is posted, and how TikTok gets it. */
export const KINDS = ['upload', 'pull', 'photo', 'draft'] as const;
export type Kind = (typeof KINDS)[number];
export const isUpload = (kind: Kind) => kind === 'upload' || kind === 'draft';
export const isDraft = (kind: Kind) => kind === 'draft';

/**
 * What happens to the worker: it is killed; it is frozen past its lease, another takes over, and then it wakes; or it
 * lives, but a request of its or the answer is lost.
 */
export const FATES = ['dies', 'pauses', 'loses'] as const;
export type Fate = (typeof FATES)[number];

/** How a post may end: its state, or `needs_attention` with the code of the reason. */
export type End = PostStatus | `needs_attention: ${string}`;

export interface Point {
  /** Its number in the failure model. */
  number: number;
  /** What the worker is about to do there. Unique. */
  what: string;
  /** Where it is not met by every kind: by which it is, and why by no other. */
  only?: { kinds: readonly Kind[]; because: string };
  /** The worker's request at which it happens: method and path, fields of its body, and which one of these. */
  request: string | ((kind: Kind) => string);
  having?: (kind: Kind) => Record<string, unknown>;
  nth?: number;
  /** Before the request has left, in the middle of it, or when it has taken effect and the answer is under way. */
  moment: Interference['moment'];
  /** What is lost by `loses`; default the answer. */
  loses?: 'request';
  /** The request outlives the worker's interest in it: it takes effect when others have carried on. */
  isLate?: true;
  /** Another worker takes over before anything happens. */
  afterTakeover?: true;
  /** A file of more than one chunk. */
  isLarge?: true;
  /** From the first such request on the database hears the worker no more; it happens when it tries again. */
  withoutDatabase?: true;
  /** Before the worker's tick. */
  prepare?(scene: Scene): Promise<unknown>;
  /** In the world outside, at this very point. */
  meanwhile?(scene: Scene): Promise<unknown>;
  /** Before each of the other workers' ticks. */
  later?(scene: Scene): Promise<unknown>;
  /** The owner connects the account again when asked to. Default true. */
  reconnects?: false;
  /** By pull nobody can tell whether init was received. */
  mayBeUnknown?: true;
  /** Default: published, or delivered as a draft. */
  ends?: readonly End[];
}

/** One post on its way, and what else there is in its world. */
export interface Scene {
  kind: Kind;
  postId: string;
  /** A look by a healthy worker, at whatever waits. */
  visit(): Promise<void>;
  /** So many seconds go by for this post and for TikTok. */
  pass(seconds: number): Promise<void>;
  spoil(fault: Fault): void;
  cancel(): Promise<unknown>;
  /** The user removes the app in TikTok's settings. */
  revoke(): Promise<void>;
  expireTokenSoon(): Promise<unknown>;
  /** TikTok's downloads stop, or go on. */
  holdDownloads(): void;
  letDownloads(): Promise<void>;
  /** As if nobody had looked at the media when the post was queued. */
  forgetMedia(): Promise<unknown>;
  changeMedia(): Promise<void>;
  deleteMedia(): Promise<void>;
  /** Unchanged, if it was deleted. */
  restoreMedia(): Promise<void>;
}

export interface CellReport {
  /** Whether the worker came to the point, and what happened to it there did happen. */
  isReached: boolean;
  end: End;
  /** What is wrong; empty where everything is as it should be. */
  problems: string[];
}

/** Nothing may take the worker's tick more looks than this. */
const MAX_VISITS = 12;
const FINAL: readonly PostStatus[] = ['published', 'delivered', 'failed', 'needs_attention', 'cancelled'];
const sha256 = (...bytes: Buffer[]) => createHash('sha256').update(Buffer.concat(bytes)).digest('hex');

/** The fixture made long enough for two chunks by a box that players skip. */
function lengthen(video: Buffer): Buffer {
  const padding = Buffer.alloc(20_000_000);
  padding.writeUInt32BE(padding.byteLength, 0);
  padding.write('free', 4, 'latin1');
  return Buffer.concat([video, padding]);
}

/**
 * A world in which a real worker process meets its fate at a chosen request, while real others carry on in this one.
 * TikTok's ledger is the judge. Dispose of it.
 */
export async function createCrashStage() {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'crash-media-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const small = await readFile(new URL('../fixtures/vertical.mp4', import.meta.url));
  const photo = await readFile(new URL('../fixtures/vertical.jpg', import.meta.url));
  const files = { small, large: lengthen(small), photo };
  const hashes = { small: sha256(small), large: sha256(files.large), photo: sha256(photo, photo) };
  for (const [name, file] of Object.entries(files)) await writeFile(path.join(directory, name), file);
  const media = await serveMedia({ directory });
  stack.defer(media.close);

  let mayDownload: Promise<void> = Promise.resolve();
  let letDownloads = () => {};
  const world = stack.use(
    await createWorld({
      insecureMediaOrigins: [media.url],
      apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
      fetchMedia: async (...args) => {
        await mayDownload;
        return fetch(...args);
      },
    }),
  );
  const lifeline = createLifeline();
  stack.defer(lifeline.close);
  const workerEnv: Record<string, string> = {
    TIKTOK_API_URL: await lifeline.before(world.tiktok.url),
    SUPABASE_URL: await lifeline.before(world.database.supabaseUrl),
    TIKTOK_VERIFIED_URLS: `${media.url}/verified/`,
    MEDIA_ALLOWED_ORIGINS: media.url,
  };
  for (const [name, value] of Object.entries(workerEnv)) vi.stubEnv(name, value);
  const pool = stack.use(await createWorkerPool(workerEnv, directory));
  const user = await world.signUp();
  await lookLater(world.sql);

  const seen = new Set<string>();
  const resources = stack.move();
  let cells = 0;

  async function runCell(point: Point, kind: Kind, fate: Fate): Promise<CellReport> {
    const username = `cell.${++cells}`;
    world.emulator.putUser({ username });
    const accountId = await world.connectAccount(user, { username });
    const isPhoto = kind === 'photo';
    const video = isUpload(kind) && point.isLarge ? 'large' : 'small';
    const file = isPhoto ? 'photo' : video;
    const name = `${username}.${isPhoto ? 'jpg' : 'mp4'}`;
    await link(path.join(directory, file), path.join(directory, name));
    const allowed = [hashes[file]];
    const url = `${media.url}/verified/${name}`;
    lifeline.reset(() => 'pass');
    const post = await world.queuePost(user, accountId, {
      title: username,
      transfer: isUpload(kind) ? 'upload' : 'pull',
      videoUrl: isPhoto ? undefined : url,
      ...(isPhoto && { mediaType: 'photo', photoUrls: [url, url] }),
      ...(isDraft(kind) && { mode: 'draft', privacyLevel: undefined }),
    });

    const visit = async () => {
      await world.sql`update social_accounts set lease_expires_at = now()
        where id = ${accountId} and lease_expires_at is not null`;
      await world.makeDue();
      await world.tick();
      if (!isHolding) await world.emulator.settled();
    };
    let isHolding = false;
    const scene: Scene = {
      kind,
      postId: post.id,
      visit,
      async pass(seconds) {
        const interval = `${seconds} seconds`;
        await world.sql`update social_post_attempts set started_at = started_at - ${interval}::interval,
          recorded_at = recorded_at - ${interval}::interval where post_id = ${post.id}`;
        await world.sql`update social_posts set due_at = due_at - ${interval}::interval,
          trouble_since = trouble_since - ${interval}::interval where id = ${post.id}`;
        await world.sql`update social_accounts set
          access_token_expires_at = access_token_expires_at - ${interval}::interval where id = ${accountId}`;
        world.emulator.clock.advance(seconds * 1000);
      },
      spoil: (fault) => world.emulator.faults.add(fault),
      cancel: () => world.call('social-posts', { method: 'DELETE', path: `/${post.id}`, user }),
      revoke: async () => world.emulator.removeGrant({ username }),
      expireTokenSoon: () => world.sql`update social_accounts
        set access_token_expires_at = now() + interval '20 minutes' where id = ${accountId}`,
      holdDownloads() {
        isHolding = true;
        const { promise, resolve } = Promise.withResolvers<void>();
        mayDownload = promise;
        letDownloads = resolve;
      },
      async letDownloads() {
        isHolding = false;
        letDownloads();
        await world.emulator.settled();
      },
      forgetMedia: () => world.sql`update social_posts set media_checked = false where id = ${post.id}`,
      async changeMedia() {
        const changed = Buffer.from(files[file]);
        changed.write('changed', changed.byteLength - 100, 'latin1');
        allowed.push(sha256(changed));
        await rm(path.join(directory, name));
        await writeFile(path.join(directory, name), changed);
      },
      deleteMedia: () => rename(path.join(directory, name), path.join(directory, `.${name}`)),
      restoreMedia: () =>
        rename(path.join(directory, `.${name}`), path.join(directory, name)).catch(() => undefined),
    };

    const statusNow = async (): Promise<PostStatus> =>
      (await world.sql`select status from social_posts where id = ${post.id}`)[0]?.status;

    async function othersCarryOn(visits = MAX_VISITS): Promise<void> {
      for (let i = 0; i < visits && !FINAL.includes(await statusNow()); i++) {
        await point.later?.(scene);
        if (point.reconnects !== false) await reconnectWhereAsked();
        await visit();
      }
    }

    async function reconnectWhereAsked(): Promise<void> {
      const [account] = await world.sql`select status from social_accounts where id = ${accountId}`;
      if (account?.status === 'reauth_required') await world.connectAccount(user, { username });
    }

    /** Somebody else holds the account from now on. */
    const occupy = () => world.sql`update social_accounts set fence = fence + 1,
      lease_holder = gen_random_uuid(), lease_expires_at = now() + interval '90 seconds' where id = ${accountId}`;

    try {
      await point.prepare?.(scene);
      await world.makeDue();
      const worker = await pool.take();
      const isReached = await meetFate(worker, point, scene, fate, { othersCarryOn, occupy });
      lifeline.reset(() => 'pass');
      await othersCarryOn();
      const view = await world.getPost(user, post.id);
      const report = await judge(view, username, allowed, endsOf(point, kind));
      return { isReached, ...report };
    } finally {
      world.emulator.faults.clear();
      if (isHolding) await scene.letDownloads();
      await world.sql`update social_posts set run_at = null, status = 'cancelled' where id = ${post.id}`;
      await world.sql`update social_accounts set lease_expires_at = null, lease_holder = null where id = ${accountId}`;
      await rm(path.join(directory, name), { force: true });
    }
  }

  interface Others {
    othersCarryOn(visits?: number): Promise<void>;
    occupy(): PromiseLike<unknown>;
  }

  /** Ticks until the worker has come to the point and met its fate there. False: it did not. */
  async function meetFate(
    worker: WorkerProcess,
    point: Point,
    scene: Scene,
    fate: Fate,
    { othersCarryOn, occupy }: Others,
  ): Promise<boolean> {
    const label = typeof point.request === 'string' ? point.request : point.request(scene.kind);
    const having = Object.entries(point.having?.(scene.kind) ?? {});
    const isMeant = (passage: Passage) =>
      passage.label === label && having.every(([key, value]) => passage.body[key] === value);
    let ticking = Promise.resolve(true);
    let acting: Promise<Ending> | null = null;
    let isTicking = false;
    let wasInTick = false;
    let count = 0;

    async function act(hangUp: () => void): Promise<Ending> {
      await point.meanwhile?.(scene);
      const takeOver = async () => {
        // Of a post that others are in the middle of, the zombie must keep its hands, too.
        await othersCarryOn(point.afterTakeover && fate === 'pauses' ? 1 : MAX_VISITS);
        await occupy();
      };
      wasInTick = isTicking;
      switch (fate) {
        case 'dies':
          if (point.afterTakeover) {
            worker.freeze();
            await takeOver();
          }
          worker.kill();
          if (!point.isLate) return 'lost';
          await takeOver();
          return 'unheard';
        case 'pauses':
          worker.freeze();
          await takeOver();
          wasInTick = isTicking;
          worker.thaw();
          return 'go_on';
        case 'loses':
          if (point.afterTakeover) {
            worker.freeze();
            await takeOver();
            worker.thaw();
            return 'unheard';
          }
          if (!point.isLate) return 'lost';
          hangUp();
          await ticking;
          await takeOver();
          return 'unheard';
      }
    }

    const isHeld = point.isLate || point.afterTakeover;
    const lostMoment = point.loses === 'request' || isHeld ? 'before' : 'after';
    const moment = fate === 'loses' && point.moment !== 'within' ? lostMoment : point.moment;
    let isDatabaseAway = false;
    let isWorkersTurn = true;
    lifeline.reset((passage) => {
      if (isWorkersTurn) seen.add(passage.label);
      if (!acting && isMeant(passage)) count++;
      if (!acting && count > 0) isDatabaseAway = point.withoutDatabase ?? false;
      const isToMeetFate = !acting && isMeant(passage) && count === (point.nth ?? (isDatabaseAway ? 2 : 1));
      if (!isToMeetFate) {
        return isDatabaseAway && passage.label.includes('/rest/v1/') ? 'lose_request' : 'pass';
      }
      // To those who carry on it answers.
      if (fate !== 'loses') isDatabaseAway = false;
      const { promise, resolve, reject } = Promise.withResolvers<Ending>();
      acting = promise;
      return {
        moment: isHeld ? 'before' : moment,
        act(hangUp) {
          isWorkersTurn = false;
          act(hangUp)
            .finally(() => {
              isWorkersTurn = true;
            })
            .then(resolve, reject);
          return promise;
        },
      };
    });
    let isAlive = true;
    for (let tick = 0; tick < 3 && isAlive && !acting; tick++) {
      if (tick > 0) await world.makeDue();
      isTicking = true;
      ticking = worker.tick().finally(() => {
        isTicking = false;
      });
      isAlive = await ticking;
    }
    if (acting) await acting;
    if (isAlive) pool.giveBack(worker);
    return acting !== null && wasInTick && isAlive === (fate !== 'dies');
  }

  /** Holds what became of the post against what TikTok has. */
  async function judge(
    post: PostView,
    username: string,
    allowed: readonly string[],
    ends: readonly End[],
  ): Promise<{ end: End; problems: string[] }> {
    const entries = world.emulator.ledger().filter((entry) => entry.username === username);
    const attempts = await world.sql`select attempt_no, outcome, publish_id from social_post_attempts
      where post_id = ${post.id} order by attempt_no`;
    const arrived = entries.filter(({ published, delivered }) => published || delivered);
    const [only] = arrived;
    const end: End =
      post.status === 'needs_attention' ? `needs_attention: ${post.error?.code ?? ''}` : post.status;
    const isDone = post.status === 'published' || post.status === 'delivered';
    const live = attempts.filter(({ outcome }) => outcome === null);

    const problems: [boolean, string][] = [
      [arrived.length > 1, `${arrived.length} times at TikTok`],
      [!FINAL.includes(post.status), `lost in ${post.status} (${post.error?.code})`],
      [isDone && arrived.length === 0, `called ${post.status}, and is not`],
      [post.status === 'published' && only?.published === false, 'called published, and is a draft'],
      [post.status === 'delivered' && only?.delivered === false, 'called delivered, and is not'],
      [!isDone && post.status !== 'needs_attention' && arrived.length > 0, `${end}, and is at TikTok`],
      [isDone && post.publishId !== only?.publishId, 'known by another publish id than TikTok’s'],
      [only?.sha256 != null && !allowed.includes(only.sha256), 'other bytes than the file’s'],
      [isDone === (post.error !== null) && post.status !== 'cancelled', `${end} with ${post.error?.code}`],
      [attempts.some(({ attempt_no }, i) => attempt_no !== i + 1), 'attempts with gaps'],
      [live.length > (post.status === 'needs_attention' ? 1 : 0), 'an attempt that never ended'],
      [!ends.includes(end), `ended as ${end}, not as ${ends.join(' or ')}`],
    ];
    return { end, problems: problems.filter(([isSo]) => isSo).map(([, problem]) => problem) };
  }

  return {
    runCell,
    /** The requests that workers have made. */
    seen: (): readonly string[] => [...seen].sort(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function endsOf({ ends, mayBeUnknown }: Point, kind: Kind): readonly End[] {
  const usual: readonly End[] = ends ?? [isDraft(kind) ? 'delivered' : 'published'];
  return mayBeUnknown && !isUpload(kind) ? [...usual, 'needs_attention: outcome_unknown'] : usual;
}
