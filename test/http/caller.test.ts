import { randomUUID } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCallerVerifier } from '../../src/http/caller.ts';
import { RequestError } from '../../src/lib/errors.ts';
import { secret } from '../../src/lib/secret.ts';
import { seededRandom } from '../media/random.ts';
import { closedPortUrl, type Handle, type Served, serve } from './serve.ts';

const USER = randomUUID();
const JWT_SECRET = 'this-project-signs-by-this-secret-alone';
const utf8 = (text: string) => new TextEncoder().encode(text);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = { sub: USER, aud: 'authenticated', role: 'authenticated', exp: NOW + 3600 };
type Claims = { [name in keyof typeof CLAIMS]?: unknown } & Record<string, unknown>;

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Keys;
let otherKeys: Keys;
let rsaKeys: Keys;
let publicKeyText: string;
beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  otherKeys = await generateKeyPair('ES256', { extractable: true });
  rsaKeys = await generateKeyPair('RS256', { extractable: true });
  publicKeyText = await exportSPKI(keys.publicKey);
});

const hs256 = (claims: Claims = {}, key: string = JWT_SECRET, header = {}) =>
  new SignJWT({ ...CLAIMS, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(utf8(key));
const es256 = (claims: Claims = {}, header = {}, { privateKey } = keys) =>
  new SignJWT({ ...CLAIMS, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', kid: 'current', ...header })
    .sign(privateKey);

/** Who the caller is found to be, or how he is refused. */
async function identify(url: string, jwtSecret: string | null, authorization?: string): Promise<string> {
  const verify = createCallerVerifier({ url, jwtSecret: jwtSecret === null ? null : secret(jwtSecret) });
  return await verdict(verify, authorization);
}

async function verdict(
  verify: ReturnType<typeof createCallerVerifier>,
  authorization?: string,
): Promise<string> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  try {
    return (await verify(new Request('https://site.example.com/api/x', { headers }))).userId;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    expect(error.message).toMatch(/\.$/);
    return `${error.status} ${error.code}`;
  }
}

describe('a project that signs with HS256', () => {
  const asks = async (authorization?: string) =>
    identify('https://project.supabase.co', JWT_SECRET, authorization);

  test('knows its user, by a token with an issuer or without', async () => {
    expect(await asks(`Bearer ${await hs256()}`)).toBe(USER);
    expect(await asks(`bearer   ${await hs256()}`)).toBe(USER);
    expect(await asks(`Bearer ${await hs256({ iss: 'https://project.supabase.co/auth/v1' })}`)).toBe(USER);
    expect(await asks(`Bearer ${await hs256({ aud: ['other', 'authenticated'] })}`)).toBe(USER);
  });

  test.each([undefined, ''])('misses a token where the header is %j', async (header) => {
    expect(await asks(header)).toBe('401 token_missing');
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNzd29yZA==',
    'Token abc',
    'Bearer a b',
    'Bearer abc',
    'Bearer a.b',
    'Bearer a.b.c',
    'Bearer a.b.c.d.e',
    'Bearer ..',
    'Bearer null',
    'Bearer undefined',
    `Bearer ${'x'.repeat(10_000)}`,
    'Bearer sb_publishable_test_only',
  ])('refuses the header %s', async (header) => {
    expect(await asks(header)).toBe('401 token_invalid');
  });

  test('refuses two tokens in one header', async () => {
    expect(await asks(`Bearer ${await hs256()}, Bearer ${await hs256()}`)).toBe('401 token_invalid');
  });

  test('tells an expired session from an invalid one', async () => {
    expect(await asks(`Bearer ${await hs256({ exp: NOW - 60 })}`)).toBe('401 token_expired');
    expect(await asks(`Bearer ${await hs256({ exp: NOW - 60 }, 'another-secret-of-another-project')}`)).toBe(
      '401 token_invalid',
    );
  });

  test.each<[string, Claims]>([
    ['for nobody', { aud: undefined }],
    ['for the anonymous', { aud: 'anon' }],
    ['for the service', { aud: 'service_role' }],
    ['for an audience in another spelling', { aud: 'Authenticated' }],
    ['for no audience', { aud: '' }],
    ['without a user', { sub: undefined }],
    ['of an empty user', { sub: '' }],
    ['of a user who is no uuid', { sub: 'admin' }],
    ['of a user who is a uuid and more', { sub: `${USER}' or true` }],
    ['of a user on a second line', { sub: `${USER}\n` }],
    ['of a user who is a number', { sub: 5 }],
    ['of a user who is a list', { sub: [USER] }],
    ['without an end', { exp: undefined }],
    ['with an end that is text', { exp: '2099-01-01' }],
    ['with an end null', { exp: null }],
    ['not valid yet', { nbf: NOW + 3600 }],
    ['of another project', { iss: 'https://other.supabase.co/auth/v1' }],
    ['of an empty issuer', { iss: '' }],
    ['of an issuer that only begins alike', { iss: 'https://project.supabase.co/auth/v1/' }],
    ['of several issuers', { iss: ['https://project.supabase.co/auth/v1'] }],
  ])('refuses a token %s', async (_what, claims) => {
    expect(await asks(`Bearer ${await hs256(claims)}`)).toBe('401 token_invalid');
  });

  test("refuses another project's secret, and this one's with something added", async () => {
    for (const key of ['another-secret-of-another-project!!', `${JWT_SECRET} `, JWT_SECRET.toUpperCase()]) {
      expect(await asks(`Bearer ${await hs256({}, key)}`)).toBe('401 token_invalid');
    }
  });

  test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS384', 'HS512', 'hs256', 'dir'])(
    'refuses the algorithm "%s"',
    async (alg) => {
      const [, payload, signature] = (await hs256()).split('.');
      const header = base64url({ alg, typ: 'JWT' });
      expect(await asks(`Bearer ${header}.${payload}.${signature}`)).toBe('401 token_invalid');
      expect(await asks(`Bearer ${header}.${payload}.`)).toBe('401 token_invalid');
    },
  );

  test('refuses a header that demands what nobody understands', async () => {
    const [, payload, signature] = (await hs256()).split('.');
    const header = base64url({ alg: 'HS256', crit: ['new'], new: true });
    expect(await asks(`Bearer ${header}.${payload}.${signature}`)).toBe('401 token_invalid');
  });

  test('brings its own key to no avail', async () => {
    const jwk = { kty: 'oct', k: Buffer.from('attacker').toString('base64url') };
    expect(
      await asks(`Bearer ${await hs256({}, 'attacker'.repeat(5), { jwk, jku: 'https://evil.test/jwks' })}`),
    ).toBe('401 token_invalid');
  });

  test('of 3,000 altered tokens refuses every one, and blames none on the keys', async () => {
    const verify = createCallerVerifier({ url: await closedPortUrl(), jwtSecret: secret(JWT_SECRET) });
    const random = seededRandom(20261121);
    const token = await hs256();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    const verdicts = new Map<string, number>();
    for (let count = 0; count < 3_000; count++) {
      // The header is left alone: an algorithm with published keys would have to ask for them.
      const at = token.indexOf('.') + 1 + Math.floor(random() * (token.length - token.indexOf('.') - 2));
      const letter = alphabet[Math.floor(random() * alphabet.length)];
      if (letter === token[at]) continue;
      const found = await verdict(verify, `Bearer ${token.slice(0, at)}${letter}${token.slice(at + 1)}`);
      verdicts.set(found, (verdicts.get(found) ?? 0) + 1);
    }
    expect([...verdicts.keys()]).toEqual(['401 token_invalid']);
  });
});

describe('a project that publishes its keys', () => {
  const jwks = async () => ({
    keys: [
      { ...(await exportJWK(keys.publicKey)), kid: 'current', alg: 'ES256', use: 'sig' },
      { ...(await exportJWK(rsaKeys.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
    ],
  });
  const project = async (): Promise<Served> => {
    const body = JSON.stringify(await jwks());
    return await serve((request, response) =>
      request.url === '/auth/v1/.well-known/jwks.json'
        ? response.writeHead(200, { 'content-type': 'application/json' }).end(body)
        : response.writeHead(404).end(),
    );
  };

  test('knows its user, and asks for the keys once', async () => {
    await using server = await project();
    const verify = createCallerVerifier({ url: server.url, jwtSecret: null });
    const token = await es256({ iss: `${server.url}/auth/v1` });
    for (let count = 0; count < 3; count++) expect(await verdict(verify, `Bearer ${token}`)).toBe(USER);
    expect(await verdict(verify, `Bearer ${await es256({}, { alg: 'RS256', kid: 'rsa' }, rsaKeys)}`)).toBe(
      USER,
    );
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each<[string, () => Promise<string>, string]>([
    ['a key that is not published', () => es256({}, { kid: 'unknown' }), '401 token_invalid'],
    ['another key under the same name', () => es256({}, {}, otherKeys), '401 token_invalid'],
    ['a key of another kind', () => es256({}, { kid: 'rsa' }), '401 token_invalid'],
    ['another project', () => es256({ iss: 'https://other.supabase.co/auth/v1' }), '401 token_invalid'],
    ['an anonymous audience', () => es256({ aud: 'anon' }), '401 token_invalid'],
    ['no user', () => es256({ sub: undefined }), '401 token_invalid'],
    ['no end', () => es256({ exp: undefined }), '401 token_invalid'],
    ['an end gone by', () => es256({ exp: NOW - 60 }), '401 token_expired'],
    ['HS256, by its public key taken for a secret', () => hs256({}, publicKeyText), '401 token_invalid'],
    ['HS256, by a secret of no use here', () => hs256(), '401 token_invalid'],
    ['no algorithm', async () => `${base64url({ alg: 'none' })}.${base64url(CLAIMS)}.`, '401 token_invalid'],
  ])('refuses a token with %s', async (_what, token, expected) => {
    await using server = await project();
    expect(await identify(server.url, null, `Bearer ${await token()}`)).toBe(expected);
  });

  test('still takes HS256 where it has a secret, and then not by its public key', async () => {
    await using server = await project();
    expect(await identify(server.url, JWT_SECRET, `Bearer ${await hs256()}`)).toBe(USER);
    expect(await identify(server.url, JWT_SECRET, `Bearer ${await es256()}`)).toBe(USER);
    expect(await identify(server.url, JWT_SECRET, `Bearer ${await hs256({}, publicKeyText)}`)).toBe(
      '401 token_invalid',
    );
  });

  test.each<[string, Handle]>([
    ['answers 500', (_request, response) => response.writeHead(500).end()],
    ['answers 404', (_request, response) => response.writeHead(404).end()],
    ['redirects', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['answers HTML', (_request, response) => response.end('<html>')],
    ['answers JSON without keys', (_request, response) => response.end('{}')],
    ['answers keys that are none', (_request, response) => response.end('{"keys":"none"}')],
    ['hangs up', (_request, response) => response.destroy()],
  ])('cannot check a token while its server %s, and does not call it invalid', async (_what, handle) => {
    await using server = await serve(handle);
    expect(await identify(server.url, null, `Bearer ${await es256()}`)).toBe('503 auth_unavailable');
  });

  test('waits five seconds for a server that does not answer, and no longer', async () => {
    const { timeout } = AbortSignal;
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 20));
    onTestFinished(() => spy.mockRestore());
    await using server = await serve(() => undefined);
    expect(await identify(server.url, null, `Bearer ${await es256()}`)).toBe('503 auth_unavailable');
    expect(spy).toHaveBeenCalledExactlyOnceWith(5_000);
  });

  test('cannot check a token while nobody listens; without one it need not', async () => {
    const url = await closedPortUrl();
    expect(await identify(url, null, `Bearer ${await es256()}`)).toBe('503 auth_unavailable');
    expect(await identify(url, null)).toBe('401 token_missing');
    expect(await identify(url, null, `Bearer ${await hs256()}`)).toBe('401 token_invalid');
  });

  test('knows its user again once its keys can be had', async () => {
    let isDown = true;
    const body = JSON.stringify(await jwks());
    await using server = await serve((_request, response) =>
      isDown ? response.writeHead(503).end() : response.end(body),
    );
    const verify = createCallerVerifier({ url: server.url, jwtSecret: null });
    const token = `Bearer ${await es256()}`;
    expect(await verdict(verify, token)).toBe('503 auth_unavailable');
    isDown = false;
    expect(await verdict(verify, token)).toBe(USER);
  });
});
