import { describe, expect, test } from 'vitest';
import { beginConnect, type ConnectDeps, finishConnect } from '../../src/core/connect.ts';
import { callbackParameters } from '../../src/http/callback.ts';
import { bindBrowser } from '../../src/http/flow-cookie.ts';
import { RequestError } from '../../src/lib/errors.ts';
import { createLog } from '../../src/lib/log.ts';
import { secret } from '../../src/lib/secret.ts';
import { seededRandom } from '../media/random.ts';

/** The pure parts, very often; `test/functions/connect.test.ts` has them with the real database and over HTTP. */

const ORIGINS = ['https://app.example.com', 'https://www.example.com:8443', 'http://localhost:8888'];
const random = seededRandom(20261121);
const below = (end: number) => Math.floor(random() * end);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;

/** Flows by the pair of hashes under which they were begun, and a TikTok that counts who asks. */
function connecting() {
  const flows = new Map<string, Parameters<ConnectDeps['flows']['begin']>[0]>();
  const asked = { exchanges: 0 };
  const deps: ConnectDeps = {
    flows: {
      async begin(flow) {
        flows.set(`${flow.stateHash} ${flow.browserHash}`, flow);
        return new Date(0);
      },
      async consume(stateHash, browserHash) {
        const flow = flows.get(`${stateHash} ${browserHash}`);
        return flow ? { live: true, ...flow, scopes: [...flow.scopes], usedAt: null } : null;
      },
    },
    apps: {
      findOwn: () => Promise.reject(new Error('nobody has an app')),
      open: () => Promise.reject(new Error('nobody has an app')),
      keepShared: () => Promise.resolve(),
    },
    accounts: { save: () => Promise.reject(new Error('nothing is to be saved')) },
    tiktok: {
      authorizeUrl: () => 'https://www.tiktok.com/',
      async exchangeCode() {
        asked.exchanges++;
        return { kind: 'refused', code: 'invalid_grant', logId: null };
      },
      getUserInfo: () => Promise.reject(new Error('nobody is to be asked')),
      checkApp: () => Promise.reject(new Error('no app is to be checked')),
    },
    sharedApp: { clientKey: 'key', clientSecret: secret('secret') },
    scopes: ['user.info.basic'],
    appOrigins: ORIGINS,
    log: createLog(() => undefined),
    randomToken: () => Buffer.from(Array.from({ length: 32 }, () => below(256))).toString('base64url'),
  };
  return { deps, flows, asked };
}

const beginning = (deps: ConnectDeps, redirectUrl: string) =>
  beginConnect(deps, 'user', { redirectUrl, authMethod: 'shared' });

describe('a callback', () => {
  test('of 100,000 damaged ones: TikTok is asked for tokens only with the very state and nonce of one flow', async () => {
    const { deps, asked } = connecting();
    const flow = await beginning(deps, `${ORIGINS[0]}/done`);
    const other = await beginning(deps, `${ORIGINS[0]}/done`);
    const cookieOf = ({ state, browserNonce }: typeof flow) =>
      bindBrowser(state, browserNonce).split(';')[0] ?? '';
    const text = () =>
      oneOf([
        '',
        ' ',
        '%',
        '%00',
        '\u0000',
        'null',
        'undefined',
        '[]',
        '__proto__',
        'x'.repeat(43),
        flow.state.slice(1),
      ]);
    const damage = (value: string): string => {
      const at = below(value.length);
      const ways = [
        () => value,
        () => value.slice(0, at) + oneOf([...'aZ09-_=+/ %']) + value.slice(at + 1),
        () => value.slice(0, at) + value.slice(at + 1),
        () => value.slice(0, at) + oneOf([...'aZ09-_=+/ ;,']) + value.slice(at),
        () => value.toUpperCase(),
        () => `${value}${text()}`,
        () => `${text()}${value}`,
        text,
      ];
      return oneOf(ways)();
    };
    let exact = 0;
    for (let count = 0; count < 100_000; count++) {
      const query = new URLSearchParams();
      for (const [name, value] of [
        ['state', flow.state],
        ['code', 'code'],
      ] as const) {
        for (let times = oneOf([0, 1, 1, 1, 1, 1, 1, 2]); times > 0; times--) {
          query.append(oneOf([name, name, name, name, `${name}[]`, name.toUpperCase()]), damage(value));
        }
      }
      if (below(8) === 0) query.append('state', other.state);
      const cookies = Array.from({ length: oneOf([0, 1, 1, 1, 1, 1, 2]) }, () =>
        oneOf([cookieOf(flow), cookieOf(flow), cookieOf(flow), cookieOf(other), damage(cookieOf(flow))]),
      );
      const cookie = cookies.join('; ').replace(/[^\x20-\x7e]/g, '');
      const request = new Request(`https://site.example.com/api/tiktok-callback?${query}`, {
        headers: { cookie },
      });
      // What a good callback is, in the test's own words.
      const pairs = cookie.split(';').map((pair) => pair.trim());
      const isExact =
        query.getAll('code').length === 1 &&
        [flow, other].some((one) => {
          const [name = ''] = cookieOf(one).split('=');
          const nonces = pairs.filter((pair) => pair.startsWith(`${name}=`));
          return query.getAll('state').join('\n') === one.state && nonces.join('\n') === cookieOf(one);
        });
      const before = asked.exchanges;
      const { kind } = await finishConnect(deps, callbackParameters(request));
      const isAsked = asked.exchanges > before;
      if (isExact) exact++;
      if (isAsked && !isExact) throw new Error(`accepted: ${query} with ${cookie}`);
      if (!isExact && kind !== 'no_flow' && kind !== 'failed')
        throw new Error(`${kind}: ${query} with ${cookie}`);
    }
    // Or nothing was tried.
    expect(asked.exchanges).toBeGreaterThan(1_000);
    expect(exact).toBeGreaterThanOrEqual(asked.exchanges);
    expect(exact).toBeLessThan(50_000);
  }, 120_000);
});

