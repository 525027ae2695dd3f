import { setTimeout as pause } from 'node:timers/promises';
import { openSealedStore } from '../app.ts';
import type { Env } from '../config.ts';
import { type KeyReport, type KeyUse, type RotationReport, reportKeys, rotateKeys } from '../core/keys.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { table } from './output.ts';
import { startProgress } from './progress.ts';

interface Options {
  json?: true;
}

const EXIT_CODES = {
  rotated: EXIT.done,
  old_keys_in_use: EXIT.leftToDo,
  values_unreadable: EXIT.unreadable,
} as const;

/** @returns the exit code. @throws {ConfigError} @throws {StoreError} */
export async function keysStatus(env: Env, { json }: Options): Promise<ExitCode> {
  const report = await reportKeys(openSealedStore(env));
  print(json ? JSON.stringify(report) : describe(report));
  return EXIT_CODES[report.verdict];
}

/** @returns the exit code. @throws {ConfigError} @throws {StoreError} */
export async function keysRotate(env: Env, { json }: Options): Promise<ExitCode> {
  const sealed = openSealedStore(env);
  const bar = startProgress('Sealing');
  let report: RotationReport;
  try {
    report = await rotateKeys({ sealed, pause }, bar.update);
  } finally {
    bar.stop();
  }
  print(json ? JSON.stringify(report) : describeRotation(report));
  return EXIT_CODES[report.verdict];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const ROLES = {
  seals: 'first: it seals',
  opens: 'it opens',
  missing: 'MISSING from TOKEN_ENCRYPTION_KEYS',
} as const;

function describe({ keys, verdict }: KeyReport): string {
  const rows = [
    ['key', 'in the environment', 'has sealed', ''],
    ...keys.map((use) => [
      use.kid ?? '(no key of ours)',
      ROLES[use.role],
      String(use.values),
      Object.entries(use.columns)
        .map(([column, values]) => `${values} ${column}`)
        .join(', '),
    ]),
  ];
  return [table(rows), '', advice(keys, verdict)].join('\n');
}

function advice(keys: readonly KeyUse[], verdict: KeyReport['verdict']): string {
  if (verdict === 'values_unreadable') {
    return 'Something does not open. Put a missing key behind the others in TOKEN_ENCRYPTION_KEYS; an account whose tokens were altered, or whose key is lost, must be connected again.';
  }
  if (verdict === 'old_keys_in_use') return 'Next: npm run tiktok -- keys rotate';
  const unused = keys.filter(({ role }) => role === 'opens').map(({ kid }) => kid);
  return unused.length === 0
    ? 'Everything is sealed with the one key there is.'
    : `Nothing is sealed with ${unused.join(', ')} any more: remove it once no older deploy can still be at work (15 minutes).`;
}

const UNREADABLE_SHOWN = 10;

function describeRotation(report: RotationReport): string {
  const { resealed, unreadable } = report;
  const hidden = unreadable.length - UNREADABLE_SHOWN;
  return [
    `${resealed} sealed anew.`,
    ...(unreadable.length > 0 ? [`${unreadable.length} left as they are:`] : []),
    ...unreadable
      .slice(0, UNREADABLE_SHOWN)
      .map(({ table, column, id, reason }) => `  ${table}.${column} of ${id}: ${reason}`),
    ...(hidden > 0 ? [`  and ${hidden} more; --json lists them all`] : []),
    '',
    describe(report),
  ].join('\n');
}
