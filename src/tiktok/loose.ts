/** Fields that are only shown: what is odd about one of them is no reason to do without the rest. */

export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** A count, a size or a number of seconds. */
export function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** An address a browser may be sent to. */
export function webUrl(value: unknown): string | null {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && value.length <= 2048 ? value : null;
}
