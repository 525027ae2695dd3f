import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Scope } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import { type Answered, createWorld, type World } from '../support/world.ts';

/** People allow less than they are asked, take scopes back, and allow them later. */

const DRAFTS: Scope[] = ['user.info.basic', 'video.upload'];
const DIRECT: Scope[] = ['user.info.basic', 'video.publish'];
const BOTH: Scope[] = ['user.info.basic', 'video.publish', 'video.upload'];

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`delete from social_accounts`;
  world.emulator.reset();
  world.logLines.length = 0;
  user = await world.signUp();
});

const connect = (scopes?: readonly Scope[], asked = {}) =>
  world.connectAccount(user, scopes ? { scopes } : {}, asked);
const scopesShown = async () =>
  (await world.call('tiktok-status', { user })).json.accounts.map(
    ({ scopes }: { scopes: string[] }) => scopes,
  );
const problem = ({ status, json }: Answered) => [status, json.code];
const errorOf = (result: URLSearchParams | null) => result?.get('tiktok_error');
const requests = (name: string) =>
  world.emulator.requests().filter(({ endpoint }) => endpoint?.includes(name)).length;
const post = (accountId: string, changes: Record<string, unknown> = {}) => ({
  accountId,
  videoUrl: `${world.media.url}/vertical.mp4`,
  title: 'A film',
  ...changes,
});
const direct = { mode: 'direct', privacyLevel: 'PUBLIC_TO_EVERYONE' };
const draft = { mode: 'draft' };
const queue = (accountId: string, changes: Record<string, unknown>) =>
  world.call('social-posts', { method: 'POST', user, body: post(accountId, changes) });
const patch = (id: string, body: object) =>
  world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body });
const get = (id: string) => world.getPost(user, id);

async function tick(times = 1): Promise<void> {
  for (let count = 0; count < times; count++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
  }
}

/** By the database's clock the post's time comes. */
const pass = (id: string, seconds: number) =>
  world.sql`update social_posts set due_at = due_at - make_interval(secs => ${seconds}),
    trouble_since = trouble_since - make_interval(secs => ${seconds}), run_at = now() where id = ${id}`;

/** TikTok sends the person back, but says these scopes in the token's answer and in the redirect. */
async function comeBack(told: { answer?: string | null; redirect?: string | null }) {
  const { authorizeUrl, cookie } = await world.beginConnect(user);
  const query = new URLSearchParams(await world.consent(authorizeUrl));
  if (told.redirect === null) query.delete('scopes');
  else if (told.redirect !== undefined) query.set('scopes', told.redirect);
  if (told.answer !== undefined) {
    const { scope, ...tokens } = world.emulator.grant({ username: 'ada.films' });
    world.emulator.faults.add({
      endpoint: 'token',
      kind: 'status',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...tokens, ...(told.answer !== null && { scope: told.answer }) }),
    });
  }
  return world.finishConnect(`?${query}`, cookie);
}

