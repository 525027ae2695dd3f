import { ConfigError } from './lib/errors.ts';
import type { SealKey } from './lib/seal.ts';
import { type Secret, secret } from './lib/secret.ts';

export interface Config {
  /** Whether this is somebody's own machine (`netlify dev`), where addresses may be private and keys may be fake. */
  isLocal: boolean;
  tiktok: {
    clientKey: string;
    clientSecret: Secret;
    redirectUri: string;
    apiUrl: string;
    authorizeUrl: string;
    scopes: readonly string[];
    verifiedUrls: readonly VerifiedUrl[];
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

/**
 * What TikTok's portal calls a verified property: a domain with its subdomains, or a literal URL prefix.
 * @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (pull_from_url)
 */
export type VerifiedUrl = { domain: string } | { prefix: string };

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
  const env = relevantEnv(rawEnv);
  const isLocal = env.CONTEXT ? env.CONTEXT === 'dev' : env.NETLIFY_DEV === 'true';
  const problems: string[] = [];
  const where = isLocal ? 'set it in .env' : 'set it in Netlify under Environment variables';
  const reader = createReader(env, isLocal, problems, where);

  const config: Config = {
    isLocal,
    tiktok: {
      clientKey: reader.text('TIKTOK_CLIENT_KEY'),
      clientSecret: secret(reader.secretText('TIKTOK_CLIENT_SECRET', 1)),
      redirectUri: reader.urlWithoutQuery('TIKTOK_REDIRECT_URI'),
      apiUrl: reader.urlWithoutQuery('TIKTOK_API_URL', 'https://open.tiktokapis.com').replace(/\/+$/, ''),
      authorizeUrl: reader.url('TIKTOK_AUTHORIZE_URL', 'https://www.tiktok.com/v2/auth/authorize/'),
      scopes: reader.scopes(),
      verifiedUrls: reader.verifiedUrls(),
    },
    supabase: {
      url: reader.supabaseUrl(),
      publishableKey: reader.text('SUPABASE_PUBLISHABLE_KEY'),
      secretKey: secret(reader.secretText('SUPABASE_SECRET_KEY', 1)),
      jwtSecret: env.SUPABASE_JWT_SECRET ? secret(reader.secretText('SUPABASE_JWT_SECRET', 32)) : null,
    },
    tokenKeys: reader.tokenKeys(),
    appOrigins: reader.origins('APP_ORIGINS'),
    workerSecrets: reader.secretTexts('WORKER_SECRET', 32).map(secret) as [Secret, ...Secret[]],
    mediaAllowedOrigins: reader.mediaAllowedOrigins(),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * As much of it as it takes to work on the sealed values, for whoever runs the site: at the machine of theirs, against
 * the database of the site or one on that same machine.
 * @throws {ConfigError} as `readConfig`.
 */
export function readSealingConfig(rawEnv: Env): SealingConfig {
  const env = relevantEnv(rawEnv);
  const { SUPABASE_URL: url = '' } = env;
  const isLocal = URL.canParse(url) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);
  const problems: string[] = [];
  const reader = createReader(env, isLocal, problems, 'set it in .env or in the environment');
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
    if (!isLocal && EXAMPLE_MARK.test(value)) problems.push(`${name} still has its value from .env.example`);
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

    tokenKeys(): [SealKey, ...SealKey[]] {
      const keys = requiredList('TOKEN_ENCRYPTION_KEYS').map((item): SealKey => {
        const [, kid = '', encoded = ''] = /^([\w-]{1,64}):([\w-]{43}=?)$/.exec(item) ?? [];
        const key = Buffer.from(encoded, 'base64url');
        if (key.length !== 32) {
          problems.push('TOKEN_ENCRYPTION_KEYS has an entry that is not kid:base64url-of-32-bytes');
        } else if (!isLocal && EXAMPLE_MARK.test(key.toString('latin1'))) {
          problems.push('TOKEN_ENCRYPTION_KEYS still has its value from .env.example');
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
const EXAMPLE_MARK = /local[-_]only|not-a-real/;
