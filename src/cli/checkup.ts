import { readdir, readFile } from 'node:fs/promises';
import { openLogin, openSite } from '../app.ts';
import { type Config, type Env, examineConfig, OLD_NAMES, VARIABLES } from '../config.ts';
import { checkHealth } from '../core/health.ts';
import { reportKeys } from '../core/keys.ts';
import { StoreError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { secret } from '../lib/secret.ts';
import type { Grant, SiteReport } from '../store/site.ts';

/** One thing that was looked at. */
export interface Finding {
  name: string;
  /** `warning`: it works today. `skipped`: it cannot be looked at before something else is mended. */
  state: 'ok' | 'warning' | 'wrong' | 'skipped';
  /** What was found, and where it is not `ok` what to do. Never a value of a secret. */
  message: string;
}

export interface CheckupOptions {
  /** Where the site answers; null: it is not asked. */
  siteUrl: string | null;
  nodeVersion: string;
  now: Date;
}

type Variable = keyof typeof VARIABLES;
type Site = ReturnType<typeof openSite>;

const TIMEOUT_MS = 10_000;
/** What the packages of the functions ask for. */
const MIN_NODE_MAJOR = 22;

/** Looks at all that the site stands on, each thing by itself, and says of each how it is. */
export async function checkUp(env: Env, { siteUrl, nodeVersion, now }: CheckupOptions): Promise<Finding[]> {
  const { config, problems } = examineConfig(env);
  const variables = (Object.keys(VARIABLES) as Variable[]).map((name) => checkVariable(name, env, problems));
  const broken = new Set(variables.filter(({ state }) => state === 'wrong').map(({ name }) => name));
  const after = async (
    needs: readonly Variable[],
    names: readonly string[],
    look: () => Promise<Finding[]>,
  ) => {
    const missing = needs.filter((name) => broken.has(name));
    return missing.length === 0
      ? look()
      : names.map((name) => finding(name, 'skipped', `Set ${missing.join(' and ')} right first.`));
  };

  return [
    checkNode(nodeVersion),
    ...variables,
    ...(await after(
      ['SUPABASE_URL', 'SUPABASE_SECRET_KEY'],
      ['database', 'migrations', 'grants', 'row_level_security', 'accounts', 'worker', 'posts', 'sweep'],
      () => checkDatabase(openSite(config), now),
    )),
    ...(await after(['SUPABASE_URL', 'SUPABASE_JWT_SECRET'], ['user_tokens'], () => checkUserTokens(config))),
    ...(await after(['SUPABASE_URL', 'SUPABASE_PUBLISHABLE_KEY'], ['publishable_key'], () =>
      checkPublishableKey(config),
    )),
    ...(await after(['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'TOKEN_ENCRYPTION_KEYS'], ['sealing_keys'], () =>
      checkSealingKeys(openSite(config)),
    )),
    ...(await after(['TIKTOK_API_URL', 'TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET'], ['tiktok_app'], () =>
      checkTikTokApp(config),
    )),
    ...(await after(
      ['TIKTOK_REDIRECT_URI', 'APP_ORIGINS'],
      ['redirect_uri', 'app_origins', 'site', 'verification_files'],
      () => checkSite(config, siteUrl),
    )),
  ];
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function finding(name: string, state: Finding['state'], message: string): Finding {
  return { name, state, message };
}

function checkNode(version: string): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  return major >= MIN_NODE_MAJOR
    ? finding('node', 'ok', `${version}.`)
    : finding(
        'node',
        'wrong',
        `${version} is too old: run this by npm, which brings Node 24 along, and set NODE_VERSION to 24 on Netlify.`,
      );
}

function checkVariable(name: Variable, env: Env, problems: readonly string[]): Finding {
  const own = problems.filter((problem) => problem.startsWith(`${name} `));
  if (own.length > 0) return finding(name, 'wrong', `${own.join('; ')}. ${WHERE_FROM[name]}`);
  const isSet = [name, OLD_NAMES[name] ?? name].some((alias) => env[alias]?.trim());
  return finding(name, 'ok', isSet ? 'Set.' : 'Not set, and not needed.');
}

/** Where the right value is to be had. */
const WHERE_FROM: Record<Variable, string> = {
  TIKTOK_CLIENT_KEY: 'Copy it from the app’s page in TikTok’s portal.',
  TIKTOK_CLIENT_SECRET: 'Copy it from the app’s page in TikTok’s portal.',
  TIKTOK_REDIRECT_URI:
    'It is https://<site>/.netlify/functions/tiktok-callback, registered in TikTok’s portal byte for byte.',
  TIKTOK_API_URL: 'Remove it: TikTok’s own address is the default.',
  TIKTOK_AUTHORIZE_URL: 'Remove it: TikTok’s own address is the default.',
  TIKTOK_SCOPES: 'Name those that TikTok has granted to the app, as in .env.example.',
  TIKTOK_VERIFIED_URLS: 'Copy the domains and URL prefixes from TikTok’s portal.',
  SUPABASE_URL: 'Copy it from the project’s settings, under API.',
  SUPABASE_PUBLISHABLE_KEY: 'Copy it from the project’s settings, under API keys.',
  SUPABASE_SECRET_KEY: 'Copy it from the project’s settings, under API keys.',
  SUPABASE_JWT_SECRET:
    'Copy it from the project’s settings, under JWT keys, or remove it where they are asymmetric.',
  TOKEN_ENCRYPTION_KEYS:
    "Make one: node -e \"console.log('k1:' + require('crypto').randomBytes(32).toString('base64url'))\"",
  TIKTOK_VERIFICATION_FILES: 'Copy name and content of the signature file from TikTok’s portal.',
  APP_ORIGINS: 'List the origins of your pages, the site’s own among them.',
  WORKER_SECRET: "Make one: node -e \"console.log(require('crypto').randomBytes(32).toString('base64url'))\"",
  MEDIA_ALLOWED_ORIGINS: 'Remove it.',
};

const PUSH = 'run `supabase link` and `supabase db push`';

async function checkDatabase({ site, queue }: Site, now: Date): Promise<Finding[]> {
  const database = await site.report().catch((error: unknown) => {
    if (error instanceof StoreError) return error;
    throw error;
  });
  if (database instanceof StoreError) return [finding('database', 'wrong', whyNot(database))];
  const migrations = await checkMigrations(database);
  if (migrations.state === 'wrong') return [finding('database', 'ok', 'It answers.'), migrations];
  return [
    finding('database', 'ok', 'It answers.'),
    migrations,
    checkGrants(await expectedAccess(), database),
    checkRowLevelSecurity(database),
    await checkAccounts(site, now),
    ...(await checkWorker(queue)),
  ];
}

function whyNot({ code }: StoreError): string {
  if (code === 'PGRST202' || code === '42883')
    return `It answers, and lacks the latest migration: ${PUSH}. (${code})`;
  if (code === '42501' || /^PGRST3/.test(code)) {
    return `It refuses the key: SUPABASE_SECRET_KEY is not the secret key of this project. Copy it anew. (${code})`;
  }
  return `It does not answer as it should: check that SUPABASE_URL and SUPABASE_SECRET_KEY belong to the same project, and that the project is not paused. (${code})`;
}

const SUPABASE_FOLDER = new URL('../../supabase/', import.meta.url);

async function checkMigrations({ migrations }: SiteReport): Promise<Finding> {
  const files = (await readdir(new URL('migrations/', SUPABASE_FOLDER))).sort();
  const name = (file: string) => file.replace(/\.sql$/, '');
  if (!migrations) {
    return finding(
      'migrations',
      'warning',
      `They were not pushed by the Supabase CLI, which would know them: ${PUSH}.`,
    );
  }
  const missing = files.filter((file) => !migrations.includes(file.slice(0, 14))).map(name);
  if (missing.length > 0) return finding('migrations', 'wrong', `Missing: ${missing.join(', ')}: ${PUSH}.`);
  const known = files.map((file) => file.slice(0, 14));
  const newer = migrations.filter((version) => version > (known.at(-1) ?? ''));
  return newer.length > 0
    ? finding(
        'migrations',
        'warning',
        `The database has newer ones than this checkout (${newer.join(', ')}): look with the release that is deployed.`,
      )
    : finding('migrations', 'ok', `All ${files.length} are there.`);
}

/** Who may do what: `supabase/access.txt`, a line for each object of each role. */
async function expectedAccess(): Promise<string[]> {
  const text = await readFile(new URL('access.txt', SUPABASE_FOLDER), 'utf8');
  // Postgres 17 has a verb that 15 does not know; nothing of ours hangs on it.
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(' maintain,', ''));
}

/** A line for each object of each role, in the form of that file. */
export function describeGrants(grants: readonly Grant[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { role, verb, object, columns } of grants) {
    const key = `${role} ${object}`;
    lines.set(key, [...(lines.get(key) ?? []), columns ? `${verb} (${columns.join(', ')})` : verb].sort());
  }
  return [...lines].map(([key, verbs]) => `${key}: ${verbs.join(', ')}`).sort();
}

const objectOf = (line: string) => /^\S+ (.*?): /.exec(line)?.[1] ?? '';

function checkGrants(expected: readonly string[], { grants }: SiteReport): Finding {
  const ours = new Set(expected.map(objectOf));
  const found = describeGrants(grants).filter((line) => ours.has(objectOf(line)));
  const short = (line: string) => line.replace(/ \([^)]*\)$/, '');
  const missing = expected.filter((line) => !found.includes(line)).map(short);
  const excess = found.filter((line) => !expected.includes(line)).map(short);
  if (missing.length + excess.length === 0)
    return finding('grants', 'ok', `As in supabase/access.txt, all ${expected.length}.`);
  const parts = [
    missing.length > 0 && `not as it should be: ${missing.slice(0, 5).join('; ')}`,
    excess.length > 0 && `found instead: ${excess.slice(0, 5).join('; ')}`,
  ].filter(Boolean);
  return finding(
    'grants',
    'wrong',
    `Somebody has changed who may do what; ${parts.join('; ')}. Grant and revoke as the migrations do, until it is as in supabase/access.txt.`,
  );
}