describe('an account that allows', () => {
  test.each<[string, Scope[], Record<string, unknown>, Record<string, unknown>, string]>([
    ['drafts alone', DRAFTS, draft, direct, 'video.publish'],
    ['direct posts alone', DIRECT, direct, draft, 'video.upload'],
  ])('%s is taken in, and queues no other post', async (_what, scopes, allowed, refused, missing) => {
    const accountId = await connect(scopes);
    expect(await scopesShown()).toEqual([scopes]);
    const photos = {
      mediaType: 'photo',
      videoUrl: undefined,
      photoUrls: [`${world.media.url}/vertical.jpg`],
    };
    for (const kind of [{}, photos]) {
      const answer = await queue(accountId, { ...refused, ...kind });
      expect(problem(answer)).toEqual([409, 'scope_missing']);
      expect(answer.json.detail).toContain(missing);
      expect(answer.json.detail).toContain('Connect it again');
    }
    const queued = await queue(accountId, allowed);
    expect(queued.status).toBe(201);
    const changed = await patch(queued.json.id, { privacyLevel: 'SELF_ONLY', ...refused });
    expect(problem(changed)).toEqual([409, 'scope_missing']);
    await tick(3);
    expect(['published', 'delivered']).toContain((await get(queued.json.id)).status);
  });

  test('drafts alone cannot post just now, and TikTok is not asked', async () => {
    const accountId = await connect(DRAFTS);
    const { json } = await world.call('tiktok-creator-info', { user, path: `?accountId=${accountId}` });
    expect([json.canPost, json.reason.code]).toEqual([false, 'scope_missing']);
    expect(json.reason.message).toContain('video.publish');
    const videos = await world.call('tiktok-videos', { user, path: `?accountId=${accountId}` });
    expect(problem(videos)).toEqual([409, 'scope_missing']);
    expect(videos.json.detail).toContain('video.list');
    const { json: queued } = await queue(accountId, { ...draft, scheduledAt: inHours(24) });
    await tick();
    expect((await get(queued.id)).error).toBeNull();
    expect([requests('creator_info'), requests('video_list')]).toEqual([0, 0]);
  });

  test.each<[string, string[], Scope[]]>([
    ['neither, where both were asked', BOTH, ['user.info.basic']],
    ['not the one that was asked', DRAFTS, ['user.info.basic']],
  ])('%s, is not taken in', async (_what, asked, scopes) => {
    const { authorizeUrl, cookie } = await world.beginConnect(user, { scopes: asked });
    const { result } = await world.finishConnect(await world.consent(authorizeUrl, { scopes }), cookie);
    expect(errorOf(result)).toBe('scope_missing');
    expect(await scopesShown()).toEqual([]);
  });

  test('what was asked, though it was no posting, is taken in', async () => {
    vi.stubEnv('TIKTOK_SCOPES', [...BOTH, 'video.list'].join());
    await connect(['user.info.basic', 'video.list'], { scopes: ['video.list'] });
    vi.stubEnv('TIKTOK_SCOPES', world.env.TIKTOK_SCOPES);
    expect(await scopesShown()).toEqual([['user.info.basic', 'video.list']]);
  });
});

describe('asking again', () => {
  test('for what is missing keeps the account and its posts', async () => {
    const accountId = await connect(DRAFTS);
    const { json } = await queue(accountId, { ...draft, scheduledAt: inHours(24) });
    expect(await connect()).toBe(accountId);
    expect(await scopesShown()).toEqual([BOTH]);
    expect(await get(json.id)).toMatchObject(json);
    expect((await queue(accountId, direct)).status).toBe(201);
  });

  test('for one scope alone replaces what was allowed, and the posts that need more say so', async () => {
    const accountId = await connect(DIRECT);
    const { json } = await queue(accountId, { ...direct, scheduledAt: inHours(24) });
    expect(await connect(undefined, { scopes: ['video.upload'] })).toBe(accountId);
    expect(await scopesShown()).toEqual([DRAFTS]);
    await world.tick();
    expect((await get(json.id)).error?.code).toBe('scope_missing');
  });

  test('and being allowed nothing leaves the account as it was', async () => {
    const accountId = await connect();
    const { authorizeUrl, cookie } = await world.beginConnect(user);
    const scopes: Scope[] = ['user.info.basic'];
    const { result } = await world.finishConnect(await world.consent(authorizeUrl, { scopes }), cookie);
    expect(errorOf(result)).toBe('scope_missing');
    expect(await scopesShown()).toEqual([BOTH]);
    expect((await queue(accountId, direct)).status).toBe(201);
  });
});

