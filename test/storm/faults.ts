import type { Dice } from './dice.ts';
import type { MediaMisfortune } from './films.ts';
import type { Asked } from './names.ts';
import type { PlannedPost } from './plan.ts';

/** What may befall one request. `before`: it takes no effect; `after`: only its answer suffers. */
export type Misfortune =
  | 'refused_connection'
  | 'reset_before'
  | 'reset_after'
  | 'timeout_before'
  | 'timeout_after'
  | 'error_5xx_before'
  | 'error_5xx_after'
  | 'cut_json'
  | 'rate_limited'
  /** TikTok's answer to a status question has no place in it for the publish. */
  | 'forgotten'
  /** TikTok's status says that the publish failed, and names the public post. */
  | 'contradiction'
  /** TikTok says no, and that stays. */
  | 'refused';

/** What may befall the worker at one of its requests. */
export type Blow = 'crash_before' | 'crash_after' | 'pause_before' | 'pause_after';

type Chances = Partial<Record<Misfortune, number>>;

/** What comes seldom, but for few posts or once a tick, must go wrong the more often to go wrong often enough. */
const TIKTOK_MISFORTUNES: Record<string, Chances> = {
  // `refused_connection` is decided when the attempt is begun: the connection must not even open.
  init: {
    error_5xx_before: 0.025,
    error_5xx_after: 0.025,
    timeout_before: 0.01,
    timeout_after: 0.02,
    reset_after: 0.01,
    cut_json: 0.01,
    rate_limited: 0.02,
  },
  chunk: { error_5xx_before: 0.2, reset_before: 0.2, reset_after: 0.2, error_5xx_after: 0.2 },
  last_chunk: {
    error_5xx_before: 0.01,
    error_5xx_after: 0.01,
    reset_before: 0.01,
    reset_after: 0.01,
    timeout_after: 0.01,
  },
  status: {
    error_5xx_before: 0.01,
    reset_before: 0.01,
    cut_json: 0.01,
    rate_limited: 0.01,
    timeout_before: 0.01,
    contradiction: 0.01,
  },
  token: { error_5xx_before: 0.02, reset_before: 0.02, reset_after: 0.01 },
  creator_info: { error_5xx_before: 0.03, reset_before: 0.03, cut_json: 0.03 },
  cancel: { error_5xx_before: 0.2, error_5xx_after: 0.2, reset_after: 0.2 },
};
const REFUSED_CONNECTION = 0.01;
const DATABASE_MISFORTUNES: Chances = { reset_before: 0.01, reset_after: 0.01 };
const DATABASE_MISFORTUNES_AT: Record<string, Chances> = {
  claim_accounts: { reset_before: 0.02, reset_after: 0.02 },
  release_accounts: { reset_before: 0.04, reset_after: 0.04 },
  rotate_tokens: { reset_before: 0.03, reset_after: 0.03 },
  save_creator: { reset_before: 0.03, reset_after: 0.03 },
};
const MEDIA_MISFORTUNES: Record<MediaMisfortune, number> = { error_503: 0.005, broken_off: 0.005 };

const BLOWS = 0.01;
const BLOWS_AT: Record<string, number> = {
  claim_accounts: 0.02,
  release_accounts: 0.12,
  last_chunk: 0.06,
  token: 0.05,
  rotate_tokens: 0.05,
  creator_info: 0.08,
  save_creator: 0.08,
  chunk: 0.5,
  cancel: 0.8,
};
const KINDS_OF_BLOW: readonly Blow[] = ['crash_before', 'crash_after', 'pause_before', 'pause_after'];

export interface Faults {
  /** What befalls this request, and the worker at it. Asked once for each request. */
  befalls(asked: Asked): { misfortune: Misfortune | null; blow: Blow | null };
  /** Whether TikTok refuses the connection for which this beginning of an attempt is the preparation. */
  refusesAfter(asked: Asked): boolean;
  media(number: number): MediaMisfortune | null;
  /** The owner of this post has said what they see: TikTok may remember it now. */
  remind(number: number): void;
  /** How often each thing has happened: `init error_5xx_after`, `claim_accounts crash_before`. */
  counts: Map<string, number>;
  count(what: string): void;
}

export interface FaultOptions {
  /** Without: no request goes astray. */
  misfortunes: boolean;
  /** Without: no worker crashes or freezes. */
  blows: boolean;
}

/**
 * Every decision is drawn for a name: who asks what for the how-manieth time. The order in which requests come, and
 * which worker makes them, changes none.
 */
