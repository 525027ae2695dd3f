/** An error whose message is made of our own words alone: it may be logged. */
export class OwnError extends Error {}

/** An error the caller of our API may read: a stable code, an HTTP status, and a sentence that says what to do next. */
export class RequestError extends OwnError {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldError[];

  constructor(status: number, code: string, message: string, fields: readonly FieldError[] = []) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** What is wrong with one field of a request. */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

/** The configuration is unusable. Lists every problem at once and never a value. */
export class ConfigError extends OwnError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable: ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The database did not do what was asked. `code` is Postgres's, PostgREST's, or `unreachable`. */
export class StoreError extends OwnError {
  readonly code: string;

  constructor(operation: string, code: string, cause?: unknown) {
    super(`${operation} failed in the database (${code})`, { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}