describe('of the scopes that TikTok tells', () => {
  test.each<[string, { answer?: string | null; redirect?: string | null }, string[] | 'scope_missing']>([
    ['those with the tokens count', { redirect: 'user.info.basic' }, BOTH],
    ['a redirect that says more is not believed', { answer: DRAFTS.join(), redirect: BOTH.join() }, DRAFTS],
    ['a redirect that says nothing is no matter', { answer: DRAFTS.join(), redirect: null }, DRAFTS],
    [
      'the redirect’s count where the tokens come with none',
      { answer: null, redirect: DIRECT.join() },
      DIRECT,
    ],
    ['the same where they come with an empty list', { answer: '', redirect: DIRECT.join() }, DIRECT],
    [
      'what was not asked is not taken from a redirect',
      { answer: null, redirect: 'admin,video.list,video.upload' },
      ['video.upload'],
    ],
    ['neither is anything', { answer: null, redirect: null }, 'scope_missing'],
    [
      'a very long redirect is no harm',
      { answer: null, redirect: `${'x,'.repeat(20_000)}video.upload` },
      ['video.upload'],
    ],
  ])('%s', async (_what, told, expected) => {
    const { result } = await comeBack(told);
    if (expected === 'scope_missing') {
      expect(errorOf(result)).toBe('scope_missing');
      expect(await scopesShown()).toEqual([]);
    } else expect(await scopesShown()).toEqual([expected]);
  });

  test('a refresh that says fewer takes them away, and one that says more gives none', async () => {
    const accountId = await connect(DRAFTS);
    const refreshSaying = async (scope: string) => {
      const { scope: _, ...tokens } = world.emulator.grant({ username: 'ada.films' });
      world.emulator.faults.add({
        endpoint: 'token',
        kind: 'status',
        status: 200,
        body: JSON.stringify({ ...tokens, scope }),
      });
      const answer = await world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
      expect(answer.status).toBe(200);
    };
    await refreshSaying(BOTH.join());
    expect(await scopesShown()).toEqual([DRAFTS]);
    await refreshSaying('video.upload');
    expect(await scopesShown()).toEqual([['video.upload']]);
    await refreshSaying('');
    expect(await scopesShown()).toEqual([['video.upload']]);
  });
});

