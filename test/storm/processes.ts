import { setTimeout as sleep } from 'node:timers/promises';
import type { TestPostgres } from '../support/postgres.ts';
import { startProxy } from '../support/proxy.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { type Checked, checkStorm } from './checker.ts';
import { createDice, type Dice } from './dice.ts';
import { createFaults } from './faults.ts';
import { createPeople, type People } from './people.ts';
import { planPosts } from './plan.ts';
import { DOWNLOADS_MS, lookAhead } from './storm.ts';
import { createStormWorld, type StormWorld } from './world.ts';

export interface ProcessSettings {
  postgres: TestPostgres;
  seed: number;
  posts: number;
  accounts: number;
  workers: number;
  /** How long the misfortune goes on, in real time; shorter if every post is settled before. */
  minutes: number;
  progress?(line: string): void;
}

export interface ProcessReport extends Checked {
  /** Kills, or restarts. */
  strokes: number;
  /** Null: every post was settled before the last stroke, which says nothing about it. */
  recovery: Recovery | null;
}

/** From the last stroke, real and virtual time together. */
interface Recovery {
  /** Until the first post moved on that was due then … */
  recoverySeconds: number;
  /** … and until the last one had. */
  drainedSeconds: number;
}

const TICK_EVERY_MS = 60_000;
/** Of virtual time, over which posts fall due for each minute of misfortune: some are to be left at its end. */
const DUE_SECONDS_A_MINUTE = 2_000;
const PATIENCE_MS = 4 * 24 * 3_600_000;

/** Real worker processes, one of which is killed every half to three seconds and replaced. */
export function runKills(settings: ProcessSettings): Promise<ProcessReport> {
  return runProcesses(settings, async (crew, world, dice, stroke) => {
    await sleep(500 + dice.fraction('kill after', stroke) * 2_500);
    const slot = Math.floor(dice.fraction('kill whom', stroke) * settings.workers);
    const holder = crew.kill(slot);
    // As if its lease had lapsed by itself: the time that takes does not bring more to light.
    if (holder) await world.endLeases(holder);
  });
}

/** Real worker processes, while Postgres restarts every five to ten seconds, or loses one of its own processes. */
export async function runRestarts(settings: ProcessSettings): Promise<ProcessReport> {
  // The driver may still write to a connection that Postgres has ended; who asked has been told by then.
  process.on('uncaughtException', surviveLateWrite);
  using _guard = { [Symbol.dispose]: () => void process.off('uncaughtException', surviveLateWrite) };
  return await runProcesses(settings, async (_crew, { sql }, dice, stroke) => {
    await sleep(5_000 + dice.fraction('restart after', stroke) * 5_000);
    if (dice.fraction('restart how', stroke) < 0.7) return settings.postgres.restart();
    // Postgres answers the death of a session's process with a recovery from its log.
    const [session] = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' limit 1`;
    if (session) process.kill(session.pid, 'SIGKILL');
  });
}

function surviveLateWrite(error: Error): void {
  if (!error.stack?.includes('postgres/src/connection.js')) throw error;
}

type Stroke = (crew: ProcessCrew, world: StormWorld, dice: Dice, stroke: number) => Promise<void>;

async function runProcesses(settings: ProcessSettings, strike: Stroke): Promise<ProcessReport> {
  const { postgres, posts, accounts } = settings;
  const dice = createDice(settings.seed);
  const plan = planPosts(dice, { posts, accounts, spreadSeconds: settings.minutes * DUE_SECONDS_A_MINUTE });
  const faults = createFaults(dice, { misfortunes: false, blows: false });
  await using world = await createStormWorld({ postgresUrl: postgres.url, plan, accounts });
  const people = createPeople(world, { dice, faults, isAbandoned: () => false });
  await using crew = await startProcesses(world, settings.workers);

  const endsMs = performance.now() + settings.minutes * 60_000;
  let isOver = false;
  let mayLeap = false;
  let strokes = 0;
  const striking = (async () => {
    while (!isOver && performance.now() < endsMs) {
      await strike(crew, world, dice, strokes).catch(() => undefined);
      strokes++;
    }
    return nowMs(world);
  })();
  const rounds = runRounds(world, crew, people, settings, () => mayLeap);
  const lastStrokeMs = await Promise.race([striking, rounds.then(() => null)]);
  const recovery = lastStrokeMs === null ? null : await watchRecovery(world, lastStrokeMs);
  mayLeap = true;
  await rounds;
  isOver = true;
  await striking;
  const evidence = { lines: [], faults, told: people.told, isAbandoned: () => false };
  return { ...(await checkStorm(world, evidence)), strokes, recovery };
}

