/** A value kept in this browser; `null` where there is none, it is of no use, or the browser keeps nothing. */
export function readStored<T>(key: string, isOfUse: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isOfUse(value) ? value : null;
  } catch {
    return null;
  }
}

/** Keeps it, where the browser lets it. */
export function store(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full, or forbidden: what is on the page stays there.
  }
}

export const isStringList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');
