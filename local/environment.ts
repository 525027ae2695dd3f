import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';

export type Environment = Record<string, string>;

/** Where values come from. The example is complete, so it serves as the defaults. */
export type Sources = {
  example: Environment;
  /** `.env`, usually a copy of the example. */
  file: Environment;
  process: Environment;
};

export type LocalAddresses = { siteUrl: string; supabaseUrl: string; tiktokUrl: string; mediaUrl: string };

export const tiktokApiOrigin = 'https://open.tiktokapis.com';

/** Reads `.env.example` and `.env`; an empty value is no value. */
export async function readSources(directory: string, processEnv: NodeJS.ProcessEnv): Promise<Sources> {
  const example = await readFile(path.join(directory, '.env.example'), 'utf8');
  const file = await readFile(path.join(directory, '.env'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return {
    example: withoutEmpty(parseEnv(example)),
    file: withoutEmpty(parseEnv(file)),
    process: withoutEmpty(processEnv),
  };
}

function withoutEmpty(values: NodeJS.Dict<string>): Environment {
  const kept: Environment = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value.trim() !== '') kept[name] = value.trim();
  }
  return kept;
}

/** What somebody set on purpose: everything in the process, and in `.env` what is not just copied from the example. */
export function chosen({ example, file, process }: Sources): Environment {
  const changed = Object.entries(file).filter(([name, value]) => example[name] !== value);
  return { ...Object.fromEntries(changed), ...process };
}

/** What is used from outside instead of started here. */
export type External = { supabase: boolean; tiktok: boolean };

/** Throws when an outside Supabase is named without its keys. */
export function findExternal(sources: Sources): External {
  const values = chosen(sources);
  const supabase = values.SUPABASE_URL !== undefined;
  if (supabase) requireKeys(values);
  return { supabase, tiktok: values.TIKTOK_API_URL !== undefined };
}

function requireKeys(values: Environment): void {
  const missing = [
    ['SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_ANON_KEY'],
    ['SUPABASE_SECRET_KEY', 'SUPABASE_SERVICE_ROLE_KEY'],
  ].filter((names) => names.every((name) => values[name] === undefined));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(' and ');
  throw new Error(
    `SUPABASE_URL names a Supabase of your own; set ${names} too, in the environment or in .env.`,
  );
}

/**
 * The whole environment of the site: what was chosen, over the addresses of what runs, over `.env`, over the
 * example. For something from outside, the example's values about the local one are emptied: left out, the Netlify
 * CLI would read them from `.env`.
 */
export function composeEnvironment(sources: Sources, addresses: LocalAddresses): Environment {
  const values = chosen(sources);
  const external = findExternal(sources);
  const tiktokUrl = values.TIKTOK_API_URL ?? addresses.tiktokUrl;
  const composed: Environment = {
    ...sources.example,
    ...sources.file,
    TIKTOK_REDIRECT_URI: `${addresses.siteUrl}/.netlify/functions/tiktok-callback`,
    TIKTOK_API_URL: tiktokUrl,
    TIKTOK_AUTHORIZE_URL: `${tiktokUrl.replace(/\/+$/, '')}/v2/auth/authorize/`,
    TIKTOK_VERIFIED_URLS: `${addresses.mediaUrl}/verified/`,
    SUPABASE_URL: addresses.supabaseUrl,
    APP_ORIGINS: addresses.siteUrl,
    ...values,
    // Our own media stay within reach whatever else is allowed.
    MEDIA_ALLOWED_ORIGINS: [...splitList(values.MEDIA_ALLOWED_ORIGINS), addresses.mediaUrl].join(','),
  };
  const left = withoutLocalOnly(composed, values, external);
  delete left.PORT;
  return left;
}

const localSupabaseNames = ['SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_SECRET_KEY', 'SUPABASE_JWT_SECRET'];

function withoutLocalOnly(composed: Environment, values: Environment, external: External): Environment {
  const localOnly = external.supabase ? [...localSupabaseNames] : [];
  // TikTok itself asks its users elsewhere than on its API's host; the default knows where.
  if (values.TIKTOK_API_URL?.startsWith(tiktokApiOrigin)) localOnly.push('TIKTOK_AUTHORIZE_URL');
  const emptied = localOnly.filter((name) => values[name] === undefined).map((name) => [name, '']);
  return { ...composed, ...Object.fromEntries(emptied) };
}

export type Settings = {
  supabaseKeys: { publishableKey: string; secretKey: string; jwtSecret: string };
  app: { clientKey: string; clientSecret: string };
  /** The site's port where somebody insists on one. */
  port: number | null;
};

/** What the stack itself needs to know before anything has an address. */
export function readSettings(sources: Sources): Settings {
  const values = { ...sources.example, ...sources.file, ...sources.process };
  return {
    supabaseKeys: {
      publishableKey: need(values, 'SUPABASE_PUBLISHABLE_KEY'),
      secretKey: need(values, 'SUPABASE_SECRET_KEY'),
      jwtSecret: need(values, 'SUPABASE_JWT_SECRET'),
    },
    app: {
      clientKey: need(values, 'TIKTOK_CLIENT_KEY'),
      clientSecret: need(values, 'TIKTOK_CLIENT_SECRET'),
    },
    port: readPort(values.PORT),
  };
}

export function need(values: Environment, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`${name} is missing; set it in the environment or in .env.`);
  return value;
}

function readPort(value: string | undefined): number | null {
  if (value === undefined) return null;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error('PORT must be a whole number from 1 to 65535.');
}

/** A comma list's entries. */
export function splitList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
