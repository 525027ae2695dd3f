/** One printed line. Every `ratio` compares two things of the same run, so it holds on slow machines, too. */
export interface Measurement {
  bench: string;
  /** What must hold, as text; `ok` says whether it did. */
  goal: string;
  ok: boolean;
  [figure: string]: unknown;
}

export interface BenchContext {
  /** The run's Postgres, as superuser. */
  serverUrl: string;
  /** 1 is the full size; less is for a quick look. */
  scale: number;
}

export type Bench = (context: BenchContext) => AsyncGenerator<Measurement>;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
