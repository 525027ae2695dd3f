/**
 * Text from outside as a database takes it: no control characters, no half of a surrogate pair, and no more than so
 * many UTF-16 units.
 */
export function plainText(text: string, maxLength: number): string {
  return text
    .replace(/\p{Cc}/gu, '')
    .slice(0, maxLength)
    .toWellFormed();
}
