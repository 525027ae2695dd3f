import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import webhook from '../../netlify/functions/tiktok-webhook.ts';
import { POST_STATUSES } from '../../src/contract.ts';
import { signedHeaders } from '../emulator/webhooks.ts';
import { bodyOf, closedPortUrl, type Served, serve } from '../http/serve.ts';
import { seededRandom } from '../media/random.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

const SECRET = 'emulator-client-secret-not-a-real-one';
const EVENTS = [
  'failed',
  'complete',
  'inbox_delivered',
  'publicly_available',
  'no_longer_publicaly_available',
];
const STEP_MS = 600_000;

let world: World;
let site: Served;
let user: TestUser;
let accountId: string;
let openId: string;
beforeAll(async () => {
  world = await createWorld({ processingMs: STEP_MS, moderationMs: STEP_MS });
  site = await serve(async (request, response) => {
    const answer = await webhook(
      new Request(`${site.url}${request.url}`, {
        method: request.method ?? '',
        headers: request.headers as Record<string, string>,
        body: new Uint8Array(await bodyOf(request)),
      }),
    );
    response.writeHead(answer.status).end(await answer.text());
  });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.sql`delete from social_accounts`;
  world.emulator.reset();
  world.emulator.putApp({ webhookUrl: `${site.url}/api/tiktok-webhook` });
  user = await world.signUp();
  accountId = await world.connectAccount(user);
  [{ openId }] = await world.sql<[{ openId: string }]>`select open_id as "openId" from social_accounts`;
  world.logLines.length = 0;
});

/** A post that TikTok has taken, and that the worker looks at only in an hour. */
async function begin(changes: Record<string, unknown> = {}): Promise<{ id: string; publishId: string }> {
  const videoUrl = `${world.media.url}/verified/vertical.mp4`;
  const { id } = await world.queuePost(user, accountId, { transfer: 'pull', videoUrl, ...changes });
  await world.tick();
  await world.emulator.settled();
  const { publishId, status } = await world.getPost(user, id);
  if (status !== 'processing' || publishId === null) throw new Error(`the post is ${status}`);
  await later(id);
  return { id, publishId };
}

const later = (id: string) =>
  world.sql`update social_posts set run_at = now() + interval '1 hour', hinted_at = null where id = ${id}`;
const secondsUntilLook = async (id: string): Promise<number | null> => {
  const [row] = await world.sql`
    select extract(epoch from run_at - now())::float8 as seconds from social_posts where id = ${id}`;
  return row?.seconds ?? null;
};
const isDue = async (id: string) => ((await secondsUntilLook(id)) ?? 1) <= 0;
const statusCalls = () => world.emulator.requests().filter(({ endpoint }) => endpoint === 'status').length;

/** All that the database holds; `stateOnly` without the columns that a hint may touch. */
async function everything({ stateOnly = false } = {}): Promise<string> {
  const posts = await world.sql`select * from social_posts order by id`;
  const accounts = await world.sql`select * from social_accounts order by id`;
  const rest = await Promise.all([
    world.sql`select * from social_post_attempts order by id`,
    world.sql`select * from oauth_flows order by state_hash`,
    world.sql`select * from social_unclaimed_publishes order by publish_id`,
  ]);
  const seen = posts.map(({ run_at, hinted_at, ...state }) =>
    stateOnly ? state : { ...state, run_at, hinted_at },
  );
  const seenAccounts = accounts.map(({ refresh_at, removal_told_at, ...state }) =>
    stateOnly ? state : { ...state, refresh_at, removal_told_at },
  );
  return JSON.stringify([seen, seenAccounts, rest]);
}

const eventBody = (event: string, content: object, changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    client_key: 'emulator-client-key',
    event,
    create_time: 1615338610,
    user_openid: openId,
    content: JSON.stringify(content),
    ...changes,
  });
const publishBody = (news: string, publishId: string, changes?: Record<string, unknown>) =>
  eventBody(
    `post.publish.${news}`,
    { publish_id: publishId, publish_type: 'DIRECT_POST', post_id: '73' },
    changes,
  );
const deliver = (body: string | Uint8Array, headers: Record<string, string>) =>
  world.call('tiktok-webhook', { method: 'POST', rawBody: body, headers });
const deliverSigned = (body: string, atMs = Date.now()) => deliver(body, signedHeaders(SECRET, body, atMs));

