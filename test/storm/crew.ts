import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import type { Faults } from './faults.ts';
import { titleOf } from './plan.ts';
import { type LogLine, type StormWorker, type Surroundings, startStormWorker } from './worker.ts';
import type { StormWorld } from './world.ts';

/** Longer than a lease. */
const PAUSE_MS = 95_000;
/** No longer than this is a worker frozen in real time: its own calls would run out of time. */
const FROZEN_MS = 600;

export interface Crew extends AsyncDisposable {
  /** Every worker ticks; who crashes is replaced, who freezes is stood in for. */
  tick(): Promise<void>;
}

export interface CrewOptions {
  dice: Dice;
  faults: Faults;
  /** Takes what the workers log. */
  lines: LogLine[];
  workers: number;
  isTikTokDown?(): boolean;
}

export function createCrew(
  world: StormWorld,
  { dice, faults, lines, workers, isTikTokDown = () => false }: CrewOptions,
): Crew {
  const running = new Set<Promise<void>>();
  const slots: StormWorker[] = [];
  /** Of workers that are dead or done with: they end when their last tick has found out. */
  const farewells: PromiseLike<void>[] = [];
  let pauses = 0;

  const surroundings: Surroundings = {
    env: world.env,
    faults,
    names: world.names,
    isTikTokDown,
    log: (line) => void lines.push(line),
    onInit({ post }) {
      const failReason = failReasonOf(world, post?.number ?? -1);
      if (!post || failReason === null) return;
      // By its title: an init that never arrives must leave no misfortune for the account's next post.
      world.emulator.faults.add({
        endpoint: 'video_init',
        match: { title: titleOf(post.number) },
        failReason,
      });
    },
    onAnswer({ step, post }) {
      if (step === 'cancel' && post) world.films.letGo(post.number);
    },
    async whileFrozen(worker) {
      const holder = worker.holder();
      await world.endLeases(holder);
      // The clock of a machine that is put to sleep may run on or stand still.
      if (dice.fraction('clock', pauses++) < 0.5) worker.skipMs(PAUSE_MS);
      await Promise.race([track(standInFor(worker)), sleep(FROZEN_MS)]);
    },
  };

  async function standInFor({ name }: StormWorker): Promise<void> {
    const worker = await startStormWorker(`${name}'s stand-in`, surroundings);
    await work(worker);
    farewells.push(worker[Symbol.asyncDispose]());
  }

  /** True when it has survived the tick. */
  async function work(worker: StormWorker): Promise<boolean> {
    try {
      return (await worker.tick()) !== 'crashed';
    } catch (error) {
      lines.push({ worker: worker.name, level: 'error', event: 'tick_failed', error: String(error) });
      return true;
    }
  }

  async function track(task: Promise<void>): Promise<void> {
    running.add(task);
    await task.finally(() => running.delete(task));
  }

  async function workSlot(slot: number): Promise<void> {
    for (let replacements = 0; replacements < 3; replacements++) {
      const worker = slots[slot] ?? (await startStormWorker(`worker ${slot}`, surroundings));
      slots[slot] = worker;
      if (await work(worker)) return;
      delete slots[slot];
      farewells.push(worker[Symbol.asyncDispose]());
    }
  }

  return {
    async tick() {
      await Promise.all(Array.from({ length: workers }, (_, slot) => track(workSlot(slot))));
      while (running.size > 0) await Promise.all(running);
    },
    async [Symbol.asyncDispose]() {
      const remaining = slots.filter((worker) => worker !== undefined);
      await Promise.all([...farewells, ...remaining.map((worker) => worker[Symbol.asyncDispose]())]);
    },
  };
}

/** How TikTok ends this publish of the post's, if it is to end badly; asked at each `init`. */
function failReasonOf({ plan, emulator }: StormWorld, number: number): string | null {
  const fate = plan[number]?.fate;
  if (fate === 'fails_for_good') return 'file_format_check_failed';
  if (fate !== 'fails_once' && fate !== 'fails_forgotten') return null;
  const hasFailed = emulator
    .ledger()
    .some(({ title, sha256 }) => title === titleOf(number) && sha256 !== null);
  return hasFailed ? null : 'internal';
}
