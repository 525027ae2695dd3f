import { POST_STATUSES, type PostStatus } from '../../src/contract.ts';
import { TRANSITIONS } from '../../src/core/machine.ts';
import type { LedgerEntry } from '../emulator/emulator.ts';
import { type Faults, namesOfBlows, namesOfFaults } from './faults.ts';
import type { IsAbandoned, Told } from './people.ts';
import { type Fate, numberFromTitle, type PlannedPost } from './plan.ts';
import type { LogLine } from './worker.ts';
import type { StormWorld } from './world.ts';

/** What became of a post. All but the first three are violations. */
export type Verdict =
  | 'ok'
  /** Nobody can know, and its owner is asked. */
  | 'attention_published'
  | 'attention_unpublished'
  | 'duplicate'
  | 'lost'
  | 'stuck'
  | 'false_failed'
  | 'false_published'
  | 'wrong_content'
  | 'broken_history';

const ALLOWED: readonly Verdict[] = ['ok', 'attention_published', 'attention_unpublished'];

export interface Checked {
  verdicts: Record<Verdict, number>;
  /** Uploads that need attention although TikTok did nothing to deserve it, of all uploads. */
  attentionByUpload: { count: number; of: number };
  /** How often each fault, blow, transition and state was met. */
  met: ReadonlyMap<string, number>;
  /** Calls of `init` beyond six within one minute of one account, by the emulator's record. */
  initsOverLimit: number;
  /** The posts that went wrong, with all that is known of them. */
  offenders: string[];
}

interface Evidence {
  lines: readonly LogLine[];
  faults: Faults;
  told: ReadonlyMap<number, Told>;
  isAbandoned: IsAbandoned;
}

interface PostRow {
  id: string;
  status: PostStatus;
  title: string | null;
  mode: 'direct' | 'draft';
  publish_id: string | null;
  post_ids: string[];
  attempt_count: number;
  run_at: Date | null;
  error_code: string | null;
}

interface AttemptRow {
  post_id: string;
  attempt_no: number;
  transfer: 'pull' | 'upload';
  publish_id: string | null;
  recorded_at: Date | null;
  outcome: string | null;
  error_code: string | null;
}

/** Everything that is known of one post. */
interface Case {
  planned: PlannedPost;
  row: PostRow | undefined;
  attempts: AttemptRow[];
  entries: LedgerEntry[];
  told: Told | undefined;
  /** Its owner was told that it needs attention. */
  isAsked: boolean;
  isAbandoned: boolean;
  sha256: string | null;
}

/** Lays side by side what our tables say, what TikTok has, and what owners were told. */
export async function checkStorm(world: StormWorld, evidence: Evidence): Promise<Checked> {
  const rows = await world.sql<PostRow[]>`select * from public.social_posts`;
  const attempts = await world.sql<AttemptRow[]>`
    select * from public.social_post_attempts order by post_id, attempt_no`;
  const asked = await world.sql<{ post_id: string }[]>`
    select distinct post_id from public.social_post_events where status = 'needs_attention'`;
  const askedIds = new Set(asked.map(({ post_id: id }) => id));
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const attemptsById = Map.groupBy(attempts, ({ post_id: id }) => id);
  const ledger = Map.groupBy(world.emulator.ledger(), (entry) => numberOf(entry, world.plan));
  const linesById = Map.groupBy(evidence.lines, ({ postId }) => String(postId));

  const verdicts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  const offenders: string[] = [];
  const attention = { count: 0, of: 0 };
  for (const planned of world.plan) {
    const { id } = world.posts[planned.number] ?? { id: '' };
    const isOnTikTok = (ledger.get(planned.number) ?? []).some(isThere);
    const found: Case = {
      planned,
      row: rowById.get(id),
      attempts: attemptsById.get(id) ?? [],
      entries: ledger.get(planned.number) ?? [],
      told: evidence.told.get(planned.number),
      isAsked: askedIds.has(id),
      isAbandoned: evidence.isAbandoned(planned.account),
      sha256: isOnTikTok ? world.films.sha256Of(planned) : null,
    };
    const { verdict, why } = judge(found);
    verdicts[verdict]++;
    if (planned.transfer === 'upload') attention.of++;
    const isUndeserved =
      verdict.startsWith('attention') && planned.transfer === 'upload' && !deservesAttention(found);
    if (isUndeserved) attention.count++;
    if (!ALLOWED.includes(verdict) || isUndeserved) {
      offenders.push(describe(found, `${verdict}: ${why}`, linesById.get(id) ?? []));
    }
  }
  return {
    verdicts,
    attentionByUpload: attention,
    met: countMet(evidence, rows, attempts),
    initsOverLimit: countInitsOverLimit(world),
    offenders,
  };
}

const VERDICTS: readonly Verdict[] = [
  ...ALLOWED,
  'duplicate',
  'lost',
  'stuck',
  'false_failed',
  'false_published',
  'wrong_content',
  'broken_history',
];

/** A publish that is on TikTok, or a draft that reached the inbox: what there must not be two of. */
const isThere = ({ published, delivered }: LedgerEntry) => published || delivered;