/** TikTok sends what is due: what it was, and that each was answered with 200 and moved no state. */
async function tiktokSends(): Promise<string[]> {
  const before = await everything({ stateOnly: true });
  const deliveries = await world.emulator.sendWebhooks();
  expect(deliveries.map(({ status }) => status)).toEqual(deliveries.map(() => 200));
  expect(await everything({ stateOnly: true })).toBe(before);
  return deliveries.map(({ event }) => event.replace('post.publish.', ''));
}

describe('a post is looked at sooner', () => {
  test('complete, then publicly_available', async () => {
    const { id } = await begin();
    await world.tick();
    expect(statusCalls()).toBe(0);

    world.emulator.clock.advance(STEP_MS);
    expect(await tiktokSends()).toEqual(['complete']);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'published', postIds: [] });

    await later(id);
    world.emulator.clock.advance(STEP_MS);
    expect(await tiktokSends()).toEqual(['publicly_available']);
    await world.tick();
    const [published] = world.emulator.ledger();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'published',
      postIds: published?.postIds,
      shareUrl: expect.stringContaining(`/video/${published?.postIds[0]}`),
      nextCheckAt: null,
    });
    expect(statusCalls()).toBe(2);
  });

  test('failed', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', failReason: 'spam_risk' });
    const { id } = await begin();
    world.emulator.clock.advance(STEP_MS);
    expect(await tiktokSends()).toEqual(['failed']);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'failed', error: { code: 'spam_risk' } });
  });

  test('inbox_delivered, then complete when the draft is finished', async () => {
    const { id, publishId } = await begin({ mode: 'draft', privacyLevel: undefined });
    world.emulator.clock.advance(STEP_MS);
    expect(await tiktokSends()).toEqual(['inbox_delivered']);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'delivered' });

    await later(id);
    world.emulator.finishDraft(publishId);
    expect(await tiktokSends()).toEqual(['complete']);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'published' });
  });

  test('authorization.removed: the worker finds out by itself', async () => {
    const { id } = await begin();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const waiting = await world.queuePost(user, accountId, { scheduledAt: tomorrow });
    const waitsFor = (await world.getPost(user, waiting.id)).nextCheckAt;
    world.emulator.removeGrant({ username: 'ada.films' });
    expect(await tiktokSends()).toEqual(['authorization.removed']);
    const status = async () => (await world.sql`select status from social_accounts`)[0]?.status;
    expect([await status(), await isDue(id)]).toEqual(['connected', true]);
    expect((await world.getPost(user, waiting.id)).nextCheckAt).toBe(waitsFor);

    await world.tick();
    expect(await status()).toBe('reauth_required');
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'processing',
      error: { code: 'reauth_required' },
    });
  });

  test('a removal that is not true costs one look', async () => {
    const { id } = await begin();
    expect((await deliverSigned(eventBody('authorization.removed', { reason: 1 }))).status).toBe(200);
    await world.tick();
    expect(await world.sql`select status from social_accounts`).toMatchObject([{ status: 'connected' }]);
    expect(await world.getPost(user, id)).toMatchObject({ status: 'processing', error: null });
    expect(statusCalls()).toBe(1);
  });
});

