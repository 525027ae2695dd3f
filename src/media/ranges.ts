import { MediaError } from './errors.ts';
import type { MediaSource } from './source.ts';

/** What looking into one file may cost. */
export interface Limits {
  /** How much time there still is. */
  leftMs(): number;
  maxBytes: number;
  maxRequests: number;
}

/** A file at a public URL, read here and there. */
export interface RangedFile {
  sizeBytes: number;
  /**
   * The bytes from one place up to, but not including, another. What was read before is not asked for again.
   * @throws {MediaError} if they cannot be had, {LimitError} if they would cost too much.
   */
  read(startByte: number, endByte: number): Promise<Uint8Array>;
  /** What `read` threw first, whatever its caller made of it. */
  failure(): unknown;
}

/** Finding out more would cost too much, or the server gives no parts of files: what is not known yet stays unknown. */
export class LimitError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LimitError';
  }
}

/** Requests begin and end at multiples of this, so that neighbouring reads are one. */
const BLOCK_BYTES = 65_536;

/**
 * Opens a file by reading its beginning.
 * @throws {MediaError} if it cannot be had.
 */
export async function openRanges(
  media: Pick<MediaSource, 'readPart'>,
  url: string,
  limits: Limits,
): Promise<RangedFile> {
  const blocks = new Map<number, Uint8Array>();
  let bytesLeft = limits.maxBytes;
  let requestsLeft = limits.maxRequests;

  async function fetchBlocks(first: number, last: number) {
    const startByte = first * BLOCK_BYTES;
    const endByte = (last + 1) * BLOCK_BYTES;
    if (requestsLeft < 1 || endByte - startByte > bytesLeft) throw new LimitError('it would be too much');
    requestsLeft--;
    bytesLeft -= endByte - startByte;
    const part = await media.readPart(url, startByte, endByte, Math.max(Math.floor(limits.leftMs()), 1));
    if (part.bytes === null) throw new LimitError('no parts are given');
    for (let at = 0; at < part.bytes.byteLength; at += BLOCK_BYTES) {
      blocks.set(first + at / BLOCK_BYTES, part.bytes.subarray(at, at + BLOCK_BYTES));
    }
    return part;
  }

  const { sizeBytes, identity } = await fetchBlocks(0, 0);
  let failure: unknown = null;

  async function read(startByte: number, endByte: number): Promise<Uint8Array> {
    if (startByte < 0 || endByte > sizeBytes || startByte >= endByte) throw new RangeError('not in the file');
    const first = Math.floor(startByte / BLOCK_BYTES);
    const last = Math.floor((endByte - 1) / BLOCK_BYTES);
    const missing = [];
    for (let block = first; block <= last && missing.length < 2; block++)
      if (!blocks.has(block)) missing.push(block);
    if (missing[0] !== undefined) {
      const part = await fetchBlocks(missing[0], last);
      if (part.identity !== identity) throw changed();
    }
    const bytes = new Uint8Array(endByte - startByte);
    for (let block = first; block <= last; block++) {
      const blockStart = block * BLOCK_BYTES;
      const from = Math.max(startByte - blockStart, 0);
      const piece = blocks.get(block)?.subarray(from, endByte - blockStart) ?? new Uint8Array(0);
      bytes.set(piece, blockStart + from - startByte);
    }
    return bytes;
  }

  return {
    sizeBytes,
    read: (startByte, endByte) =>
      read(startByte, endByte).catch((error) => {
        failure ??= error;
        throw error;
      }),
    failure: () => failure,
  };
}

function changed(): MediaError {
  return new MediaError('media_changed', { isTemporary: true });
}
