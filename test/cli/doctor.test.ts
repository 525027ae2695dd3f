import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import health from '../../netlify/functions/health.ts';
import callback from '../../netlify/functions/tiktok-callback.ts';
import { checkUp, describeGrants, type Finding } from '../../src/cli/checkup.ts';
import { closedPortUrl, type Served, serve } from '../http/serve.ts';
import { createWorld, type World } from '../support/world.ts';
import { runCommand } from './command.ts';

let world: World;
let site: Served;
let good: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  const user = await world.signUp();
  const accountId = await world.connectAccount(user);
  await world.queuePost(user, accountId, { scheduledAt: new Date(Date.now() + 86_400_000).toISOString() });
  await world.tick();
  site = await serve(async (request, response) => {
    const functions = new Map([
      ['/api/health', health],
      ['/.netlify/functions/tiktok-callback', callback],
    ]);
    const answered = await functions.get(request.url ?? '')?.(new Request(`${site.url}${request.url}`));
    if (!answered) return void response.writeHead(404).end();
    response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text());
  });
  good = {
    ...world.env,
    TIKTOK_REDIRECT_URI: `${site.url}/.netlify/functions/tiktok-callback`,
    APP_ORIGINS: `${site.url},https://app.example.com`,
  };
  for (const [name, value] of Object.entries(good)) vi.stubEnv(name, value);
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

interface Told {
  code: number | null;
  findings: Finding[];
  text: string;
}

/** The real command, with these changes to an environment that is all right. */
async function doctor(changes: Record<string, string | undefined> = {}, siteUrl = site.url): Promise<Told> {
  const env = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined);
  const { code, stdout, stderr } = await runCommand(
    ['doctor', '--json', '--site', siteUrl],
    Object.fromEntries(env) as Record<string, string>,
  );
  expect(stderr).toBe('');
  return { code, findings: JSON.parse(stdout).findings, text: stdout };
}

const wrongOf = ({ findings }: Told) => findings.filter(({ state }) => state === 'wrong');
const messageOf = ({ findings }: Told, name: string) => findings.find((one) => one.name === name)?.message;

