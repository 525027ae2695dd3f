/**
 * Parses JSON and keeps integers exact: one that does not fit a JavaScript number comes back as its own digits, a
 * string. TikTok writes its 19-digit post ids as bare numbers.
 * @throws {SyntaxError} if the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, keepLongIntegers);
}

function keepLongIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === 'number' && !Number.isSafeInteger(value);
  return isRounded && context?.source !== undefined && /^-?\d+$/.test(context.source)
    ? context.source
    : value;
}
