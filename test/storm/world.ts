import { createApp } from '../../src/app.ts';
import { postRequest } from '../../src/contract.ts';
import { firstLookAt } from '../../src/core/schedule.ts';
import type { Log } from '../../src/lib/log.ts';
import type { EmulatorOptions } from '../emulator/emulator.ts';
import { serveEmulator } from '../emulator/serve.ts';
import { saveGranted } from '../support/granted-account.ts';
import { siteEnv } from '../support/site-env.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { type Films, type MediaMisfortune, serveFilms } from './films.ts';
import { createNames } from './names.ts';
import { type PlannedPost, titleOf } from './plan.ts';
import { createTimeMachine } from './time.ts';

export interface StormOptions {
  /** Of the Postgres server, as superuser. */
  postgresUrl: string;
  plan: readonly PlannedPost[];
  accounts: number;
  mediaMisfortune?: (number: number) => MediaMisfortune | null;
  /** How TikTok is other than usual. */
  tiktok?: Partial<EmulatorOptions>;
}

export interface QueuedPost {
  id: string;
  userId: string;
}

export type StormWorld = Awaited<ReturnType<typeof createStormWorld>>;

const OWNERS = 4;
/** So many calls at once, while the world is set up. */
const AT_ONCE = 8;

/** What is done for the posts' owners says nothing; workers have a log of their own. */
export const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** TikTok, media, a database and the site's configuration, with its accounts connected and its posts queued. */
export async function createStormWorld(options: StormOptions) {
  const { postgresUrl, plan, accounts, mediaMisfortune } = options;
  await using stack = new AsyncDisposableStack();
  const films = stack.use(await serveFilms(plan, mediaMisfortune ?? (() => null)));
  const usernames = Array.from({ length: accounts }, (_, number) => `account${number}`);
  const tiktok = await serveEmulator({
    insecureMediaOrigins: [films.url],
    apps: [{ verifiedProperties: [`${films.url}/verified/`] }],
    users: usernames.map((username) => ({ username, dailyPostCap: 1_000_000 })),
    processingMs: 15_000,
    moderationMs: 30_000,
    ...options.tiktok,
  });
  stack.defer(() => tiktok.close());
  const database = stack.use(await openTestDatabase(postgresUrl, { isApart: true }));
  const env = siteEnv(database, { tiktokUrl: tiktok.url, mediaUrl: films.url });
  const app = createApp(env, { log: SILENT });
  const queueing = app.queueing(() => import('../../src/outbound.ts'));
  const names = createNames(plan);

  const users = await Promise.all(Array.from({ length: OWNERS }, () => database.signUp()));
  const userOf = (account: number) => users[account % OWNERS]?.userId ?? '';

  /** As if its owner had just come back from TikTok's consent page. Returns the account's id. */
  async function connect(account: number): Promise<string> {
    const username = `account${account}`;
    const granted = tiktok.emulator.grant({ username });
    const id = await saveGranted(app, granted, {
      userId: userOf(account),
      displayName: username,
      clientKey: env.TIKTOK_CLIENT_KEY ?? '',
    });
    names.addTokens(username, granted);
    names.addAccount(id, username);
    return id;
  }

  const accountIds = await inGroups(Array.from(usernames.keys()), connect);
  const posts = await inGroups(plan, async (planned): Promise<QueuedPost> => {
    const userId = userOf(planned.account);
    const request = requestFor(planned, accountIds[planned.account] ?? '', films);
    const now = new Date();
    const dueAt = new Date(now.getTime() + planned.dueInSeconds * 1000);
    const stored = await app.posts.posts.create({
      userId,
      request,
      schedule: { dueAt, runAt: firstLookAt(dueAt, now) },
      // As if each second file had not been to be had, nor those that are no video: workers look at them.
      mediaChecked: planned.number % 2 === 0 && planned.fate !== 'no_video',
      warnings: [],
      idempotency: null,
    });
    if (!('created' in stored)) throw new Error(`post ${planned.number} was queued before`);
    names.addPost(stored.created.id, planned);
    return { id: stored.created.id, userId };
  });

  /** One by one: while other sessions lock several accounts, none waits for this one and this one for it. */
  async function endLeases(holder: string | null): Promise<void> {
    const leased = await database.sql<{ id: string }[]>`
      select id from public.social_accounts where lease_holder = ${holder}`;
    for (const { id } of leased) {
      await database.sql`
        update public.social_accounts set lease_expires_at = clock_timestamp()
        where id = ${id} and lease_holder = ${holder}`;
    }
  }

  const time = await createTimeMachine(database.sql, tiktok.emulator);
  const parts = stack.move();
  return {
    plan,
    posts,
    accountIds,
    connect,
    endLeases,
    films,
    tiktok,
    emulator: tiktok.emulator,
    database,
    sql: database.sql,
    env,
    app,
    queueing,
    names,
    time,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export function requestFor(planned: PlannedPost, accountId: string, films: Films, isEdited = false) {
  const { number, mediaType, mode, transfer, dueInSeconds } = planned;
  const url = films.urlOf(planned);
  return postRequest.parse({
    accountId,
    mediaType,
    mode,
    transfer,
    ...(mediaType === 'photo' ? { photoUrls: [url] } : { videoUrl: url }),
    title: titleOf(number, isEdited),
    ...(mode === 'direct' && { privacyLevel: 'PUBLIC_TO_EVERYONE' }),
    ...(!isEdited && { scheduledAt: new Date(Date.now() + dueInSeconds * 1000).toISOString() }),
  });
}

async function inGroups<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(task))));
  }
  return results;
}