function checkRowLevelSecurity({ unprotected, policies, grants }: SiteReport): Finding {
  const ours = new Set(
    grants
      .filter(({ role, object }) => role === 'service_role' && !object.includes('('))
      .map(({ object }) => object),
  );
  const open = unprotected.filter((table) => ours.has(table) && /^(social_|oauth_)/.test(table));
  if (open.length > 0) {
    return finding(
      'row_level_security',
      'wrong',
      `It is off for ${open.join(', ')}: alter table … enable row level security.`,
    );
  }
  const wide = policies
    .filter(({ table }) => /^(social_|oauth_)/.test(table))
    .filter(
      ({ verb, roles, own_rows }) => verb !== 'select' || !own_rows || String(roles) !== 'authenticated',
    );
  return wide.length > 0
    ? finding(
        'row_level_security',
        'wrong',
        `A policy on ${wide.map(({ table }) => table).join(', ')} lets more through than a user’s own rows: drop policy it, the migrations have one for each table that needs one.`,
      )
    : finding('row_level_security', 'ok', 'On for every table, and users see rows of their own alone.');
}

const WARN_BEFORE_END_MS = 14 * 86_400_000;

async function checkAccounts(site: Site['site'], now: Date): Promise<Finding> {
  const { lost, ending } = await site.endingAccounts(new Date(now.getTime() + WARN_BEFORE_END_MS));
  if (lost + ending === 0) return finding('accounts', 'ok', 'No tokens end within 14 days.');
  const parts = [
    lost > 0 && `${lost} must be connected again before anything is posted there`,
    ending > 0 && `the tokens of ${ending} end within 14 days: have them connected again by then`,
  ].filter(Boolean);
  return finding('accounts', 'warning', `Of the accounts, ${parts.join('; ')}.`);
}

