/** The words of the page are English, so its dates and numbers are, in the reader's own kind of it. */
export function chooseLocale(languages: readonly string[]): string {
  return languages.find((language) => /^en\b/i.test(language) && isLocale(language)) ?? 'en-GB';
}

/** Some browsers name their language as their machine does, such as `en-US@posix`. */
function isLocale(language: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language).length > 0;
  } catch {
    return false;
  }
}

export interface Formats {
  locale: string;
  /** The reader's, such as `Europe/Berlin`. */
  timeZone: string;
  time(instant: Date): string;
  /** `Saturday, 21 November`, with the year where it is not this one. */
  day(instant: Date, now: Date): string;
  /** Day and time in one, short. */
  moment(instant: Date, now: Date): string;
  /** To the second. */
  clock(instant: Date): string;
  /** `2026-11-21 18:30 UTC`. */
  utc(instant: Date): string;
  /** `in 5 minutes`, `2 days ago`. */
  relative(instant: Date, now: Date): string;
  number(value: number): string;
  /** `1 post`, `2 posts`. */
  count(value: number, one: string, other: string): string;
  list(items: readonly string[]): string;
  size(sizeBytes: number): string;
  /** `1 minute, 20 seconds`. */
  duration(durationSec: number): string;
  percent(part: number): string;
}

export function createFormats(locale: string, timeZone: string): Formats {
  const inZone = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const time = inZone({ hour: 'numeric', minute: '2-digit' });
  const clock = inZone({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
  const day = inZone({ weekday: 'long', day: 'numeric', month: 'long' });
  const dayAndYear = inZone({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const moment = inZone({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
  const momentAndYear = inZone({
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: 'numeric', minute: '2-digit' },
  });
  const year = inZone({ year: 'numeric' });
  const numbers = new Intl.NumberFormat(locale);
  const plural = new Intl.PluralRules(locale);
  const lists = new Intl.ListFormat(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: /.byte/.test(name) ? 'short' : 'long',
      maximumFractionDigits: digits,
    });
  const isThisYear = (instant: Date, now: Date) => year.format(instant) === year.format(now);

  return {
    locale,
    timeZone,
    time: (instant) => time.format(instant),
    day: (instant, now) => (isThisYear(instant, now) ? day : dayAndYear).format(instant),
    moment: (instant, now) => (isThisYear(instant, now) ? moment : momentAndYear).format(instant),
    clock: (instant) => clock.format(instant),
    utc: (instant) => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    relative(instant, now) {
      const seconds = (instant.getTime() - now.getTime()) / 1000;
      const [name, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1];
      return relative.format(Math.round(seconds / size), name);
    },
    number: (value) => numbers.format(value),
    count: (value, one, other) => `${numbers.format(value)} ${plural.select(value) === 'one' ? one : other}`,
    list: (items) => lists.format(items),
    size(sizeBytes) {
      const [name, size] = SIZES.find(([, least]) => sizeBytes >= least) ?? ['byte', 1];
      return unit(name, sizeBytes / size < 10 ? 1 : 0).format(sizeBytes / size);
    },
    duration(durationSec) {
      const minutes = Math.floor(durationSec / 60);
      const seconds = Math.round((durationSec - 60 * minutes) * 10) / 10;
      const parts = [
        ...(minutes > 0 ? [unit('minute').format(minutes)] : []),
        ...(seconds > 0 || minutes === 0 ? [unit('second', 1).format(seconds)] : []),
      ];
      return lists.format(parts);
    },
    percent: (part) => new Intl.NumberFormat(locale, { style: 'percent' }).format(part),
  };
}

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const satisfies [Intl.RelativeTimeFormatUnit, number][];

const SIZES = [
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
] as const;
