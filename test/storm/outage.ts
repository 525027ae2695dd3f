import { type Checked, checkStorm } from './checker.ts';
import { createCrew } from './crew.ts';
import { createDice } from './dice.ts';
import { createFaults } from './faults.ts';
import { planPosts } from './plan.ts';
import { lookAhead } from './storm.ts';
import type { LogLine } from './worker.ts';
import { createStormWorld, type StormWorld } from './world.ts';

export interface OutageSettings {
  postgresUrl: string;
  seed: number;
  posts: number;
  accounts: number;
  workers: number;
}

export interface OutageReport extends Checked {
  /** From TikTok's return until the last post's bytes were with it, in virtual time; null: not within the patience. */
  drainedMinutes: number | null;
  /** How many posts were still to go out at TikTok's return, and each five minutes after it. */
  backlog: number[];
}

const MINUTE_MS = 60_000;
const OUTAGE_MINUTES = 60;
const PATIENCE_MINUTES = 180;

/** TikTok is down for an hour, in which all posts fall due; workers tick every minute. */
export async function runOutage(settings: OutageSettings): Promise<OutageReport> {
  const { posts, accounts, workers } = settings;
  const dice = createDice(settings.seed);
  const plan = planPosts(dice, { posts, accounts, spreadSeconds: OUTAGE_MINUTES * 60, isPlain: true });
  const faults = createFaults(dice, { misfortunes: false, blows: false });
  await using world = await createStormWorld({ postgresUrl: settings.postgresUrl, plan, accounts });
  let minute = 0;
  const lines: LogLine[] = [];
  const isTikTokDown = () => minute < OUTAGE_MINUTES;
  await using crew = createCrew(world, { dice, faults, lines, workers, isTikTokDown });

  const backlog: number[] = [];
  let drainedMinutes: number | null = null;
  for (; minute < OUTAGE_MINUTES + PATIENCE_MINUTES; minute++) {
    if (minute >= OUTAGE_MINUTES && (minute - OUTAGE_MINUTES) % 5 === 0)
      backlog.push(await countToGoOut(world));
    await crew.tick();
    if (minute >= OUTAGE_MINUTES && (await countToGoOut(world)) === 0) {
      drainedMinutes ??= minute - OUTAGE_MINUTES;
      if ((await lookAhead(world)).open === 0) break;
    }
    await world.time.advance(MINUTE_MS);
  }
  const evidence = { lines, faults, told: new Map(), isAbandoned: () => false };
  return { ...(await checkStorm(world, evidence)), drainedMinutes, backlog };
}

async function countToGoOut({ sql }: StormWorld): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from public.social_posts
    where status in ('queued', 'initializing', 'uploading')`;
  return row?.count ?? 0;
}
