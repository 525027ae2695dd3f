import { describe, expect, test } from 'vitest';
import { utcOffset, wallClock, zonedTime } from '../../src/web/support/zoned-time.ts';

const iso = (date: Date | undefined) => date?.toISOString();

describe('a time on a wall clock', () => {
  test.each([
    ['2026-11-21', '18:30', 'Europe/Berlin', '2026-11-21T17:30:00.000Z'],
    ['2026-07-01', '18:30', 'Europe/Berlin', '2026-07-01T16:30:00.000Z'],
    ['2026-07-01', '00:00', 'Asia/Kolkata', '2026-06-30T18:30:00.000Z'],
    ['2026-01-01', '00:15', 'America/St_Johns', '2026-01-01T03:45:00.000Z'],
    ['2026-12-31', '23:59', 'Pacific/Kiritimati', '2026-12-31T09:59:00.000Z'],
    ['2028-02-29', '12:00', 'UTC', '2028-02-29T12:00:00.000Z'],
  ])('%s %s in %s is %s', (date, time, timeZone, instant) => {
    const zoned = zonedTime(date, time, timeZone);
    expect(zoned).toEqual({ kind: 'one', instant: new Date(instant) });
    expect(wallClock(new Date(instant), timeZone)).toEqual({ date, time });
  });

  test.each([
    ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z', '03:30'],
    ['2026-03-08', '02:00', 'America/New_York', '2026-03-08T07:00:00.000Z', '03:00'],
    // Half an hour only, and in October.
    ['2026-10-04', '02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z', '02:45'],
  ])('%s %s in %s is skipped: it becomes as much later', (date, time, timeZone, instant, shown) => {
    const zoned = zonedTime(date, time, timeZone);
    expect(zoned).toEqual({ kind: 'skipped', instant: new Date(instant) });
    expect(wallClock(new Date(instant), timeZone).time).toBe(shown);
  });

  test.each([
    ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
    ['2026-11-01', '01:00', 'America/New_York', '2026-11-01T05:00:00.000Z', '2026-11-01T06:00:00.000Z'],
  ])('%s %s in %s comes twice', (date, time, timeZone, first, second) => {
    const zoned = zonedTime(date, time, timeZone);
    expect(zoned?.kind).toBe('twice');
    if (zoned?.kind !== 'twice') return;
    expect([iso(zoned.first), iso(zoned.second)]).toEqual([first, second]);
    for (const instant of [zoned.first, zoned.second]) {
      expect(wallClock(instant, timeZone)).toEqual({ date, time });
    }
    expect(utcOffset(zoned.first, timeZone)).not.toBe(utcOffset(zoned.second, timeZone));
  });

  test.each([
    ['', '18:30'],
    ['2026-11-21', ''],
    ['2026-02-30', '12:00'],
    ['2026-13-01', '12:00'],
    ['2026-11-21', '25:00'],
  ])('“%s” “%s” is none', (date, time) => {
    expect(zonedTime(date, time, 'Europe/Berlin')).toBeNull();
  });
});

test.each([
  ['put forward', Date.UTC(2026, 2, 28), 0],
  ['put back', Date.UTC(2026, 9, 24), 7],
])(
  'what a clock has shown around the night in which it is %s leads back to the same instant',
  (_how, beginMs, doubles) => {
    let twice = 0;
    for (let ms = beginMs; ms < beginMs + 2 * 86_400_000; ms += 17 * 60_000) {
      const { date, time } = wallClock(new Date(ms), 'Europe/Berlin');
      const zoned = zonedTime(date, time, 'Europe/Berlin');
      if (zoned?.kind === 'twice') twice += 1;
      const meanings =
        zoned?.kind === 'twice' ? [iso(zoned.first), iso(zoned.second)] : [zoned?.kind, iso(zoned?.instant)];
      expect(meanings).toContain(new Date(ms).toISOString());
      expect(meanings).not.toContain('skipped');
    }
    expect(twice).toBe(doubles);
  },
);

test.each([
  ['2026-11-21T12:00:00Z', 'Europe/Berlin', 'UTC+01:00'],
  ['2026-11-21T12:00:00Z', 'America/St_Johns', 'UTC−03:30'],
  ['2026-11-21T12:00:00Z', 'UTC', 'UTC+00:00'],
])('at %s clocks in %s show %s', (instant, timeZone, offset) => {
  expect(utcOffset(new Date(instant), timeZone)).toBe(offset);
});
