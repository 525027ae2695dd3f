export type ByteRange = { firstByte: number; lastByte: number };

/**
 * What a `Range` header asks of a representation of so many bytes. Null: the header is absent, not understood or
 * asks for several ranges, and may be ignored.
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-14.1.2
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') return suffixRange(Number(last), sizeBytes);
  const firstByte = Number(first);
  if (last !== '' && Number(last) < firstByte) return null;
  if (firstByte >= sizeBytes) return 'unsatisfiable';
  return { firstByte, lastByte: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function suffixRange(lengthBytes: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (lengthBytes === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { firstByte: Math.max(0, sizeBytes - lengthBytes), lastByte: sizeBytes - 1 };
}
