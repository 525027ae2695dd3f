import { describe, expect, test } from 'vitest';
import { judgeMissingVideo, judgePhotos, judgeVideo } from '../../src/core/media-rules.ts';
import { finalSentenceOf } from '../../src/lib/wording.ts';
import { MediaError } from '../../src/media/errors.ts';
import type { ImageFacts, VideoFacts } from '../../src/media/inspect.ts';
import { finalNotice } from '../../src/notices.ts';
import { failEntry } from '../../src/tiktok/errors.ts';

const GOOD: VideoFacts = {
  sizeBytes: 1_000_000,
  contentType: 'video/mp4',
  hasVideo: true,
  codec: 'avc',
  codecId: 'avc1',
  width: 720,
  height: 1280,
  frameRate: 30,
  durationSec: 60,
};
const video = (changes: Partial<VideoFacts>, maxDurationSec: number | null = null) => {
  const { refusal, warnings } = judgeVideo({ ...GOOD, ...changes }, maxDurationSec);
  return [refusal?.code ?? 'taken', ...warnings.map(({ code }) => code)].join(', ');
};

describe('a video', () => {
  test.each<[string, Partial<VideoFacts>, number | null, string]>([
    ['as TikTok likes it', {}, null, 'taken'],
    ['no container it takes', { contentType: null }, null, 'file_format_check_failed'],
    ['without a picture', { hasVideo: false }, null, 'file_format_check_failed'],
    ['HEVC', { codec: 'hevc' }, null, 'taken'],
    ['VP8', { codec: 'vp8' }, null, 'taken'],
    ['VP9', { codec: 'vp9' }, null, 'taken'],
    ['AV1', { codec: 'av1' }, null, 'file_format_check_failed'],
    ['ProRes', { codec: 'prores' }, null, 'file_format_check_failed'],
    ['MPEG-4 part 2', { codec: null, codecId: 'mp4v' }, null, 'file_format_check_failed'],
    ['a codec nobody knows', { codec: null, codecId: 'zzzz' }, null, 'taken'],
    ['22.4 frames', { frameRate: 22.4 }, null, 'frame_rate_check_failed'],
    ['22.6 frames', { frameRate: 22.6 }, null, 'taken'],
    ['23.976 frames', { frameRate: 24_000 / 1001 }, null, 'taken'],
    ['59.94 frames', { frameRate: 60_000 / 1001 }, null, 'taken'],
    ['60.1 frames', { frameRate: 60.1 }, null, 'taken'],
    ['60.6 frames', { frameRate: 60.6 }, null, 'frame_rate_check_failed'],
    ['120 frames', { frameRate: 120 }, null, 'frame_rate_check_failed'],
    ['360 wide', { width: 360, height: 640 }, null, 'taken, video_below_720p'],
    ['359 wide', { width: 359, height: 640 }, null, 'picture_size_check_failed, video_below_720p'],
    [
      '359 high',
      { width: 640, height: 359 },
      null,
      'picture_size_check_failed, video_landscape, video_below_720p',
    ],
    ['4096 high', { width: 2304, height: 4096 }, null, 'taken'],
    ['4097 high', { width: 2304, height: 4097 }, null, 'picture_size_check_failed'],
    ['719 wide', { width: 719, height: 1280 }, null, 'taken, video_below_720p'],
    ['wider than high', { width: 1280, height: 720 }, null, 'taken, video_landscape'],
    ['square', { width: 1080, height: 1080 }, null, 'taken'],
    ['10 minutes and a bit', { durationSec: 600.9 }, null, 'taken'],
    ['10 minutes and a second', { durationSec: 601 }, null, 'duration_check_failed'],
    ['as long as the creator may', { durationSec: 180.4 }, 180, 'taken'],
    ['longer than the creator may', { durationSec: 181 }, 180, 'duration_check_failed'],
    ['longer than anyone may, whatever is said', { durationSec: 700 }, 3600, 'duration_check_failed'],
    [
      'nothing known',
      {
        codec: null,
        codecId: null,
        width: null,
        height: null,
        frameRate: null,
        durationSec: null,
        hasVideo: null,
      },
      180,
      'taken, media_not_measured',
    ],
    ['its length unknown', { durationSec: null }, 60, 'taken, media_not_measured'],
  ])('%s', (_what, changes, maxDurationSec, expected) => {
    expect(video(changes, maxDurationSec)).toBe(expected);
  });

  test("is refused in the catalogue's words, with what was measured", () => {
    const { refusal } = judgeVideo({ ...GOOD, frameRate: 15.004 }, null);
    expect(refusal?.message).toBe(finalSentenceOf(failEntry('frame_rate_check_failed'), 'It has 15.'));
    expect(judgeVideo({ ...GOOD, durationSec: 200 }, 180).refusal?.message).toContain('200 s; 180 s');
    expect(judgeVideo({ ...GOOD, width: 100 }, null).refusal?.message).toContain('100x1280');
  });

  test('of which little is known says what', () => {
    const [warning] = judgeVideo({ ...GOOD, frameRate: null, durationSec: null }, null).warnings;
    expect(warning?.message).toContain("the video's frame rate, length");
  });
});