test('of a site that is all right everything is green, in words and as JSON', {
  timeout: 120_000,
}, async () => {
  const told = await doctor();
  expect(told.findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(told.code).toBe(0);
  const { stdout, code } = await runCommand(['doctor'], good);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('Nothing would break.');
  expect(lines.slice(0, -2).every((line) => /^✓ \w+ +\S/.test(line))).toBe(true);
});

/** What is wrong, what is changed, and the lines that name it: `name: what it says`. */
const BROKEN: [string, () => Record<string, string | undefined>, Record<string, RegExp>, (() => string)?][] =
  [
    ['no client key', () => ({ TIKTOK_CLIENT_KEY: undefined }), { TIKTOK_CLIENT_KEY: /is missing/ }],
    [
      'a secret that TikTok does not know',
      () => ({ TIKTOK_CLIENT_SECRET: 'another-secret-than-the-one-it-is' }),
      { tiktok_app: /copy both anew/ },
    ],
    ['half a secret', () => ({ TIKTOK_CLIENT_SECRET: 'short' }), { TIKTOK_CLIENT_SECRET: /shorter than 16/ }],
    [
      'a redirect URI with another path',
      () => ({ TIKTOK_REDIRECT_URI: `${site.url}/callback` }),
      { TIKTOK_REDIRECT_URI: /does not end in/ },
    ],
    [
      'the redirect URI of another site',
      () => ({ TIKTOK_REDIRECT_URI: 'http://localhost:1/.netlify/functions/tiktok-callback' }),
      { redirect_uri: /leads to http:\/\/localhost:1, not to/ },
    ],
    [
      'a redirect URI at which the site does not answer',
      () => ({ TIKTOK_REDIRECT_URI: `${site.url}/api/tiktok-callback` }),
      { redirect_uri: /does not answer there/ },
    ],
    ['a TikTok that is not there', () => ({ TIKTOK_API_URL: closed }), { tiktok_app: /does not answer/ }],
    [
      'an authorize address that is none',
      () => ({ TIKTOK_AUTHORIZE_URL: 'tiktok' }),
      { TIKTOK_AUTHORIZE_URL: /is not/ },
    ],
    [
      'scopes between blanks',
      () => ({ TIKTOK_SCOPES: 'video.publish video.upload' }),
      { TIKTOK_SCOPES: /by commas/ },
    ],
    [
      'a verified prefix without its slash',
      () => ({ TIKTOK_VERIFIED_URLS: 'https://media.example.com/films' }),
      { TIKTOK_VERIFIED_URLS: /ends with a slash/ },
    ],
    [
      'a Supabase that is not there',
      () => ({ SUPABASE_URL: closed }),
      { database: /not paused/, publishable_key: /does not answer/ },
    ],
    [
      'the address of a service',
      () => ({ SUPABASE_URL: `${good.SUPABASE_URL}/rest/v1` }),
      { SUPABASE_URL: /has a path/ },
    ],
    [
      'a secret key of another project',
      () => ({ SUPABASE_SECRET_KEY: 'sb_secret_of_another_project' }),
      { database: /SUPABASE_SECRET_KEY/ },
    ],
    [
      'the keys in each other’s place',
      () => ({
        SUPABASE_SECRET_KEY: `sb_publishable_${'x'.repeat(20)}`,
        SUPABASE_PUBLISHABLE_KEY: `sb_secret_${'x'.repeat(20)}`,
      }),
      { SUPABASE_SECRET_KEY: /holds the publishable key/, SUPABASE_PUBLISHABLE_KEY: /exchange that key/ },
    ],
    [
      'a publishable key of another project',
      () => ({ SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_of_another_project' }),
      { publishable_key: /nobody can sign in/ },
    ],
    [
      'no way to check sessions',
      () => ({ SUPABASE_JWT_SECRET: undefined }),
      { user_tokens: /SUPABASE_JWT_SECRET/ },
    ],
    [
      'a sealing key cut short',
      () => ({ TOKEN_ENCRYPTION_KEYS: 'k1:abc' }),
      { TOKEN_ENCRYPTION_KEYS: /32-bytes/ },
    ],
    [
      'another sealing key than the tokens’',
      () => ({ TOKEN_ENCRYPTION_KEYS: `new:${Buffer.alloc(32, 7).toString('base64url')}` }),
      { sealing_keys: /lacks: test \(\d+\)/ },
    ],
    [
      'a site that is not among the origins',
      () => ({ APP_ORIGINS: 'http://127.0.0.1' }),
      { app_origins: /add http:\/\/(localhost|127\.0\.0\.1):\d+ to APP_ORIGINS/ },
    ],
    ['an origin with a path', () => ({ APP_ORIGINS: `${site.url}/app` }), { APP_ORIGINS: /not an origin/ }],
    ['a short worker secret', () => ({ WORKER_SECRET: 'short' }), { WORKER_SECRET: /shorter than 32/ }],
    [
      'a site that is not there',
      () => ({}),
      { site: /No function of ours answers/, redirect_uri: /leads to/, app_origins: /add/ },
      () => closed,
    ],
    [
      'an environment for local work on a deployed site',
      () => ({ CONTEXT: 'production' }),
      { MEDIA_ALLOWED_ORIGINS: /remove it/, TIKTOK_CLIENT_KEY: /\.env\.example/ },
    ],
  ];
let closed: string;
beforeAll(async () => {
  closed = await closedPortUrl();
});

describe.concurrent('names, with what to do,', () => {
  test.each(BROKEN)('%s', { timeout: 180_000 }, async (_, changes, expected, siteUrl) => {
    const env = changes();
    const told = await doctor(env, siteUrl?.());
    for (const [name, message] of Object.entries(expected)) expect(messageOf(told, name)).toMatch(message);
    expect(wrongOf(told).map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(expected)));
    expect(told.code).toBe(1);
    const values = [
      env.SUPABASE_SECRET_KEY,
      env.TIKTOK_CLIENT_SECRET,
      env.WORKER_SECRET,
      good.SUPABASE_SECRET_KEY,
    ];
    for (const value of values) if (value && value.length > 8) expect(told.text).not.toContain(value);
  });
});

describe('names what is wrong in the database,', () => {
  let undo: () => Promise<unknown>;
  afterEach(() => undo());

  test.each<
    [string, (sql: World['sql']) => Promise<unknown>, (sql: World['sql']) => Promise<unknown>, string, RegExp]
  >([
    [
      'a worker that does not tick',
      (sql) => sql`update social_worker set last_tick_at = now() - interval '6 minutes'`,
      (sql) => sql`update social_worker set last_tick_at = now()`,
      'worker',
      /social-worker-tiktok runs on its schedule/,
    ],
    [
      'a post that waits',
      (sql) => sql`update social_posts set run_at = now() - interval '11 minutes'`,
      (sql) => sql`update social_posts set run_at = now() + interval '1 day'`,
      'posts',
      /more than 10 minutes/,
    ],
    [
      'a sweep that does not run',
      (sql) => sql`update social_accounts set refresh_at = now() - interval '25 hours'`,
      (sql) => sql`update social_accounts set refresh_at = now() + interval '1 day'`,
      'sweep',
      /social-refresh-tiktok runs on its schedule/,
    ],
    [
      'a migration that is missing',
      (sql) =>
        sql`update supabase_migrations.schema_migrations set version = '1' || version where version like '%1900'`,
      (sql) =>
        sql`update supabase_migrations.schema_migrations set version = substr(version, 2) where length(version) = 15`,
      'migrations',
      /Missing: 20261121001900_token_survival: run/,
    ],
    [
      'a grant to everybody',
      (sql) => sql`grant select on social_accounts to anon`,
      (sql) => sql`revoke select on social_accounts from anon`,
      'grants',
      /found instead: anon social_accounts: select/,
    ],
    [
      'a grant that was taken away',
      (sql) => sql`revoke execute on function worker_health() from service_role`,
      (sql) => sql`grant execute on function worker_health() to service_role`,
      'grants',
      /not as it should be: service_role worker_health\(\)/,
    ],
    [
      'a table without row level security',
      (sql) => sql`alter table social_posts disable row level security`,
      (sql) => sql`alter table social_posts enable row level security`,
      'row_level_security',
      /off for social_posts/,
    ],
    [
      'a policy that lets everything through',
      (sql) => sql`create policy wide on social_posts for select to authenticated using (true)`,
      (sql) => sql`drop policy wide on social_posts`,
      'row_level_security',
      /social_posts lets more through/,
    ],
    [
      'the latest migration that is missing',
      (sql) => sql`alter function site_report() rename to site_report_away`,
      (sql) => sql`alter function site_report_away() rename to site_report`,
      'database',
      /lacks the latest migration/,
    ],
  ])('%s', { timeout: 120_000 }, async (_, breakIt, mendIt, name, message) => {
    undo = () => mendIt(world.sql);
    await breakIt(world.sql);
    const told = await doctor();
    expect(messageOf(told, name)).toMatch(message);
    expect(wrongOf(told).map((wrong) => wrong.name)).toContain(name);
    expect(told.code).toBe(1);
  });
});

test('accounts whose tokens have ended or soon will are counted, however many they are', {
  timeout: 120_000,
}, async () => {
  const cloned = (count: number, changes: string) =>
    world.sql.unsafe(`
      insert into social_accounts
      select clone.* from (select * from social_accounts where status = 'connected' limit 1) model
      cross join generate_series(1, ${count}) n
      cross join lateral jsonb_populate_record(
        null::social_accounts,
        to_jsonb(model) || jsonb_build_object('id', gen_random_uuid(), 'open_id', gen_random_uuid() || '.' || n, ${changes})
      ) clone`);
  await cloned(1_100, `'refresh_token_expires_at', now() + interval '13 days'`);
  await cloned(3, `'refresh_token_expires_at', now() + interval '15 days'`);
  await cloned(2, `'status', 'reauth_required'`);
  try {
    const told = await doctor();
    expect(messageOf(told, 'accounts')).toBe(
      'Of the accounts, 2 must be connected again before anything is posted there; the tokens of 1100 end within 14 days: have them connected again by then.',
    );
    expect(told.code).toBe(0);
  } finally {
    await world.sql`
      delete from social_accounts where id not in (select account_id from social_posts)`;
  }
});

test('a Node that is too old is named', async () => {
  const [node] = await checkUp({}, { siteUrl: null, nodeVersion: 'v20.19.0', now: new Date() });
  expect(node).toMatchObject({ name: 'node', state: 'wrong' });
});

test('without anything set, every variable that is needed is named, and nothing else is asked', async () => {
  const findings = await checkUp({}, { siteUrl: null, nodeVersion: process.version, now: new Date() });
  expect(findings.filter(({ state }) => state === 'wrong').map(({ name }) => name)).toEqual([
    'TIKTOK_CLIENT_KEY',
    'TIKTOK_CLIENT_SECRET',
    'TIKTOK_REDIRECT_URI',
    'SUPABASE_URL',
    'SUPABASE_PUBLISHABLE_KEY',
    'SUPABASE_SECRET_KEY',
    'TOKEN_ENCRYPTION_KEYS',
    'APP_ORIGINS',
    'WORKER_SECRET',
  ]);
  const skipped = findings.filter(({ state }) => state === 'skipped').map(({ name }) => name);
  expect(skipped).toEqual(expect.arrayContaining(['database', 'sealing_keys', 'tiktok_app', 'redirect_uri']));
});

test('grants are told line by line, as supabase/access.txt has them', () => {
  const grant = (role: string, verb: string, columns: string[] | null = null) => ({
    role,
    verb,
    object: 't',
    columns,
  });
  expect(
    describeGrants([grant('b', 'update'), grant('b', 'delete'), grant('a', 'select', ['id', 'name'])]),
  ).toEqual(['a t: select (id, name)', 'b t: delete, update']);
});
