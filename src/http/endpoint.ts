import { randomUUID } from 'node:crypto';
import { RequestError } from '../lib/errors.ts';
import { createLog, describeError, inLogContext, type Log } from '../lib/log.ts';
import { notFound, problem } from './problem.ts';

/** What every endpoint needs of the application it belongs to. */
interface EndpointApp {
  appOrigins: readonly string[];
  log: Log;
}

export interface Call<App> {
  app: App;
  request: Request;
  url: URL;
  /** The path segment after the function's name, where the route has one. */
  id: string;
  requestId: string;
}

type Handler<App> = (call: Call<App>) => Promise<Response>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** `GET` answers at `/api/<name>`, `GET /:id` one segment below it, `POST /:id/retry` at that word below the id. */
export type Routes<App> = Partial<
  Record<Method | `${Method} /:id` | `${Method} /:id/${string}`, Handler<App>>
>;

interface NetlifyContext {
  requestId?: string;
  deploy?: { context?: string };
}

/**
 * Makes a Netlify function of a table of routes: finds the route, lets the allowed origins in, and turns whatever is
 * thrown into a problem response. `getApp` is called within, so that a bad configuration is an answer, too. A deploy
 * for which `mayAnswer` is false answers 204 and does nothing.
 */
export function endpoint<App extends EndpointApp>(
  getApp: () => App | Promise<App>,
  routes: Routes<App>,
  mayAnswer: (context: NetlifyContext) => boolean = () => true,
) {
  return (request: Request, context?: NetlifyContext): Promise<Response> => {
    const requestId = context?.requestId || randomUUID();
    return inLogContext({ requestId }, async () => {
      const startedAtMs = performance.now();
      let app: App | undefined;
      let response: Response;
      let failure: ReturnType<typeof describeError> | null = null;
      try {
        if (mayAnswer(context ?? {})) {
          app = await getApp();
          response = await answer(app, routes, request, requestId);
        } else {
          response = new Response(null, { status: 204 });
        }
      } catch (error) {
        response = problem(error, requestId);
        if (response.status >= 500) failure = describeError(error);
      }
      const outcome = {
        method: request.method.slice(0, 20),
        // Of an address nothing else is worth a line in the log.
        function: segmentsOf(new URL(request.url))[0],
        httpStatus: response.status,
        durationMs: Math.round(performance.now() - startedAtMs),
      };
      const log = app?.log ?? createLog();
      if (failure) log.error('request_failed', { ...outcome, ...failure });
      else log.info('request', outcome);
      return withHeaders(response, request, requestId, app?.appOrigins ?? []);
    });
  };
}

async function answer<App extends EndpointApp>(
  app: App,
  routes: Routes<App>,
  request: Request,
  requestId: string,
) {
  const url = new URL(request.url);
  const segments = segmentsOf(url).slice(1);
  const suffix = segments.length === 0 ? '' : ` /${[':id', ...segments.slice(1)].join('/')}`;
  const methods = methodsOf(routes, suffix);
  if (methods.length === 0) throw notFound();
  if (request.method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: methods.join(', ') } });

  const route = `${request.method}${suffix}`;
  // A method may have any name, that of an object's own methods as well.
  const handler = Object.hasOwn(routes, route) ? routes[route as keyof Routes<App>] : undefined;
  if (!handler) {
    const response = problem(
      new RequestError(405, 'method_not_allowed', `Use ${methods.join(' or ')} here.`),
      requestId,
    );
    response.headers.set('allow', methods.join(', '));
    return response;
  }
  return handler({ app, request, url, id: segments[0] ?? '', requestId });
}

/**
 * The function's name and what follows. Netlify hands over the address as it was asked for: by the rewrite or by the
 * function's own path.
 */
function segmentsOf({ pathname }: URL): string[] {
  return pathname
    .replace(/^\/(?:api|\.netlify\/functions)\//, '')
    .split('/')
    .filter(Boolean);
}

function methodsOf(routes: Routes<never>, suffix: string): string[] {
  return Object.keys(routes)
    .filter((route) => route.replace(/^[A-Z]+/, '') === suffix)
    .map((route) => route.split(' ')[0] ?? route);
}

/**
 * On every answer. An opener policy is not among them: on the callback's redirect it would cut a popup off from the page
 * that opened it. Other origins read by way of CORS, which the resource policy does not concern.
 */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

function withHeaders(
  response: Response,
  request: Request,
  requestId: string,
  appOrigins: readonly string[],
): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.set('x-request-id', requestId);
  headers.append('vary', 'Origin');
  const origin = request.headers.get('origin');
  if (origin !== null && appOrigins.includes(origin)) {
    headers.set('access-control-allow-origin', origin);
    headers.set('access-control-allow-credentials', 'true');
    headers.set('access-control-expose-headers', 'x-request-id, idempotency-replayed');
    if (request.method === 'OPTIONS') {
      headers.set('access-control-allow-methods', headers.get('allow') ?? '');
      headers.set('access-control-allow-headers', 'authorization, content-type, idempotency-key');
      headers.set('access-control-max-age', '600');
    }
  }
  return response;
}
