import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { endpoint } from '../../src/http/endpoint.ts';
import { ConfigError, RequestError, StoreError } from '../../src/lib/errors.ts';
import { createLog } from '../../src/lib/log.ts';

const ORIGIN = 'https://app.example.com';

function site() {
  const lines: string[] = [];
  const app = {
    appOrigins: [ORIGIN, 'http://localhost:8888'],
    log: createLog((line) => void lines.push(line)),
  };
  const saying = (text: string) => async () => new Response(text);
  const handle = endpoint(() => app, {
    GET: saying('list'),
    POST: async () => Response.json({ made: true }, { status: 201 }),
    'GET /:id': async ({ id, requestId }) => Response.json({ id, requestId }),
    'DELETE /:id': saying('deleted'),
  });
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    handle(new Request(`https://site.example.com${path}`, { method, headers }), { requestId: 'request-1' });
  return { app, lines, ask };
}

/** What a handler's error becomes. */
async function thrown(error: unknown) {
  const { app, lines } = site();
  const handle = endpoint(() => app, { GET: () => Promise.reject(error) });
  const response = await handle(new Request('https://site.example.com/api/x'), { requestId: 'request-1' });
  const text = await response.text();
  return { response, text, json: JSON.parse(text), lines };
}

describe('routes', () => {
  test.each([
    ['GET', '/api/things', 'list'],
    ['GET', '/.netlify/functions/things', 'list'],
    ['GET', '/api/things/', 'list'],
    ['GET', '/api/things?id=5', 'list'],
    ['POST', '/api/things', '{"made":true}'],
    ['GET', '/api/things/5', '{"id":"5","requestId":"request-1"}'],
    ['GET', '/.netlify/functions/things/5/', '{"id":"5","requestId":"request-1"}'],
    ['GET', '/api/things/api', '{"id":"api","requestId":"request-1"}'],
    ['GET', '/api/things/__proto__', '{"id":"__proto__","requestId":"request-1"}'],
    ['DELETE', '/api/things/5', 'deleted'],
  ])('%s %s', async (method, path, text) => {
    const response = await site().ask(method, path);
    expect(await response.text()).toBe(text);
  });

  test.each([
    ['GET', '/api/things/5/retry'],
    ['POST', '/api/things/5/6/7'],
    ['OPTIONS', '/api/things/5/retry'],
  ])('%s %s leads nowhere', async (method, path) => {
    const response = await site().ask(method, path);
    expect([response.status, (await response.json()).code]).toEqual([404, 'not_found']);
  });

  test.each([
    ['PUT', '/api/things', 'GET, POST'],
    ['HEAD', '/api/things', 'GET, POST'],
    ['DELETE', '/api/things', 'GET, POST'],
    ['POST', '/api/things/5', 'GET, DELETE'],
    ['PATCH', '/api/things/5', 'GET, DELETE'],
    ['constructor', '/api/things', 'GET, POST'],
    ['toString', '/api/things', 'GET, POST'],
    ['get', '/api/things/5', undefined],
  ])('%s %s is answered by what is allowed', async (method, path, allow) => {
    const response = await site().ask(method, path);
    if (allow === undefined) return expect(response.status).toBe(200);
    expect([response.status, (await response.json()).code]).toEqual([405, 'method_not_allowed']);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('x-request-id')).toBe('request-1');
  });
});

