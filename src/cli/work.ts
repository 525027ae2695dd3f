import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createAccountAccess } from '../core/access.ts';
import { startDeadline } from '../core/deadline.ts';
import type { Visit, WorkerDeps } from '../core/visit.ts';
import { BACKGROUND_RUN, look } from '../core/worker.ts';
import { openOutbound } from '../outbound.ts';
import type { Account, ClaimedPost } from '../store/rows.ts';
import type { TikTokPublishing } from '../tiktok/client.ts';
import { errorEntry } from '../tiktok/errors.ts';
import { CommandError, EXIT, NEEDS_CONSENT } from './exit.ts';
import { OWNER_ID } from './home.ts';
import { parseMediaWith, withLocalFiles } from './local-media.ts';
import type { HeldPost } from './post-files.ts';
import { type Progress, startByteProgress } from './progress.ts';
import { guardTokens, type Run, type Session } from './session.ts';

/** What is to happen later than this is left to another command. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** How long the link of a post that is published is waited for: most are looked at within a minute. */
const LINK_PATIENCE_MS = 60_000;
/** What is in the way of beginning is tried again so often, and then left to another command. */
const MOST_TRIES = 8;
/** Between two chunks; what waits for longer waits for the end of an upload. */
const LONGEST_BREAK_MS = 60_000;
/** Somebody is waiting: TikTok is asked sooner than the worker would, within its 30 times a minute. */
const LOOKS_AFTER_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** One post on its way, by the worker's own visits, until it is at its end or must wait for longer than anybody would. */
export async function workToTheEnd(
  run: Run,
  session: Session,
  held: HeldPost,
  { wait }: { wait: boolean },
): Promise<void> {
  await using outbound = await openOutbound(session.config, session.log);
  const { onBehalf, config, log } = session;
  const tokens = guardTokens(run.interrupts, outbound.tiktok, onBehalf.accounts);
  const init = guardInit(run, tokens.tiktok, held.queue);
  const bar = startByteProgress('Uploading');
  const deps: WorkerDeps = {
    accounts: tokens.accounts,
    queue: init.queue,
    tiktok: withProgress(init.tiktok, bar),
    media: withLocalFiles(outbound.media),
    appOf: onBehalf.appOf,
    verifiedUrls: config.tiktok.verifiedUrls,
    parseMediaUrl: parseMediaWith(config.mediaAllowedOrigins),
    log,
    monotonicMs: onBehalf.monotonicMs,
    randomId: randomUUID,
  };
  const told = new Set<string>();
  let status: string | null = null;
  for (let looks = 0; ; looks++) {
    const post = await held.read();
    const isFirst = status === null;
    if (post.status !== status) looks = 0;
    status = post.status;
    if (isAtEnd(post, { wait, isFirst }) || isInVain(post, looks)) return;
    const waitMs = isFirst ? msUntilFirstLook(post) : msUntilLook(post, looks);
    if (waitMs > LONGEST_WAIT_MS) return;
    const { error } = post;
    if (error && !told.has(error.code)) run.output.say(error.message);
    if (error) told.add(error.code);
    if (status === 'published' && looks === 0)
      run.output.say('Published. Its link comes when TikTok has looked at it.');
    if (waitMs > 0) await pause(waitMs);
    // What is said next is not to be written over the bar.
    await visit(run, deps, session, held).finally(bar.stop);
  }
}

function isAtEnd(
  { status, shareUrl, runAt, publishedAt }: ClaimedPost,
  { wait, isFirst }: { wait: boolean; isFirst: boolean },
): boolean {
  switch (status) {
    case 'failed':
    case 'cancelled':
    case 'delivered':
      return true;
    case 'needs_attention':
      // Whoever comes back to it has it looked for once more.
      return !isFirst || runAt === null;
    case 'published':
      if (shareUrl !== null || runAt === null) return true;
      return !isFirst && (!wait || Date.now() - (publishedAt?.getTime() ?? 0) > LINK_PATIENCE_MS);
    case 'processing':
      return !wait && !isFirst;
    default:
      return false;
  }
}

