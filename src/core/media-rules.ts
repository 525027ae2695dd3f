import { MAX_PHOTO_BYTES, MAX_VIDEO_DURATION_SEC } from '../contract.ts';
import { finalSentenceOf } from '../lib/wording.ts';
import { MediaError } from '../media/errors.ts';
import type { ImageFacts, VideoFacts } from '../media/inspect.ts';
import { finalNotice, notice } from '../notices.ts';
import type { Notice } from '../store/rows.ts';
import { failEntry } from '../tiktok/errors.ts';

/** What is to be said of media that were looked at. */
export interface Verdict {
  /** Why TikTok would not take them, by its own reason where it has one. */
  refusal: Notice | null;
  /** What it would take and is unwise, or is not known. */
  warnings: Notice[];
  /** The files were there to be looked at. */
  isSeen: boolean;
  /** Nothing but its creator's limit speaks against its length, or may: that limit is not known. */
  hangsOnCreator: boolean;
}

/** Nothing speaks against posting them, and nothing is left to be found out. */
export function isGood({ refusal, isSeen, hangsOnCreator }: Verdict): boolean {
  return refusal === null && isSeen && !hangsOnCreator;
}

/** As mediabunny names them. */
const CODECS_TAKEN = ['avc', 'hevc', 'vp8', 'vp9'];
/** Those mediabunny has no name for, by the names that MP4 and MOV give them: MPEG-4 part 2, ProRes, Motion JPEG … */
const CODECS_REFUSED =
  /^(mp4v|ap(ch|cn|cs|co|4h|4x)|jpeg|mjp[ab]|[hs]263|AVd[nh]|DIV[X3]|xvid|rle |png |raw )$/i;

const MIN_FRAME_RATE = 23;
const MAX_FRAME_RATE = 60;
/** Frames are rarely exactly as long as they say. */
const FRAME_RATE_TOLERANCE = 0.5;
const MIN_SIDE = 360;
const MAX_SIDE = 4096;
/** What every creator may post: the limits that TikTok gives them are of three minutes and more, and once were of one. */
const EVERYBODYS_SEC = 60;

/**
 * Judges a video by TikTok's rules for all. What is not known is no reason to refuse.
 * @param maxDurationSec of the creator; null where it is not known.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (video restrictions)
 */
export function judgeVideo(facts: VideoFacts, maxDurationSec: number | null): Verdict {
  const isTooLongForSome = wholeSeconds(facts) > (maxDurationSec ?? EVERYBODYS_SEC);
  return {
    refusal: refuseVideo(facts, maxDurationSec),
    warnings: warnOfVideo(facts),
    isSeen: true,
    hangsOnCreator: isTooLongForSome && refuseVideo(facts, null) === null,
  };
}

function refuseVideo(facts: VideoFacts, maxDurationSec: number | null): Notice | null {
  const { contentType, hasVideo, codec, codecId, frameRate, width, height, durationSec } = facts;
  if (contentType === null) return refused('file_format_check_failed', 'It is none of these.');
  if (hasVideo === false) return refused('file_format_check_failed', 'The file has no picture.');
  if (codec !== null ? !CODECS_TAKEN.includes(codec) : CODECS_REFUSED.test(codecId ?? '')) {
    return refused('file_format_check_failed', `Its codec is ${codec ?? codecId}.`);
  }
  if (frameRate !== null && isOutside(frameRate, MIN_FRAME_RATE, MAX_FRAME_RATE, FRAME_RATE_TOLERANCE)) {
    return refused('frame_rate_check_failed', `It has ${rounded(frameRate)}.`);
  }
  if (
    width !== null &&
    height !== null &&
    [width, height].some((side) => isOutside(side, MIN_SIDE, MAX_SIDE))
  ) {
    return refused('picture_size_check_failed', `It has ${width}x${height}.`);
  }
  const longestSec = Math.min(maxDurationSec ?? MAX_VIDEO_DURATION_SEC, MAX_VIDEO_DURATION_SEC);
  if (durationSec !== null && wholeSeconds(facts) > longestSec) {
    return refused(
      'duration_check_failed',
      `It lasts ${rounded(durationSec)} s; ${longestSec} s are allowed.`,
    );
  }
  return null;
}

