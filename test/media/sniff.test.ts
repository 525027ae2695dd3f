import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sniffVideo } from '../../src/media/sniff.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const EBML = '\x1a\x45\xdf\xa3';

test('our own film is an MP4', async () => {
  expect(sniffVideo(await readFile(new URL('../fixtures/vertical.mp4', import.meta.url)))).toBe('video/mp4');
});

test.each([
  ['MP4, isom', '\0\0\0\x18ftypisom\0\0\x02\0', 'video/mp4'],
  ['MP4, mp42', '\0\0\0\x18ftypmp42', 'video/mp4'],
  ['M4V', '\0\0\0\x18ftypM4V ', 'video/mp4'],
  ['MP4, cut after the brand', '\0\0\0\x18ftypavc1', 'video/mp4'],
  ['QuickTime', '\0\0\0\x14ftypqt  ', 'video/quicktime'],
  ['QuickTime of old, wide first', '\0\0\0\x08wide\0\0\0\0mdat', 'video/quicktime'],
  ['QuickTime of old, moov first', '\0\0\x01\0moov\0\0\0\x6cmvhd', 'video/quicktime'],
  ['QuickTime of old, mdat first', '\0\0\x01\0mdat', 'video/quicktime'],
  ['WebM', `${EBML}\x9f\x42\x86\x81\x01\x42\x82\x84webm`, 'video/webm'],
])('knows %s', (_what, head, type) => {
  expect(sniffVideo(bytes(head))).toBe(type);
});

test.each([
  ['nothing', ''],
  ['one byte', '\0'],
  ['zeros', '\0'.repeat(64)],
  ['Matroska', `${EBML}\x9f\x42\x82\x88matroska`],
  ['EBML that says webm too late', `${EBML}${'\0'.repeat(64)}webm`],
  ['webm without EBML', 'webm'],
  ['AVI', 'RIFF\0\0\0\0AVI LIST'],
  ['WebP', 'RIFF\0\0\0\0WEBPVP8 '],
  ['HTML', '<!doctype html><title>ftyp</title>'],
  ['JSON', '{"message":"Not found"}'],
  ['PNG', '\x89PNG\r\n\x1a\n'],
  ['JPEG', '\xff\xd8\xff\xe0\0\x10JFIF'],
  ['MPEG-TS', `G${'\0'.repeat(60)}`],
  ['FLV', 'FLV\x01\x05'],
  ['gzip', '\x1f\x8b\x08'],
  ['HLS', '#EXTM3U\n#EXT-X-VERSION:3'],
  ['ftyp at the wrong place', 'ftypisom\0\0\0\0'],
])('does not take %s for a video', (_what, head) => {
  expect(sniffVideo(bytes(head))).toBeNull();
});
