import { setTimeout as sleep } from 'node:timers/promises';
import { type Checked, checkStorm } from './checker.ts';
import { type Crew, createCrew } from './crew.ts';
import { createDice } from './dice.ts';
import { createFaults } from './faults.ts';
import { createPeople, type People } from './people.ts';
import { planPosts } from './plan.ts';
import type { LogLine } from './worker.ts';
import { createStormWorld, type StormWorld } from './world.ts';

export interface StormSettings {
  postgresUrl: string;
  seed: number;
  posts: number;
  accounts: number;
  workers: number;
  /** Of virtual time, over which the posts fall due. */
  spreadHours: number;
  /** Of virtual time, between two ticks. */
  tickMinutes: number;
  progress?(line: string): void;
}

export interface StormReport extends Checked {
  seed: number;
  rounds: number;
  virtualHours: number;
  seconds: number;
  reconnects: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const LONGEST_STEP_MS = 6 * HOUR_MS;
/** Real time for TikTok's downloads, of which some wait for their owner's word. */
export const DOWNLOADS_MS = 30;
/** What is open after so much virtual time is stuck: three days are given to owners, and looks may be lost. */
const PATIENCE_MS = 6 * 24 * HOUR_MS;
/** Of every hundred accounts, how many owners have left: their consent is gone for good. */
const ABANDONED_OF_100 = 1;

/**
 * Overlapping workers, crashing, freezing and waking, between an unreliable TikTok and an unreliable database, until
 * every post is settled; then three sources are laid side by side (`checker.ts`).
 */
export async function runStorm(settings: StormSettings): Promise<StormReport> {
  const { seed, posts, accounts, workers } = settings;
  const startedMs = performance.now();
  const dice = createDice(seed);
  const plan = planPosts(dice, { posts, accounts, spreadSeconds: settings.spreadHours * 3600 });
  const faults = createFaults(dice, { misfortunes: true, blows: true });
  await using world = await createStormWorld({
    postgresUrl: settings.postgresUrl,
    plan,
    accounts,
    mediaMisfortune: faults.media,
  });
  const isAbandoned = (account: number) => account % 100 < ABANDONED_OF_100;
  for (const account of world.accountIds.keys()) {
    if (isAbandoned(account)) world.emulator.removeGrant({ username: `account${account}` });
  }
  const people = createPeople(world, { dice, faults, isAbandoned });
  const lines: LogLine[] = [];
  await using crew = createCrew(world, { dice, faults, lines, workers });
  const rounds = await runRounds(world, crew, people, settings);

  const checked = await checkStorm(world, { lines, faults, told: people.told, isAbandoned });
  return {
    ...checked,
    seed,
    rounds,
    virtualHours: world.time.passedMs() / HOUR_MS,
    seconds: (performance.now() - startedMs) / 1000,
    reconnects: people.reconnects(),
  };
}

/** All workers tick, owners meddle, then time passes until something is due: until nothing is. Returns the rounds. */
async function runRounds(
  world: StormWorld,
  crew: Crew,
  people: People,
  { progress, spreadHours, tickMinutes }: StormSettings,
): Promise<number> {
  for (let round = 1; ; round++) {
    await Promise.all([crew.tick(), people.meddle(world.time.passedMs() / 1000)]);
    await Promise.race([world.emulator.settled(), sleep(DOWNLOADS_MS)]);
    await people.tidyUp();
    const { open, waitMs, hurryMs } = await lookAhead(world);
    if (round % 25 === 0) {
      progress?.(`round ${round}, ${(world.time.passedMs() / HOUR_MS).toFixed(1)} h, ${open} open`);
    }
    if (open === 0 || world.time.passedMs() > PATIENCE_MS) return round;
    // The longer it is since the last post was due, the longer do those wait that can.
    const tickMs = tickMinutes * MINUTE_MS;
    const pastMs = world.time.passedMs() - spreadHours * HOUR_MS;
    const patientMs = Math.min(Math.max(pastMs / 4, tickMs), LONGEST_STEP_MS);
    const stepMs = hurryMs === null ? patientMs : Math.min(patientMs, hurryMs);
    await world.time.advance(Math.max(waitMs, stepMs, tickMs));
  }
}

export interface Ahead {
  /** Posts on their way. */
  open: number;
  /** Until the first of them may be worked on: it is due, and its account is free. */
  waitMs: number;
  /**
   * The same of those that may not be left for long: TikTok's hour runs, trouble has kept them from going out, or their
   * looks have been lost for half a day, which a schedule would have made up for within minutes. Null: there are none.
   */
  hurryMs: number | null;
}

/** Who needs attention is asked about for a week; this waits half a day for what is learnt of it. */
export async function lookAhead({ sql }: StormWorld): Promise<Ahead> {
  const [row] = await sql<{ open: number; wait_ms: number | null; hurry_ms: number | null }[]>`
    select count(*)::int as open, min(wait_ms) as wait_ms, min(wait_ms) filter (where is_in_a_hurry) as hurry_ms
    from (
      select
        (extract(epoch from greatest(p.run_at, a.lease_expires_at) - clock_timestamp()) * 1000)::float8 as wait_ms,
        p.status in ('initializing', 'uploading')
          or p.status = 'queued' and p.error_code is distinct from 'reauth_required'
          or p.run_at < clock_timestamp() - interval '12 hours' as is_in_a_hurry
      from public.social_posts p join public.social_accounts a on a.id = p.account_id
      where p.status in ('queued', 'initializing', 'uploading', 'processing')
        or p.status = 'published' and p.run_at is not null
        or p.status = 'needs_attention' and p.run_at is not null
          and p.due_at > clock_timestamp() - interval '12 hours'
    ) on_their_way`;
  return { open: row?.open ?? 0, waitMs: row?.wait_ms ?? 0, hurryMs: row?.hurry_ms ?? null };
}