async function checkWorker(queue: Site['queue']): Promise<Finding[]> {
  const { lastTickAt, oldestOverduePostAt, problems } = await checkHealth(queue);
  const about = (word: RegExp) => problems.find((problem) => word.test(problem));
  const look = (name: string, problem: string | undefined, otherwise: string) =>
    finding(name, problem ? 'wrong' : 'ok', problem ?? otherwise);
  return [
    look('worker', about(/^The worker/), `Its last tick was at ${lastTickAt}.`),
    look(
      'posts',
      about(/^A post/),
      oldestOverduePostAt
        ? `The longest waiting one is due since ${oldestOverduePostAt}.`
        : 'None is overdue.',
    ),
    look('sweep', about(/^An idle account/), 'No idle account waits for it.'),
  ];
}

const HAS_KEYS = /"kid"\s*:/;

async function checkUserTokens({ supabase: { url, jwtSecret } }: Config): Promise<Finding[]> {
  const jwks = await ask(`${url}/auth/v1/.well-known/jwks.json`);
  if (jwks?.status === 200 && HAS_KEYS.test(jwks.text))
    return [finding('user_tokens', 'ok', 'Checked against the keys that the project publishes.')];
  if (jwtSecret) return [finding('user_tokens', 'ok', 'Checked by SUPABASE_JWT_SECRET (HS256).')];
  return [
    finding(
      'user_tokens',
      'wrong',
      jwks?.status === 200
        ? 'The project publishes no keys, so nobody who signs in is recognised: move it to asymmetric JWT signing keys, or set SUPABASE_JWT_SECRET.'
        : 'The project’s keys cannot be had: check SUPABASE_URL, and that the project is not paused; or set SUPABASE_JWT_SECRET.',
    ),
  ];
}

