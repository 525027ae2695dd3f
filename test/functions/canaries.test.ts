import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Context } from '@netlify/functions';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import run from '../../netlify/functions/social-worker-tiktok-run.ts';
import { bindBrowser } from '../../src/http/flow-cookie.ts';
import { signedHeaders } from '../emulator/webhooks.ts';
import type { TestUser } from '../support/database.ts';
import { type HttpProxy, type ProxyAnswer, type ProxyRequest, startProxy } from '../support/proxy.ts';
import { type CallOptions, createWorld, type FunctionName, SITE, type World } from '../support/world.ts';

/**
 * Every secret of a site in use, noted as it passes by, is looked for in everything that leaves the site: answers,
 * headers, logs, and the database. Between the site and its neighbours stand proxies that say back what they were told,
 * in every place where an error could carry it.
 */

const KINDS = [
  'access token',
  'refresh token',
  'OAuth code',
  'state',
  'browser nonce',
  'upload URL',
  'webhook signature',
  'bearer token of a user',
  'bearer token that is wrong',
  'client secret',
  'client secret before it',
  'client secret of a user',
  'Supabase secret key',
  'JWT secret',
  'sealing key',
  'sealing key before it',
  'worker secret',
  'worker secret before it',
] as const;
type Kind = (typeof KINDS)[number];

const secrets = new Map<string, Kind>();
function note(kind: Kind, value: unknown): void {
  if (typeof value === 'string' && value.length >= 12) secrets.set(value, kind);
}

/** As it is, and as it would be written down by somebody who passes it on. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ];
}

/** The kinds of secrets that are in a text, with what stands around them blacked out. */
function found(text: string): string[] {
  return [...secrets].flatMap(([value, kind]) =>
    formsOf(value).some((form) => text.includes(form)) ? [kind] : [],
  );
}

/** What the neighbours do with the next requests. */
type Mood = 'pass' | 'message' | 'code' | 'log id' | 'data' | 'oauth' | 'html' | 'cut' | 'header' | 'lost';
let tiktokMood: Mood = 'pass';
let databaseMood: Mood = 'pass';

function answerIn(mood: Mood, { headers, body, path }: ProxyRequest): ProxyAnswer | null {
  const told = [headers.authorization, headers.apikey, body, path].filter(Boolean).join(' ');
  const json = (status: number, content: unknown) => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(content)),
  });
  const bare = String(headers.authorization ?? new URLSearchParams(body).get('refresh_token')).replace(
    'Bearer ',
    '',
  );
  switch (mood) {
    case 'message':
      return json(400, {
        error: { code: 'internal_error', message: told, log_id: '20261121ABCDEF' },
        code: 'XX000',
        message: told,
        details: told,
        hint: told,
      });
    case 'code':
      return json(400, { error: { code: bare, message: '', log_id: '' }, code: bare });
    case 'log id':
      return json(401, { error: { code: 'access_token_invalid', message: '', log_id: bare } });
    case 'data':
      return json(200, {
        data: { told, upload_url: told, publish_id: 7 },
        error: { code: 'ok', message: told, log_id: told },
      });
    case 'oauth':
      return json(200, { error: 'invalid_request', error_description: told, log_id: bare });
    case 'html':
      return { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from(`<h1>${told}</h1>`) };
    case 'cut':
      return { ...json(200, { told }), cutAfterBytes: told.length };
    case 'header':
      return {
        ...json(302, {}),
        headers: {
          location: `https://evil.example/?${encodeURIComponent(told)}`,
          'x-told': encodeURIComponent(told),
        },
      };
    default:
      return null;
  }
}

let world: World;
let user: TestUser;
let tiktok: HttpProxy;
let database: HttpProxy;
let accountId: string;
const said: string[] = [];
const outputs = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map(
  (name) => [name, console[name]] as const,
);
const streams = [process.stdout, process.stderr].map((stream) => [stream, stream.write] as const);

