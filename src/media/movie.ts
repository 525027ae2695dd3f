import { LimitError, type RangedFile } from './ranges.ts';

/** What the index of an MP4 or MOV file says of its length in time; null where it says nothing. */
export interface MovieTiming {
  /** False: it has sound alone. */
  hasVideo: boolean | null;
  /** Of the first video track, on average: its frames by the time they take. */
  frameRate: number | null;
  durationSec: number | null;
}

/** An index is about 15 bytes for each frame: this is one of hours. */
const MAX_INDEX_BYTES = 8_000_000;
const MAX_TOP_BOXES = 64;
const MAX_TRACKS = 64;
/** On one level; films have a dozen, and a million empty ones fit into an index. */
const MAX_BOXES = 1_000;

interface Box {
  type: string;
  /** What it holds begins and ends here. */
  start: number;
  end: number;
}

/**
 * Reads the index (`moov`) of an MP4 or MOV file. Counts in it are added up, never counted out: a file of a few bytes
 * can claim four billion frames. Null: there is none, or none of sane size; nobody should read the file any further.
 * @throws {MediaError | LimitError} if it cannot be read.
 * @see https://developer.apple.com/documentation/quicktime-file-format and ISO/IEC 14496-12
 */
export async function readMovie(file: RangedFile): Promise<MovieTiming | null> {
  const index = await findIndex(file);
  if (!index) return null;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const whole = { start: 0, end: view.byteLength };
  const tracks = [...children(view, whole)].filter(({ type }) => type === 'trak');
  if (tracks.length > MAX_TRACKS) return null;

  const header = find(view, whole, ['mvhd']);
  const track = tracks.find((trak) => handlerOf(view, trak) === 'vide');
  return {
    hasVideo: track ? true : tracks.some((trak) => handlerOf(view, trak) === 'soun') ? false : null,
    frameRate: track ? frameRateOf(view, track) : null,
    durationSec: header ? clockOf(view, header).durationSec : null,
  };
}

/** The contents of `moov`, wherever in the file it is. */
async function findIndex(file: RangedFile): Promise<Uint8Array | null> {
  let at = 0;
  for (let count = 0; count < MAX_TOP_BOXES && at + 8 <= file.sizeBytes; count++) {
    const bytes = await file.read(at, Math.min(at + 16, file.sizeBytes));
    const box = boxAt(new DataView(bytes.buffer), 0, file.sizeBytes - at);
    if (!box) return null;
    if (box.type === 'moov') {
      if (box.end - box.start > MAX_INDEX_BYTES) throw new LimitError('its index is too large');
      return file.read(at + box.start, at + box.end);
    }
    at += box.end;
  }
  return null;
}

/** The box at a place; null if there is none that ends by `end`. */
function boxAt(view: DataView, at: number, end: number): Box | null {
  if (at + 8 > Math.min(end, view.byteLength)) return null;
  const type = String.fromCharCode(...[4, 5, 6, 7].map((offset) => view.getUint8(at + offset)));
  const size = view.getUint32(at);
  if (size === 0) return { type, start: at + 8, end };
  const isLong = size === 1;
  if (isLong && at + 16 > view.byteLength) return null;
  const [headerBytes, totalBytes] = isLong ? [16, Number(view.getBigUint64(at + 8))] : [8, size];
  if (totalBytes < headerBytes || at + totalBytes > end) return null;
  return { type, start: at + headerBytes, end: at + totalBytes };
}

function* children(view: DataView, parent: { start: number; end: number }): Generator<Box> {
  let box = boxAt(view, parent.start, parent.end);
  for (let count = 0; box && count < MAX_BOXES; count++) {
    yield box;
    box = boxAt(view, box.end, parent.end);
  }
}

/** The box at the end of a path of types; empty or too short ones are as good as none. */
function find(view: DataView, parent: { start: number; end: number }, path: readonly string[]): Box | null {
  const [type, ...rest] = path;
  for (const box of children(view, parent)) {
    if (box.type === type) return rest.length > 0 ? find(view, box, rest) : box;
  }
  return null;
}

function handlerOf(view: DataView, trak: Box): string | null {
  const handler = find(view, trak, ['mdia', 'hdlr']);
  if (!handler || handler.end - handler.start < 12) return null;
  return String.fromCharCode(...[8, 9, 10, 11].map((offset) => view.getUint8(handler.start + offset)));
}

/** Ticks a second, and how long it all takes: `mvhd` and `mdhd` begin alike. */
function clockOf(view: DataView, { start, end }: Box) {
  const isLong = end > start && view.getUint8(start) === 1;
  if (end - start < (isLong ? 32 : 20)) return { ticksPerSec: null, durationSec: null };
  const ticksPerSec = view.getUint32(start + (isLong ? 20 : 12));
  const ticks = isLong ? Number(view.getBigUint64(start + 24)) : view.getUint32(start + 16);
  // All ones: nobody knew.
  const isKnown = ticksPerSec > 0 && ticks > 0 && ticks < (isLong ? 2 ** 64 - 1 : 2 ** 32 - 1);
  return { ticksPerSec, durationSec: isKnown ? ticks / ticksPerSec : null };
}

function frameRateOf(view: DataView, trak: Box): number | null {
  const header = find(view, trak, ['mdia', 'mdhd']);
  const times = find(view, trak, ['mdia', 'minf', 'stbl', 'stts']);
  const ticksPerSec = header && clockOf(view, header).ticksPerSec;
  if (!ticksPerSec || !times) return null;
  let frames = 0;
  let ticks = 0;
  for (let at = times.start + 8; at + 8 <= times.end; at += 8) {
    frames += view.getUint32(at);
    ticks += view.getUint32(at) * view.getUint32(at + 4);
  }
  return frames > 1 && ticks > 0 ? (frames * ticksPerSec) / ticks : null;
}