async function checkPublishableKey({ supabase }: Config): Promise<Finding[]> {
  const headers = { apikey: supabase.publishableKey, authorization: `Bearer ${supabase.publishableKey}` };
  const answer = await ask(`${supabase.url}/auth/v1/settings`, headers);
  if (!answer)
    return [
      finding(
        'publishable_key',
        'wrong',
        'Supabase Auth does not answer: check SUPABASE_URL, and that the project is not paused.',
      ),
    ];
  return [
    answer.status === 401 || answer.status === 403
      ? finding(
          'publishable_key',
          'wrong',
          'Supabase refuses it: nobody can sign in. Copy SUPABASE_PUBLISHABLE_KEY anew from the project’s settings.',
        )
      : finding('publishable_key', 'ok', 'Supabase takes it.'),
  ];
}

async function checkSealingKeys({ sealed }: Site): Promise<Finding[]> {
  const report = await reportKeys(sealed).catch((error: unknown) => {
    if (error instanceof StoreError) return null;
    throw error;
  });
  if (!report) return [finding('sealing_keys', 'skipped', 'The database must answer first.')];
  const of = (role: string) =>
    report.keys
      .filter((use) => use.role === role && use.values > 0)
      .map(({ kid, values }) => `${kid ?? '?'} (${values})`);
  const missing = of('missing');
  if (missing.length > 0) {
    return [
      finding(
        'sealing_keys',
        'wrong',
        `Tokens are sealed with keys that TOKEN_ENCRYPTION_KEYS lacks: ${missing.join(', ')}. Put them behind the others, or the accounts must be connected again.`,
      ),
    ];
  }
  const old = of('opens');
  return [
    old.length > 0
      ? finding(
          'sealing_keys',
          'warning',
          `Still in use besides the first: ${old.join(', ')}. Before removing one: npm run tiktok -- keys rotate.`,
        )
      : finding('sealing_keys', 'ok', 'Everything is sealed with the first.'),
  ];
}