describe('every answer', () => {
  test.each([
    ['GET', '/api/things'],
    ['PUT', '/api/things'],
    ['OPTIONS', '/api/things'],
    ['GET', '/api/things/5/6'],
  ])('to %s %s is kept by nobody and names its request', async (method, path) => {
    const { headers } = await site().ask(method, path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'request-1',
      vary: 'Origin',
    });
  });

  test('has a request id of its own where Netlify gives none', async () => {
    const { app } = site();
    const handle = endpoint(() => app, { GET: async () => new Response('') });
    const ids = [undefined, {}, { requestId: '' }].map(
      async (context) =>
        (await handle(new Request('https://x.example.com/api/x'), context)).headers.get('x-request-id') ?? '',
    );
    for (const id of await Promise.all(ids)) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('other origins', () => {
  const crossOrigin = (headers: Headers) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

  test.each([ORIGIN, 'http://localhost:8888'])('%s may ask and read', async (origin) => {
    const { headers } = await site().ask('GET', '/api/things', { origin });
    expect(crossOrigin(headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id, idempotency-replayed',
    });
  });

  test('may ask beforehand what they may ask', async () => {
    const response = await site().ask('OPTIONS', '/api/things/5', {
      origin: ORIGIN,
      'access-control-request-method': 'DELETE',
    });
    expect(response.status).toBe(204);
    expect(crossOrigin(response.headers)).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, DELETE',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      'access-control-max-age': '600',
      'access-control-expose-headers': 'x-request-id, idempotency-replayed',
    });
  });

  test('may read errors, too', async () => {
    const { headers } = await site().ask('PUT', '/api/things', { origin: ORIGIN });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });

  test.each([
    'https://evil.test',
    'https://app.example.com.evil.test',
    'https://evilapp.example.com',
    'https://evil.app.example.com',
    'https://example.com',
    'https://app.example.co',
    'https://app.example.comm',
    'https://app.example.com:443',
    'https://app.example.com.',
    'https://app.example.com@evil.test',
    'https://app.example.com%00.evil.test',
    'https://app.example.com, https://evil.test',
    'https://app.example.com https://evil.test',
    'HTTPS://app.example.com',
    'app.example.com',
    '//app.example.com',
    'https://app。example.com'.replace('。', '%E3%80%82'),
    'http://localhost:8889',
    'http://localhost',
    'http://127.0.0.1:8888',
    'file://',
    'chrome-extension://abcdefghijklmnop',
    'https://evil.test/https://app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'https://app.example.com/',
    'null',
    '*',
    '',
  ])('"%s" may not', async (origin) => {
    for (const method of ['GET', 'OPTIONS', 'PUT']) {
      const { headers } = await site().ask(method, '/api/things', { origin });
      expect(crossOrigin(headers)).toEqual({});
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  test('a request without an origin is let in without a word', async () => {
    expect(crossOrigin((await site().ask('GET', '/api/things')).headers)).toEqual({});
  });
});

describe('errors', () => {
  test('of the caller are told to the caller, and to nobody else', async () => {
    const field = { field: 'title', code: 'title_too_long', message: 'Shorten it.' };
    const { response, json, lines } = await thrown(
      new RequestError(400, 'title_too_long', 'Shorten it.', [field]),
    );
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(json).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'title_too_long',
      detail: 'Shorten it.',
      requestId: 'request-1',
      errors: [field],
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'info',
        event: 'request',
        function: 'x',
        method: 'GET',
        requestId: 'request-1',
        httpStatus: 400,
        durationMs: expect.any(Number),
      },
    ]);
  });

  test('of identity say how to identify oneself', async () => {
    const { response } = await thrown(new RequestError(401, 'token_missing', 'Sign in.'));
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  test.each([
    [new StoreError('claim', '57014', new Error('act.secret')), 503, 'database_unavailable'],
    [new Error('act.secret and postgres://user:password@host'), 500, 'internal_error'],
    [new TypeError('act.secret'), 500, 'internal_error'],
    ['act.secret', 500, 'internal_error'],
    [undefined, 500, 'internal_error'],
    [null, 500, 'internal_error'],
    [{ status: 200, code: 'act.secret' }, 500, 'internal_error'],
  ])(
    'of ours (%s) tell no more than whether to try again, and are logged without a secret',
    async (error, status, code) => {
      const { response, text, json, lines } = await thrown(error);
      expect([response.status, json.code, json.requestId]).toEqual([status, code, 'request-1']);
      expect(text).not.toMatch(/act\.secret|postgres:/);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        level: 'error',
        event: 'request_failed',
        requestId: 'request-1',
        method: 'GET',
      });
      expect(lines[0]).not.toContain('act.secret');
    },
  );

  test('of the configuration are an answer, too, to every request', async () => {
    const consoleLog = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    onTestFinished(() => consoleLog.mockRestore());
    const handle = endpoint((): never => {
      throw new ConfigError(['WORKER_SECRET is missing: set it in .env']);
    }, {});
    for (const method of ['GET', 'OPTIONS']) {
      const request = new Request('https://site.example.com/api/x', { method, headers: { origin: ORIGIN } });
      const response = await handle(request);
      expect([response.status, (await response.json()).code]).toEqual([503, 'invalid_config']);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(consoleLog).toHaveBeenCalledTimes(2);
  });
});
