import { isObject } from './call.ts';
import { invalidParams } from './refusal.ts';

const tests = {
  string: (value: unknown) => typeof value === 'string',
  boolean: (value: unknown) => typeof value === 'boolean',
  int32: (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31,
  int64: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0,
  object: isObject,
  strings: isStrings,
};

export type FieldKind = keyof typeof tests;

/**
 * An object with no other fields than those named, each of its kind. Null is of no kind.
 * Stricter than TikTok, which may pass over a field it does not know: a client must not send one.
 */
export function strictObject(
  value: unknown,
  kinds: Record<string, FieldKind>,
  message: string,
): Record<string, unknown> {
  if (!isObject(value)) throw invalidParams(message);
  for (const [key, item] of Object.entries(value)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (kind === undefined || !tests[kind](item)) throw invalidParams(message);
  }
  return value;
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
