import type { Input, InputVideoTrack } from 'mediabunny';
import type { RangedFile } from './ranges.ts';

/** What a file's first video track is; null where the file does not say. */
export interface VideoTrack {
  /** False: the file has sound alone. */
  hasVideo: boolean | null;
  /** As mediabunny names it: `avc`, `hevc`, `vp8`, `vp9`, `av1`, `prores` …; null for one it does not know. */
  codec: string | null;
  /** As the file names it. */
  codecId: string | null;
  /** In pixels, as it is shown: turned, and with square pixels. */
  width: number | null;
  height: number | null;
}

/** Enough to tell a steady frame rate, and few enough to be had with a few reads. */
const FRAMES_LOOKED_AT = 120;

/**
 * Reads what a file says of its picture; null: it has none. Of MP4 and MOV nothing that counts frames may be asked
 * here, for mediabunny counts out what a file claims (see movie.ts).
 * @throws {unknown} if it cannot be read.
 */
export async function readVideoTrack(file: RangedFile): Promise<VideoTrack | null> {
  using input = await openInput(file);
  const [track] = await input.getVideoTracks();
  return track ? describe(track) : null;
}

/**
 * The same of a WebM file, with its length, and its frame rate where that is steady: of the whole file it is known
 * only then.
 * @throws {unknown} if it cannot be read.
 */
export async function readWebm(file: RangedFile) {
  using input = await openInput(file);
  const [track] = await input.getVideoTracks();
  if (!track) return { hasVideo: (await input.getAudioTracks()).length > 0 ? false : null };
  const durationSec = await track.getDurationFromMetadata();
  const frames = await track
    .computeFrameRateMetrics({ targetPacketCount: FRAMES_LOOKED_AT })
    .catch(() => null);
  const isSteady = frames !== null && frames.probedPacketCount > 1 && frames.frameRateIsConstant;
  return { ...(await describe(track)), durationSec, frameRate: isSteady ? frames.averageFrameRate : null };
}

async function openInput(file: RangedFile): Promise<Input> {
  // Not at the top: what a bundler leaves outside is loaded at the start, however lazily it is reached.
  const { CustomSource, Input, Logging, LogLevel, MP4, QTFF, WEBM } = await import('mediabunny');
  // What is odd about somebody's file is no news for our log.
  Logging.level = LogLevel.Silent;
  const source = new CustomSource({
    getSize: () => file.sizeBytes,
    read: file.read,
    // The reads that wait for it fail as well.
    handleUnhandledError: () => undefined,
  });
  return new Input({ source, formats: [MP4, QTFF, WEBM] });
}

async function describe(track: InputVideoTrack): Promise<VideoTrack> {
  const id = await track.getInternalCodecId();
  const [width, height] = await Promise.all([track.getDisplayWidth(), track.getDisplayHeight()]);
  return {
    hasVideo: true,
    codec: await track.getCodec(),
    codecId: typeof id === 'string' ? id : null,
    width: width > 0 ? width : null,
    height: height > 0 ? height : null,
  };
}
