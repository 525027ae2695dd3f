import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect, parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Env,
  OLD_NAMES,
  readCommandConfig,
  readCommandPlaces,
  readConfig,
  readVerificationFiles,
  relevantEnv,
  VARIABLES,
} from '../src/config.ts';
import { ConfigError } from '../src/lib/errors.ts';

/** As random as a secret has to be, and the same in every run. */
const random = (name: string) => createHash('sha256').update(name).digest();
const KEY = random('key').toString('base64url');
const OTHER_KEY = random('other').toString('base64url');
const WORKER_SECRET = random('worker').toString('hex');
/** One of Supabase's keys before 2025. */
const oldKey = (claims: object) =>
  ['{"alg":"HS256"}', JSON.stringify(claims), 'bad-signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

/** Everything a site needs, and nothing that it does not. */
const SITE = {
  TIKTOK_CLIENT_KEY: 'awx1example',
  TIKTOK_CLIENT_SECRET: 'client-secret-value',
  TIKTOK_REDIRECT_URI: 'https://site.example.com/.netlify/functions/tiktok-callback',
  SUPABASE_URL: 'https://project.supabase.co',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_value',
  SUPABASE_SECRET_KEY: 'sb_secret_value',
  TOKEN_ENCRYPTION_KEYS: `k1:${KEY}`,
  APP_ORIGINS: 'https://app.example.com',
  WORKER_SECRET,
};
const LOCAL = { NETLIFY_DEV: 'true' };
const example: Env = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'));

function problemsOf(env: Env, read: (env: Env) => unknown = readConfig): readonly string[] {
  try {
    read(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toContain(error.problems.join('; '));
    return error.problems;
  }
  return [];
}

test('the build puts the files onto the site by which TikTok verifies it', () => {
  const files =
    'tiktokAb12.txt:tiktok-developers-site-verification=Ab12, films/tiktokCd.txt:tiktok-developers-site-verification=Cd,';
  expect(readVerificationFiles({ TIKTOK_VERIFICATION_FILES: files })).toEqual([
    { path: 'tiktokAb12.txt', content: 'tiktok-developers-site-verification=Ab12' },
    { path: 'films/tiktokCd.txt', content: 'tiktok-developers-site-verification=Cd' },
  ]);
  expect(readVerificationFiles({})).toEqual([]);
  expect(() => readVerificationFiles({ TIKTOK_VERIFICATION_FILES: 'a:b' })).toThrow(ConfigError);
});

describe('a site', () => {
  test('needs no more than this, and has the rest by default', () => {
    const config = readConfig(SITE);
    expect(config).toMatchObject({
      isLocal: false,
      tiktok: {
        clientKey: 'awx1example',
        redirectUri: SITE.TIKTOK_REDIRECT_URI,
        apiUrl: 'https://open.tiktokapis.com',
        authorizeUrl: 'https://www.tiktok.com/v2/auth/authorize/',
        scopes: ['user.info.basic', 'video.publish', 'video.upload'],
        verifiedUrls: [],
      },
      supabase: {
        url: 'https://project.supabase.co',
        publishableKey: 'sb_publishable_value',
        jwtSecret: null,
      },
      tokenKeys: [{ kid: 'k1', key: random('key') }],
      appOrigins: ['https://app.example.com'],
      mediaAllowedOrigins: [],
    });
    expect(config.tiktok.clientSecrets[0].reveal()).toBe('client-secret-value');
    expect(config.supabase.secretKey.reveal()).toBe('sb_secret_value');
    expect(config.workerSecrets[0].reveal()).toBe(WORKER_SECRET);
  });

  test('shows no secret when its configuration is printed', () => {
    const config = readConfig({ ...SITE, SUPABASE_JWT_SECRET: random('jwt').toString('hex') });
    const printed = `${JSON.stringify(config)} ${inspect(config, { depth: 9 })}`;
    for (const value of [
      'client-secret-value',
      'sb_secret_value',
      WORKER_SECRET,
      random('jwt').toString('hex'),
    ]) {
      expect(printed).not.toContain(value);
    }
  });

  test('may have white space around every value: a line break after a secret is a classic', () => {
    const padded = Object.fromEntries(Object.entries(SITE).map(([name, value]) => [name, ` \t${value}\r\n`]));
    const config = readConfig(padded);
    expect(JSON.stringify(config)).toBe(JSON.stringify(readConfig(SITE)));
    expect(config.tiktok.clientSecrets[0].reveal()).toBe('client-secret-value');
    expect(config.workerSecrets[0].reveal()).toBe(WORKER_SECRET);
  });

  test('may list several of what can be several', () => {
    const config = readConfig({
      ...SITE,
      APP_ORIGINS: ' https://app.example.com/ , https://www.example.com:8443,',
      TIKTOK_SCOPES: 'video.list , video.publish,video.list',
      TIKTOK_VERIFIED_URLS: 'Static.Example.com, https://EXAMPLE.com/videos/user/ ,',
      TOKEN_ENCRYPTION_KEYS: `new-2:${OTHER_KEY}=, k1:${KEY}`,
    });
    expect(config.appOrigins).toEqual(['https://app.example.com', 'https://www.example.com:8443']);
    expect(config.tiktok.scopes).toEqual(['user.info.basic', 'video.list', 'video.publish']);
    expect(config.tiktok.verifiedUrls).toEqual([
      { domain: 'static.example.com' },
      { prefix: 'https://example.com/videos/user/' },
    ]);
    expect(config.tokenKeys.map(({ kid }) => kid)).toEqual(['new-2', 'k1']);
  });

  test('may end its URLs with a slash or without', () => {
    const config = readConfig({
      ...SITE,
      SUPABASE_URL: 'https://project.supabase.co//',
      TIKTOK_API_URL: 'https://stand-in.example.com/',
    });
    expect([config.supabase.url, config.tiktok.apiUrl]).toEqual([
      'https://project.supabase.co',
      'https://stand-in.example.com',
    ]);
  });
});

describe("Supabase's old names", () => {
  const { SUPABASE_PUBLISHABLE_KEY: _publishable, SUPABASE_SECRET_KEY: _secret, ...rest } = SITE;
  const old = { SUPABASE_ANON_KEY: 'old anon key', SUPABASE_SERVICE_ROLE_KEY: 'old service key\n' };

  test('are taken', () => {
    const { supabase } = readConfig({ ...rest, ...old });
    expect([supabase.publishableKey, supabase.secretKey.reveal()]).toEqual([
      'old anon key',
      'old service key',
    ]);
  });

  test('give way to the new ones', () => {
    const { supabase } = readConfig({ ...SITE, ...old });
    expect([supabase.publishableKey, supabase.secretKey.reveal()]).toEqual([
      'sb_publishable_value',
      'sb_secret_value',
    ]);
  });

  test('are nothing when they are empty', () => {
    expect(problemsOf({ ...rest, SUPABASE_ANON_KEY: ' ', SUPABASE_SERVICE_ROLE_KEY: '' })).toEqual([
      'SUPABASE_PUBLISHABLE_KEY is missing: set it in Netlify under Environment variables',
      'SUPABASE_SECRET_KEY is missing: set it in Netlify under Environment variables',
    ]);
  });
});

/** A value, which no message may repeat, under the variable every message must name. */
const BAD: [keyof typeof VARIABLES, string][] = [
  ['TIKTOK_CLIENT_KEY', ''],
  ['TIKTOK_CLIENT_KEY', ' \n'],
  ['TIKTOK_CLIENT_SECRET', ''],
  ['TIKTOK_CLIENT_SECRET', 'emulator-client-secret-not-a-real-one'],
  ['TIKTOK_CLIENT_SECRET', 'bad-short-one'],
  ['TIKTOK_CLIENT_SECRET', ','],
  ['TIKTOK_CLIENT_SECRET', 'client-secret-value,bad-short-one'],
  ['TIKTOK_CLIENT_SECRET', 'client-secret-value,client-secret-value'],
  ['TIKTOK_CLIENT_SECRET', 'badbadbadbadbadbadbadbad'],
  ['TIKTOK_CLIENT_KEY', 'emulator-client-key'],
  ['TIKTOK_REDIRECT_URI', ''],
  ['TIKTOK_REDIRECT_URI', 'bad-redirect'],
  ['TIKTOK_REDIRECT_URI', '/.netlify/functions/bad-callback'],
  ['TIKTOK_REDIRECT_URI', 'http://bad.example.com/callback'],
  ['TIKTOK_REDIRECT_URI', 'https://bad.example.com/callback#fragment'],
  ['TIKTOK_REDIRECT_URI', 'https://site.example.com/'],
  ['TIKTOK_REDIRECT_URI', 'https://site.example.com/bad-callback'],
  ['TIKTOK_REDIRECT_URI', 'https://site.example.com/.netlify/functions/tiktok-callback/'],
  ['TIKTOK_REDIRECT_URI', 'https://site.example.com/bad/.netlify/functions/tiktok-callback'],
  ['TIKTOK_REDIRECT_URI', 'https://bad:password@example.com/callback'],
  ['TIKTOK_API_URL', 'http://bad.example.com'],
  ['TIKTOK_API_URL', 'bad.example.com'],
  ['TIKTOK_AUTHORIZE_URL', 'http://bad.example.com/authorize'],
  ['TIKTOK_AUTHORIZE_URL', 'javascript:alert("bad")'],
  ['TIKTOK_SCOPES', 'bad.scope video.publish'],
  ['TIKTOK_SCOPES', 'bad.scope;video.publish'],
  ['TIKTOK_SCOPES', 'BAD.SCOPE'],
  ['TIKTOK_VERIFICATION_FILES', 'bad.txt:tiktok-developers-site-verification=a'],
  ['TIKTOK_VERIFICATION_FILES', 'index.html:bad'],
  ['TIKTOK_VERIFICATION_FILES', '../tiktokbad.txt:a'],
  ['TIKTOK_VERIFICATION_FILES', 'tiktokbad.txt:<script>'],
  ['TIKTOK_VERIFICATION_FILES', 'tiktokbad.txt'],
  ['TIKTOK_VERIFIED_URLS', '*.bad.example.com'],
  ['TIKTOK_VERIFIED_URLS', 'localhost-bad'],
  ['TIKTOK_VERIFIED_URLS', 'bad.example.com/'],
  ['TIKTOK_VERIFIED_URLS', 'https://bad.example.com/videos'],
  ['TIKTOK_VERIFIED_URLS', 'https://bad.example.com/videos/?a=/'],
  ['TIKTOK_VERIFIED_URLS', 'http://bad.example.com/videos/'],
  ['TIKTOK_VERIFIED_URLS', 'good.example.com,ftp://bad.example.com/'],
  ['SUPABASE_URL', ''],
  ['SUPABASE_URL', 'bad.supabase.co'],
  ['SUPABASE_URL', 'http://bad.supabase.co'],
  ['SUPABASE_URL', 'https://bad.supabase.co/rest/v1'],
  ['SUPABASE_URL', 'https://bad.supabase.co/?bad'],
  ['TIKTOK_API_URL', 'https://open.tiktokapis.com/?bad'],
  ['TIKTOK_REDIRECT_URI', 'https://app.example.com/.netlify/functions/tiktok-callback?bad=1'],
  ['SUPABASE_URL', 'https://service:bad@project.supabase.co'],
  ['SUPABASE_URL', 'https://:bad-password@project.supabase.co'],
  ['SUPABASE_PUBLISHABLE_KEY', ''],
  ['SUPABASE_SECRET_KEY', ''],
  ['SUPABASE_PUBLISHABLE_KEY', oldKey({ role: 'anon', ref: 'badproject' })],
  ['SUPABASE_PUBLISHABLE_KEY', 'sb_publishable_local_only'],
  ['SUPABASE_PUBLISHABLE_KEY', 'sb_secret_bad-value'],
  ['SUPABASE_PUBLISHABLE_KEY', oldKey({ role: 'service_role' })],
  ['SUPABASE_SECRET_KEY', 'client-secret-value'],
  ['SUPABASE_SECRET_KEY', oldKey({ role: 'service_role', ref: 'badproject' })],
  ['SUPABASE_SECRET_KEY', 'sb_secret_local_only'],
  ['SUPABASE_SECRET_KEY', 'sb_publishable_bad-value'],
  ['SUPABASE_SECRET_KEY', oldKey({ role: 'anon' })],
  ['SUPABASE_JWT_SECRET', 'bad-and-short'],
  ['SUPABASE_JWT_SECRET', 'local-only-jwt-secret-that-is-long-enough'],
  ['TOKEN_ENCRYPTION_KEYS', ''],
  ['TOKEN_ENCRYPTION_KEYS', ','],
  ['TOKEN_ENCRYPTION_KEYS', KEY],
  ['TOKEN_ENCRYPTION_KEYS', `:${KEY}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad kid:${KEY}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${KEY.slice(1)}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${KEY}A`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${Buffer.alloc(16, 7).toString('base64url')}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${Buffer.alloc(32, 255).toString('base64').replace('=', '')}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${KEY},bad:${OTHER_KEY}`],
  ['TOKEN_ENCRYPTION_KEYS', example.TOKEN_ENCRYPTION_KEYS ?? ''],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${Buffer.alloc(32).toString('base64url')}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${Buffer.alloc(32, 255).toString('base64url')}`],
  ['TOKEN_ENCRYPTION_KEYS', `bad:${Buffer.from('password'.repeat(4)).toString('base64url')}`],
  ['TOKEN_ENCRYPTION_KEYS', `k1:${KEY},k2:${KEY}`],
  ['APP_ORIGINS', ''],
  ['APP_ORIGINS', ' , '],
  ['APP_ORIGINS', '*'],
  ['APP_ORIGINS', 'null'],
  ['APP_ORIGINS', 'bad.example.com'],
  ['APP_ORIGINS', 'http://bad.example.com'],
  ['APP_ORIGINS', 'https://bad.example.com/app'],
  ['APP_ORIGINS', 'https://bad.example.com?a'],
  ['APP_ORIGINS', 'https://bad@example.com'],
  ['APP_ORIGINS', 'https://bad.example.org,https://bad.example.net'],
  ['APP_ORIGINS', 'https://app.example.com.bad.test'],
  ['APP_ORIGINS', 'https://good.example.com https://bad.example.com'],
  ['APP_ORIGINS', 'https://good.example.com,https://bad.example.com/app'],
  ['WORKER_SECRET', ''],
  ['WORKER_SECRET', 'b'.repeat(31)],
  ['WORKER_SECRET', '0'.repeat(64)],
  ['WORKER_SECRET', 'badpass'.repeat(6)],
  ['WORKER_SECRET', KEY],
  ['WORKER_SECRET', `${WORKER_SECRET},${WORKER_SECRET}`],
  ['WORKER_SECRET', `${'b'.repeat(31)}\n`],
  ['WORKER_SECRET', 'local-only-worker-secret-local-only'],
  ['MEDIA_ALLOWED_ORIGINS', 'https://bad.example.com'],
  ['MEDIA_ALLOWED_ORIGINS', 'http://127.0.0.1:8791'],
];

test('the table of bad configurations is a long one', () => {
  expect(new Set(BAD.map((bad) => bad.join('='))).size).toBeGreaterThanOrEqual(90);
});

test.each(BAD)('does not start with %s=%j, and says so without the value', (name, value) => {
  const [problem = '', ...others] = problemsOf({ ...SITE, [name]: value });
  expect(others).toEqual([]);
  expect(problem.startsWith(`${name} `)).toBe(true);
  const parts = value.split(/[\s,:/]+/).filter((part) => part.length > 4 && part !== 'https');
  // What the right value has as well gives nothing away.
  for (const part of parts.filter((part) => !SITE.TIKTOK_REDIRECT_URI.includes(part)))
    expect(problem).not.toContain(part);
});

test('no secret may stand in the place of another as well', () => {
  const secrets = {
    TIKTOK_CLIENT_KEY: random('1').toString('hex'),
    TIKTOK_CLIENT_SECRET: random('2').toString('hex'),
    SUPABASE_PUBLISHABLE_KEY: random('3').toString('hex'),
    SUPABASE_SECRET_KEY: random('4').toString('hex'),
    SUPABASE_JWT_SECRET: random('5').toString('hex'),
    TOKEN_ENCRYPTION_KEYS: `k1:${KEY}`,
    WORKER_SECRET,
  };
  expect(problemsOf({ ...SITE, ...secrets })).toEqual([]);
  const pairs = Object.entries(secrets).flatMap(([name, value], index) =>
    Object.keys(secrets)
      .slice(index + 1)
      .map((other) => [name, other, value.replace('k1:', '')] as const),
  );
  for (const [name, other, value] of pairs.filter(([, other]) => other !== 'TOKEN_ENCRYPTION_KEYS')) {
    const problems = problemsOf({ ...SITE, ...secrets, [other]: value });
    expect(problems).toEqual([`${other} has the same value as ${name}: each needs its own`]);
  }
});

test('tells everything that is wrong at once', () => {
  const required = Object.entries(VARIABLES).filter(([, need]) => need === 'required');
  const missing = problemsOf({});
  expect(missing.map((problem) => problem.split(' ')[0]).sort()).toEqual(
    required.map(([name]) => name).sort(),
  );
  for (const problem of missing)
    expect(problem).toMatch(/ is missing: set it in Netlify under Environment variables$/);

  const all = problemsOf({ ...SITE, ...Object.fromEntries(BAD) });
  expect(new Set(all.map((problem) => problem.split(' ')[0]))).toEqual(new Set(BAD.map(([name]) => name)));
});

describe('.env.example', () => {
  test('lists every variable that is read, and no other', () => {
    expect(Object.keys(example).sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  test('works on a machine of one’s own', () => {
    expect(readConfig({ ...example, ...LOCAL })).toMatchObject({
      isLocal: true,
      mediaAllowedOrigins: ['http://127.0.0.1:8791'],
      tiktok: { verifiedUrls: [{ prefix: 'http://127.0.0.1:8791/verified/' }] },
    });
    expect(readConfig({ ...example, CONTEXT: 'dev' }).isLocal).toBe(true);
  });

  test.each<[string, Env]>([
    ['production', { CONTEXT: 'production' }],
    ['a deploy preview', { CONTEXT: 'deploy-preview' }],
    ['a branch deploy', { CONTEXT: 'branch-deploy' }],
    ['production, whatever else is set', { CONTEXT: 'production', ...LOCAL }],
    ['nowhere in particular', {}],
    ['nowhere in particular, not being local', { NETLIFY_DEV: 'false' }],
  ])('is refused in %s, for each value that belongs to one machine', (_where, platform) => {
    const names = problemsOf({ ...example, ...platform }).map((problem) => problem.split(' ')[0]);
    expect([...new Set(names)].sort()).toEqual([
      'APP_ORIGINS',
      'MEDIA_ALLOWED_ORIGINS',
      'SUPABASE_JWT_SECRET',
      'SUPABASE_PUBLISHABLE_KEY',
      'SUPABASE_SECRET_KEY',
      'SUPABASE_URL',
      'TIKTOK_API_URL',
      'TIKTOK_AUTHORIZE_URL',
      'TIKTOK_CLIENT_KEY',
      'TIKTOK_CLIENT_SECRET',
      'TIKTOK_REDIRECT_URI',
      'TIKTOK_VERIFIED_URLS',
      'TOKEN_ENCRYPTION_KEYS',
      'WORKER_SECRET',
    ]);
  });
});

describe('on a machine of one’s own', () => {
  test('URLs may be plain http, and what is missing belongs in .env', () => {
    const local = {
      ...SITE,
      ...LOCAL,
      SUPABASE_URL: 'http://127.0.0.1:54321',
      APP_ORIGINS: 'http://localhost:8888',
    };
    expect(problemsOf(local)).toEqual([]);
    expect(problemsOf({ ...local, WORKER_SECRET: '' })).toEqual(['WORKER_SECRET is missing: set it in .env']);
  });

  test.each([
    '127.0.0.1:8791',
    'http://127.0.0.1:8791/media',
    'ftp://127.0.0.1:8791',
    'http://bad@127.0.0.1:8791',
  ])('MEDIA_ALLOWED_ORIGINS=%s is no origin all the same', (value) => {
    expect(problemsOf({ ...SITE, ...LOCAL, MEDIA_ALLOWED_ORIGINS: value })).toEqual([
      expect.stringMatching(/^MEDIA_ALLOWED_ORIGINS has an entry/),
    ]);
  });
});

describe('what the configuration depends on', () => {
  test('is every variable under either name, and what the platform says; trimmed, the empty as if missing', () => {
    const relevant = relevantEnv({
      ...SITE,
      WORKER_SECRET: ' w\n',
      APP_ORIGINS: ' ',
      PATH: '/bin',
      HOME: '/root',
    });
    expect(Object.keys(relevant).sort()).toEqual(
      [...Object.keys(VARIABLES), ...Object.values(OLD_NAMES), 'CONTEXT', 'NETLIFY_DEV'].sort(),
    );
    expect(relevant).toMatchObject({ WORKER_SECRET: 'w', APP_ORIGINS: undefined, CONTEXT: undefined });
  });

  test('changes with any one of them, and with nothing else', () => {
    const key = (env: Env) => JSON.stringify(relevantEnv(env));
    for (const name of Object.keys(relevantEnv({})))
      expect(key({ ...SITE, [name]: 'other' })).not.toBe(key(SITE));
    expect(key({ ...SITE, PATH: '/bin', WORKER_SECRET: `${SITE.WORKER_SECRET}\n` })).toBe(key(SITE));
  });
});

describe('the command line', () => {
  const APP = { TIKTOK_CLIENT_KEY: 'awx1example', TIKTOK_CLIENT_SECRET: 'client-secret-value' };

  test('needs the app alone, and has the rest by default', () => {
    expect(readCommandConfig(APP)).toMatchObject({
      tiktok: { clientKey: 'awx1example', apiUrl: 'https://open.tiktokapis.com', verifiedUrls: [] },
      mediaAllowedOrigins: [],
    });
  });

  test('works with .env.example, against what stands in for TikTok on this machine', () => {
    expect(readCommandConfig(example).tiktok.apiUrl).toBe('http://127.0.0.1:8790');
  });

  test.each<[string, Env]>([
    ['TIKTOK_CLIENT_KEY', { TIKTOK_CLIENT_SECRET: APP.TIKTOK_CLIENT_SECRET }],
    ['TIKTOK_CLIENT_SECRET', { ...APP, TIKTOK_CLIENT_SECRET: 'bad' }],
    ['TIKTOK_CLIENT_SECRET', { ...APP, TIKTOK_CLIENT_SECRET: 'emulator-client-secret-not-a-real-one' }],
    ['TIKTOK_API_URL', { ...APP, TIKTOK_API_URL: 'http://bad.example.com' }],
    ['TIKTOK_AUTHORIZE_URL', { ...APP, TIKTOK_AUTHORIZE_URL: 'http://bad.example.com/authorize' }],
    ['MEDIA_ALLOWED_ORIGINS', { ...APP, MEDIA_ALLOWED_ORIGINS: 'http://127.0.0.1:8791' }],
  ])('does not start where %s is not usable with TikTok itself: %o', (name, env) => {
    const problems = problemsOf(env, readCommandConfig);
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([name]);
    expect(problems.join()).not.toMatch(/bad|not-a-real/);
  });

  test('keeps a refresh token to itself, and takes an empty variable for none', () => {
    const places = readCommandPlaces({
      TIKTOK_REFRESH_TOKEN: ' rft.value ',
      GITHUB_OUTPUT: '',
      GITHUB_ACTIONS: '1',
    });
    expect(inspect(places) + JSON.stringify(places)).not.toContain('rft.');
    expect(places.refreshToken?.reveal()).toBe('rft.value');
    expect(places).toMatchObject({ configHome: null, ciOutputFile: null, masksLog: false });
  });
});
