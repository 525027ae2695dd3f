import type * as z from 'zod/mini';
import { FIELD_ERRORS, type FieldErrorCode } from '../contract.ts';

/**
 * The codes that a schema of the contract can refuse a request's fields with: read from the schema itself, as
 * `http/parse.ts` would name them. A body that is no object at all is not among them.
 */
export function fieldCodes(schema: z.ZodMiniType): FieldErrorCode[] {
  return [...new Set(codesOf(schema, { isOfType: true }))].sort();
}

/** The parts of zod's definitions that schemas of ours are made of. */
interface Definition {
  type: string;
  error?: (issue: { input: unknown }) => unknown;
  checks?: readonly { _zod: { def: Definition & { check: string } } }[];
  shape?: Record<string, z.ZodMiniType>;
  element?: z.ZodMiniType;
  innerType?: z.ZodMiniType;
  in?: z.ZodMiniType;
  out?: z.ZodMiniType;
}

/** What is known of a value already: that it is there, and that it is of the schema's type. */
interface Known {
  isThere?: true;
  isOfType?: true;
}

function codesOf(schema: z.ZodMiniType, known: Known): FieldErrorCode[] {
  const {
    type,
    error,
    checks = [],
    shape,
    element,
    innerType,
    in: input,
    out,
  } = schema._zod.def as unknown as Definition;
  if (type === 'transform') return [];
  const isWrapper = innerType !== undefined || input !== undefined;
  return [
    ...(isWrapper || known.isOfType ? [] : said(error, known)),
    // One that rewrites the value, as `trim`, refuses none.
    ...checks
      .filter(({ _zod }) => _zod.def.check !== 'overwrite')
      .flatMap(({ _zod }) => said(_zod.def.error, { isThere: true })),
    ...(shape ? ['unknown_field' as const] : []),
    ...Object.values(shape ?? {}).flatMap((field) => codesOf(field, {})),
    // Neither JSON nor a list in an address has holes.
    ...(element ? codesOf(element, { ...known, isThere: true }) : []),
    ...(innerType ? codesOf(innerType, { isThere: true }) : []),
    ...(input ? codesOf(input, known) : []),
    ...(out ? codesOf(out, { isOfType: true }) : []),
  ];
}

/** What is said of a value that is wrong, and of one that is not there. */
function said(error: Definition['error'], { isThere }: Known): FieldErrorCode[] {
  const inputs = isThere ? [null] : [null, undefined];
  return inputs.map((input) => {
    const message = error?.({ input });
    return isFieldError(message) ? message : 'field_invalid';
  });
}

function isFieldError(message: unknown): message is FieldErrorCode {
  return typeof message === 'string' && Object.hasOwn(FIELD_ERRORS, message);
}