async function checkTikTokApp(config: Config): Promise<Finding[]> {
  const { tiktok } = config;
  const name = 'tiktok_app';
  const answer = await openLogin(config, SILENT).checkApp({
    clientKey: tiktok.clientKey,
    clientSecret: secret(tiktok.clientSecrets[0].reveal()),
  });
  if (answer.kind === 'ok') return [finding(name, 'ok', 'TikTok takes its key and secret.')];
  if (answer.kind === 'refused' && answer.code === 'invalid_client') {
    return [
      finding(
        name,
        'wrong',
        'TikTok refuses TIKTOK_CLIENT_KEY with TIKTOK_CLIENT_SECRET, and does not say which: copy both anew from its portal; sandbox and production have their own.',
      ),
    ];
  }
  return [
    answer.kind === 'refused'
      ? finding(
          name,
          'warning',
          `TikTok answered ${answer.code}, and not whether key and secret are good: connect an account to find out.`,
        )
      : finding(
          name,
          'wrong',
          'TikTok does not answer: remove TIKTOK_API_URL where it is set, and look whether this machine reaches the internet.',
        ),
  ];
}

async function checkVerificationFiles({ tiktok }: Config, origin: string): Promise<Finding> {
  const name = 'verification_files';
  for (const { path, content } of tiktok.verificationFiles) {
    const file = await ask(`${origin}/${path}`);
    if (file?.text.trim() !== content) {
      return finding(
        name,
        'wrong',
        `${origin}/${path} does not hold what TIKTOK_VERIFICATION_FILES says: set it for builds as well, and deploy.`,
      );
    }
  }
  return finding(name, 'ok', `${tiktok.verificationFiles.length} served.`);
}

async function checkSite(config: Config, siteUrl: string | null): Promise<Finding[]> {
  const { tiktok, appOrigins } = config;
  const own = new URL(tiktok.redirectUri).origin;
  if (siteUrl === null) {
    return [
      finding(
        'redirect_uri',
        'ok',
        `It leads to ${own}; TikTok’s portal must have it byte for byte. --site <url> asks the site itself.`,
      ),
      finding('app_origins', 'ok', `${appOrigins.length} may call and be returned to.`),
    ];
  }
  const { origin } = new URL(siteUrl);
  const health = await ask(`${origin}/api/health`);
  const callback = await ask(`${origin}${new URL(tiktok.redirectUri).pathname}`);
  const isOurs = health?.type.includes('application/json') && /"(lastTickAt|code)"/.test(health.text);
  const isConfigured = !health?.text.includes('invalid_config');
  return [
    own === origin
      ? finding(
          'redirect_uri',
          callback?.status === 400 && callback.type.includes('text/html') ? 'ok' : 'wrong',
          callback?.status === 400
            ? `${origin} answers there.`
            : `${origin} does not answer there: TIKTOK_REDIRECT_URI is https://<site>/.netlify/functions/tiktok-callback.`,
        )
      : finding(
          'redirect_uri',
          'wrong',
          `TIKTOK_REDIRECT_URI leads to ${own}, not to ${origin}: change it here and in TikTok’s portal.`,
        ),
    appOrigins.includes(origin)
      ? finding('app_origins', 'ok', 'The site’s own page is among them.')
      : finding(
          'app_origins',
          'wrong',
          `The site’s own page cannot connect accounts: add ${origin} to APP_ORIGINS.`,
        ),
    isOurs && isConfigured
      ? finding('site', 'ok', `Its functions answer at ${origin}.`)
      : finding(
          'site',
          'wrong',
          isOurs
            ? 'Its functions have another environment than this one, and refuse to start: compare the variables on Netlify, and deploy.'
            : `No function of ours answers at ${origin}/api/health: look at the deploy’s log on Netlify.`,
        ),
    await checkVerificationFiles(config, origin),
  ];
}

interface Asked {
  status: number;
  type: string;
  text: string;
}

/** Null: there was no answer. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<Asked | null> {
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  } catch {
    return null;
  }
}
