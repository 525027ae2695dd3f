/** What somebody is told of a trouble, in parts of whole sentences, as not all of them stay true. */
export interface Wording {
  /** What happened: true while it lasts and when it is over. */
  happened: string;
  /** What is done about it meanwhile, or waited for: true until it is over. */
  waiting?: string;
  /** What they can do once it is over; null where it ends nothing. */
  next: string | null;
}

/** While it lasts. @param details of the case. */
export function sentenceOf({ happened, waiting, next }: Wording, details = ''): string {
  return joined(happened, details, waiting ?? next);
}

/** Once it is over: nothing more is done about it. @param details of the case. */
export function finalSentenceOf({ happened, next }: Wording, details = ''): string {
  return joined(happened, details, next);
}

function joined(...parts: (string | null)[]): string {
  return parts.filter(Boolean).join(' ');
}