describe('a webhook writes no state', () => {
  test.each(POST_STATUSES)('%s', async (status) => {
    const { id, publishId } = await begin();
    const isOver = ['failed', 'needs_attention', 'cancelled'].includes(status);
    await world.sql`
      update social_posts set status = ${status}, error_code = 'x', error_message = 'X.',
        run_at = ${isOver ? null : new Date(Date.now() + 3_600_000)}
      where id = ${id}`;
    const stateBefore = await everything({ stateOnly: true });
    const removal = eventBody('authorization.removed', { reason: 1 });
    const isUnderWay = ['uploading', 'processing', 'delivered', 'published'].includes(status);
    for (const body of [...EVENTS.map((news) => publishBody(news, publishId)), removal]) {
      const isHinted = isUnderWay || (status === 'needs_attention' && body !== removal);
      const before = await everything();
      const answer = await deliverSigned(body);
      expect([answer.status, answer.text]).toEqual([200, '{}']);
      expect(await everything({ stateOnly: true })).toBe(stateBefore);
      expect(await isDue(id)).toBe(isHinted);
      if (isHinted) await later(id);
      else if (body !== removal) expect(await everything()).toBe(before);
    }
  });

  test('a forged "complete" is refused, and one that is not true publishes nothing', async () => {
    const { id, publishId } = await begin();
    const before = await everything();
    const body = publishBody('complete', publishId);
    const forged = await deliver(body, signedHeaders('a-guess', body, Date.now()));
    expect([forged.status, forged.json.code]).toEqual([401, 'webhook_not_signed']);
    expect(await everything()).toBe(before);
    await world.tick();
    expect(statusCalls()).toBe(0);

    expect((await deliverSigned(body)).status).toBe(200);
    await world.tick();
    expect(statusCalls()).toBe(1);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'processing',
      publishedAt: null,
      postIds: [],
    });
  });

  test('an earlier attempt’s event leaves a post that is queued again where it is', async () => {
    const { id, publishId } = await begin();
    await world.sql`update social_post_attempts set outcome = 'failed', finished_at = now()`;
    await world.sql`update social_posts set status = 'queued' where id = ${id}`;
    const before = await everything();
    for (const news of EVENTS) await deliverSigned(publishBody(news, publishId));
    expect(await everything()).toBe(before);
  });

  test('two days late it is a hint like any other', async () => {
    const { id, publishId } = await begin();
    const twoDaysAgo = Date.now() - 2 * 86_400_000;
    expect((await deliverSigned(publishBody('complete', publishId), twoDaysAgo)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test('doubled, delayed and out of order, the end is the same', async () => {
    const { id } = await begin();
    world.emulator.clock.advance(2 * STEP_MS);
    const sent = await world.emulator.sendWebhooks();
    expect(sent.map(({ event }) => event)).toEqual([
      'post.publish.complete',
      'post.publish.publicly_available',
    ]);
    const [published] = world.emulator.ledger();
    const random = seededRandom(7);
    for (let n = 0; n < 30; n++) {
      const delivery = sent[Math.floor(random() * sent.length)];
      expect((await deliver(delivery?.body ?? '', delivery?.headers ?? {})).status).toBe(200);
      if (random() < 0.3) await world.tick();
    }
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'published',
      postIds: published?.postIds,
      nextCheckAt: null,
      attempts: [{ outcome: 'published' }],
    });
    expect(world.emulator.ledger()).toHaveLength(1);
    // The worker knew all there is at its first look.
    expect(statusCalls()).toBe(1);
  });
});

describe('a post that the worker has done with', () => {
  const done = async (status: string, postIds: string[] = []) => {
    const { id, publishId } = await begin();
    await world.sql`update social_post_attempts set outcome = 'published', finished_at = now()`;
    await world.sql`
      update social_posts set status = ${status}, run_at = null, post_ids = ${postIds}, published_at = now()
      where id = ${id}`;
    return { id, publishId };
  };

  test.each([
    ['published', 'publicly_available', true],
    ['published', 'complete', false],
    ['published', 'failed', false],
    ['published', 'no_longer_publicaly_available', false],
    ['delivered', 'publicly_available', true],
    ['delivered', 'complete', true],
    ['delivered', 'inbox_delivered', false],
    ['delivered', 'failed', false],
  ])('%s, then %s: looked at once more: %s', async (status, news, isReopened) => {
    const { id, publishId } = await done(status);
    await deliverSigned(publishBody(news, publishId));
    expect(await isDue(id)).toBe(isReopened);
  });

  test('with its public id no other news wakes it', async () => {
    const { id, publishId } = await done('published', ['73', '7300000000000000001']);
    const before = await everything();
    for (const news of EVENTS) await deliverSigned(publishBody(news, publishId));
    expect(await everything()).toBe(before);
    const stateBefore = await everything({ stateOnly: true });
    await deliverSigned(eventBody('authorization.removed', { reason: 1 }));
    expect([await everything({ stateOnly: true }), await isDue(id)]).toEqual([stateBefore, false]);
  });
});

