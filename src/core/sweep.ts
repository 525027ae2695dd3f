import { describeError } from '../lib/log.ts';
import { SealError } from '../lib/seal.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { RevocationStore } from '../store/revocations.ts';
import type { Account, Revocation, SweepResult } from '../store/rows.ts';
import { type AccessDeps, createAccountAccess } from './access.ts';
import { type Deadline, databaseClock, type MonotonicMs, startDeadline } from './deadline.ts';
import { type RevokeDeps, takeConsentBack } from './revoke.ts';

export interface SweepDeps extends AccessDeps, RevokeDeps {
  accounts: AccountStore;
  revocations: RevocationStore;
  tiktok: AccessDeps['tiktok'] & RevokeDeps['tiktok'];
  monotonicMs: MonotonicMs;
  randomId(): string;
}

/** Netlify ends a scheduled function after 30 s: nothing is begun after the first, and the database not asked after the second. */
const SWEEP_MS = 22_000;
const STOP_MS = 25_000;
/** Longer than the platform lets a sweep live, plus the longest request it may leave behind. */
const LEASE_SECONDS = 60;
/** With less left, nothing more is claimed: a refresh could not be waited for. */
const BATCH_NEEDS_MS = 13_000;
/** Asked at the same time, and in all: what is left waits for the next sweep. */
const BATCH = 8;
const MOST_BATCHES = 25;

export interface SweepReport {
  /** Accounts whose tokens were renewed. */
  renewed: number;
  /** Accounts that TikTok wants connected again. */
  lost: number;
  /** Consents that were taken back, or cannot be. */
  settled: number;
  /** Of either kind, to be tried again. */
  waiting: number;
}

type End = keyof SweepReport;

/**
 * Keeps accounts alive on which nothing is posted: their refresh tokens are used before they end. And takes back consents
 * of disconnected accounts that TikTok could not be told of. An idle sweep is one call of the database.
 * @throws {StoreError} if the database does not answer.
 */
export async function sweep(start: (stop: AbortSignal) => SweepDeps): Promise<SweepReport> {
  const deps = start(AbortSignal.timeout(STOP_MS));
  const deadline = startDeadline(deps.monotonicMs, SWEEP_MS);
  const report: SweepReport = { renewed: 0, lost: 0, settled: 0, waiting: 0 };
  for (let batches = 0; batches < MOST_BATCHES && deadline.leftMs() >= BATCH_NEEDS_MS; batches++) {
    const ends = await sweepBatch(deps, deadline);
    for (const end of ends) report[end]++;
    // Where TikTok has given nobody an answer that counts, the others are left in peace until the next sweep.
    if (ends.length < BATCH || ends.every((end) => end === 'waiting')) break;
  }
  return report;
}

async function sweepBatch(deps: SweepDeps, deadline: Deadline): Promise<End[]> {
  const { revocations, accounts, log } = deps;
  const holder = deps.randomId();
  const askedAtMs = deps.monotonicMs();
  const claimed = await revocations.claim(holder, BATCH, LEASE_SECONDS);
  const now = databaseClock(deps.monotonicMs, claimed.databaseNow, askedAtMs);
  tell(deps, claimed);
  const results = await Promise.allSettled([
    ...claimed.accounts.map((account) => renew(deps, account, deadline, now)),
    ...claimed.revocations.map((revocation) => revoke(deps, revocation, holder, deadline, now)),
  ]);
  if (claimed.accounts.length > 0) {
    await accounts.release(holder).catch((error) => log.warn('release_failed', describeError(error)));
  }
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function tell({ log }: SweepDeps, { warnings, givenUp }: SweepResult): void {
  for (const { accountId, endsAt } of warnings) {
    log.warn('account_ends_soon', { accountId, endsAt: endsAt.toISOString() });
  }
  for (const accountId of givenUp) log.warn('revocation_given_up', { accountId });
}

/** TikTok alone says that a token is dead; its time may be up by our reckoning. */
async function renew(deps: SweepDeps, account: Account, deadline: Deadline, now: () => Date): Promise<End> {
  const access = await createAccountAccess(deps, account, deadline, now).renew();
  if (access.kind === 'ok') return 'renewed';
  const { code } = access.notice;
  deps.log.warn('account_not_renewed', { accountId: account.id, code });
  return access.kind === 'reconnect' ? 'lost' : 'waiting';
}

async function revoke(
  deps: SweepDeps,
  revocation: Revocation,
  holder: string,
  deadline: Deadline,
  now: () => Date,
): Promise<End> {
  const { revocations, log } = deps;
  try {
    const [accessToken, refreshToken] = await Promise.all([
      revocations.openToken(revocation, 'access_token'),
      revocations.openToken(revocation, 'refresh_token'),
    ]);
    const consent = { ...revocation, holder, version: revocation.tokenVersion, accessToken, refreshToken };
    const end = await takeConsentBack(deps, consent, deadline, now);
    log.info('revocation_tried', { accountId: revocation.accountId, result: end });
    return end === 'refused' || end === 'unanswered' ? 'waiting' : 'settled';
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    log.error('token_unreadable', { accountId: revocation.accountId, ...describeError(error) });
    await revocations.release(revocation.id, holder, false);
    return 'waiting';
  }
}
