import { ConfigError, RequestError, StoreError } from '../lib/errors.ts';

/**
 * An error as `application/problem+json`. Only a `RequestError` speaks for itself; of anything else the caller learns
 * no more than whether to try again.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problem(error: unknown, requestId: string): Response {
  const { status, code, detail, errors } = describe(error);
  return new Response(
    JSON.stringify({
      type: 'about:blank',
      title: titles[status] ?? 'Error',
      status,
      code,
      detail,
      requestId,
      ...(errors && { errors }),
    }),
    {
      status,
      headers: {
        'content-type': 'application/problem+json',
        ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      },
    },
  );
}

export function notFound(): RequestError {
  return new RequestError(404, 'not_found', 'There is nothing at this address; check the path.');
}

function describe(error: unknown) {
  if (error instanceof RequestError) {
    const { status, code, message, fields } = error;
    return { status, code, detail: message, errors: fields.length > 0 ? fields : undefined };
  }
  if (error instanceof ConfigError) {
    return {
      status: 503,
      code: 'invalid_config',
      detail: `${error.message}. Whoever runs this site must set them right; nothing was done.`,
    };
  }
  // What the database refuses for its content will not be better in a minute.
  if (error instanceof StoreError && !/^2[23]/.test(error.code)) {
    return {
      status: 503,
      code: 'database_unavailable',
      detail: 'The database did not answer as it should. Try again in a minute.',
    };
  }
  return {
    status: 500,
    code: 'internal_error',
    detail: 'Something went wrong here. Try again, and report the requestId if it stays.',
  };
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
