import type * as z from 'zod/mini';
import { FIELD_ERRORS, type FieldErrorCode } from '../contract.ts';
import { type FieldError, RequestError } from '../lib/errors.ts';

interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: z.core.$ZodIssue[] } };
}

/**
 * Checks what a caller sent against one of the contract's schemas.
 * @throws {RequestError} naming every field that is wrong; its `code` is that of the first.
 */
export function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(fieldErrors).slice(0, MAX_ERRORS));
}

/** More would help nobody, and an answer is not to be many times its question. */
const MAX_ERRORS = 20;

/** The error for fields found wrong after parsing, or by it. */
export function invalidFields(fields: readonly { field: string; code: FieldErrorCode }[]): RequestError {
  const described: FieldError[] = fields.map(({ field, code }) => ({
    field,
    code,
    message: FIELD_ERRORS[code],
  }));
  const detail = described.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' ');
  return new RequestError(400, described[0]?.code ?? 'field_invalid', detail, described);
}

function fieldErrors(issue: z.core.$ZodIssue): { field: string; code: FieldErrorCode }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key.slice(0, 100), code: 'unknown_field' as const }));
  }
  if (issue.path.length === 0) return [{ field: '', code: 'body_not_object' }];
  return [
    { field: issue.path.join('.'), code: isFieldErrorCode(issue.message) ? issue.message : 'field_invalid' },
  ];
}

function isFieldErrorCode(text: string): text is FieldErrorCode {
  return Object.hasOwn(FIELD_ERRORS, text);
}