describe('news that comes after the last look', () => {
  const DAY = '4 days';
  /** A draft in the inbox, four days later. */
  const delivered = async () => {
    const { id, publishId } = await begin({ mode: 'draft', privacyLevel: undefined });
    world.emulator.clock.advance(STEP_MS);
    await tiktokSends();
    await world.tick();
    await world.sql`update social_post_attempts set started_at = started_at - ${DAY}::interval`;
    await world.sql`update social_posts set run_at = null, hinted_at = null, check_count = 0 where id = ${id}`;
    return { id, publishId };
  };
  const isKnownTo = (publishId: string, postIds: string) =>
    world.emulator.faults.add({
      endpoint: 'status',
      match: { publishId },
      kind: 'status',
      status: 200,
      body: `{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[${postIds}]},"error":{"code":"ok","message":"","log_id":"202211010000000000000000000000000A"}}`,
    });

  test.each([
    ['is not heard', { kind: 'drop' as const }],
    ['still says that it lies in the inbox', { kind: 'delay' as const, ms: 0 }],
  ])('is asked for again where TikTok’s answer %s', async (_what, fault) => {
    const { id, publishId } = await delivered();
    world.emulator.faults.add({ endpoint: 'status', ...fault });
    await deliverSigned(publishBody('complete', publishId));
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('delivered');
    expect(await secondsUntilLook(id)).toBeGreaterThan(0);

    world.emulator.finishDraft(publishId);
    await world.makeDue();
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('published');
  });

  test('of a draft that was posted twice: both posts are known', async () => {
    const { id, publishId } = await delivered();
    isKnownTo(publishId, '7300000000000000001');
    await deliverSigned(publishBody('complete', publishId));
    await world.tick();
    const once = await world.getPost(user, id);
    expect(once).toMatchObject({ status: 'published', postIds: ['7300000000000000001'], nextCheckAt: null });

    await world.sql`update social_posts set hinted_at = null where id = ${id}`;
    isKnownTo(publishId, '7300000000000000003');
    await deliverSigned(
      eventBody('post.publish.publicly_available', {
        publish_id: publishId,
        publish_type: 'INBOX_SHARE',
        post_id: '7300000000000000003',
      }),
    );
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      postIds: ['7300000000000000001', '7300000000000000003'],
      shareUrl: once.shareUrl,
      nextCheckAt: null,
    });
  });
});

