import { readFileSync } from 'node:fs';

/** One of the files of test/fixtures. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

/** A box of an MP4 file; 64-bit size where `isLong`. */
export function box(type: string, content: Uint8Array | string = '', isLong = false): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const head = Buffer.alloc(isLong ? 16 : 8);
  head.writeUInt32BE(isLong ? 1 : 8 + body.byteLength);
  head.write(type, 4, 'latin1');
  if (isLong) head.writeBigUInt64BE(BigInt(16 + body.byteLength), 8);
  return Buffer.concat([head, body]);
}

export const FTYP = box('ftyp', 'isom\0\0\x02\0isomiso2avc1mp41');

/** An MP4 file with some of its numbers changed, wherever they stand. */
export function withNumbers(
  movie: Buffer,
  numbers: { ticks?: number; frames?: number; ticksPerFrame?: number; width?: number; height?: number },
): Buffer {
  const changed = Buffer.from(movie);
  /** Writes behind the type of a box, so many bytes from its contents' beginning. */
  const set = (type: string, offset: number, value: number | undefined, byteCount: 2 | 4) => {
    if (value !== undefined) changed.writeUIntBE(value, at(changed, type) + 4 + offset, byteCount);
  };
  set('mvhd', 16, numbers.ticks, 4);
  set('stts', 8, numbers.frames, 4);
  set('stts', 12, numbers.ticksPerFrame, 4);
  set('avc1', 24, numbers.width, 2);
  set('avc1', 26, numbers.height, 2);
  return changed;
}

/** A minute and a half, which not every creator may post. */
export const ninetySeconds = (): Buffer =>
  withNumbers(fixture('slow.mp4'), { ticks: 90_000, frames: 2_160, ticksPerFrame: 256 });

/** An MP4 file whose picture is said to have another codec. */
export function withCodec(movie: Buffer, from: string, to: string): Buffer {
  const changed = Buffer.from(movie);
  changed.write(to, at(changed, from), 'latin1');
  return changed;
}

/** Where the type of a box stands; a brand of the same name stands before. */
function at(movie: Buffer, type: string): number {
  const found = movie.indexOf(type, movie.indexOf('moov'), 'latin1');
  if (found < 0) throw new Error(`there is no ${type}`);
  return found;
}

/** A JPEG with as many bytes of camera data before its size, which begins a progressive one. */
export function jpeg(
  width: number,
  height: number,
  { exifBytes = 0, marker = 0xc2, sizeBytes = 0 } = {},
): Buffer {
  const segments: Buffer[] = [];
  for (let left = exifBytes; left > 0; left -= 65_533) {
    const content = Buffer.alloc(Math.min(left, 65_533));
    segments.push(segment(0xe1, content));
  }
  const frame = Buffer.alloc(15);
  frame.writeUInt8(8);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  const start = Buffer.from([0xff, 0xd8]);
  const tables = segment(0xc4, Buffer.alloc(20, 0xc0));
  const picture = Buffer.concat([start, ...segments, tables, segment(marker, frame)]);
  return Buffer.concat([picture, Buffer.alloc(Math.max(sizeBytes - picture.length, 0))]);
}

function segment(marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.byteLength + 2, 2);
  return Buffer.concat([head, content]);
}

/** The head of a WebP of each of its three kinds. */
export function webp(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const head = Buffer.alloc(64);
  head.write('RIFF');
  head.write('WEBP', 8);
  head.write(kind, 12);
  if (kind === 'VP8 ') {
    head.writeUInt16LE(width, 26);
    head.writeUInt16LE(height, 28);
  } else if (kind === 'VP8L') {
    head.writeUInt8(0x2f, 20);
    head.writeUInt32LE(((height - 1) << 14) | (width - 1), 21);
  } else {
    head.writeUIntLE(width - 1, 24, 3);
    head.writeUIntLE(height - 1, 27, 3);
  }
  return head;
}
