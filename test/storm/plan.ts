import type { Dice } from './dice.ts';

/** What becomes of a post by TikTok's or its owner's doing, beside the faults that may hit any request. */
export type Fate =
  | 'ordinary'
  /** Its owner cancels it about when it is due. */
  | 'cancelled'
  /** Its owner rewrites it about when it is due. */
  | 'edited'
  /** TikTok refuses it, with a reason that stays. */
  | 'refused'
  /** Its file is no video. */
  | 'no_video'
  /** TikTok ends its first publish as FAILED, with a reason that may pass. */
  | 'fails_once'
  /** TikTok ends it as FAILED, with a reason that stays. */
  | 'fails_for_good'
  /** TikTok forgets the publish it has confirmed. */
  | 'forgotten'
  /** TikTok ends its first publish as FAILED, and has forgotten it when it is asked; its owner sees that it is not there. */
  | 'fails_forgotten'
  /** Its owner cancels it while TikTok downloads it. */
  | 'cancelled_in_download';

export interface PlannedPost {
  number: number;
  /** The account's number. */
  account: number;
  mediaType: 'video' | 'photo';
  mode: 'direct' | 'draft';
  transfer: 'upload' | 'pull';
  fate: Fate;
  /** The answer to its first last chunk is lost. */
  losesLastAnswer: boolean;
  dueInSeconds: number;
  /** Of its file; no two posts have files of one size. */
  sizeBytes: number;
}

export interface PlanOptions {
  posts: number;
  accounts: number;
  /** Over how long the posts fall due. */
  spreadSeconds: number;
  /** Without fates: every post is an ordinary upload. */
  isPlain?: boolean;
}

type Traits = Partial<Pick<PlannedPost, 'mediaType' | 'mode' | 'transfer' | 'fate' | 'losesLastAnswer'>> & {
  /** Of two chunks. */
  isLarge?: boolean;
};

/** Of every hundred posts the first so many, in an order of the seed's, have these traits; the others are ordinary. */
const TRAITS: readonly (readonly [count: number, traits: Traits])[] = [
  [6, { transfer: 'pull' }],
  [5, { transfer: 'pull', fate: 'cancelled_in_download' }],
  [5, { transfer: 'pull', mediaType: 'photo' }],
  [2, { mode: 'draft' }],
  [1, { mode: 'draft', losesLastAnswer: true }],
  [4, { mode: 'draft', transfer: 'pull' }],
  [2, { isLarge: true }],
  [1, { fate: 'cancelled' }],
  [1, { fate: 'edited' }],
  [1, { fate: 'refused' }],
  [1, { fate: 'no_video' }],
  [1, { fate: 'fails_once' }],
  [1, { fate: 'fails_once', losesLastAnswer: true }],
  [1, { fate: 'fails_for_good' }],
  [1, { fate: 'fails_for_good', losesLastAnswer: true }],
  [1, { fate: 'forgotten' }],
  [1, { fate: 'forgotten', losesLastAnswer: true }],
  [1, { fate: 'forgotten', mode: 'draft' }],
  [1, { losesLastAnswer: true }],
  [2, { fate: 'fails_forgotten' }],
];
const BLOCK = 100;
const BY_PLACE = TRAITS.flatMap(([count, traits]) => Array<Traits>(count).fill(traits));

/** The posts of a storm: the same for the same seed. */
export function planPosts(dice: Dice, options: PlanOptions): PlannedPost[] {
  return Array.from({ length: Math.ceil(options.posts / BLOCK) }, (_, block) =>
    dice.shuffled(BLOCK, 'traits', block).map((place, index) => {
      const number = block * BLOCK + index;
      const { isLarge = false, ...traits } = options.isPlain ? {} : (BY_PLACE[place] ?? {});
      return {
        number,
        account: number % options.accounts,
        mediaType: 'video' as const,
        mode: 'direct' as const,
        transfer: 'upload' as const,
        fate: 'ordinary' as const,
        losesLastAnswer: false,
        dueInSeconds: Math.floor(dice.fraction('due', number) * options.spreadSeconds),
        sizeBytes: (isLarge ? 20_000_000 : 8_000) + number,
        ...traits,
      };
    }),
  )
    .flat()
    .slice(0, options.posts);
}

/** What its owner calls a post, before and after an edit. */
export const titleOf = (number: number, isEdited = false) => `storm ${number}${isEdited ? ' anew' : ''}`;

export function numberFromTitle(title: string | null): number | null {
  const digits = /^storm (\d+)/.exec(title ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
