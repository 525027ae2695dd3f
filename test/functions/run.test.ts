import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '@netlify/functions';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import scheduled from '../../netlify/functions/social-worker-tiktok.ts';
import run, { config } from '../../netlify/functions/social-worker-tiktok-run.ts';
import { serve } from '../http/serve.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { createWorld, SITE, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
let lifeline: Lifeline;
beforeEach(async () => {
  world = await createWorld({
    users: ['ada.films', 'eve.films', 'bo.films'].map((username) => ({ username })),
  });
  user = await world.signUp();
  lifeline = createLifeline();
  vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await lifeline.close();
  await world[Symbol.asyncDispose]();
});

const SECRET = 'test-only-worker-secret-test-only';
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

function callRun(headers: Record<string, string>, context: unknown = {}): Promise<Response> {
  const request = new Request(`${SITE}/.netlify/functions/social-worker-tiktok-run`, {
    method: 'POST',
    headers,
  });
  return run(request, context as Context);
}
function callScheduled(context: unknown = {}): Promise<Response> {
  // Whoever calls chooses the host; the secret of the run is not for them.
  const request = new Request('http://evil.test/.netlify/functions/social-worker-tiktok', { method: 'POST' });
  return scheduled(request, context as Context);
}

async function queueFor(username: string, count = 1): Promise<string[]> {
  const account = await world.connectAccount(user, { username });
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push((await world.queuePost(user, account, { title: `${username} ${index}` })).id);
  }
  return ids;
}

describe('the background run', () => {
  test('is a background function', () => {
    expect(config).toMatchObject({ background: true });
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['another secret', bearer(`${SECRET.slice(0, -1)}x`)],
    ['a longer one', bearer(`${SECRET}${SECRET}`)],
    ['an empty one', bearer('')],
    ['another scheme', { authorization: `Basic ${SECRET}` }],
    ['the secret elsewhere', { 'x-worker-secret': SECRET }],
  ])('answers 401 to %s, and asks the database nothing', async (_what, headers) => {
    await queueFor('ada.films');
    lifeline.reset(() => 'pass');
    const answer = await callRun(headers);
    expect([answer.status, (await answer.json()).code]).toEqual([401, 'worker_secret_wrong']);
    expect(lifeline.passages()).toEqual([]);
    expect(world.logLines.join('\n')).not.toContain(SECRET);
  });

  test('accepts the secret before and after a change', async () => {
    vi.stubEnv('WORKER_SECRET', `the-next-worker-secret-of-this-test-only, ${SECRET}`);
    expect((await callRun(bearer(SECRET))).status).toBe(200);
    expect((await callRun(bearer('the-next-worker-secret-of-this-test-only'))).status).toBe(200);
  });

  test('publishes what is due, waiting for its first status, and says while it lasts that it is at it', async () => {
    const [id = ''] = await queueFor('ada.films');
    let wasActive = false;
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/rpc/begin_attempt')) return 'pass';
      return world.sql`select 1 from social_worker where run_expires_at > now()`.then((rows) => {
        wasActive = rows.length === 1;
      });
    });
    expect((await callRun(bearer(SECRET))).status).toBe(200);
    expect((await world.getPost(user, id)).status).toBe('published');
    expect(wasActive).toBe(true);
    expect(await world.sql`select run_expires_at from social_worker`).toEqual([{ run_expires_at: null }]);
  });

  test('redelivered, overlapping itself and the schedule: each post is published once', async () => {
    const ids = [...(await queueFor('ada.films', 3)), ...(await queueFor('eve.films', 2))];
    const once = () => Promise.all([callScheduled(), callScheduled(), callScheduled(), callScheduled()]);
    const runs = () => Promise.all([1, 2, 3].map(() => callRun(bearer(SECRET))));
    await Promise.all([once(), runs()]);
    await world.makeDue();
    await Promise.all([once(), runs()]);
    const titles = world.emulator.ledger().flatMap(({ published, title }) => (published ? [title] : []));
    expect(titles.sort()).toEqual([
      'ada.films 0',
      'ada.films 1',
      'ada.films 2',
      'eve.films 0',
      'eve.films 1',
    ]);
    for (const id of ids) expect((await world.getPost(user, id)).status).toBe('published');
  }, 60_000);

  test.each(['deploy-preview', 'branch-deploy'])('does not work the queue from a %s', async (context) => {
    await queueFor('ada.films');
    lifeline.reset(() => 'pass');
    const answers = [
      await callRun(bearer(SECRET), { deploy: { context } }),
      await callScheduled({ deploy: { context } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(lifeline.passages()).toEqual([]);
  });
});

describe('a scheduled tick that leaves work behind', () => {
  /** A site that notes how its background run was called. */
  async function openSite() {
    const calls: string[] = [];
    const server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(202).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, calls, [Symbol.asyncDispose]: async () => void server.close() };
  }

  /** The tick's time is over as soon as it has claimed. */
  function letTimeRunOut() {
    const now = performance.now.bind(performance);
    let isClaimed = false;
    lifeline.reset(({ label }) => {
      if (label.endsWith('/rpc/claim_accounts')) isClaimed = true;
      return 'pass';
    });
    vi.spyOn(performance, 'now').mockImplementation(() => now() + (isClaimed ? 17_000 : 0));
  }

  test('starts the run, on the site’s own address and with its secret', async () => {
    await using site = await openSite();
    const [id = ''] = await queueFor('ada.films');
    letTimeRunOut();
    vi.stubEnv('TIKTOK_REDIRECT_URI', `${site.url}/.netlify/functions/tiktok-callback`);
    const answer = await callScheduled();
    expect(await answer.json()).toMatchObject({ needsRun: true });
    expect(site.calls).toEqual([`POST /.netlify/functions/social-worker-tiktok-run Bearer ${SECRET}`]);
    expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', error: null });
  });

  test('starts none while one is at it, nor when nothing is left', async () => {
    await using site = await openSite();
    await callScheduled();
    await queueFor('ada.films');
    vi.stubEnv('TIKTOK_REDIRECT_URI', `${site.url}/.netlify/functions/tiktok-callback`);
    await world.sql`update social_worker set run_expires_at = now() + interval '1 minute' where id`;
    letTimeRunOut();
    await callScheduled();
    expect(site.calls).toEqual([]);
  });

  test('says that its address leads elsewhere, and does not go there', async () => {
    await using site = await openSite();
    await using gate = await serve((_request, response) =>
      response.writeHead(301, { location: `${site.url}/elsewhere` }).end(),
    );
    await queueFor('ada.films');
    letTimeRunOut();
    vi.stubEnv('TIKTOK_REDIRECT_URI', `${gate.url}/.netlify/functions/tiktok-callback`);
    await callScheduled();
    expect(site.calls).toEqual([]);
    expect(world.logLines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'warn', event: 'run_not_started', httpStatus: 301 }),
    );
  });

  test('goes on when the run cannot be started', async () => {
    await queueFor('ada.films');
    letTimeRunOut();
    vi.stubEnv('TIKTOK_REDIRECT_URI', 'http://127.0.0.1:9/.netlify/functions/tiktok-callback');
    const answer = await callScheduled();
    expect(answer.status).toBe(200);
    expect(world.logLines.join('\n')).toContain('run_not_started');
    expect(world.logLines.join('\n')).not.toContain(SECRET);
  });
});