describe('a video that cannot be had', () => {
  test.each([
    ['media_unreachable', true, false, 'for now'],
    ['media_changed', true, true, 'for now'],
    ['media_redirects', false, false, 'for good'],
    ['media_url_not_public', false, false, 'for good'],
    ['media_too_large', false, false, 'for good'],
    ['media_empty', false, false, 'for good'],
    // TikTok may well pull what says no size; nobody can upload it.
    ['media_size_unknown', false, false, 'for now'],
    ['media_size_unknown', false, true, 'for good'],
  ] as const)('%s', (code, isTemporary, isUpload, expected) => {
    const error = new MediaError(code, { isTemporary, details: 'Why.' });
    const notice = { code, message: expect.stringMatching(/\. Why\./) };
    expect(judgeMissingVideo(error, isUpload)).toEqual(
      expected === 'for now'
        ? { refusal: null, warnings: [notice], isSeen: false, hangsOnCreator: false }
        : { refusal: notice, warnings: [], isSeen: false, hangsOnCreator: false },
    );
  });
});

describe('photos', () => {
  const photo = (changes: Partial<ImageFacts> = {}): ImageFacts => ({
    type: 'JPEG',
    width: 1080,
    height: 1920,
    sizeBytes: 1_000_000,
    ...changes,
  });
  const judge = (...photos: (ImageFacts | MediaError)[]) => {
    const { refusal, warnings, isSeen } = judgePhotos(photos);
    return [
      refusal?.code ?? 'taken',
      ...warnings.map(({ code }) => code),
      ...(isSeen ? [] : ['not seen']),
    ].join(', ');
  };
  const missing = (code: MediaError['code'], isTemporary: boolean) => new MediaError(code, { isTemporary });

  test.each<[string, (ImageFacts | MediaError)[], string]>([
    [
      'as TikTok likes them',
      [photo(), photo({ type: 'WebP' }), photo({ width: 1920, height: 1080 })],
      'taken',
    ],
    [
      'a PNG among them',
      [photo(), photo({ type: 'PNG', width: null, height: null })],
      'file_format_check_failed',
    ],
    ['one above 1080p', [photo({ height: 1921 })], 'taken, image_above_1080p'],
    ['two above 1080p', [photo({ height: 1921 }), photo({ width: 1081 })], 'taken, image_above_1080p'],
    ['of 20 MB', [photo({ sizeBytes: 20_000_000 })], 'taken'],
    ['of more', [photo({ sizeBytes: 20_000_001 })], 'image_too_large'],
    ['a size nobody knows', [photo({ width: null, height: null })], 'taken, media_not_measured'],
    ['a type nobody knows', [photo({ type: null })], 'taken, media_not_measured'],
    ['one away', [photo(), missing('media_unreachable', true)], 'taken, media_unreachable, not seen'],
    ['one that redirects', [missing('media_redirects', false)], 'media_redirects, not seen'],
    ['one that says no size', [missing('media_size_unknown', false)], 'taken, media_size_unknown, not seen'],
  ])('%s', (_what, photos, expected) => expect(judge(...photos)).toBe(expected));

  test('are told apart', () => {
    const { refusal } = judgePhotos([photo(), photo({ type: 'GIF' })]);
    expect(refusal?.message).toBe(finalSentenceOf(failEntry('file_format_check_failed'), 'Photo 2 is GIF.'));
    expect(judgePhotos([photo({ type: 'PNG' })]).refusal?.message).toMatch(/The photo is PNG\./);
    expect(judgePhotos([photo(), missing('media_redirects', false)]).refusal?.message).toBe(
      `Photo 2: ${finalNotice('media_redirects').message}`,
    );
  });
});
