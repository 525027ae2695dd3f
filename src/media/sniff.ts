import type { VideoContentType } from '../contract.ts';

/** What a file is by its first bytes, whatever its name or server says; null for nothing TikTok takes. */
export function sniffVideo(head: Uint8Array): VideoContentType | null {
  const text = Buffer.from(head.subarray(0, 12)).toString('latin1');
  if (text.slice(4, 8) === 'ftyp') return text.slice(8, 12) === 'qt  ' ? 'video/quicktime' : 'video/mp4';
  // QuickTime files from before ISO base media begin with one of these atoms.
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(text.slice(4, 8))) return 'video/quicktime';
  // EBML, with the document type soon after it.
  const isEbml = text.startsWith('\x1a\x45\xdf\xa3');
  return isEbml && Buffer.from(head.subarray(0, 64)).includes('webm') ? 'video/webm' : null;
}
