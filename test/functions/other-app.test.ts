import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { signedHeaders } from '../emulator/webhooks.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** Tokens and webhooks belong to the app that an account was connected through, whatever app the site has now. */

const NEW = { clientKey: 'new-site-key', clientSecret: 'new-site-secret-not-a-real-one' };
const OWN = { clientKey: 'own-client-key', clientSecret: 'own-client-secret-not-a-real-one' };

let world: World;
let user: TestUser;
beforeAll(async () => {
  world = await createWorld({ processingMs: 3_600_000 });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  siteHas(world.env.TIKTOK_CLIENT_KEY ?? '', world.env.TIKTOK_CLIENT_SECRET ?? '');
  await world.sql`delete from social_accounts`;
  await world.sql`delete from social_apps`;
  world.emulator.reset();
  world.emulator.putApp(NEW);
  world.emulator.putApp({ ...OWN, verifiedProperties: [`${world.media.url}/verified/`] });
  world.logLines.length = 0;
  user = await world.signUp();
});

function siteHas(clientKey: string, clientSecret: string): void {
  vi.stubEnv('TIKTOK_CLIENT_KEY', clientKey);
  vi.stubEnv('TIKTOK_CLIENT_SECRET', clientSecret);
}
const siteChanges = () => siteHas(NEW.clientKey, NEW.clientSecret);

const call = (name: 'tiktok-refresh' | 'tiktok-disconnect', accountId: string, as = user) =>
  world.call(name, { method: 'POST', user: as, body: { accountId } });
const storeOwn = async (as = user, app = OWN) => {
  const answer = await world.call('tiktok-app', { method: 'PUT', user: as, body: app });
  expect(answer.status).toBe(200);
};
const connectOwn = (as = user) => world.connectAccount(as, {}, { authMethod: 'own' });
const errors = (endpoint: string) =>
  world.emulator
    .requests()
    .filter((request) => request.endpoint === endpoint)
    .map(({ errorCode }) => errorCode ?? null);

describe('after the site has changed to another app', () => {
  test('its accounts are refreshed and revoked through the app they were connected by', async () => {
    const accountId = await world.connectAccount(user);
    siteChanges();
    expect((await call('tiktok-refresh', accountId)).status).toBe(200);
    expect((await call('tiktok-disconnect', accountId)).json.revocation).toBe('done');
    expect([errors('token'), errors('revoke')]).toEqual([[null, null], [null]]);
  });

  test('the worker refreshes and publishes', async () => {
    const accountId = await world.connectAccount(user);
    siteChanges();
    await world.sql`update social_accounts set access_token_expires_at = now()`;
    const { id } = await world.queuePost(user, accountId);
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('processing');
    expect(world.emulator.ledger()).toMatchObject([{ clientKey: world.env.TIKTOK_CLIENT_KEY }]);
  });

  test('a flow that was begun before ends with invalid_config', async () => {
    const { authorizeUrl, cookie } = await world.beginConnect(user);
    const query = await world.consent(authorizeUrl);
    siteChanges();
    const { result } = await world.finishConnect(query, cookie);
    expect(result?.get('tiktok_error')).toBe('invalid_config');
    expect(errors('token')).toEqual([]);
  });

  test('a new connection is another account, through the new app', async () => {
    const before = await world.connectAccount(user);
    siteChanges();
    const after = await world.connectAccount(user);
    expect(after).not.toBe(before);
    for (const id of [before, after]) expect((await call('tiktok-refresh', id)).status).toBe(200);
  });

  test('a secret that was rotated counts for its own key, and is the one that is kept', async () => {
    const accountId = await world.connectAccount(user);
    world.emulator.putApp({
      clientKey: world.env.TIKTOK_CLIENT_KEY ?? '',
      clientSecret: 'rotated-secret-not-a-real-one',
    });
    siteHas(world.env.TIKTOK_CLIENT_KEY ?? '', 'rotated-secret-not-a-real-one');
    expect((await call('tiktok-refresh', accountId)).status).toBe(200);
    await world.connectAccount(user, { username: 'bo.private' });
    siteChanges();
    expect((await call('tiktok-refresh', accountId)).status).toBe(200);
    expect(await world.sql`select client_key, secret_version::int from social_apps`).toEqual([
      { client_key: world.env.TIKTOK_CLIENT_KEY, secret_version: 2 },
    ]);
  });

  test('connecting keeps one sealed copy of the site’s app, and does not write it anew each time', async () => {
    await world.connectAccount(user);
    const kept = await world.sql`select * from social_apps`;
    expect(kept).toMatchObject([{ user_id: null, client_key: world.env.TIKTOK_CLIENT_KEY }]);
    await world.connectAccount(await world.signUp());
    expect(await world.sql`select * from social_apps`).toEqual(kept);
    expect(await world.dump()).not.toContain(world.env.TIKTOK_CLIENT_SECRET);
  });

  test('a kept copy whose key is lost is made anew while the site still has the app', async () => {
    await world.connectAccount(user);
    await world.sql`update social_apps set sealed_client_secret = 'x.y.z'`;
    const accountId = await world.connectAccount(user);
    siteChanges();
    expect((await call('tiktok-refresh', accountId)).status).toBe(200);
  });

  test('a copy that does not open is said as such, and disconnecting forgets the tokens all the same', async () => {
    const accountId = await world.connectAccount(user);
    await world.sql`update social_apps set sealed_client_secret = 'x.y.z'`;
    siteChanges();
    const refused = await call('tiktok-refresh', accountId);
    expect([refused.status, refused.json.code]).toEqual([503, 'token_unreadable']);
    expect((await call('tiktok-disconnect', accountId)).json.revocation).toBe('pending');
  });
});