beforeAll(async () => {
  world = await createWorld();
  for (const [name] of outputs)
    console[name] = (...parts: unknown[]) => void said.push(parts.map(String).join(' '));
  for (const [stream, write] of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      said.push(Buffer.from(chunk as Uint8Array).toString());
      return write.call(stream, chunk, ...rest);
    }) as typeof stream.write;
  }
  tiktok = await startProxy(world.tiktok.url, async (request, forward) => {
    noteTikTok(request.headers.authorization, request.body);
    if (tiktokMood !== 'pass') return answerIn(tiktokMood, request);
    const answer = await forward();
    noteTikTok(undefined, answer.body.toString());
    return answer;
  });
  database = await startProxy(world.database.supabaseUrl, (request, forward) =>
    databaseMood === 'pass' ? forward() : Promise.resolve(answerIn(databaseMood, request)),
  );
  const keys = ['new', 'old'].map(
    (kid) => [kid, Buffer.from(`${kid} canary of thirty-two bytes !!!!`.slice(0, 32))] as const,
  );
  vi.stubEnv('TIKTOK_API_URL', tiktok.url);
  vi.stubEnv('SUPABASE_URL', database.url);
  vi.stubEnv(
    'TOKEN_ENCRYPTION_KEYS',
    keys.map(([kid, key]) => `${kid}:${key.toString('base64url').padEnd(43, 'A')}`).join(),
  );
  vi.stubEnv('WORKER_SECRET', `canary-of-the-worker-secret-that-is-new,${world.env.WORKER_SECRET}`);
  vi.stubEnv('TIKTOK_CLIENT_SECRET', `${world.env.TIKTOK_CLIENT_SECRET},canary-of-the-client-secret-before`);
  note('client secret', world.env.TIKTOK_CLIENT_SECRET);
  note('client secret before it', 'canary-of-the-client-secret-before');
  note('worker secret', 'canary-of-the-worker-secret-that-is-new');
  note('worker secret before it', world.env.WORKER_SECRET);
  note('Supabase secret key', world.env.SUPABASE_SECRET_KEY);
  note('JWT secret', world.env.SUPABASE_JWT_SECRET);
  for (const [kid, key] of keys)
    note(kid === 'new' ? 'sealing key' : 'sealing key before it', key.toString());
  user = await world.signUp();
  note('bearer token of a user', user.accessToken);
  accountId = await connected();
});
afterEach(() => {
  tiktokMood = 'pass';
  databaseMood = 'pass';
  vi.unstubAllGlobals();
  world.emulator.faults.clear();
});
afterAll(async () => {
  for (const [name, write] of outputs) console[name] = write;
  for (const [stream, write] of streams) stream.write = write;
  await Promise.all([tiktok[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]);
  await world[Symbol.asyncDispose]();
});

function noteTikTok(authorization: string | undefined, text: string): void {
  note('access token', authorization?.replace('Bearer ', ''));
  const form = new URLSearchParams(text);
  note('OAuth code', form.get('code'));
  note('refresh token', form.get('refresh_token'));
  for (const [, name, value = ''] of text.matchAll(/"(access_token|refresh_token|upload_url)":"([^"]+)"/g)) {
    if (name !== 'upload_url') note(name === 'access_token' ? 'access token' : 'refresh token', value);
    else note('upload URL', new URL(value).searchParams.get('upload_token') ?? value);
  }
}

/** One call, with all that it answers put on record. */
async function call(name: FunctionName, options: CallOptions = {}) {
  const answer = await world.call(name, options);
  said.push(JSON.stringify([...answer.headers]), answer.text);
  return answer;
}
const post = (name: FunctionName, body: unknown, path = '') =>
  call(name, { method: 'POST', user, body, path });

/** Begins a connect. What the browser is to have, the address to go to and its cookie, is not put on record. */
async function begun() {
  const begun = await world.beginConnect(user);
  const state = new URL(begun.authorizeUrl).searchParams.get('state') ?? '';
  note('state', state);
  note('browser nonce', begun.cookie.split('=')[1]);
  const headers = [...begun.answer.headers].filter(([name]) => name !== 'set-cookie');
  const { authorizeUrl, ...rest } = begun.answer.json;
  said.push(JSON.stringify(headers), JSON.stringify(rest), authorizeUrl.replace(state, ''));
  return { ...begun, state };
}
async function back(query: string, cookie: string) {
  return call('tiktok-callback', { path: query, headers: { cookie } });
}
async function connected(): Promise<string> {
  const { authorizeUrl, cookie } = await begun();
  const query = await world.consent(authorizeUrl);
  note('OAuth code', new URLSearchParams(query).get('code'));
  const answer = await back(query, cookie);
  return new URL(answer.headers.get('location') ?? SITE).searchParams.get('tiktok_account') ?? '';
}
async function queued(changes: Record<string, unknown> = {}): Promise<string> {
  const { json } = await post('social-posts', {
    accountId,
    videoUrl: `${world.media.url}/vertical.mp4`,
    title: 'A film',
    privacyLevel: 'PUBLIC_TO_EVERYONE',
    transfer: 'upload',
    ...changes,
  });
  return json.id;
}
async function ticks(count = 1): Promise<void> {
  for (let times = 0; times < count; times++) {
    await world.makeDue();
    await world.tick().catch(() => undefined);
    await world.emulator.settled();
  }
}
const renew = () =>
  world.sql`update social_accounts set access_token_expires_at = now() + interval '1 minute'`;