function judge({ planned, row, attempts, entries, told, isAsked, isAbandoned, sha256 }: Case): {
  verdict: Verdict;
  why: string;
} {
  const there = entries.filter(isThere);
  const [first] = there;
  if (!row) return { verdict: 'lost', why: 'its row is gone' };
  if (there.length > 1) return { verdict: 'duplicate', why: `it is on TikTok ${there.length} times` };
  if (first && first.sha256 !== sha256) return { verdict: 'wrong_content', why: 'TikTok has other bytes' };
  if (first?.title && first.title !== row.title) {
    return { verdict: 'wrong_content', why: `TikTok has “${first.title}”, the row “${row.title}”` };
  }
  if (told === 'edited' && !row.title?.endsWith('anew')) return { verdict: 'lost', why: 'its edit is gone' };
  const broken = historyProblem(row, attempts, entries);
  if (broken) return { verdict: 'broken_history', why: broken };

  switch (row.status) {
    case 'published':
    case 'delivered':
      if (!first) return { verdict: 'false_published', why: 'TikTok has nothing of it' };
      if (row.publish_id === null ? !isShown(row, first) : first.publishId !== row.publish_id)
        return { verdict: 'false_published', why: 'by another publish id' };
      if (row.status === 'published' && !first.published) {
        return { verdict: 'false_published', why: 'it is a draft still' };
      }
      if (told === 'cancelled') return { verdict: 'lost', why: 'its owner was told that it is cancelled' };
      return { verdict: 'ok', why: '' };
    case 'failed':
      if (first) return { verdict: 'false_failed', why: 'TikTok has it' };
      return deservesFailure(planned, entries, isAsked || told === 'cancel_requested')
        ? { verdict: 'ok', why: '' }
        : { verdict: 'false_failed', why: `nothing but passing troubles: ${row.error_code}` };
    case 'cancelled':
      if (first) return { verdict: 'false_failed', why: 'TikTok has it although it is cancelled' };
      return told === 'cancelled' || told === 'cancel_requested'
        ? { verdict: 'ok', why: '' }
        : { verdict: 'lost', why: 'nobody has cancelled it' };
    case 'needs_attention':
      if (isAbandoned && first) return { verdict: 'false_published', why: 'without any consent' };
      return { verdict: first ? 'attention_published' : 'attention_unpublished', why: row.error_code ?? '' };
    default:
      return { verdict: 'stuck', why: `still ${row.status}, next look at ${row.run_at?.toISOString()}` };
  }
}

/** A publish whose id nobody was told can be known by its video. */
const isShown = (row: PostRow, { postIds }: LedgerEntry) => row.post_ids.some((id) => postIds.includes(id));

/** How often TikTok must have ended it with all its bytes there before we may call it failed. */
const ENOUGH_FAILURES = 3;

function deservesFailure(
  { fate }: PlannedPost,
  entries: readonly LedgerEntry[],
  isInItsOwnersHands: boolean,
): boolean {
  if (fate === 'refused' || fate === 'no_video' || fate === 'fails_for_good') return true;
  // Not those that died of age before they were whole.
  const ended = entries.filter(({ status, sha256 }) => status === 'FAILED' && sha256 !== null);
  // Its owner was asked, or was promised that it stops: when TikTok has ended it, another try is theirs to ask for.
  const isEnded = entries.some(({ status }) => status === 'FAILED');
  return ended.length >= ENOUGH_FAILURES || (isInItsOwnersHands && isEnded);
}

function deservesAttention({ planned, isAbandoned }: Case): boolean {
  return isAbandoned || isForgetful(planned.fate);
}

const isForgetful = (fate: Fate) => fate === 'forgotten' || fate === 'fails_forgotten';

/** The attempts must tell one story, without gaps, that ends where the post does. */
function historyProblem(
  row: PostRow,
  attempts: readonly AttemptRow[],
  entries: readonly LedgerEntry[],
): string | null {
  if (attempts.some(({ attempt_no: number }, index) => number !== index + 1)) return 'its attempts have gaps';
  if (attempts.length !== row.attempt_count) return 'its attempts are miscounted';
  const live = attempts.filter(({ outcome }) => outcome === null);
  if (live.length > 1) return 'it has several live attempts';
  const isOver = ['published', 'delivered', 'failed', 'cancelled', 'queued'].includes(row.status);
  if (isOver && live.length > 0) return `it is ${row.status}, and an attempt lives`;
  const known = new Set(entries.map(({ publishId }) => publishId));
  const unknown = attempts.find(({ publish_id: id }) => id !== null && !known.has(id));
  if (unknown) return `TikTok never gave ${unknown.publish_id}`;
  const last = attempts.at(-1);
  if (row.status === 'delivered' && last?.outcome !== 'delivered') return 'delivered by no attempt';
  if (row.status === 'published' && !['published', 'delivered'].includes(last?.outcome ?? ''))
    return 'published by no attempt';
  return null;
}