export function createFaults(dice: Dice, { misfortunes, blows }: FaultOptions): Faults {
  const counts = new Map<string, number>();
  const occurrences = new Map<string, number>();
  const reminded = new Set<number>();

  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);

  function nth(...names: string[]): number {
    const key = names.join('/');
    const number = occurrences.get(key) ?? 0;
    occurrences.set(key, number + 1);
    return number;
  }

  function misfortuneOf({ side, step, subject, post }: Asked, number: number): Misfortune | null {
    if (step === 'init' && post?.fate === 'refused') return 'refused';
    if (step === 'status' && isForgotten(post, number, reminded)) return 'forgotten';
    if (step === 'last_chunk' && post?.losesLastAnswer && number === 0) return 'reset_after';
    const chances =
      side === 'tiktok' ? TIKTOK_MISFORTUNES[step] : (DATABASE_MISFORTUNES_AT[step] ?? DATABASE_MISFORTUNES);
    return draw(dice.fraction('misfortune', step, subject, number), chances ?? {});
  }

  return {
    counts,
    count,
    befalls(asked) {
      const { step, subject } = asked;
      const number = nth(step, subject);
      const misfortune = misfortunes ? misfortuneOf(asked, number) : null;
      const isHit = blows && dice.fraction('blow', step, subject, number) < (BLOWS_AT[step] ?? BLOWS);
      const kind = Math.floor(dice.fraction('kind of blow', step, subject, number) * KINDS_OF_BLOW.length);
      const blow = isHit ? (KINDS_OF_BLOW[kind] ?? null) : null;
      if (misfortune) count(`${step} ${misfortune}`);
      if (blow) count(`${step} ${blow}`);
      return { misfortune, blow };
    },
    refusesAfter: ({ step, subject }) =>
      misfortunes && dice.fraction('refusal', subject, nth('refusal', step, subject)) < REFUSED_CONNECTION,
    media(number) {
      const misfortune = draw(
        dice.fraction('media', number, nth('media', String(number))),
        MEDIA_MISFORTUNES,
      );
      if (misfortune) count(`media ${misfortune}`);
      return misfortune;
    },
    remind: (number) => void reminded.add(number),
  };
}

/** After so many questions TikTok remembers; its owner has been asked by then. */
const REMEMBERED_AFTER = 8;
/** The same of one that failed, which has been begun anew by then: its owner has said that it is not there. */
const REMEMBERED_LATE = 12;

/** Each second one is remembered late, or never; the others in time: one that failed, as soon as its owner has spoken. */
function isForgotten(post: PlannedPost | null, questions: number, reminded: ReadonlySet<number>): boolean {
  const isSecond = post !== null && post.number % 2 === 0;
  if (post?.fate === 'forgotten') return isSecond || questions < REMEMBERED_AFTER;
  if (post?.fate === 'fails_forgotten') {
    return isSecond ? questions < REMEMBERED_LATE : !reminded.has(post.number);
  }
  return false;
}

function draw<K extends string>(fraction: number, chances: Partial<Record<K, number>>): K | null {
  let upTo = 0;
  for (const [kind, chance] of Object.entries(chances) as [K, number][]) {
    upTo += chance;
    if (fraction < upTo) return kind;
  }
  return null;
}

/** All that must have happened for a storm to have been one; the names under which it is counted. */
export function namesOfFaults(): string[] {
  const ofTikTok = Object.entries(TIKTOK_MISFORTUNES).flatMap(([step, chances]) =>
    Object.keys(chances).map((misfortune) => `${step} ${misfortune}`),
  );
  const ofDatabase = DATABASE_STEPS.flatMap((step) =>
    Object.keys(DATABASE_MISFORTUNES).map((misfortune) => `${step} ${misfortune}`),
  );
  const ofMedia = Object.keys(MEDIA_MISFORTUNES).map((misfortune) => `media ${misfortune}`);
  return [...ofTikTok, ...ofDatabase, ...ofMedia, 'init refused_connection'];
}

/** All the points between two requests at which a worker must have died and frozen. */
export function namesOfBlows(): string[] {
  return [...Object.keys(TIKTOK_MISFORTUNES), ...DATABASE_STEPS].flatMap((step) =>
    KINDS_OF_BLOW.map((blow) => `${step} ${blow}`),
  );
}

/** The worker's calls of the database that every storm makes often. */
const DATABASE_STEPS = [
  'claim_accounts',
  'begin_attempt',
  'record_init',
  'save_progress',
  'advance_post',
  'rotate_tokens',
  'save_preflight',
  'save_creator',
  'release_accounts',
] as const;