const refresh = () => post('tiktok-refresh', { accountId });

const OWN_APP = { clientKey: 'own-client-key', clientSecret: 'canary-of-the-client-secret-of-a-user' };
async function ownApp(): Promise<void> {
  note('client secret of a user', OWN_APP.clientSecret);
  await call('tiktok-app', { method: 'PUT', user, body: OWN_APP });
  await call('tiktok-app', { user });
  await post('tiktok-app', undefined, '/test');
  await post('tiktok-app', { ...OWN_APP, clientKey: 'another-client-key' }, '/test');
}

/** All of the site's ways, in fair weather and in foul. */
const PATHS: Record<string, () => Promise<unknown>> = {
  'a connect': () => connected(),
  'a connect that is asked wrongly': () =>
    post('tiktok-connect', { redirectUrl: user.accessToken, scopes: [user.accessToken] }),
  'a connect with an unknown field': () =>
    post('tiktok-connect', { redirectUrl: SITE, [user.accessToken]: 1 }),
  'a callback twice': async () => {
    const { authorizeUrl, cookie } = await begun();
    const query = await world.consent(authorizeUrl);
    await back(query, cookie);
    await back(query, cookie);
  },
  'a callback in another browser': async () => {
    const { authorizeUrl } = await begun();
    await back(await world.consent(authorizeUrl), '');
  },
  'a callback with a refusal that repeats the state': async () => {
    const { state, cookie } = await begun();
    await back(`?state=${state}&error=${state}&error_description=${state}`, cookie);
  },
  'a callback without a code': async () => {
    const { state, cookie } = await begun();
    await back(`?state=${state}`, cookie);
  },
  'a callback whose state nobody knows': () =>
    back(`?state=${'s'.repeat(43)}&code=${user.accessToken}`, bindBrowser('s'.repeat(43), 'n')),
  'the status': () => call('tiktok-status', { user }),
  'the status of no one': () => call('tiktok-status', { path: `?accountId=${user.accessToken}` }),
  'a token that is wrong': async () => {
    const wrong = `${user.accessToken.slice(0, -6)}Wrong1`;
    note('bearer token that is wrong', wrong);
    for (const name of ['tiktok-status', 'social-posts', 'tiktok-videos'] as const)
      await call(name, { headers: { authorization: `Bearer ${wrong}` } });
  },
  'a refresh': refresh,
  'creator info': () => call('tiktok-creator-info', { user, path: `?accountId=${accountId}` }),
  'creator info with a token that has ended': async () => {
    await renew();
    await call('tiktok-creator-info', { user, path: `?accountId=${accountId}` });
  },
  'the videos': () => call('tiktok-videos', { user, path: `?accountId=${accountId}` }),
  'the health': () => call('health'),
  'no such page': () => call('health', { path: `/${user.accessToken}/${user.accessToken}` }),
  'no such method': () => call('health', { method: 'PUT', path: `?token=${user.accessToken}` }),
  'a preflight': () =>
    call('health', { method: 'OPTIONS', headers: { origin: `https://${user.accessToken}.example` } }),
  'a body that is no JSON': () => call('tiktok-refresh', { method: 'POST', user, rawBody: user.accessToken }),
  'a body too large': () =>
    call('tiktok-refresh', { method: 'POST', user, rawBody: user.accessToken.repeat(1000) }),
  'a post published by upload': async () => {
    await queued();
    await ticks(4);
  },
  'a post whose upload breaks off': async () => {
    await queued();
    world.emulator.faults.add({ endpoint: 'upload', cutAfterBytes: 100, times: 3 });
    await ticks(2);
  },
  'a post whose upload is refused': async () => {
    await queued();
    world.emulator.faults.add({ endpoint: 'upload', kind: 'status', status: 403, times: 3 });
    await ticks(3);
  },
  'a draft': async () => {
    await queued({ mode: 'draft', privacyLevel: undefined });
    await ticks(3);
  },
  'the posts and their attempts': () => call('social-posts', { user }),
  'a post edited, cancelled, and wrongly retried': async () => {
    const id = await queued({ scheduledAt: new Date(Date.now() + 3_600_000 * 5).toISOString() });
    await call('social-posts', { method: 'PATCH', user, path: `/${id}`, body: { title: 'B' } });
    await call('social-posts', { method: 'DELETE', user, path: `/${id}` });
    await post('social-posts', {}, `/${id}/retry`);
    await post('social-posts', { outcome: 'published' }, `/${id}/resolve`);
  },
  'the background run': async () => {
    for (const token of [
      'canary-of-the-worker-secret-that-is-new',
      world.env.WORKER_SECRET,
      user.accessToken,
    ]) {
      const answer = await run(
        new Request(`${SITE}/api/social-worker-tiktok-run`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        }),
        {} as Context,
      );
      said.push(JSON.stringify([...answer.headers]), await answer.text());
    }
  },
  'webhooks, signed and forged': async () => {
    const body =
      '{"client_key":"emulator-client-key","event":"authorization.removed","user_openid":"nobody"}';
    for (const key of [
      world.env.TIKTOK_CLIENT_SECRET ?? '',
      'canary-of-the-client-secret-before',
      'forged',
    ]) {
      const headers = signedHeaders(key, body, Date.now());
      note('webhook signature', /s=(\w+)/.exec(headers['tiktok-signature'] ?? '')?.[1]);
      await call('tiktok-webhook', { method: 'POST', rawBody: body, headers });
      await call('tiktok-webhook', { method: 'POST', rawBody: `${body} `, headers });
    }
  },
  'an error of fetch that holds all it was given': async () => {
    vi.stubGlobal('fetch', (url: unknown, init: RequestInit) => {
      const given = `${url} ${JSON.stringify(init)} ${JSON.stringify([...new Headers(init?.headers)])} ${init?.body}`;
      return Promise.reject(
        Object.assign(new TypeError(`Invalid header value: ${given}`), {
          code: given,
          cause: new Error(given),
        }),
      );
    });
    // The application is built anew, around this fetch.
    vi.stubEnv('TIKTOK_SCOPES', 'user.info.basic,video.publish,video.upload,video.list');
    await call('tiktok-status', { user });
    await call('health');
    await call('social-worker-tiktok', { method: 'POST' });
    await back(`?state=${'s'.repeat(43)}`, bindBrowser('s'.repeat(43), 'n'));
    await refresh();
    vi.stubEnv('TIKTOK_SCOPES', 'user.info.basic,video.publish,video.upload');
  },
  'a crash whose error, its cause and its code hold every secret': async () => {
    const all = [...secrets.keys()].join(' ');
    const crash = Object.assign(new Error(all, { cause: new Error(all) }), { code: all });
    const json = vi.spyOn(Response, 'json').mockImplementation(() => {
      throw crash;
    });
    for (const name of ['health', 'tiktok-status', 'social-posts', 'social-worker-tiktok'] as const)
      expect((await call(name, { user })).status).toBe(500);
    json.mockRestore();
  },
  'a configuration with every secret in the place of another': async () => {
    const before = { ...process.env };
    const all = [...secrets.keys()];
    for (const name of Object.keys(world.env))
      vi.stubEnv(name, all.find((value) => value !== before[name]) ?? '');
    vi.stubEnv('NETLIFY_DEV', 'false');
    for (const name of ['health', 'tiktok-status', 'tiktok-callback', 'tiktok-webhook'] as const)
      await call(name);
    for (const name of [...Object.keys(world.env), 'NETLIFY_DEV']) vi.stubEnv(name, before[name] ?? '');
  },
  'a sealed value that does not open': async () => {
    await world.sql`update social_accounts set sealed_access_token = sealed_refresh_token`;
    await call('tiktok-creator-info', { user, path: `?accountId=${accountId}` });
    await queued();
    await ticks();
    await connected();
  },
  'an app of one’s own, and one that is asked wrongly': async () => {
    world.emulator.putApp(OWN_APP);
    await ownApp();
    await call('tiktok-app', { method: 'PUT', user, body: { clientKey: [OWN_APP.clientSecret] } });
    await post('tiktok-app', OWN_APP, `/${OWN_APP.clientSecret}`);
    await post('tiktok-connect', { redirectUrl: SITE, authMethod: 'own' });
    await world.sql`update social_apps set sealed_client_secret = 'x' || sealed_client_secret
      where user_id is not null`;
    await post('tiktok-app', undefined, '/test');
    await call('tiktok-app', { method: 'DELETE', user });
  },
  'a disconnect': async () => {
    await post('tiktok-disconnect', { accountId });
    accountId = await connected();
  },
};
const MOODS: Mood[] = ['message', 'code', 'log id', 'data', 'oauth', 'html', 'cut', 'header', 'lost'];
for (const mood of MOODS) {
  PATHS[`TikTok says back what it was told: ${mood}`] = async () => {
    const { authorizeUrl, cookie } = await begun();
    const query = await world.consent(authorizeUrl);
    note('OAuth code', new URLSearchParams(query).get('code'));
    await queued();
    tiktokMood = mood;
    await back(query, cookie);
    await ownApp();
    await call('tiktok-creator-info', { user, path: `?accountId=${accountId}` });
    await call('tiktok-videos', { user, path: `?accountId=${accountId}` });
    await refresh();
    await ticks(2);
    await call('social-posts', { user });
    await post('tiktok-disconnect', { accountId });
    tiktokMood = 'pass';
    accountId = await connected();
  };
  PATHS[`the database says back what it was told: ${mood}`] = async () => {
    const { authorizeUrl, cookie } = await begun();
    const query = await world.consent(authorizeUrl);
    databaseMood = mood;
    await back(query, cookie);
    await ownApp();
    for (const name of ['health', 'tiktok-status', 'social-posts'] as const) await call(name, { user });
    await refresh();
    await queued();
    await call('social-worker-tiktok', { method: 'POST' });
    databaseMood = 'pass';
  };
}