function numberOf(entry: LedgerEntry, plan: readonly PlannedPost[]): number {
  const [url = ''] = [entry.videoUrl ?? entry.photoUrls[0] ?? ''];
  const byUrl = /\/(\d+)\.\w+$/.exec(url)?.[1];
  return (
    numberFromTitle(entry.title) ??
    (byUrl === undefined ? undefined : Number(byUrl)) ??
    plan.findIndex(({ sizeBytes }) => sizeBytes === entry.sizeBytes)
  );
}

function countMet(
  { faults, lines }: Evidence,
  rows: readonly PostRow[],
  attempts: readonly AttemptRow[],
): Map<string, number> {
  const met = new Map(faults.counts);
  const count = (what: string) => met.set(what, (met.get(what) ?? 0) + 1);
  for (const line of lines) {
    if (line.event !== 'post_moved' || line.result !== 'ok') continue;
    count(`transition ${line.from}.${line.because}`);
    count(`state ${line.from}`);
  }
  for (const { transfer, recorded_at: recordedAt } of attempts) {
    count('transition queued.begin');
    if (recordedAt)
      count(`transition initializing.${transfer === 'pull' ? 'pull_accepted' : 'upload_opened'}`);
  }
  for (const { status } of rows) count(`state ${status}`);
  return met;
}

/** What a storm cannot bring about, each held by a test of its own. */
const BEYOND_A_STORM: ReadonlySet<string> = new Set([
  // The emulator ends an upload by itself when its hour is over, so none is ever found dead and unfinished.
  'transition uploading.expired',
  'transition uploading.expired_for_good',
  // TikTok's event would have to come between its owner's word and the next try.
  'transition queued.doubt',
  // Which TikTok forgets are not those whose owners cancel them.
  'transition needs_attention.cancelled',
]);

/**
 * What should have happened at least so often, and did not: a storm that did not rage proves nothing. `byKind`: dying
 * and freezing are counted each by itself, and so is what happens before a request and after it; else any will do.
 */
export function neverMet(met: ReadonlyMap<string, number>, atLeast: number, byKind: boolean): string[] {
  const group = (name: string) =>
    byKind ? name : name.replace(/(crash|pause)_(before|after)$/, 'blow').replace(/_(before|after)$/, '');
  const grouped = new Map<string, number>();
  for (const [name, count] of met) grouped.set(group(name), (grouped.get(group(name)) ?? 0) + count);
  const transitions = Object.entries(TRANSITIONS).flatMap(([state, events]) =>
    Object.keys(events).map((event) => `transition ${state}.${event}`),
  );
  const wanted = [
    ...namesOfFaults().map(group),
    ...namesOfBlows().map(group),
    ...transitions.filter((name) => !BEYOND_A_STORM.has(name)),
    ...POST_STATUSES.map((status) => `state ${status}`),
  ];
  return [...new Set(wanted)]
    .map((name) => ({ name, count: grouped.get(name) ?? 0 }))
    .filter(({ count }) => count < atLeast)
    .map(({ name, count }) => `${name} ${count}×`);
}

const INITS_A_MINUTE = 6;

function countInitsOverLimit({ emulator }: StormWorld): number {
  const inits = emulator.requests().filter(({ endpoint }) => endpoint?.endsWith('_init'));
  let over = 0;
  for (const ofAccount of Map.groupBy(inits, ({ username }) => username).values()) {
    const instants = ofAccount.map(({ at }) => at).sort((a, b) => a - b);
    over += instants.filter((at, index) => {
      const seventhBefore = instants[index - INITS_A_MINUTE];
      return seventhBefore !== undefined && seventhBefore > at - 60_000;
    }).length;
  }
  return over;
}

function describe({ planned, row, attempts, entries }: Case, verdict: string, lines: readonly LogLine[]) {
  return [
    `post ${planned.number} ${verdict}`,
    `  planned: ${JSON.stringify(planned)}`,
    `  row: ${JSON.stringify(row && { status: row.status, error: row.error_code, publishId: row.publish_id, title: row.title })}`,
    ...attempts.map(
      (attempt) =>
        `  attempt ${attempt.attempt_no}: ${attempt.outcome} ${attempt.publish_id} ${attempt.error_code ?? ''}`,
    ),
    ...entries.map(
      ({ publishId, status, failReason, published, receivedBytes }) =>
        `  TikTok: ${publishId} ${status} ${failReason ?? ''} ${published ? 'published' : ''} ${receivedBytes} bytes`,
    ),
    ...lines.map((line) => `  log: ${JSON.stringify(line)}`),
  ].join('\n');
}

/** What is wrong with a storm; empty when nothing is. */
export function violationsOf(checked: Checked): string[] {
  const { verdicts, attentionByUpload } = checked;
  const wrong = VERDICTS.filter((verdict) => !ALLOWED.includes(verdict) && verdicts[verdict] > 0).map(
    (verdict) => `${verdicts[verdict]} × ${verdict}`,
  );
  const { count, of } = attentionByUpload;
  if (count > of * ATTENTION_AT_MOST) wrong.push(`${count} of ${of} uploads need attention`);
  return wrong;
}

/** Of all uploads. */
const ATTENTION_AT_MOST = 0.002;