describe('a queued post whose scope is taken back', () => {
  const inits = () => requests('_init');
  const takeBack = (scopes: Scope[]) => world.emulator.removeGrant({ username: 'ada.films', scopes });

  test('waits once TikTok has said so; the others of its kind are not tried, and drafts go on', async () => {
    const accountId = await connect();
    const [first, second] = [await queue(accountId, direct), await queue(accountId, direct)];
    const other = await queue(accountId, draft);
    takeBack(['video.publish']);
    await tick(4);
    for (const { json } of [first, second]) {
      expect(await get(json.id)).toMatchObject({
        status: 'queued',
        error: { code: 'scope_missing', message: expect.stringContaining('video.publish') },
      });
    }
    expect((await get(other.json.id)).status).toBe('delivered');
    expect([requests('video_init'), requests('inbox_init')]).toEqual([1, 1]);
    expect(await scopesShown()).toEqual([DRAFTS]);
    expect((await world.call('tiktok-status', { user })).json.connected).toBe(true);
    expect(problem(await queue(accountId, direct))).toEqual([409, 'scope_missing']);

    expect(await connect()).toBe(accountId);
    for (const { json } of [first, second]) expect((await get(json.id)).error).toBeNull();
    await tick(3);
    for (const { json } of [first, second]) expect((await get(json.id)).status).toBe('published');
    expect(
      world.emulator.ledger().filter(({ published, mode }) => published && mode === 'direct'),
    ).toHaveLength(2);
  });

  test('stays so through a refresh of the tokens', async () => {
    const accountId = await connect();
    await queue(accountId, direct);
    world.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'error',
      code: 'scope_not_authorized',
      httpStatus: 401,
    });
    await tick();
    await world.call('tiktok-refresh', { method: 'POST', user, body: { accountId } });
    await tick(2);
    expect([await scopesShown(), inits()]).toEqual([[DRAFTS], 1]);
  });

  test('is not tried again by a consent that leaves it out once more, and is told why', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, direct);
    takeBack(['video.publish']);
    await tick();
    await connect(DRAFTS);
    await tick(2);
    expect((await get(json.id)).error?.code).toBe('scope_missing');
    expect(inits()).toBe(1);
  });

  test('long before its time is told so by the look ahead', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, { ...direct, scheduledAt: inHours(24) });
    takeBack(['video.publish']);
    await tick();
    expect(await get(json.id)).toMatchObject({
      status: 'queued',
      error: { code: 'scope_missing' },
      attempts: [],
    });
    expect(await scopesShown()).toEqual([DRAFTS]);

    await connect();
    await tick();
    expect((await get(json.id)).error).toBeNull();
    expect(inits()).toBe(0);
    await pass(json.id, 86_400);
    await tick(3);
    expect((await get(json.id)).status).toBe('published');
  });

  test('by a consent to less is told so at once, however far its time is, and goes out when it is allowed again', async () => {
    const accountId = await connect();
    const late = await queue(accountId, { ...direct, scheduledAt: inHours(200) });
    const other = await queue(accountId, { ...draft, scheduledAt: inHours(200) });
    expect(await connect(DRAFTS)).toBe(accountId);
    expect(await scopesShown()).toEqual([DRAFTS]);
    await world.tick();
    expect(await get(late.json.id)).toMatchObject({
      status: 'queued',
      scheduledAt: late.json.scheduledAt,
      nextCheckAt: late.json.scheduledAt,
      error: { code: 'scope_missing' },
    });
    expect(await get(other.json.id)).toMatchObject({ error: null, nextCheckAt: other.json.nextCheckAt });
    expect(requests('creator_info')).toBe(0);

    await connect();
    await world.tick();
    expect(await get(late.json.id)).toMatchObject({ error: null, nextCheckAt: late.json.scheduledAt });
    expect(inits()).toBe(0);
  });

  test('may be made a draft', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, direct);
    await connect(DRAFTS);
    await tick();
    expect((await get(json.id)).error?.code).toBe('scope_missing');
    expect((await patch(json.id, { mode: 'draft', privacyLevel: null })).status).toBe(200);
    await tick(3);
    expect((await get(json.id)).status).toBe('delivered');
  });

  test('needs attention after 72 hours, and goes on when it is allowed after all', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, direct);
    await connect(DRAFTS);
    await tick();
    await pass(json.id, 71 * 3600);
    await tick();
    expect((await get(json.id)).status).toBe('queued');
    await pass(json.id, 2 * 3600);
    await tick();
    expect(await get(json.id)).toMatchObject({ status: 'needs_attention', error: { code: 'scope_missing' } });
    await connect(DRAFTS);
    expect((await get(json.id)).status).toBe('needs_attention');
    await connect();
    await tick(3);
    expect(await get(json.id)).toMatchObject({ status: 'published', error: null });
    expect(inits()).toBe(1);
  });

  test('and given again while the worker is at it goes on at once', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, direct);
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'delay', ms: 2_500 });
    takeBack(['video.publish']);
    const ticking = world.tick();
    await vi.waitFor(() => expect(inits()).toBe(1), 10_000);
    await connect();
    await ticking;
    expect(await scopesShown()).toEqual([BOTH]);
    expect((await get(json.id)).error).toBeNull();
    await tick(3);
    expect(await get(json.id)).toMatchObject({ status: 'published' });
    expect(inits()).toBe(2);
  });

  test('while it is processed: TikTok is not asked in a circle, and the consent gives the answer', async () => {
    const accountId = await connect();
    const { json } = await queue(accountId, direct);
    await world.tick();
    await world.emulator.settled();
    takeBack(['video.publish', 'video.upload']);
    await tick();
    expect(await get(json.id)).toMatchObject({ status: 'processing', error: { code: 'scope_missing' } });
    expect(await scopesShown()).toEqual([['user.info.basic']]);
    await world.tick();
    expect(requests('status')).toBe(1);
    await connect();
    await tick(2);
    expect(await get(json.id)).toMatchObject({ status: 'published', error: null });
    expect(inits()).toBe(1);
  });
});

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}