describe('no secret leaves by', () => {
  test.each(Object.entries(PATHS))(
    '%s',
    async (_name, walk) => {
      said.length = 0;
      world.logLines.length = 0;
      await walk();
      expect(said.length + world.logLines.length).toBeGreaterThan(0);
      for (const text of [...said, ...world.logLines]) {
        if (found(text).length > 0) throw new Error(`${found(text).join(', ')} in ${text.slice(0, 2000)}`);
      }
      const logged = [...said, ...world.logLines].filter((line) => /^\{"level"/.test(line));
      for (const line of logged) expect(line).not.toMatch(/[\p{Cc}]/u);
    },
    60_000,
  );

  test('the database, where only what is sealed is kept', async () => {
    const tables = await world.sql<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`;
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const rows = JSON.stringify(await world.sql.unsafe(`select * from ${name}`));
      expect([name, found(rows)]).toEqual([name, []]);
    }
  });

  test('any of these, because none had passed', () => {
    expect(Object.keys(PATHS).length).toBeGreaterThanOrEqual(30);
    expect([...new Set(secrets.values())].sort()).toEqual([...KINDS].sort());
    for (const [value, kind] of secrets)
      for (const form of formsOf(value)) expect(found(`"${form}"`)).toContain(kind);
  });
});

test('no secret of the machine that builds gets into what is built', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const env = { ...process.env };
  const target = await mkdtemp(path.join(tmpdir(), 'built-'));
  onTestFinished(() => rm(target, { recursive: true, force: true }));
  await promisify(execFile)('npm', ['run', 'build', '--', target], { cwd: root, env });
  const textsIn = async (folder: string) => {
    const files = await readdir(path.join(target, folder), { recursive: true, withFileTypes: true });
    return Promise.all(
      files
        .filter((file) => file.isFile())
        .map((file) => readFile(path.join(file.parentPath, file.name), 'utf8')),
    );
  };
  const web = await textsIn('dist');
  const functions = await textsIn('bundled');
  expect(web.length).toBeGreaterThan(0);
  expect(functions.length).toBeGreaterThan((await readdir(path.join(root, 'netlify/functions'))).length);
  for (const text of [...web, ...functions]) expect(found(text)).toEqual([]);
  for (const text of web)
    expect(text).not.toMatch(/sb_secret_|service_role|SUPABASE_SECRET|CLIENT_SECRET|ENCRYPTION_KEYS/);
});
