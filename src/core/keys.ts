import {
  type ResealedBatch,
  SEALED_COLUMNS,
  type SealedColumn,
  type SealedStore,
  type Unreadable,
} from '../store/sealed.ts';

/**
 * `rotated`: every value lies under the first key, and no other is needed. `old_keys_in_use`: some lie under others that
 * are there. `values_unreadable`: some do not open, for want of their key or because they were altered.
 */
export type KeyVerdict = 'rotated' | 'old_keys_in_use' | 'values_unreadable';

export interface KeyUse {
  /** Null: values that nobody here has sealed. */
  kid: string | null;
  /** `seals`: the first; `opens`: another; `missing`: it is not in the environment. */
  role: 'seals' | 'opens' | 'missing';
  /** How many values lie under it. */
  values: number;
  /** The same, by `<table>.<column>`; a column without any is left out. */
  columns: Record<string, number>;
}

export interface KeyReport {
  verdict: KeyVerdict;
  keys: KeyUse[];
}

export interface RotationReport extends KeyReport {
  resealed: number;
  /** Those that do not open, and why. */
  unreadable: Unreadable[];
}

/** Says of each key in the environment, and of each that values lie under, how many do. */
export async function reportKeys(sealed: SealedStore): Promise<KeyReport> {
  const keys = new Map<string | null, KeyUse>(
    sealed.kids.map((kid, index) => [
      kid,
      { kid, role: index === 0 ? 'seals' : 'opens', values: 0, columns: {} },
    ]),
  );
  for (const column of SEALED_COLUMNS) {
    for (const { kid, values } of await sealed.count(column)) {
      const use: KeyUse = keys.get(kid) ?? { kid, role: 'missing', values: 0, columns: {} };
      use.values += values;
      use.columns[`${column.table}.${column.column}`] = values;
      keys.set(kid, use);
    }
  }
  return { verdict: verdictOn([...keys.values()]), keys: [...keys.values()] };
}

function verdictOn(keys: readonly KeyUse[]): KeyVerdict {
  const used = keys.filter(({ values }) => values > 0);
  if (used.some(({ role }) => role === 'missing')) return 'values_unreadable';
  return used.some(({ role }) => role === 'opens') ? 'old_keys_in_use' : 'rotated';
}

/** Passes over a column, should the site be writing what is being re-sealed; each finds a small part of the one before. */
const PASSES = 5;
const PAUSE_MS = 500;

/**
 * Seals everything with the first key, while the site works. It can be stopped at any point: what is done is done, and
 * the next run finds what is left. A value that was written meanwhile stays.
 * @param progress Is told how many values have been gone through, of how many.
 */
export async function rotateKeys(
  { sealed, pause }: { sealed: SealedStore; pause: (ms: number) => Promise<unknown> },
  progress: (done: number, total: number) => void,
): Promise<RotationReport> {
  const before = await reportKeys(sealed);
  const total = before.keys.reduce((sum, { role, values }) => sum + (role === 'seals' ? 0 : values), 0);
  let done = 0;
  progress(done, total);
  const tell = ({ resealed, unreadable }: ResealedBatch) => {
    done += resealed + unreadable.length;
    progress(Math.min(done, total), total);
  };

  let resealed = 0;
  const unreadable: Unreadable[] = [];
  for (const column of SEALED_COLUMNS) {
    const passed = await rotateColumn(sealed, column, pause, tell);
    resealed += passed.resealed;
    unreadable.push(...passed.unreadable);
  }
  const after = await reportKeys(sealed);
  return {
    ...after,
    verdict: unreadable.length > 0 ? 'values_unreadable' : after.verdict,
    resealed,
    unreadable,
  };
}

async function rotateColumn(
  sealed: SealedStore,
  column: SealedColumn,
  pause: (ms: number) => Promise<unknown>,
  tell: (batch: ResealedBatch) => void,
): Promise<{ resealed: number; unreadable: Unreadable[] }> {
  let resealed = 0;
  for (let pass = 1; ; pass++) {
    let missed = 0;
    const unreadable: Unreadable[] = [];
    let afterId: string | null = null;
    do {
      const batch: ResealedBatch = await sealed.reseal(column, afterId);
      tell(batch);
      resealed += batch.resealed;
      missed += batch.missed;
      unreadable.push(...batch.unreadable);
      afterId = batch.lastId;
    } while (afterId !== null);
    if (missed === 0 || pass === PASSES) return { resealed, unreadable };
    await pause(PAUSE_MS);
  }
}
