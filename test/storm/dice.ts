import { createHash } from 'node:crypto';

/**
 * Choices by name: the same seed and names give the same number, whatever was asked before. So a choice does not depend
 * on who of several workers comes first.
 */
export interface Dice {
  /** From 0 up to, but not including, 1. */
  fraction(...names: readonly (string | number)[]): number;
  /** The numbers below `count` in an order of their own. */
  shuffled(count: number, ...names: readonly (string | number)[]): number[];
}

export function createDice(seed: number): Dice {
  const fraction: Dice['fraction'] = (...names) =>
    createHash('sha256')
      .update(`${seed}/${names.join('/')}`)
      .digest()
      .readUIntBE(0, 6) /
    2 ** 48;
  return {
    fraction,
    shuffled: (count, ...names) =>
      Array.from({ length: count }, (_, number) => ({ number, at: fraction(...names, number) }))
        .sort((a, b) => a.at - b.at)
        .map(({ number }) => number),
  };
}
