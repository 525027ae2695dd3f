/** What a picture is by its bytes, whatever its name or server says. Null: not known. */
export interface ImageHeader {
  type: string | null;
  width: number | null;
  height: number | null;
}

/** Each type with what stands at a place near the beginning; the first that fits. */
const TYPES: readonly [type: string, at: number, text: string][] = [
  ['JPEG', 0, '\xff\xd8\xff'],
  ['WebP', 8, 'WEBP'],
  ['PNG', 0, '\x89PNG'],
  ['GIF', 0, 'GIF8'],
  ['HEIC', 4, 'ftyphei'],
  ['HEIC', 4, 'ftyphev'],
  ['HEIC', 4, 'ftypmif1'],
  ['AVIF', 4, 'ftypavi'],
  ['a video', 4, 'ftyp'],
  ['a video', 0, '\x1a\x45\xdf\xa3'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['PDF', 0, '%PDF-'],
  ['a web page', 0, '<!doctype html'],
  ['a web page', 0, '<html'],
  ['SVG', 0, '<svg'],
  ['SVG', 0, '<?xml'],
];

/**
 * Reads the type of a picture and, of a JPEG or WebP, its size in pixels, which may lie behind the end of `head`.
 * @see ITU-T T.81 B.2 (JPEG), RFC 9649 (WebP)
 */
export function readImageHeader(head: Uint8Array): ImageHeader {
  const begin = Buffer.from(head.subarray(0, 64)).toString('latin1');
  const markup = begin.trimStart().toLowerCase();
  const type =
    TYPES.find(
      ([, at, text]) => begin.startsWith(text, at) || (text[0] === '<' && markup.startsWith(text)),
    )?.[0] ?? null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const size = type === 'JPEG' ? jpegSize(view) : type === 'WebP' ? webpSize(view) : null;
  const isKnown = size !== null && size.width > 0 && size.height > 0;
  return { type, width: isKnown ? size.width : null, height: isKnown ? size.height : null };
}

type Size = { width: number; height: number } | null;

/** The frame header lies behind the segments of camera, thumbnail and colour profile. */
function jpegSize(view: DataView): Size {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) at++;
    else if (isFrameHeader(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    else at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** SOF0 to SOF15, but for the tables that lie among them: DHT, JPG and DAC. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function webpSize(view: DataView): Size {
  if (view.byteLength < 30) return null;
  switch (view.getUint32(12)) {
    case 0x56503820: // 'VP8 '
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      // 'VP8L'
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: // 'VP8X'
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: (view.getUint32(26, true) >>> 8) + 1,
      };
    default:
      return null;
  }
}