/** Only its owner can help, or nothing has for a while. */
function isInVain(post: ClaimedPost, looks: number): boolean {
  if (post.status !== 'queued' || looks === 0) return false;
  return NEEDS_CONSENT.includes(post.error?.code ?? '') || (!isHeld(post) && looks > MOST_TRIES);
}

function msUntilLook(post: ClaimedPost, looks: number): number {
  const { status, runAt } = post;
  const plannedMs = runAt === null ? 0 : Math.max(runAt.getTime() - Date.now(), 0);
  const mustWait = isHeld(post) || (status === 'uploading' && plannedMs > LONGEST_BREAK_MS);
  const soonMs = LOOKS_AFTER_MS[Math.min(looks, LOOKS_AFTER_MS.length - 1)] ?? 0;
  return mustWait ? plannedMs : Math.min(plannedMs, soonMs);
}

/** By one of TikTok's limits. */
function isHeld({ status, error }: ClaimedPost): boolean {
  return status === 'queued' && errorEntry(error?.code ?? '')?.disposition.kind === 'wait';
}

/** Whoever starts the command again may have mended what was in the way: only a limit of TikTok's is still waited for. */
function msUntilFirstLook(post: ClaimedPost): number {
  return isHeld(post) ? msUntilLook(post, 0) : 0;
}

/** One look at the post, under the account's lease as the worker's. */
async function visit(run: Run, deps: WorkerDeps, session: Session, held: HeldPost): Promise<void> {
  const holder = randomUUID();
  const account = await leaseAccount(run, session, holder);
  try {
    const deadline = startDeadline(deps.monotonicMs, BACKGROUND_RUN.tickMs);
    const now = () => new Date();
    const visit: Visit = {
      deps,
      account,
      post: await held.read(),
      access: createAccountAccess(deps, account, deadline, now),
      deadline,
      now,
      held: new Set(),
      checks: { refusal: null },
      creators: new Map(),
      inSlot: (work) => work(),
      leaveForLater: () => undefined,
    };
    await look(visit);
  } finally {
    await session.onBehalf.accounts.release(holder);
  }
}

/** Posts of one account go one after the other: limits, caps and tokens are the account's. */
async function leaseAccount(run: Run, { onBehalf, account }: Session, holder: string): Promise<Account> {
  for (let tries = 0; ; tries++) {
    const lease = await onBehalf.accounts.lease(OWNER_ID, account.id, holder, 0);
    if (lease.isLeased && lease.account) return lease.account;
    if (lease.isLeased) {
      const message = 'The account was forgotten meanwhile. Authorize it again, then go on.';
      throw new CommandError(EXIT.reauthorize, 'account_missing', message);
    }
    if (tries === 0) run.output.say('Another command is at work on this account; waiting for it.');
    await onBehalf.pause(500);
  }
}

/** From an init's beginning until its answer is written down, an interrupt waits. */
function guardInit(run: Run, tiktok: TikTokPublishing, queue: HeldPost['queue']) {
  let saved: () => void = () => undefined;
  return {
    tiktok: {
      ...tiktok,
      async initPost(...call: Parameters<TikTokPublishing['initPost']>) {
        saved = await run.interrupts.begin();
        return tiktok.initPost(...call);
      },
    },
    queue: {
      ...queue,
      recordInit: (...call: Parameters<typeof queue.recordInit>) =>
        queue.recordInit(...call).finally(() => saved()),
      advance: (...call: Parameters<typeof queue.advance>) => queue.advance(...call).finally(() => saved()),
    },
  };
}

/** Shows how many bytes have gone out, as they go. */
function withProgress(tiktok: TikTokPublishing, bar: Progress): TikTokPublishing {
  return {
    ...tiktok,
    putChunk: (chunk) => tiktok.putChunk({ ...chunk, bytes: counted(chunk) }),
  };

  async function* counted({ bytes, startByte, sizeBytes }: Parameters<TikTokPublishing['putChunk']>[0]) {
    let sentBytes = startByte;
    bar.update(sentBytes, sizeBytes);
    for await (const piece of bytes) {
      yield piece;
      sentBytes += piece.byteLength;
      bar.update(sentBytes, sizeBytes);
    }
  }
}