test('authorization.removed locks the account before its posts, as everybody does', async () => {
  const { id } = await begin();
  const { hinting } = await world.sql.begin(async (sql) => {
    await sql`select 1 from social_accounts where id = ${accountId} for share`;
    const hinting =
      world.sql`select hint_account(${openId}, 'emulator-client-key', null) as hinted`.execute();
    const waiting = () => world.sql`select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    await vi.waitFor(async () => expect((await waiting()).length).toBe(1), 5_000);
    await sql`set local lock_timeout = '1s'`;
    await sql`select 1 from social_posts where id = ${id} for no key update`;
    return { hinting };
  });
  expect(await hinting).toEqual([{ hinted: true }]);
  expect(await isDue(id)).toBe(true);
});

describe('authorization.removed of an account on which nothing is under way', () => {
  const removal = () => deliverSigned(eventBody('authorization.removed', { reason: 1 }));
  const sweep = async () => (await world.call('social-refresh-tiktok', { method: 'POST' })).json;
  const account = async () => (await world.sql`select * from social_accounts`)[0];
  const refreshes = () =>
    world.emulator.requests().filter(({ grantType }) => grantType === 'refresh_token').length;

  test('is checked; if TikTok says so, the tokens are erased, and what waits says why', async () => {
    const scheduledAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const { id } = await world.queuePost(user, accountId, { scheduledAt });
    world.emulator.removeGrant({ username: 'ada.films' });
    expect(await tiktokSends()).toEqual(['authorization.removed']);
    expect((await account())?.status).toBe('connected');
    expect(await sweep()).toMatchObject({ lost: 1 });
    expect(await account()).toMatchObject({
      status: 'reauth_required',
      sealed_access_token: null,
      sealed_refresh_token: null,
      access_token_expires_at: null,
      refresh_token_expires_at: null,
    });
    const { json } = await world.call('tiktok-status', { user });
    expect(json).toMatchObject({
      connected: false,
      accounts: [{ status: 'reauth_required', reconnectBy: null }],
    });
    await world.tick();
    const waiting = { status: 'queued', scheduledAt, error: { code: 'reauth_required' } };
    expect(await world.getPost(user, id)).toMatchObject(waiting);

    expect(await world.connectAccount(user)).toBe(accountId);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', scheduledAt, error: null });
    const asked = refreshes();
    expect(await sweep()).toMatchObject({ renewed: 0, lost: 0 });
    expect(refreshes()).toBe(asked);
  });

  test('is checked; if it is not true, nothing has changed', async () => {
    await removal();
    expect(await sweep()).toMatchObject({ renewed: 1 });
    expect(await account()).toMatchObject({ status: 'connected', token_version: '2' });
  });

  test('a thousand times is one check in ten minutes', async () => {
    for (let n = 0; n < 10; n++) {
      await Promise.all(Array.from({ length: 10 }, removal));
      await sweep();
    }
    expect(refreshes()).toBe(1);
    await world.sql`update social_accounts set refresh_at = refresh_at - interval '10 minutes',
      removal_told_at = removal_told_at - interval '10 minutes'`;
    for (let n = 0; n < 3; n++) await sweep();
    expect(refreshes()).toBe(2);
  });

  test('that comes late, after the account was connected anew, costs one check', async () => {
    world.emulator.removeGrant({ username: 'ada.films' });
    const sent = await world.emulator.sendWebhooks();
    await sweep();
    await world.connectAccount(user);
    for (const { body, headers } of sent) await deliver(body, headers);
    expect(await sweep()).toMatchObject({ renewed: 1, lost: 0 });
    expect((await account())?.status).toBe('connected');
  });

  test.each(['reauth_required', 'disconnected'])('of one that is %s changes nothing', async (status) => {
    await world.sql`update social_accounts set status = ${status}, sealed_access_token = null, sealed_refresh_token = null`;
    const before = await everything();
    await removal();
    expect([await everything(), await sweep()]).toEqual([
      before,
      { renewed: 0, lost: 0, settled: 0, waiting: 0 },
    ]);
  });

  test('with a signature of somebody else’s is none', async () => {
    const before = await everything();
    const body = eventBody('authorization.removed', { reason: 1 });
    expect((await deliver(body, signedHeaders('a-guess', body, Date.now()))).status).toBe(401);
    expect(await everything()).toBe(before);
  });
});

describe('replays', () => {
  test('of one event a thousand times are one look', async () => {
    const { id, publishId } = await begin();
    const body = publishBody('complete', publishId);
    const headers = signedHeaders(SECRET, body, Date.now());
    const replay = async (times: number) => {
      world.logLines.length = 0;
      for (let n = 0; n < times; n += 20)
        await Promise.all(Array.from({ length: 20 }, () => deliver(body, headers)));
      return world.logLines.filter((line) => line.includes('"hinted":true')).length;
    };
    const stateBefore = await everything({ stateOnly: true });
    expect(await replay(1_000)).toBe(1);
    expect(await isDue(id)).toBe(true);
    expect(await everything({ stateOnly: true })).toBe(stateBefore);

    await world.tick();
    expect(statusCalls()).toBe(1);
    // The next one counts, too: for the end of the minute.
    await world.sql`update social_posts set run_at = now() + interval '1 hour'`;
    expect(await replay(100)).toBe(1);
    const { seconds } = (
      await world.sql`select extract(epoch from run_at - hinted_at)::float8 as seconds from social_posts`
    )[0] as { seconds: number };
    expect(seconds).toBe(0);
    expect(await secondsUntilLook(id)).toBeGreaterThan(0);
    expect(await secondsUntilLook(id)).toBeLessThanOrEqual(60);
    await world.tick();
    expect(statusCalls()).toBe(1);

    await world.sql`update social_posts set run_at = now() + interval '1 hour', hinted_at = now() - interval '61 seconds'`;
    expect(await replay(100)).toBe(1);
    expect(await isDue(id)).toBe(true);
  }, 120_000);

  test('of one event ten thousand times, as the database gets them: one look more, and no other change', async () => {
    const { id, publishId } = await begin();
    const before = await everything({ stateOnly: true });
    let hinted = 0;
    for (let batch = 0; batch < 100; batch++) {
      const [counted] = await world.sql<{ count: number }[]>`
        with hints as materialized (
          select hint_post(${publishId}, ${openId}, 'emulator-client-key', null, ${['needs_attention']}, false, null, null)
            as is_hint from generate_series(1, 100)
        ) select count(*) filter (where is_hint)::int as count from hints`;
      hinted += counted?.count ?? 0;
    }
    expect(hinted).toBe(1);
    expect(await isDue(id)).toBe(true);
    expect(await everything({ stateOnly: true })).toBe(before);
  });

  test('never put off what is due earlier', async () => {
    const { id, publishId } = await begin();
    await world.sql`
      update social_posts set run_at = now() + interval '5 seconds', hinted_at = now() where id = ${id}`;
    const before = await everything();
    await deliverSigned(publishBody('complete', publishId));
    expect(await everything()).toBe(before);
  });
});

describe('somebody else’s', () => {
  test.each<[string, (publishId: string) => string]>([
    ['publish id that nobody knows', () => publishBody('complete', 'v_pub_url~v2.000')],
    [
      'publish id with more behind it',
      (publishId) => publishBody('complete', `${publishId}' or publish_id is not null --`),
    ],
    ['account', (publishId) => publishBody('complete', publishId, { user_openid: 'somebody' })],
    ['authorization', () => eventBody('authorization.removed', { reason: 1 }, { user_openid: 'somebody' })],
    [
      'product',
      (publishId) => eventBody('video.publish.completed', { share_id: 's', publish_id: publishId }),
    ],
    ['invention', (publishId) => publishBody('completed', publishId)],
    ['half of an event', (publishId) => publishBody('complete', publishId).slice(0, -1)],
    ['nonsense', () => 'null'],
  ])('%s: 200, and nothing happens', async (_what, bodyFor) => {
    const { publishId } = await begin();
    const before = await everything();
    const answer = await deliverSigned(bodyFor(publishId));
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    expect(await everything()).toBe(before);
  });

  test('app: refused, and its accounts are left alone', async () => {
    const { publishId } = await begin();
    const before = await everything();
    const answer = await deliverSigned(publishBody('complete', publishId, { client_key: 'other' }));
    expect([answer.status, answer.json.code]).toEqual([401, 'webhook_not_signed']);
    expect(await everything()).toBe(before);

    await world.sql`update social_accounts set client_key = 'other'`;
    const withOtherApp = await everything();
    for (const body of [
      publishBody('complete', publishId),
      eventBody('authorization.removed', { reason: 1 }),
    ])
      expect((await deliverSigned(body)).status).toBe(200);
    expect(await everything()).toBe(withOtherApp);
  });
});

