export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Writes one JSON object per line. Callers name each field; objects and errors are never dumped whole. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export function createLog(write: (line: string) => void = console.log): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      write(JSON.stringify({ level, event, ...redact(fields) }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

// A second line of defence: the first is that nobody passes such a field.
const SECRET_NAME =
  /token|secret|password|authorization|cookie|code_verifier|upload_?url|signature|api_?key/i;
const SECRET_VALUE = /\b(act|rft|clt)\.[\w!*.-]+|\bsb_secret_\w+|\bey[\w-]{10,}\.[\w-]+\.[\w-]*/g;

function redact(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (SECRET_NAME.test(name)) return [name, '***'];
      return [name, typeof value === 'string' ? value.replace(SECRET_VALUE, '***') : value];
    }),
  );
}

/** What may be said of an unknown error in a log: its name and the code of its innermost cause. */
export function describeError(error: unknown): { error: string; cause?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = errorCode(error);
  return { error: `${error.name}: ${error.message}`.slice(0, 300), ...(cause ? { cause } : {}) };
}

/** The `code` of an error or of the first of its causes that has one (`ECONNREFUSED`, `UND_ERR_SOCKET`, …). */
export function errorCode(error: unknown): string | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
