import { afterAll, beforeAll, expect, test } from 'vitest';
import worker, { config } from '../../netlify/functions/social-worker-tiktok.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, SITE, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});
afterAll(() => world[Symbol.asyncDispose]());

const tickIn = (context: unknown) =>
  worker(new Request(`${SITE}/.netlify/functions/social-worker-tiktok`, { method: 'POST' }), {
    deploy: { context },
  } as Parameters<typeof worker>[1]);

test('the worker runs every minute', () => {
  expect(config).toEqual({ schedule: '* * * * *' });
});

test.each(['deploy-preview', 'branch-deploy', 'staging'])('a %s leaves the queue alone', async (context) => {
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  const response = await tickIn(context);
  expect([response.status, await response.text()]).toEqual([204, '']);
  expect(await world.getPost(user, id)).toMatchObject({ status: 'queued', attempts: [] });
  const [tick] = await world.sql`select last_tick_at from social_worker`;
  expect(tick?.last_tick_at).toBeNull();
  await world.call('social-posts', { method: 'DELETE', path: `/${id}`, user });
});

test.each(['production', 'dev', ''])('a deploy of context %j works it', async (context) => {
  world.emulator.clock.advance(61_000);
  const { id } = await world.queuePost(user, accountId, { transfer: 'upload' });
  expect(await (await tickIn(context)).json()).toMatchObject({ errors: 0, needsRun: false });
  expect((await world.getPost(user, id)).attempts).toMatchObject([{ publishId: expect.any(String) }]);
});