describe('what is refused', () => {
  test('a thousand altered requests', async () => {
    const { publishId } = await begin();
    const before = await everything();
    const body = publishBody('complete', publishId);
    const signature = signedHeaders(SECRET, body, Date.now())['tiktok-signature'] ?? '';
    const random = seededRandom(2026);
    const below = (limit: number) => Math.floor(random() * limit);
    const bytes = Buffer.from(body);
    const alterations: (() => { body?: Uint8Array; signature?: string | null })[] = [
      () => ({ body: bytes.map((byte, i, all) => (i === all.length >> 1 ? byte ^ (1 << below(8)) : byte)) }),
      () => flipped(below(bytes.length * 8)),
      () => ({ body: spliced(below(bytes.length), 1) }),
      () => ({ body: spliced(below(bytes.length + 1), 0, 1 + below(255)) }),
      () => ({ body: bytes.subarray(0, below(bytes.length)) }),
      () => ({ body: Buffer.concat([bytes, Buffer.from([below(256)])]) }),
      () => ({ signature: spell(below(signature.length), 33 + below(94)) }),
      () => ({ signature: signature.slice(0, below(signature.length)) }),
      () => ({ signature: signature.slice(1 + below(signature.length - 1)) }),
      () => ({ signature: `${signature}${String.fromCharCode(33 + below(94))}` }),
      () => ({
        signature: signedHeaders(SECRET, `${body} `, Date.now() + below(1e6))['tiktok-signature'] ?? '',
      }),
      () => ({ signature: signedHeaders(`guess ${below(1e9)}`, body, Date.now())['tiktok-signature'] ?? '' }),
      () => ({ signature: signature.replace(/t=\d+/, `t=${below(2 ** 31)}`) }),
      () => ({ signature: null }),
    ];
    function flipped(bit: number) {
      const copy = Buffer.from(bytes);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return { body: copy };
    }
    function spliced(at: number, remove: number, ...insert: number[]) {
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + remove)]);
    }
    function spell(at: number, charCode: number) {
      return signature.slice(0, at) + String.fromCharCode(charCode) + signature.slice(at + 1);
    }

    let altered = 0;
    for (let n = 0; altered < 1_000; n++) {
      const change = alterations[n % alterations.length]?.() ?? {};
      const sent = { body: bytes as Uint8Array, signature: signature as string | null, ...change };
      if (sent.signature === signature && bytes.equals(sent.body)) continue;
      altered++;
      const headers = { ...(sent.signature !== null && { 'tiktok-signature': sent.signature }) };
      const answer = await deliver(sent.body, headers);
      expect([answer.status, answer.json?.code]).toEqual([401, 'webhook_not_signed']);
    }
    expect(await everything()).toBe(before);
    expect((await deliver(body, { 'tiktok-signature': signature })).status).toBe(200);
    expect(await everything()).not.toBe(before);
  });

  test('more than 64 KiB, signed or not', async () => {
    const { publishId } = await begin();
    const before = await everything();
    const padded = (sizeBytes: number) => {
      const body = publishBody('complete', publishId);
      return `${body.slice(0, -1)}${' '.repeat(sizeBytes - Buffer.byteLength(body))}}`;
    };
    const tooLarge = padded(64 * 1024 + 1);
    const answers = [await deliverSigned(tooLarge), await deliver(tooLarge, {})];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [413, 'body_too_large'],
      [413, 'body_too_large'],
    ]);
    expect(await everything()).toBe(before);
    expect((await deliverSigned(padded(64 * 1024))).status).toBe(200);
    expect(await everything()).not.toBe(before);
  });

  test('another method, another path', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await world.call('tiktok-webhook', { method })).status).toBe(405);
    expect((await world.call('tiktok-webhook', { method: 'POST', path: '/x/y' })).status).toBe(404);
  });
});

