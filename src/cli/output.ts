/** What goes to stdout: the result, for a person or, as one JSON object, for a program. All else goes to stderr. */
export interface Output {
  isJson: boolean;
  result(json: unknown, text: string): void;
  /** What a person may want to know meanwhile. */
  say(text: string): void;
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    result: (json, text) => void process.stdout.write(`${isJson ? JSON.stringify(json) : text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Columns as wide as what stands in them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one a line; what there is none of is a dash. */
export function list(fields: Readonly<Record<string, string | number | boolean | null>>): string {
  return table(Object.entries(fields).map(([name, value]) => [name, printable(String(value ?? '–'))]));
}

/** Without what a terminal would take for an order. Names come from outside. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ');
}

/** As much of a token as tells it from others. */
export function masked(token: string): string {
  return `${token.slice(0, 4)}…${token.length > 24 ? token.slice(-4) : ''}`;
}