describe('the way back', () => {
  /** Null: it was refused. */
  async function accepted(redirectUrl: string): Promise<string | null> {
    const { deps, flows } = connecting();
    try {
      await beginning(deps, redirectUrl);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return null;
    }
    return [...flows.values()][0]?.redirectUrl ?? null;
  }
  const isOwn = (href: string) => ORIGINS.some((origin) => href.startsWith(`${origin}/`));

  const EVIL = [
    'evil.example',
    'app.example.com.evil.example',
    'evil.example:443',
    '127.0.0.1',
    '[::1]',
    'evil。example',
  ];
  const FORMS = [
    (host: string) => `https://${host}/`,
    (host: string) => `http://${host}/`,
    (host: string) => `//${host}/`,
    (host: string) => `///${host}/`,
    (host: string) => `/\\${host}/`,
    (host: string) => `\\\\${host}/`,
    (host: string) => `https:${host}`,
    (host: string) => `https:/${host}`,
    (host: string) => `https:\\\\${host}`,
    (host: string) => `https:///${host}`,
    (host: string) => `https://app.example.com@${host}/`,
    (host: string) => `https://app.example.com:443@${host}/`,
    (host: string) => `https://app.example.com%40${host}/`,
    (host: string) => `https://app.example.com\\@${host}/`,
    (host: string) => `https://app.example.com/\\@${host}\n`,
    (host: string) => `https://${host}\\.app.example.com/`,
    (host: string) => `https://${host}#@app.example.com/`,
    (host: string) => `https://${host}?https://app.example.com/`,
    (host: string) => `\u0000https://${host}/`,
    (host: string) => ` https://${host}/`,
    (host: string) => `ht\ntps://${host}/`,
    (host: string) => `javascript://app.example.com/%0aalert('${host}')`,
    (host: string) => `data:text/html,<script>location='https://${host}'</script>`,
    (host: string) => `blob:https://app.example.com/${host}`,
    (host: string) => `https://app.example.com.${host}/`,
    (host: string) => `https://app.example.com:8443@${host}:8443/`,
  ];
  const PAYLOADS = EVIL.flatMap((host) => FORMS.map((form) => form(host)));

  test(`of ${PAYLOADS.length} payloads not one leads elsewhere`, async () => {
    expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(120);
    const strays: string[] = [];
    for (const payload of PAYLOADS) {
      const href = await accepted(payload);
      if (href !== null && !isOwn(href)) strays.push(payload);
    }
    expect(strays).toEqual([]);
  });

  test('of 100,000 random ones every one that is taken lies on an own origin, as a browser reads it', async () => {
    const pieces = [
      ...ORIGINS,
      ...EVIL,
      'https:',
      'http:',
      'HTTPS:',
      'javascript:',
      '/',
      '//',
      '\\',
      '@',
      ':',
      '.',
      '?',
      '#',
      '%2f',
      '%5c',
      '%40',
      '%00',
      '\t',
      '\n',
      '\r',
      ' ',
      '\u0000',
      '\u200b',
      '。',
      'ß',
      'app',
      'example',
      'com',
      'localhost',
      '8888',
      '443',
      'a=b',
      '..',
    ];
    let taken = 0;
    for (let count = 0; count < 100_000; count++) {
      const length = 1 + below(5);
      const start = below(3) === 0 ? oneOf(ORIGINS) : '';
      const text = start + Array.from({ length }, () => oneOf(pieces)).join('');
      const href = await accepted(text);
      if (href === null) continue;
      taken++;
      const url = new URL(href);
      if (!isOwn(href) || !ORIGINS.includes(url.origin) || url.username || url.password)
        throw new Error(JSON.stringify(text));
    }
    expect(taken).toBeGreaterThan(1_000);
  }, 120_000);
});