/** TikTok counts no parts of them. 0: not known. */
const wholeSeconds = ({ durationSec }: VideoFacts) => Math.floor(durationSec ?? 0);

function warnOfVideo(facts: VideoFacts): Notice[] {
  const { width, height } = facts;
  const warnings: Notice[] = [];
  if (width !== null && height !== null) {
    if (width > height) {
      warnings.push(notice('video_landscape', `It has ${width}x${height}.`));
    }
    if (Math.min(width, height) < 720) {
      warnings.push(notice('video_below_720p', `It has ${width}x${height}.`));
    }
  }
  const unknown = [
    facts.codec === null && facts.codecId === null && 'codec',
    facts.frameRate === null && 'frame rate',
    width === null && 'size in pixels',
    facts.durationSec === null && 'length',
  ].filter((name) => name !== false);
  if (unknown.length > 0) warnings.push(notMeasured(`the video's ${unknown.join(', ')}`));
  return warnings;
}

/** Judges photos, each by what is known of it or by why it cannot be had. */
export function judgePhotos(found: readonly (ImageFacts | MediaError)[]): Verdict {
  const refusals: Notice[] = [];
  const warnings: Notice[] = [];
  for (const [index, photo] of found.entries()) {
    const name = found.length > 1 ? `Photo ${index + 1}` : 'The photo';
    const { refusal, warning } =
      photo instanceof MediaError ? judgeMissing(photo, name) : judgePhoto(photo, name);
    if (refusal) refusals.push(refusal);
    if (warning) warnings.push(warning);
  }
  const isSeen = !found.some((photo) => photo instanceof MediaError);
  return { refusal: refusals[0] ?? null, warnings: oneEach(warnings), isSeen, hangsOnCreator: false };
}

interface PhotoVerdict {
  refusal?: Notice;
  warning?: Notice;
}

function judgePhoto({ type, width, height, sizeBytes }: ImageFacts, name: string): PhotoVerdict {
  if (type !== null && type !== 'JPEG' && type !== 'WebP') {
    return { refusal: refused('file_format_check_failed', `${name} is ${type}.`) };
  }
  if (sizeBytes > MAX_PHOTO_BYTES) {
    return { refusal: finalNotice('image_too_large', `${name} has ${rounded(sizeBytes / 1e6)} MB.`) };
  }
  if (type === null || width === null || height === null) {
    return {
      warning: notMeasured(
        type === null ? `the format of ${name.toLowerCase()}` : `the size of ${name.toLowerCase()}`,
      ),
    };
  }
  if (Math.min(width, height) > 1080 || Math.max(width, height) > 1920) {
    return { warning: notice('image_above_1080p', `${name} has ${width}x${height}.`) };
  }
  return {};
}

/** A photo that cannot be had; TikTok pulls it by itself, and a server may well tell it more than us. */
function judgeMissing({ code, message, isTemporary }: MediaError, name: string): PhotoVerdict {
  const trouble = { code, message: `${name}: ${message}` };
  return isTemporary || code === 'media_size_unknown' ? { warning: trouble } : { refusal: trouble };
}

/** Judges a video that cannot be had: a server that does not answer today may do so by the time of the post. */
export function judgeMissingVideo({ code, message, isTemporary }: MediaError, isUpload: boolean): Verdict {
  const trouble = { code, message };
  const isForNow = isTemporary || (code === 'media_size_unknown' && !isUpload);
  return {
    refusal: isForNow ? null : trouble,
    warnings: isForNow ? [trouble] : [],
    isSeen: false,
    hangsOnCreator: false,
  };
}

function refused(code: string, measured: string): Notice {
  return { code, message: finalSentenceOf(failEntry(code), measured) };
}

function notMeasured(what: string): Notice {
  return notice('media_not_measured', `Unknown: ${what}.`);
}

/** The first of each kind: thirty-five photos need not say the same thing thirty-five times. */
function oneEach(warnings: readonly Notice[]): Notice[] {
  return warnings.filter(({ code }, index) => warnings.findIndex((other) => other.code === code) === index);
}

function isOutside(value: number, min: number, max: number, tolerance = 0): boolean {
  return value < min - tolerance || value > max + tolerance;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
