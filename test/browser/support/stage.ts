import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { readSources, type Sources } from '../../../local/environment.ts';
import { type Stack, startStack } from '../../../local/stack.ts';
import type { PostWithStoryView } from '../../../src/contract.ts';
import type { Emulator, Scope, TikTokUser } from '../../emulator/emulator.ts';
import { launchChromium } from './chromium.ts';

const projectDirectory = path.resolve(import.meta.dirname, '../../..');

/** Somebody with an account of the site's, signed in. */
export interface Person {
  email: string;
  password: string;
  /** As Supabase Auth has answered the sign-up. */
  session: { access_token: string; refresh_token: string; [more: string]: unknown };
}

export interface Look {
  /** Default: a laptop's. */
  size?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

export const LAPTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const SMALLEST = { width: 320, height: 640 };

export type Stage = Awaited<ReturnType<typeof openStage>>;

export interface StageOptions {
  /** Origins of further media servers. */
  mediaOrigins?: readonly string[];
}

/**
 * The whole site on this machine, as `npm start` has it, with a database of its own in memory, and a browser before it.
 * Dispose of it.
 */
export async function openStage({ mediaOrigins = [] }: StageOptions = {}) {
  const { signal } = new AbortController();
  await using opened = new AsyncDisposableStack();
  const stack = await startStack({
    projectDirectory,
    sources: await isolatedSources(mediaOrigins),
    databaseDirectory: null,
    usualPorts: false,
    logFile: path.join(projectDirectory, '.local', 'browser.log'),
    say: () => undefined,
    signal,
  });
  opened.defer(stack.close);
  const browser = await launchChromium();
  opened.defer(() => browser.close());
  const closing = opened.move();
  return { ...playsOn(stack, browser), [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

/** Nothing of the machine's own settings, nor of the test runner's, but what every program needs. */
async function isolatedSources(mediaOrigins: readonly string[]): Promise<Sources> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'npm_execpath'];
  const kept = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  const environment = { ...kept, MEDIA_ALLOWED_ORIGINS: mediaOrigins.join(',') };
  return { ...(await readSources(projectDirectory, environment)), file: {} };
}

function playsOn(stack: Stack, browser: Browser) {
  const emulator = stack.emulator as Emulator;
  const { siteUrl, mediaUrl } = stack;

  async function signUp(email = `${randomUUID()}@example.com`): Promise<Person> {
    const password = randomUUID();
    const response = await fetch(`${stack.supabaseUrl}/auth/v1/signup`, {
      method: 'POST',
      headers: { apikey: stack.publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const session = (await response.json()) as Person['session'];
    return { email, password, session };
  }

  /** A call of the API by a program of theirs. */
  async function call(person: Person, method: string, address: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${siteUrl}/api/${address}`, {
      method,
      headers: {
        authorization: `Bearer ${person.session.access_token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Connects the TikTok account of a new creator without the browser. */
  async function connect(
    person: Person,
    { scopes, ...creator }: Partial<TikTokUser> & { scopes?: Scope[] } = {},
  ): Promise<{ accountId: string; username: string }> {
    const username = creator.username ?? `creator.${randomUUID().slice(0, 8)}`;
    emulator.putUser({ displayName: 'Ada Films', ...creator, username });
    const begun = await call(person, 'POST', 'tiktok-connect', { redirectUrl: `${siteUrl}/integrations` });
    const cookie = begun.headers
      .getSetCookie()
      .map((text) => text.split(';', 1)[0])
      .join('; ');
    const { authorizeUrl } = (await begun.json()) as { authorizeUrl: string };
    const html = await (await fetch(authorizeUrl)).text();
    const form = new URLSearchParams({
      request_id: /name="request_id" value="([^"]+)"/.exec(html)?.[1] ?? '',
      username,
      decision: 'allow',
    });
    const offered = [...html.matchAll(/name="scopes" value="([^"]+)"/g)].map(([, scope = '']) => scope);
    for (const scope of scopes ?? offered) form.append('scopes', scope);
    const agreed = await fetch(new URL('/v2/auth/authorize/', authorizeUrl), {
      method: 'POST',
      body: form,
      redirect: 'manual',
    });
    const back = await fetch(agreed.headers.get('location') ?? '', {
      redirect: 'manual',
      headers: { cookie },
    });
    const accountId = new URL(back.headers.get('location') ?? '').searchParams.get('tiktok_account');
    if (accountId === null) throw new Error(`connecting failed: ${back.headers.get('location')}`);
    return { accountId, username };
  }

  /** A page of the site, for somebody who is signed in or for nobody. Its context is the caller's to close. */
  const open = (person: Person | null, address: string, look: Look = {}): Promise<Page> =>
    openAt(person, `${siteUrl}${address}`, { origin: siteUrl, ...look });

  /** The same at any address; they are signed in at the origin. */
  async function openAt(
    person: Person | null,
    url: string,
    { origin, ...look }: Look & { origin: string },
  ): Promise<Page> {
    const context = await browser.newContext(contextOptions(look));
    context.setDefaultTimeout(30_000);
    if (person) {
      const expiresAt = Math.floor(Date.now() / 1000) + 3_000;
      await context.addInitScript(
        ([origin, session]) => {
          if (location.origin === origin && localStorage.getItem('tiktok-publisher-session') === null)
            localStorage.setItem('tiktok-publisher-session', session ?? '');
        },
        [origin, JSON.stringify({ expires_at: expiresAt, ...person.session })],
      );
    }
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  const queue = async (person: Person, post: Record<string, unknown>): Promise<PostWithStoryView> =>
    (
      await call(person, 'POST', 'social-posts', {
        mediaType: 'video',
        mode: 'direct',
        videoUrl: `${mediaUrl}/vertical.mp4`,
        title: 'A film',
        privacyLevel: 'PUBLIC_TO_EVERYONE',
        ...post,
      })
    ).json();
  const read = async (person: Person, id: string): Promise<PostWithStoryView> =>
    (await call(person, 'GET', `social-posts/${id}`)).json();

  /** Ticks the worker as the schedule would, only oftener, for as long as something else takes. */
  async function whileTicking<T>(task: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const ticking = (async () => {
      while (!over.signal.aborted) {
        await stack.tick().catch(() => undefined);
        await sleep(1_500, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    try {
      return await task();
    } finally {
      over.abort();
      await ticking;
    }
  }

  return {
    stack,
    browser,
    emulator,
    siteUrl,
    mediaUrl,
    signUp,
    connect,
    call,
    open,
    openAt,
    queue,
    read,
    whileTicking,
    /** The calls by which TikTok would have been given something of theirs. */
    sentToTikTok: (username: string) => emulator.ledger().filter((entry) => entry.username === username),
  };
}

/** Everybody is in Berlin and reads English, wherever the test runs. */
function contextOptions({ size = LAPTOP, colorScheme = 'light' }: Look): BrowserContextOptions {
  const isPhone = size.width < 600;
  return {
    viewport: size,
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...(isPhone && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
  };
}

/** Where a test that failed leaves what was to be seen. */
export async function photograph(page: Page, name: string): Promise<void> {
  const folder = path.join(projectDirectory, '.local', 'browser');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
}