describe('a webhook', () => {
  const publishOf = async (as: TestUser, accountId: string) => {
    const { id } = await world.queuePost(as, accountId, {
      transfer: 'pull',
      videoUrl: `${world.media.url}/verified/vertical.mp4`,
    });
    await world.tick();
    await world.emulator.settled();
    const { publishId, status } = await world.getPost(as, id);
    if (status !== 'processing' || publishId === null) throw new Error(`the post is ${status}`);
    await world.sql`update social_posts set run_at = now() + interval '1 hour', hinted_at = null where id = ${id}`;
    return { id, publishId };
  };
  const openIdOf = async (accountId: string) =>
    (await world.sql`select open_id from social_accounts where id = ${accountId}`)[0]?.open_id as string;
  const isDue = async (id: string) =>
    (await world.sql`select run_at <= now() as due from social_posts where id = ${id}`)[0]?.due;
  const body = (
    clientKey: string,
    openId: string,
    publishId: string,
    event = 'post.publish.complete',
    createTime = 1615338610,
  ) =>
    JSON.stringify({
      client_key: clientKey,
      event,
      create_time: createTime,
      user_openid: openId,
      content: JSON.stringify({ publish_id: publishId, publish_type: 'DIRECT_POST' }),
    });
  const deliver = (text: string, secret: string) =>
    world.call('tiktok-webhook', {
      method: 'POST',
      rawBody: text,
      headers: signedHeaders(secret, text, Date.now()),
    });

  test('for the app that the site had before is taken', async () => {
    const accountId = await world.connectAccount(user);
    const { id, publishId } = await publishOf(user, accountId);
    const openId = await openIdOf(accountId);
    siteChanges();
    const text = body(world.env.TIKTOK_CLIENT_KEY ?? '', openId, publishId);
    expect((await deliver(text, NEW.clientSecret)).status).toBe(401);
    expect(await isDue(id)).toBe(false);
    expect((await deliver(text, world.env.TIKTOK_CLIENT_SECRET ?? '')).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test('for a user’s own app is taken by the same address', async () => {
    await storeOwn();
    const accountId = await connectOwn();
    const { id, publishId } = await publishOf(user, accountId);
    const openId = await openIdOf(accountId);
    for (const [clientKey, secret] of [
      [OWN.clientKey, world.env.TIKTOK_CLIENT_SECRET ?? ''],
      [OWN.clientKey, 'guessed'],
      [world.env.TIKTOK_CLIENT_KEY ?? '', OWN.clientSecret],
    ] as const)
      expect((await deliver(body(clientKey, openId, publishId), secret)).status).toBe(401);
    expect(await isDue(id)).toBe(false);
    expect((await deliver(body(OWN.clientKey, openId, publishId), OWN.clientSecret)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test('that removes the authorization has that account’s posts looked at', async () => {
    await storeOwn();
    const accountId = await connectOwn();
    const { id } = await publishOf(user, accountId);
    const text = body(OWN.clientKey, await openIdOf(accountId), 'x', 'authorization.removed');
    expect((await deliver(text, OWN.clientSecret)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test('signed by one user’s secret for a key says nothing of another user’s accounts by the same key', async () => {
    const thief = await world.signUp();
    await storeOwn();
    await storeOwn(thief);
    const mine = await connectOwn();
    const theirs = await connectOwn(thief);
    const { id, publishId } = await publishOf(user, mine);
    const openId = await openIdOf(mine);
    expect(await openIdOf(theirs)).toBe(openId);
    await storeOwn(thief, { ...OWN, clientSecret: 'of-their-own-making' });

    const before = await world.sql`select * from social_posts`;
    for (const event of ['post.publish.complete', 'authorization.removed']) {
      const text = body(OWN.clientKey, openId, publishId, event);
      expect((await deliver(text, 'of-their-own-making')).status).toBe(200);
    }
    expect(await world.sql`select * from social_posts`).toEqual(before);
    expect((await deliver(body(OWN.clientKey, openId, publishId), OWN.clientSecret)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test('for an app that two users have stored concerns the accounts of both', async () => {
    const other = await world.signUp();
    await storeOwn();
    await storeOwn(other);
    const mine = await connectOwn();
    const theirs = await connectOwn(other);
    const posts = [await publishOf(user, mine), await publishOf(other, theirs)];
    const text = body(OWN.clientKey, await openIdOf(mine), 'x', 'authorization.removed');
    expect((await deliver(text, OWN.clientSecret)).status).toBe(200);
    for (const { id } of posts) expect(await isDue(id)).toBe(true);
  });

  test('of a thief’s making is no evidence for another user’s post whose init went unanswered', async () => {
    const thief = await world.signUp();
    await storeOwn();
    await storeOwn(thief);
    const mine = await connectOwn();
    const theirs = await connectOwn(thief);
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after', times: 2 });
    const unanswered = async (as: TestUser, accountId: string) => {
      const { id } = await world.queuePost(as, accountId, {
        transfer: 'pull',
        videoUrl: `${world.media.url}/verified/vertical.mp4`,
      });
      await world.tick();
      expect((await world.getPost(as, id)).status).toBe('needs_attention');
      return id;
    };
    const id = await unanswered(user, mine);
    await unanswered(thief, theirs);
    await storeOwn(thief, { ...OWN, clientSecret: 'of-their-own-making' });
    const openId = await openIdOf(mine);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const told = (publishId: string) =>
      body(OWN.clientKey, openId, publishId, 'post.publish.complete', nowSeconds);
    const candidate = async () =>
      (await world.sql`select find_candidate(${id}) as publish`)[0]?.publish as string | null;

    expect((await deliver(told('v_pub_url~v2.666'), 'of-their-own-making')).status).toBe(200);
    expect(await world.sql`select user_id from social_unclaimed_publishes`).toEqual([
      { user_id: thief.userId },
    ]);
    expect(await candidate()).toBeNull();
    await world.sql`delete from social_posts where user_id = ${thief.userId}`;
    const { publishId } = world.emulator.ledger()[0] ?? {};
    expect((await deliver(told(String(publishId)), OWN.clientSecret)).status).toBe(200);
    expect(await candidate()).toBe(publishId);
  });

  test('is compared with ten apps at most, and those that others made up by its key do not crowd it out', async () => {
    const sealed = 'x.y.z';
    for (let count = 0; count < 15; count++) {
      const { userId } = await world.signUp();
      await world.sql`insert into social_apps (id, user_id, client_key, sealed_client_secret, secret_version)
        values (${crypto.randomUUID()}, ${userId}, ${OWN.clientKey}, ${sealed}, 1)`;
    }
    await storeOwn();
    const accountId = await connectOwn();
    const { id, publishId } = await publishOf(user, accountId);
    const openId = await openIdOf(accountId);
    const [found] =
      await world.sql`select count(*)::int as n from find_webhook_apps(${OWN.clientKey}, ${openId})`;
    expect(found?.n).toBe(10);
    expect((await deliver(body(OWN.clientKey, openId, publishId), OWN.clientSecret)).status).toBe(200);
    expect(await isDue(id)).toBe(true);
  });

  test.each([
    ['no JSON', 'x'],
    ['no key', '{"user_openid":"o"}'],
    ['a key that is no text', '{"client_key":{},"user_openid":"o"}'],
    ['a key in another alphabet', '{"client_key":"ключ","user_openid":"o"}'],
    ['a long key', `{"client_key":"${'k'.repeat(40_000)}","user_openid":"o"}`],
    ['an unknown key', '{"client_key":"unknown","user_openid":"o"}'],
    ['a zero byte', '{"client_key":"a\\u0000b","user_openid":"o"}'],
    ['quotes', `{"client_key":"' or true --","user_openid":"o"}`],
  ])('with %s is refused', async (_what, text) => {
    const answer = await deliver(text, 'guessed');
    expect([answer.status, answer.json.code]).toEqual([401, 'webhook_not_signed']);
  });
});

test('an own app’s secret is in no log line and nowhere in the database, whatever happens', async () => {
  await storeOwn();
  const accountId = await connectOwn();
  await call('tiktok-refresh', accountId);
  world.emulator.putApp({ ...OWN, clientSecret: 'rotated' });
  await call('tiktok-refresh', accountId);
  await call('tiktok-disconnect', accountId);
  const everything = [await world.dump(), ...world.logLines].join('\n');
  expect(everything).not.toContain(OWN.clientSecret);
  expect(everything).not.toContain(world.env.TIKTOK_CLIENT_SECRET);
});
