import { expect, test } from 'vitest';
import {
  chunkSeconds,
  GIVE_UP_AFTER_SECONDS,
  nextAttemptInSeconds,
  nextCheckInSeconds,
  nextLookInSeconds,
  PATIENCE_SECONDS,
  REFRESH_BEFORE_END_SECONDS,
  STOP_SENDING_AFTER_SECONDS,
  UPLOAD_DEAD_AFTER_SECONDS,
  UPLOAD_URL_SECONDS,
} from '../../src/core/schedule.ts';

const HOUR = 3600;
const first = (count: number, next: (count: number) => number, from = 0) =>
  Array.from({ length: count }, (_, index) => next(index + from));

test('checks a status after 10 s, then ever more rarely, and hourly at last', () => {
  expect(first(11, nextCheckInSeconds)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
});

test('tries again 30 s after the first attempt, every ten minutes at last', () => {
  expect(first(7, nextAttemptInSeconds, 1)).toEqual([30, 60, 120, 240, 480, 600, 600]);
  expect(nextAttemptInSeconds(0)).toBe(30);
});

test('looks for what is down after 30 s, every 15 minutes at last', () => {
  expect(first(7, nextLookInSeconds)).toEqual([30, 60, 120, 240, 480, 900, 900]);
});

test.each([nextCheckInSeconds, nextAttemptInSeconds, nextLookInSeconds])(
  'never waits longer than an hour, or no time at all, however often: $name',
  (next) => {
    for (const count of [0, 29, 30, 31, 1_000, 1e9, Number.MAX_SAFE_INTEGER]) {
      expect(next(count)).toBeGreaterThanOrEqual(10);
      expect(next(count)).toBeLessThanOrEqual(HOUR);
    }
  },
);

// Two clocks on either side of the upload URL's hour: one for both would leave a hole.
test('bytes stop before the upload URL ends, and another init comes only after it', () => {
  const leastForChunk = 120;
  expect(UPLOAD_URL_SECONDS).toBe(HOUR);
  expect(STOP_SENDING_AFTER_SECONDS + leastForChunk).toBeLessThan(UPLOAD_URL_SECONDS);
  expect(UPLOAD_DEAD_AFTER_SECONDS - leastForChunk).toBeGreaterThan(UPLOAD_URL_SECONDS);
});

const MB = 1_000_000;
test.each([
  ['a small file', MB, MB, 120],
  ['a single chunk', 19 * MB, 19 * MB, 760],
  ['a fifth of a file', 10 * MB, 50 * MB, 400],
  ['a twentieth of a file', 10 * MB, 200 * MB, 165],
  ['a 32nd of a file', 31.25 * MB, 1000 * MB, 120],
  ['an 80th of a file', 50 * MB, 4000 * MB, 120],
  ['a chunk with the remainder', 99 * MB, 1699 * MB, 192],
])(
  '%s may take what a source needs that is just fast enough for the hour',
  (_what, bytes, fileBytes, seconds) => {
    expect(Math.round(chunkSeconds(bytes, fileBytes))).toBe(seconds);
  },
);

test('patience is 24 hours for what is ours, 72 for what is others', () => {
  expect([GIVE_UP_AFTER_SECONDS, PATIENCE_SECONDS]).toEqual([24 * HOUR, 72 * HOUR]);
});

test('a token of two hours is not refreshed at every visit', () => {
  expect(REFRESH_BEFORE_END_SECONDS).toBeLessThan(HOUR);
});
