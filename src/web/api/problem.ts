/** What is wrong with one field of a request. */
export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

/** The API has answered, and the answer is no. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable: what the page decides by. */
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  /** What whoever runs the site finds in its log. */
  readonly requestId: string | null;

  constructor(
    status: number,
    { code, detail, fields = [], requestId = null }: Partial<ProblemBody> & { fields?: FieldProblem[] },
  ) {
    super(detail ?? 'The site answered with something else than expected. Try again in a minute.');
    this.name = 'ApiError';
    this.status = status;
    this.code = code ?? 'unexpected_answer';
    this.fields = fields;
    this.requestId = requestId;
  }
}

/** No answer came: whether the request was carried out is not known. */
export class ConnectionError extends Error {
  constructor(cause?: unknown) {
    super('The site could not be reached. Check the connection and try again.', { cause });
    this.name = 'ConnectionError';
  }
}

interface ProblemBody {
  code: string;
  detail: string;
  requestId: string | null;
}

/** Reads a response that is not ok; whatever it holds, an error comes out that can be shown. */
export async function readProblem(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const { code, detail, requestId, errors } = (body ?? {}) as Record<string, unknown>;
  return new ApiError(response.status, {
    ...(typeof code === 'string' && { code }),
    ...(typeof detail === 'string' && { detail }),
    requestId: typeof requestId === 'string' ? requestId : response.headers.get('x-request-id'),
    fields: Array.isArray(errors) ? errors.filter(isFieldProblem) : [],
  });
}

function isFieldProblem(value: unknown): value is FieldProblem {
  const { field, code, message } = (value ?? {}) as Record<string, unknown>;
  return [field, code, message].every((text) => typeof text === 'string');
}
