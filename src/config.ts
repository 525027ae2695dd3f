import { ConfigError } from './lib/errors.ts';
import type { SealKey } from './lib/seal.ts';
import { type Secret, secret } from './lib/secret.ts';

export interface Config {
  /** Whether this is somebody's own machine (`netlify dev`), where addresses may be private and keys may be fake. */
  isLocal: boolean;
  tiktok: {
    clientKey: string;
    /** The first is sent, all verify webhooks. */
    clientSecrets: [Secret, ...Secret[]];
    redirectUri: string;
    apiUrl: string;
    authorizeUrl: string;
    scopes: readonly string[];
    verifiedUrls: readonly VerifiedUrl[];
    verificationFiles: readonly VerificationFile[];
  };
  supabase: {
    url: string;
    publishableKey: string;
    secretKey: Secret;
    jwtSecret: Secret | null;
  };
  tokenKeys: readonly [SealKey, ...SealKey[]];
  appOrigins: readonly string[];
  /** The first is sent, all are accepted. */
  workerSecrets: [Secret, ...Secret[]];
  mediaAllowedOrigins: readonly string[];
}

export interface SealingConfig {
  supabase: Pick<Config['supabase'], 'url' | 'secretKey'>;
  tokenKeys: Config['tokenKeys'];
}

/** What the command line needs to speak with TikTok without a site or a database. */
export interface CommandConfig {
  tiktok: Omit<Config['tiktok'], 'redirectUri' | 'clientSecrets' | 'verificationFiles'> & {
    clientSecret: Secret;
  };
  mediaAllowedOrigins: readonly string[];
}

/** Where the command line keeps things, and what it is told about the account. All of it is optional. */
export interface CommandPlaces {
  configHome: string | null;
  /** Stands for a stored account: good once. */
  refreshToken: Secret | null;
  /** Where a CI system takes what a job hands on, as `name=value` lines. */
  ciOutputFile: string | null;
  /** Whether `::add-mask::` keeps a value out of the log. */
  masksLog: boolean;
}

/**
 * What TikTok's portal calls a verified property: a domain with its subdomains, or a literal URL prefix.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (pull_from_url)
 */
export type VerifiedUrl = { domain: string } | { prefix: string };