/** Real and virtual milliseconds together. */
const nowMs = ({ time }: StormWorld) => performance.now() + time.passedMs();

/** Watches what was due at the last stroke; what falls due later says nothing about it. */
async function watchRecovery(world: StormWorld, sinceMs: number): Promise<Recovery> {
  let atFirst: number | null = null;
  let recoverySeconds: number | null = null;
  for (;;) {
    const seconds = (nowMs(world) - sinceMs) / 1000;
    const [row] = await patiently(
      () => world.sql<{ waiting: number }[]>`
        select count(*)::int as waiting from public.social_posts
        where run_at < clock_timestamp() - make_interval(secs => ${seconds})`,
    );
    const waiting = row?.waiting ?? 0;
    atFirst ??= waiting;
    if (waiting < atFirst || waiting === 0) recoverySeconds ??= seconds;
    if (waiting === 0) return { recoverySeconds: recoverySeconds ?? seconds, drainedSeconds: seconds };
    await sleep(200);
  }
}

/** Ticks until nothing is open; at last, when no recovery is measured any more, over the time in which nothing is due. */
async function runRounds(
  world: StormWorld,
  crew: ProcessCrew,
  people: People,
  { progress }: ProcessSettings,
  mayLeap: () => boolean,
): Promise<void> {
  for (let round = 1; ; round++) {
    await Promise.all([crew.tick(), patiently(() => people.meddle(world.time.passedMs() / 1000))]);
    await Promise.race([world.emulator.settled(), sleep(DOWNLOADS_MS)]);
    await patiently(() => people.tidyUp());
    const { open, waitMs } = await patiently(() => lookAhead(world));
    if (round % 10 === 0) progress?.(`round ${round}, ${open} open`);
    if (open === 0 || world.time.passedMs() > PATIENCE_MS) return;
    const stepMs = mayLeap() ? Math.max(waitMs, TICK_EVERY_MS) : TICK_EVERY_MS;
    await patiently(() => world.time.advance(stepMs));
  }
}

/** Again until it succeeds: the database may be away for a moment. */
async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await task();
    } catch (error) {
      if (tries >= 100) throw error;
      await sleep(300);
    }
  }
}

interface ProcessCrew extends AsyncDisposable {
  /** Each worker ticks once, with the run that follows; who is killed in it is replaced, and the new one ticks. */
  tick(): Promise<void>;
  /** Returns the holder of the lease that the dead worker had. */
  kill(slot: number): string | null;
}

async function startProcesses(world: StormWorld, workers: number): Promise<ProcessCrew> {
  const holders: (string | null)[] = [];
  const proxies = await Promise.all(
    Array.from({ length: workers }, (_, slot) =>
      startProxy(world.env.SUPABASE_URL ?? '', async ({ path, body }, forward) => {
        if (path.endsWith('/claim_accounts')) holders[slot] = JSON.parse(body).p_holder;
        return forward();
      }),
    ),
  );
  const start = (slot: number) =>
    startWorkerProcess({ ...world.env, SUPABASE_URL: proxies[slot]?.url ?? '' });
  const processes: (WorkerProcess | null)[] = await Promise.all(proxies.map((_, slot) => start(slot)));

  async function workSlot(slot: number): Promise<void> {
    const worker = processes[slot] ?? (await start(slot));
    processes[slot] = worker;
    if (await worker.tickAndRun()) return;
    processes[slot] = null;
    await workSlot(slot);
  }

  return {
    tick: async () => void (await Promise.all(processes.map((_, slot) => workSlot(slot)))),
    kill(slot) {
      processes[slot]?.kill();
      return holders[slot] ?? null;
    },
    async [Symbol.asyncDispose]() {
      for (const worker of processes) worker?.kill();
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    },
  };
}
