import { parseArgs } from 'node:util';
import { rotateUnderLoad } from '../cli/rotation.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { buildTemplate } from '../support/template.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { type Checked, neverMet, violationsOf } from './checker.ts';
import { runOutage } from './outage.ts';
import { type ProcessReport, type ProcessSettings, runKills, runRestarts } from './processes.ts';
import { refreshViolations, runRefreshStorm } from './refresh.ts';
import { runStorm } from './storm.ts';

/** `npm run soak`: the long storms, one after the other, each on a Postgres of its own. See README.md. */

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    posts: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'r1,r6,r7,r8,r10,s4' },
    minutes: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const posts = Number(values.posts);
const WORKERS = 3;
/** The goals for the other phases are set for a fifth, or a tenth, of the posts of the first. */
const fewer = (count: number) => Math.max(Math.min(count, posts), 1);
const POSTS_AN_ACCOUNT = 5;
const accountsFor = (count: number) => Math.ceil(count / POSTS_AN_ACCOUNT);

/** Prints its figures; returns what is wrong. */
type Phase = (postgres: TestPostgres) => Promise<string[]>;

const PHASES: Record<string, Phase> = {
  async r1({ url: postgresUrl }) {
    const report = await runStorm({
      postgresUrl,
      seed,
      posts,
      accounts: accountsFor(posts),
      workers: WORKERS,
      spreadHours: 4,
      tickMinutes: 3,
      progress,
    });
    printChecked(report);
    console.log(
      `  ${report.rounds} rounds, ${report.virtualHours.toFixed(1)} virtual hours, ${report.reconnects} accounts connected again`,
    );
    const atLeast = Math.max(Math.floor((20 * posts) / 10_000), 1);
    const missing = neverMet(report.met, atLeast, posts >= 10_000);
    const vacuous =
      missing.length > 0 ? [`vacuous, met less than ${atLeast} times: ${missing.join(', ')}`] : [];
    return [...violationsOf(report), ...vacuous];
  },
  r6: (postgres) => withProcesses(runKills, postgres, 10, 'kills'),
  async r7(postgres) {
    return withProcesses(runRestarts, postgres, 5, 'restarts');
  },
  async r8({ url: postgresUrl }) {
    const count = fewer(1_000);
    const report = await runOutage({
      postgresUrl,
      seed,
      posts: count,
      accounts: accountsFor(count),
      workers: WORKERS,
    });
    printChecked(report);
    console.log(
      `  drained ${report.drainedMinutes} minutes after the outage; every five: ${report.backlog.join(', ')}`,
    );
    const violations = violationsOf(report);
    if (report.drainedMinutes === null || report.drainedMinutes > DRAINED_WITHIN_MINUTES)
      violations.push(
        `the backlog took ${report.drainedMinutes} minutes, more than ${DRAINED_WITHIN_MINUTES}`,
      );
    if (report.initsOverLimit > 0)
      violations.push(`${report.initsOverLimit} calls of init above six a minute for an account`);
    return violations;
  },
  async r10({ url: postgresUrl }) {
    const refreshes = fewer(10_000);
    const storm = { postgresUrl, seed, refreshes, accounts: 20, lostAnswers: Math.ceil(refreshes / 100) };
    const { oddAnswers, ...figures } = await runRefreshStorm(storm);
    console.log(`  ${JSON.stringify(figures)}`);
    return refreshViolations({ oddAnswers, ...figures }, storm);
  },
  async s4({ url: postgresUrl }) {
    await using database = await openTestDatabase(postgresUrl, { isApart: true });
    const { errors, ...figures } = await rotateUnderLoad(database, fewer(10_000));
    console.log(`  ${JSON.stringify(figures)}`);
    const isVacuous = Math.min(figures.reads, figures.refreshes, figures.claims) === 0;
    return [
      ...errors.slice(0, OFFENDERS_SHOWN),
      ...(figures.exitCodes.some((code) => code !== 0) ? ['the old key is not proven unused'] : []),
      ...(isVacuous ? ['vacuous: nothing else was going on'] : []),
    ];
  },
};

const DRAINED_WITHIN_MINUTES = 15;
const RECOVERY_SECONDS = 90;

async function withProcesses(
  run: (settings: ProcessSettings) => Promise<ProcessReport>,
  postgres: TestPostgres,
  minutes: number,
  strokes: string,
): Promise<string[]> {
  const count = fewer(2_000);
  const report = await run({
    postgres,
    seed,
    posts: count,
    accounts: accountsFor(count),
    workers: WORKERS,
    minutes: Number(values.minutes ?? minutes),
    progress,
  });
  printChecked(report);
  const { recovery } = report;
  const told = recovery
    ? `work went on in ${recovery.recoverySeconds.toFixed(0)} s, and what was due then was done in ${recovery.drainedSeconds.toFixed(0)} s`
    : 'nothing was left to do';
  console.log(`  ${report.strokes} ${strokes}; after the last, ${told}`);
  const violations = violationsOf(report);
  if (report.strokes === 0) violations.push(`vacuous: no ${strokes}`);
  if (!recovery) violations.push('vacuous: nothing to recover');
  else if (recovery.drainedSeconds > RECOVERY_SECONDS)
    violations.push(`recovery took ${recovery.drainedSeconds.toFixed(0)} s, more than ${RECOVERY_SECONDS}`);
  return violations;
}

function progress(line: string): void {
  console.log(`    ${line}`);
}

function printChecked({ verdicts, attentionByUpload, initsOverLimit, offenders }: Checked): void {
  console.log(
    `  ${Object.entries(verdicts)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', ')}`,
  );
  console.log(
    `  attention by upload ${attentionByUpload.count} of ${attentionByUpload.of}; inits over the limit ${initsOverLimit}`,
  );
  for (const offender of offenders.slice(0, OFFENDERS_SHOWN)) console.log(offender.replaceAll(/^/gm, '  '));
}

const OFFENDERS_SHOWN = 20;

async function main(): Promise<void> {
  console.log(`seed ${seed}`);
  const chosen = values.only.split(',');
  const unknown = chosen.filter((name) => !Object.hasOwn(PHASES, name));
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !(posts > 0)) {
    throw new TypeError(`--only takes ${Object.keys(PHASES).join(', ')}; --seed and --posts whole numbers`);
  }
  let isBad = false;
  for (const name of chosen) {
    const startedMs = performance.now();
    console.log(`${name}: begins`);
    const postgres = await startPostgres({ isCrashSafe: true });
    try {
      await buildTemplate(postgres.url);
      const violations = (await PHASES[name]?.(postgres)) ?? [];
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      console.log(
        `${name}: ${violations.length === 0 ? 'good' : `BAD: ${violations.join('; ')}`} (${seconds} s)`,
      );
      isBad ||= violations.length > 0;
    } finally {
      await postgres.close();
    }
  }
  console.log(isBad ? `BAD; again with --seed ${seed}` : 'good');
  process.exit(isBad ? 1 : 0);
}

await main();