describe('the answer', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    '',
    'application/json',
  ])('does not depend on the content type %j: the signature is what counts', async (type) => {
    const { id, publishId } = await begin();
    const body = publishBody('complete', publishId);
    const headers = { ...signedHeaders(SECRET, body, Date.now()), 'content-type': type };
    expect((await deliver(body, headers)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
    expect((await deliver(body, { 'content-type': type })).status).toBe(401);
  });

  test('and the log hold nothing of what was sent that is not known, and no secret', async () => {
    const { publishId } = await begin();
    world.logLines.length = 0;
    const marked = [
      eventBody('MARK-event', { publish_id: publishId, MARK: 'MARK' }, { MARK: 'MARK' }),
      publishBody('complete', 'MARK-publish', { user_openid: 'MARK open id\n' }),
      publishBody('complete', publishId, { client_key: 'MARK-key' }),
      publishBody('MARK', publishId),
      'MARK',
      publishBody('complete', publishId),
    ];
    const answers: string[] = [];
    for (const body of marked) {
      for (const headers of [
        signedHeaders(SECRET, body, Date.now()),
        { 'tiktok-signature': 't=MARK,s=MARK', 'x-MARK': 'MARK' },
      ]) {
        const answer = await deliver(body, headers as Record<string, string>);
        answers.push(answer.text, JSON.stringify([...answer.headers]));
        const signature = /s=([0-9a-f]+)/.exec(headers['tiktok-signature'] ?? '')?.[1];
        if (signature) expect(world.logLines.join('\n')).not.toContain(signature);
      }
    }
    const said = [...answers, ...world.logLines].join('\n');
    expect(said).not.toMatch(/MARK/i);
    expect(said).not.toContain(SECRET);
    expect(world.logLines.filter((line) => line.includes('"webhook_'))).toHaveLength(marked.length * 2);
  });

  test('is 503 while the database is away, so that TikTok sends it again', async () => {
    const { id } = await begin();
    world.emulator.clock.advance(STEP_MS);
    vi.stubEnv('SUPABASE_URL', await closedPortUrl());
    const lost = await world.emulator.sendWebhooks();
    vi.stubEnv('SUPABASE_URL', world.database.supabaseUrl);
    expect(lost).toMatchObject([{ event: 'post.publish.complete', status: 503 }]);
    expect(await isDue(id)).toBe(false);
    expect(await tiktokSends()).toEqual(['complete']);
    expect(await isDue(id)).toBe(true);
  });
});