/** What the site serves so that TikTok sees whose it is: a URL prefix is verified by a file below it. */
export interface VerificationFile {
  /** Below the site, without a slash at its beginning. */
  path: string;
  content: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** Every variable that is read, and whether a site cannot do without it. `.env.example` lists the same. */
export const VARIABLES = {
  TIKTOK_CLIENT_KEY: 'required',
  TIKTOK_CLIENT_SECRET: 'required',
  TIKTOK_REDIRECT_URI: 'required',
  TIKTOK_API_URL: 'optional',
  TIKTOK_AUTHORIZE_URL: 'optional',
  TIKTOK_SCOPES: 'optional',
  TIKTOK_VERIFIED_URLS: 'optional',
  TIKTOK_VERIFICATION_FILES: 'optional',
  SUPABASE_URL: 'required',
  SUPABASE_PUBLISHABLE_KEY: 'required',
  SUPABASE_SECRET_KEY: 'required',
  SUPABASE_JWT_SECRET: 'optional',
  TOKEN_ENCRYPTION_KEYS: 'required',
  APP_ORIGINS: 'required',
  WORKER_SECRET: 'required',
  MEDIA_ALLOWED_ORIGINS: 'optional',
} as const;
type Variable = keyof typeof VARIABLES;

/** Supabase's names for its keys before 2025. */
export const OLD_NAMES: Partial<Record<Variable, string>> = {
  SUPABASE_PUBLISHABLE_KEY: 'SUPABASE_ANON_KEY',
  SUPABASE_SECRET_KEY: 'SUPABASE_SERVICE_ROLE_KEY',
};

/** Set by the platform, not by the operator. */
const PLATFORM_VARIABLES = ['CONTEXT', 'NETLIFY_DEV'] as const;

/** The values that `readConfig` depends on, trimmed: equal values make an equal configuration. */
export function relevantEnv(env: Env): Env {
  const names = [...Object.keys(VARIABLES), ...Object.values(OLD_NAMES), ...PLATFORM_VARIABLES];
  return Object.fromEntries(names.map((name) => [name, env[name]?.trim() || undefined]));
}

/**
 * Reads the configuration from the environment; the only place that does.
 * @throws {ConfigError} naming everything that is wrong at once, and never a value.
 */
export function readConfig(rawEnv: Env): Config {
  const { config, problems } = examineConfig(rawEnv);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** The same for whoever wants to know what is wrong: each problem begins with the variable that it is about. */
export function examineConfig(rawEnv: Env): { config: Config; problems: readonly string[] } {
  const env = relevantEnv(rawEnv);
  const isLocal = env.CONTEXT ? env.CONTEXT === 'dev' : env.NETLIFY_DEV === 'true';
  const problems: string[] = [];
  const where = isLocal ? 'set it in .env' : 'set it in Netlify under Environment variables';
  const reader = createReader(env, isLocal, problems, where);

  const config: Config = {
    isLocal,
    tiktok: {
      clientKey: reader.secretText('TIKTOK_CLIENT_KEY', 1),
      clientSecrets: reader.secretTexts('TIKTOK_CLIENT_SECRET', 16).map(secret) as [Secret, ...Secret[]],
      redirectUri: reader.redirectUri(),
      apiUrl: reader.apiUrl(),
      authorizeUrl: reader.authorizeUrl(),
      scopes: reader.scopes(),
      verifiedUrls: reader.verifiedUrls(),
      verificationFiles: reader.verificationFiles(),
    },
    supabase: {
      url: reader.supabaseUrl(),
      publishableKey: reader.supabaseKey('SUPABASE_PUBLISHABLE_KEY'),
      secretKey: secret(reader.supabaseKey('SUPABASE_SECRET_KEY')),
      jwtSecret: env.SUPABASE_JWT_SECRET ? secret(reader.secretText('SUPABASE_JWT_SECRET', 32)) : null,
    },
    tokenKeys: reader.tokenKeys(),
    appOrigins: reader.origins('APP_ORIGINS'),
    workerSecrets: reader.secretTexts('WORKER_SECRET', 32).map(secret) as [Secret, ...Secret[]],
    mediaAllowedOrigins: reader.mediaAllowedOrigins(),
  };
  if (!isLocal) problems.push(...contradictions(env, config));
  return { config, problems };
}

/**
 * As much of it as the build needs.
 * @throws {ConfigError} as `readConfig`.
 */
export function readVerificationFiles(rawEnv: Env): VerificationFile[] {
  const problems: string[] = [];
  const files = createReader(relevantEnv(rawEnv), false, problems, 'set it for builds').verificationFiles();
  if (problems.length > 0) throw new ConfigError(problems);
  return files;
}

/**
 * As much of it as it takes to work on the sealed values, for whoever runs the site: at the machine of theirs, against
 * the database of the site or one on that same machine.
 * @throws {ConfigError} as `readConfig`.
 */
export function readSealingConfig(rawEnv: Env): SealingConfig {
  const env = relevantEnv(rawEnv);
  const problems: string[] = [];
  const reader = createReader(env, isOnThisMachine(env.SUPABASE_URL), problems, SET_IT_HERE);
  const config = {
    supabase: {
      url: reader.supabaseUrl(),
      secretKey: secret(reader.secretText('SUPABASE_SECRET_KEY', 1)),
    },
    tokenKeys: reader.tokenKeys(),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Read by the command line alone: no site has them. */
export const COMMAND_VARIABLES = [
  'TIKTOK_REFRESH_TOKEN',
  'XDG_CONFIG_HOME',
  'GITHUB_OUTPUT',
  'GITHUB_ACTIONS',
] as const;

/** What of the environment the command line goes by, besides TikTok's variables. */
export function readCommandPlaces(env: Env): CommandPlaces {
  const value = (name: (typeof COMMAND_VARIABLES)[number]) => env[name]?.trim() || null;
  const refreshToken = value('TIKTOK_REFRESH_TOKEN');
  return {
    configHome: value('XDG_CONFIG_HOME'),
    refreshToken: refreshToken === null ? null : secret(refreshToken),
    ciOutputFile: value('GITHUB_OUTPUT'),
    masksLog: value('GITHUB_ACTIONS') === 'true',
  };
}

/**
 * As much of it as it takes to publish from a terminal, against TikTok or against what stands in for it on that same
 * machine.
 * @throws {ConfigError} as `readConfig`.
 */
export function readCommandConfig(rawEnv: Env): CommandConfig {
  const env = relevantEnv(rawEnv);
  const problems: string[] = [];
  const reader = createReader(env, isOnThisMachine(env.TIKTOK_API_URL), problems, SET_IT_HERE);
  const config = {
    tiktok: {
      clientKey: reader.secretText('TIKTOK_CLIENT_KEY', 1),
      clientSecret: secret(reader.secretTexts('TIKTOK_CLIENT_SECRET', 16)[0] ?? ''),
      apiUrl: reader.apiUrl(),
      authorizeUrl: reader.authorizeUrl(),
      scopes: reader.scopes(),
      verifiedUrls: reader.verifiedUrls(),
    },
    mediaAllowedOrigins: reader.mediaAllowedOrigins(),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

const SET_IT_HERE = 'set it in .env or in the environment';

function isOnThisMachine(url = ''): boolean {
  return URL.canParse(url) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);
}

/** What cannot all be meant. A variable that is missing or no URL has its own problem, and takes part in none. */
function contradictions(env: Env, { tiktok, appOrigins }: Config): string[] {
  const problems: string[] = [];
  const values = SECRETS.flatMap((name) =>
    (env[name] ?? env[OLD_NAMES[name] ?? ''] ?? '').split(',').map((value) => ({
      name,
      // A sealing key without its kid: under two names it is one key.
      value: value.replace(/^[^:]*:/, '').trim(),
    })),
  );
  const seen = new Map<string, Variable>();
  for (const { name, value } of values.filter(({ value }) => value !== '')) {
    const other = seen.get(value);
    if (other === name) problems.push(`${name} lists the same value twice`);
    else if (other) problems.push(`${name} has the same value as ${other}: each needs its own`);
    seen.set(value, name);
  }
  // The flow's cookie is set on this site, and browsers keep it only for pages of the same.
  const sites = [...appOrigins, tiktok.redirectUri].map((url) =>
    URL.canParse(url) ? siteOf(new URL(url)) : null,
  );
  const own = sites.pop();
  if (own && sites.length > 0 && sites.every((site) => site && site !== own)) {
    problems.push('APP_ORIGINS has no origin on the site of TIKTOK_REDIRECT_URI: nobody could connect');
  }
  return problems;
}

/** Hosts whose last two labels differ are never of one site. */
const siteOf = ({ hostname }: URL) => hostname.split('.').slice(-2).join('.');

const SECRETS: readonly Variable[] = [
  'TIKTOK_CLIENT_KEY',
  'TIKTOK_CLIENT_SECRET',
  'SUPABASE_PUBLISHABLE_KEY',
  'SUPABASE_SECRET_KEY',
  'SUPABASE_JWT_SECRET',
  'TOKEN_ENCRYPTION_KEYS',
  'WORKER_SECRET',
];

function createReader(env: Env, isLocal: boolean, problems: string[], where: string) {
  const text = (name: Variable): string => {
    const value = env[name] ?? env[OLD_NAMES[name] ?? ''];
    if (value === undefined) problems.push(`${name} is missing: ${where}`);
    return value ?? '';
  };

  const list = (name: Variable): string[] =>
    (env[name] ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);

  const requiredList = (name: Variable): string[] => {
    const items = text(name) === '' ? [] : list(name);
    if (items.length === 0 && env[name]) problems.push(`${name} has no entry between its commas`);
    return items;
  };

  const parseUrl = (value: string): URL | null => {
    const url = URL.canParse(value) ? new URL(value) : null;
    const isPlain = url?.username === '' && url.password === '' && url.hash === '';
    if (!url || !isPlain) return null;
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url : null;
  };
  const checkSecret = (name: Variable, value: string, minLength: number): void => {
    if (value !== '' && value.length < minLength)
      problems.push(`${name} is shorter than ${minLength} characters`);
    else if (!isLocal && EXAMPLE_MARK.test(value))
      problems.push(`${name} still has its value from .env.example`);
    else if (!isLocal && minLength > 1 && new Set(value).size < MIN_DISTINCT && value !== '')
      problems.push(`${name} is not random: it has too few different characters`);
  };

  const urlRule = isLocal ? 'an http or https URL' : 'an https URL';

  return {
    text,

    secretText(name: Variable, minLength: number): string {
      const value = text(name);
      checkSecret(name, value, minLength);
      return value;
    },

    secretTexts(name: Variable, minLength: number): string[] {
      const values = requiredList(name);
      for (const value of values) checkSecret(name, value, minLength);
      return values;
    },

    url(name: Variable, otherwise?: string): string {
      const value = otherwise === undefined ? text(name) : (env[name] ?? otherwise);
      if (value !== '' && !parseUrl(value))
        problems.push(`${name} is not ${urlRule} without credentials or fragment`);
      return value;
    },

    urlWithoutQuery(name: Variable, otherwise?: string): string {
      const value = this.url(name, otherwise);
      if (value.includes('?')) problems.push(`${name} has a query; leave it out`);
      return value;
    },

    apiUrl(): string {
      return this.urlWithoutQuery('TIKTOK_API_URL', 'https://open.tiktokapis.com').replace(/\/+$/, '');
    },

    authorizeUrl(): string {
      return this.url('TIKTOK_AUTHORIZE_URL', 'https://www.tiktok.com/v2/auth/authorize/');
    },

    redirectUri(): string {
      const value = this.urlWithoutQuery('TIKTOK_REDIRECT_URI');
      const url = parseUrl(value);
      if (url && !/^\/(\.netlify\/functions|api)\/tiktok-callback$/.test(url.pathname)) {
        problems.push('TIKTOK_REDIRECT_URI does not end in /.netlify/functions/tiktok-callback');
      }
      return value;
    },

    /** One key in the other's place locks everybody out, or lets everybody in. */
    supabaseKey(name: 'SUPABASE_PUBLISHABLE_KEY' | 'SUPABASE_SECRET_KEY'): string {
      const value = this.secretText(name, 1);
      const isSecret = name === 'SUPABASE_SECRET_KEY';
      const claims = claimsOf(value);
      const holdsSecret = value.startsWith('sb_secret_') || claims.role === 'service_role';
      const holdsPublishable = value.startsWith('sb_publishable_') || claims.role === 'anon';
      if (isSecret && holdsPublishable) problems.push(`${name} holds the publishable key`);
      if (!isSecret && holdsSecret) {
        problems.push(`${name} holds the secret key: exchange that key if a browser may have seen it`);
      }
      const project = /^https:\/\/([a-z0-9]+)\.supabase\.co\b/.exec(env.SUPABASE_URL ?? '')?.[1];
      if (project && typeof claims.ref === 'string' && claims.ref !== project) {
        problems.push(`${name} belongs to another project than SUPABASE_URL`);
      }
      return value;
    },

    /** The project's origin: the address of one of its services is a common slip. */
    supabaseUrl(): string {
      const value = this.url('SUPABASE_URL');
      const url = parseUrl(value);
      if (url && (url.pathname.replaceAll('/', '') !== '' || url.search !== '')) {
        problems.push(
          'SUPABASE_URL has a path; give the project’s address alone, such as https://ref.supabase.co',
        );
      }
      return url?.origin ?? value;
    },

    origins(name: Variable): string[] {
      const items = VARIABLES[name] === 'required' ? requiredList(name) : list(name);
      return items.map((item) => {
        const url = parseUrl(item);
        if (url?.pathname !== '/' || url.search !== '') {
          problems.push(`${name} has an entry that is not an origin such as https://app.example.com`);
        }
        return url?.origin ?? item;
      });
    },

    scopes(): string[] {
      const scopes = list('TIKTOK_SCOPES');
      if (scopes.some((scope) => !/^[a-z0-9_.]+$/.test(scope))) {
        problems.push('TIKTOK_SCOPES has an entry that is not the name of a scope; separate them by commas');
      }
      return [...new Set(['user.info.basic', ...(scopes.length > 0 ? scopes : DEFAULT_SCOPES)])];
    },

    verifiedUrls(): VerifiedUrl[] {
      return list('TIKTOK_VERIFIED_URLS').map((item) => {
        if (/^(?=.{1,253}$)([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(item)) return { domain: item.toLowerCase() };
        const url = parseUrl(item);
        if (!url?.pathname.endsWith('/') || url.search !== '') {
          problems.push(
            'TIKTOK_VERIFIED_URLS has an entry that is neither a domain nor a URL prefix that ends with a slash',
          );
        }
        return { prefix: url?.href ?? item };
      });
    },

    verificationFiles(): VerificationFile[] {
      return list('TIKTOK_VERIFICATION_FILES').map((item) => {
        // Nothing but a signature can be put onto the site by it.
        const [, path = '', content = ''] =
          /^((?:[\w-]+\/)*tiktok\w{1,100}\.txt):([\w.=-]{1,200})$/.exec(item) ?? [];
        if (path === '') {
          problems.push(
            'TIKTOK_VERIFICATION_FILES has an entry that is not tiktok….txt:content, as TikTok’s portal gives name and content',
          );
        }
        return { path, content };
      });
    },

    tokenKeys(): [SealKey, ...SealKey[]] {
      const keys = requiredList('TOKEN_ENCRYPTION_KEYS').map((item): SealKey => {
        const [, kid = '', encoded = ''] = /^([\w-]{1,64}):([\w-]{43}=?)$/.exec(item) ?? [];
        const key = Buffer.from(encoded, 'base64url');
        if (key.length !== 32) {
          problems.push('TOKEN_ENCRYPTION_KEYS has an entry that is not kid:base64url-of-32-bytes');
        } else if (!isLocal && EXAMPLE_MARK.test(key.toString('latin1'))) {
          problems.push('TOKEN_ENCRYPTION_KEYS still has its value from .env.example');
        } else if (!isLocal && new Set(key).size < 2 * MIN_DISTINCT) {
          problems.push('TOKEN_ENCRYPTION_KEYS has a key that is not random');
        }
        return { kid, key };
      });
      if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) {
        problems.push('TOKEN_ENCRYPTION_KEYS names the same kid twice');
      }
      return keys as [SealKey, ...SealKey[]];
    },

    mediaAllowedOrigins(): string[] {
      if (!isLocal && env.MEDIA_ALLOWED_ORIGINS) {
        problems.push('MEDIA_ALLOWED_ORIGINS is for local work only: remove it from this site');
        return [];
      }
      return this.origins('MEDIA_ALLOWED_ORIGINS');
    },
  };
}

const DEFAULT_SCOPES = ['user.info.basic', 'video.publish', 'video.upload'];

/** The values in `.env.example` carry their shame in themselves. */
const EXAMPLE_MARK = /local[-_]only|not-a-real|^emulator-/;

/** Of 32 random bytes 30 differ on average, and fewer than 16 less than once in 10¹⁴ keys; of text half as many are asked. */
const MIN_DISTINCT = 8;

/** What one of Supabase's older keys says of itself; nothing for any other text. */
function claimsOf(key: string): { role?: unknown; ref?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(key.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
