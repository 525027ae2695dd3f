import { vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import health from '../../netlify/functions/health.ts';
import posts from '../../netlify/functions/social-posts.ts';
import mediaCheck from '../../netlify/functions/social-posts-check.ts';
import sweep from '../../netlify/functions/social-refresh-tiktok.ts';
import worker from '../../netlify/functions/social-worker-tiktok.ts';
import tiktokApp from '../../netlify/functions/tiktok-app.ts';
import callback from '../../netlify/functions/tiktok-callback.ts';
import connect from '../../netlify/functions/tiktok-connect.ts';
import creatorInfo from '../../netlify/functions/tiktok-creator-info.ts';
import disconnect from '../../netlify/functions/tiktok-disconnect.ts';
import refresh from '../../netlify/functions/tiktok-refresh.ts';
import status from '../../netlify/functions/tiktok-status.ts';
import videos from '../../netlify/functions/tiktok-videos.ts';
import webhook from '../../netlify/functions/tiktok-webhook.ts';
import webConfig from '../../netlify/functions/web-config.ts';
import { createApp } from '../../src/app.ts';
import type { PostView, PostWithStoryView } from '../../src/contract.ts';
import type { EmulatorOptions } from '../emulator/emulator.ts';
import { serveEmulator } from '../emulator/serve.ts';
import { createTestDatabase, type TestUser } from './database.ts';
import { assertDocumented } from './documented.ts';
import { saveGranted } from './granted-account.ts';
import { SITE, siteEnv } from './site-env.ts';
import { tickOnce } from './tick.ts';

export { SITE };

const sources = {
  'tiktok-app': tiktokApp,
  'tiktok-connect': connect,
  'tiktok-callback': callback,
  'tiktok-status': status,
  'tiktok-refresh': refresh,
  'tiktok-disconnect': disconnect,
  'tiktok-creator-info': creatorInfo,
  'tiktok-videos': videos,
  'tiktok-webhook': webhook,
  'social-posts': posts,
  'social-posts-check': mediaCheck,
  'web-config': webConfig,
  'social-worker-tiktok': worker as (request: Request, context: never) => Promise<Response>,
  'social-refresh-tiktok': sweep as (request: Request, context: never) => Promise<Response>,
  health,
};
export type FunctionName = keyof typeof sources;
export type Functions = Record<FunctionName, (request: Request, context: never) => Promise<Response>>;

export interface CallOptions {
  method?: string;
  /** Below the function's name, with its query: `/<id>`, `?limit=2`. */
  path?: string;
  user?: TestUser | undefined;
  body?: unknown;
  /** Bytes as they are, in the place of `body`. */
  rawBody?: string | Uint8Array;
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what an endpoint answers is what the test is about
  json: any;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * Everything real but TikTok: a database of its own behind Supabase Lite, the emulator and a media server over HTTP,
 * and the functions as they are deployed, configured by the environment alone. Dispose of it.
 */
export async function createWorld(options: Partial<EmulatorOptions> = {}, functions: Functions = sources) {
  const media = await serveMedia({ directory: new URL('../fixtures/', import.meta.url) });
  const [database, tiktok] = await Promise.all([
    createTestDatabase(),
    serveEmulator({
      insecureMediaOrigins: [media.url],
      apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
      ...options,
    }),
  ]);
  const env = siteEnv(database, { tiktokUrl: tiktok.url, mediaUrl: media.url });
  const envBefore = Object.keys(env).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const logLines: string[] = [];
  const consoleLog = console.log;
  console.log = (line) => void logLines.push(String(line));

  async function call(
    name: FunctionName,
    { method = 'GET', path = '', user, body, rawBody, headers = {} }: CallOptions = {},
  ): Promise<Answered> {
    const response = await functions[name](
      new Request(`${SITE}/api/${name}${path}`, {
        method,
        headers: {
          ...(user && { authorization: `Bearer ${user.accessToken}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(rawBody !== undefined && { body: rawBody as BodyInit }),
      }),
      undefined as never,
    );
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    const json = /json/.test(contentType ?? '') ? JSON.parse(text) : null;
    const { status, headers: answered } = response;
    assertDocumented({ method, path: `/${name}${path.split('?')[0]}`, status, contentType, json });
    return { status, headers: answered, text, json };
  }

  /** Begins a connect: where TikTok's page is, and the cookie the browser got. */
  async function beginConnect(user: TestUser, body: Record<string, unknown> = {}) {
    const answer = await call('tiktok-connect', {
      method: 'POST',
      user,
      body: { redirectUrl: `${SITE}/done`, ...body },
    });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { answer, cookie, authorizeUrl: String(answer.json?.authorizeUrl) };
  }

  /** What the person does on TikTok's page; gives the query of the redirect back. */
  async function consent(
    authorizeUrl: string,
    { username = 'ada.films', scopes, decision = 'allow' }: Consent = {},
  ): Promise<string> {
    const html = await (await fetch(authorizeUrl)).text();
    const form = new URLSearchParams({
      request_id: /name="request_id" value="([^"]+)"/.exec(html)?.[1] ?? '',
      username,
      decision,
    });
    const offered = [...html.matchAll(/name="scopes" value="([^"]+)"/g)].map(([, scope = '']) => scope);
    for (const scope of scopes ?? offered) form.append('scopes', scope);
    const answer = await fetch(new URL('/v2/auth/authorize/', authorizeUrl), {
      method: 'POST',
      body: form,
      redirect: 'manual',
    });
    return new URL(answer.headers.get('location') ?? '').search;
  }

  /** Back from TikTok: where the callback sends the browser. */
  async function finishConnect(query: string, cookie: string) {
    const answer = await call('tiktok-callback', { path: query, headers: { cookie } });
    const location = answer.headers.get('location');
    return { answer, location, result: location === null ? null : new URL(location).searchParams };
  }

  async function connectAccount(
    user: TestUser,
    options: Consent = {},
    body: Record<string, unknown> = {},
  ): Promise<string> {
    const { authorizeUrl, cookie } = await beginConnect(user, body);
    const { result } = await finishConnect(await consent(authorizeUrl, options), cookie);
    const accountId = result?.get('tiktok_account');
    if (!accountId) throw new Error(`connecting failed: ${result}`);
    return accountId;
  }

  /** The same for a new creator with neither page nor callback, where so many are needed that it would take long. */
  async function grantAccount(user: TestUser, username: string): Promise<void> {
    tiktok.emulator.putUser({ username });
    const granted = tiktok.emulator.grant({ username });
    await saveGranted(createApp(process.env), granted, {
      userId: user.userId,
      displayName: null,
      clientKey: env.TIKTOK_CLIENT_KEY ?? '',
    });
  }

  async function queuePost(
    user: TestUser,
    accountId: string,
    changes: Record<string, unknown> = {},
  ): Promise<PostView> {
    const answer = await call('social-posts', {
      method: 'POST',
      user,
      body: {
        accountId,
        mediaType: 'video',
        mode: 'direct',
        videoUrl: `${media.url}/vertical.mp4`,
        title: 'A film',
        privacyLevel: 'PUBLIC_TO_EVERYONE',
        ...changes,
      },
    });
    if (answer.status !== 201) throw new Error(`queueing failed: ${answer.text}`);
    return answer.json;
  }

  /** All that the database holds, as text. */
  async function dump(): Promise<string> {
    const tables = await database.sql<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`;
    const texts: string[] = [];
    for (const { name } of tables)
      texts.push(JSON.stringify(await database.sql.unsafe(`select * from ${name}`)));
    return texts.join('\n');
  }

  return {
    dump,
    database,
    sql: database.sql,
    tiktok,
    emulator: tiktok.emulator,
    media,
    env,
    logLines,
    call,
    beginConnect,
    consent,
    finishConnect,
    connectAccount,
    grantAccount,
    queuePost,
    signUp: database.signUp,
    tick: tickOnce,
    getPost: async (user: TestUser, id: string): Promise<PostWithStoryView> =>
      (await call('social-posts', { path: `/${id}`, user })).json,
    /** Lets time pass for every open post: whatever waits is due now, and no limit of TikTok's is in the way. */
    makeDue: async () => {
      await database.sql`update social_posts set run_at = now() where run_at is not null`;
      await database.sql`update social_accounts set checks_booked_until = null, daily_cap = null,
          inits_free_at = null, drafts_free_at = null
        where coalesce(checks_booked_until, inits_free_at, drafts_free_at) is not null or daily_cap is not null`;
      await database.sql`delete from social_app_limits where true`;
      for (const column of ['started_at', 'recorded_at', 'finished_at']) {
        const name = database.sql(column);
        await database.sql`update social_post_attempts set ${name} = now() - interval '71 seconds'
          where ${name} > now() - interval '71 seconds'`;
      }
    },
    async [Symbol.asyncDispose]() {
      console.log = consoleLog;
      for (const [name, value] of envBefore) vi.stubEnv(name, value);
      await Promise.all([tiktok.close(), media.close(), database.close()]);
    },
  };
}

export interface Consent {
  username?: string;
  scopes?: readonly string[];
  decision?: 'allow' | 'deny';
}
