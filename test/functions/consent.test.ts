import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** What whoever posts has agreed to is kept with the post, and is for that post alone. */

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});
afterAll(() => world[Symbol.asyncDispose]());

const agreedAt = '2026-11-20T10:00:00.000Z';
const MUSIC = { declaration: 'music_usage', agreedAt };
const BRANDED = { declaration: 'branded_content_and_music_usage', agreedAt };

const send = (changes: Record<string, unknown>) =>
  world.call('social-posts', {
    method: 'POST',
    user,
    body: {
      accountId,
      videoUrl: `${world.media.url}/vertical.mp4`,
      privacyLevel: 'PUBLIC_TO_EVERYONE',
      ...changes,
    },
  });
const edit = (id: string, body: unknown) =>
  world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body });
const queue = (changes: Record<string, unknown>) =>
  world.queuePost(user, accountId, { scheduledAt: '2026-12-24T16:00:00.000Z', ...changes });
const stored = async () => (await world.sql`select count(*)::int as posts from social_posts`)[0]?.posts;

describe('each disclosure has its declaration', () => {
  test.each([
    ['nothing disclosed', {}, MUSIC],
    ['your brand', { brandOrganicToggle: true }, MUSIC],
    ['branded content', { brandContentToggle: true }, BRANDED],
    ['both', { brandContentToggle: true, brandOrganicToggle: true }, BRANDED],
  ])('%s', async (_what, changes, consent) => {
    const right = await send({ ...changes, consent });
    expect([right.status, right.json.consent]).toEqual([201, consent]);
    expect((await world.getPost(user, right.json.id)).consent).toEqual(consent);

    const before = await stored();
    const other = consent === MUSIC ? BRANDED : MUSIC;
    const wrong = await send({ ...changes, consent: other });
    expect([wrong.status, wrong.json.code]).toEqual([422, 'consent_mismatch']);
    expect(wrong.json.errors).toEqual([
      { field: 'consent', code: 'consent_mismatch', message: wrong.json.detail },
    ]);
    expect(await stored()).toBe(before);
  });

  test('nor does the database keep another', async () => {
    const { id } = await queue({ consent: MUSIC });
    const branded = world.sql`update social_posts set brand_content_toggle = true where id = ${id}`;
    await expect(branded).rejects.toMatchObject({ constraint_name: 'social_posts_consent_check' });
  });
});

test.each([
  ['no object', 'yes'],
  ['null within a list', [null]],
  ['another declaration', { declaration: 'anything', agreedAt }],
  ['no declaration', { agreedAt }],
  ['no instant', { declaration: 'music_usage' }],
  ['a day without a time', { declaration: 'music_usage', agreedAt: '2026-11-20' }],
  ['a time without its offset', { declaration: 'music_usage', agreedAt: '2026-11-20T10:00:00' }],
  ['long ago', { declaration: 'music_usage', agreedAt: '0000-01-01T00:00:00Z' }],
  ['long hence', { declaration: 'music_usage', agreedAt: '9999-12-31T23:59:59-12:00' }],
])('a consent that is none: %s', async (_what, consent) => {
  const { status, json } = await send({ consent });
  expect([status, json.code]).toEqual([400, 'consent_invalid']);
  expect(json.errors[0].field).toMatch(/^consent/);
});

test('what more stands in it is not taken', async () => {
  const { status, json } = await send({ consent: { ...MUSIC, by: 'me' } });
  expect([status, json.code]).toEqual([400, 'unknown_field']);
});

test('one that is an hour ahead by the clock of its page is taken', async () => {
  const consent = { declaration: 'music_usage', agreedAt: new Date(Date.now() + 3_600_000).toISOString() };
  expect((await send({ consent })).json.consent).toEqual(consent);
});

describe('an edit', () => {
  test.each([
    ['another caption', { title: 'Another' }],
    ['another video', { videoUrl: 'other' }],
    ['another audience', { privacyLevel: 'MUTUAL_FOLLOW_FRIENDS' }],
    ['a comment switch', { disableComment: true }],
    ['your brand', { brandOrganicToggle: true }],
    ['branded content', { brandContentToggle: true }],
    ['an emptied caption', { title: null }],
  ])('of what was agreed to needs a new consent: %s', async (_what, changes) => {
    const { id } = await queue({ consent: MUSIC });
    const body = 'videoUrl' in changes ? { videoUrl: `${world.media.url}/turned.mp4` } : changes;
    const before = await world.getPost(user, id);
    const refused = await edit(id, body);
    expect([refused.status, refused.json.code]).toEqual([422, 'consent_required']);
    expect(refused.json.errors).toEqual([expect.objectContaining({ field: 'consent' })]);
    expect(await world.getPost(user, id)).toEqual(before);

    const declaration = 'brandContentToggle' in body ? BRANDED.declaration : MUSIC.declaration;
    const anew = { declaration, agreedAt: '2026-11-20T11:00:00.000Z' };
    expect((await edit(id, { ...body, consent: anew })).json.consent).toEqual(anew);
  });

  test('of when and how it is sent keeps it, and so does one that changes nothing', async () => {
    const { id, ...post } = await queue({ consent: MUSIC });
    const changes = { scheduledAt: '2026-12-25T16:00:00.000Z', transfer: 'upload', title: post.title };
    expect((await edit(id, { ...changes, consent: null })).json).toMatchObject({
      ...changes,
      consent: MUSIC,
    });
  });

  test('of a post without one asks for none, and may bring one', async () => {
    const { id } = await queue({});
    expect((await edit(id, { title: 'Another' })).json).toMatchObject({ title: 'Another', consent: null });
    expect((await edit(id, { consent: MUSIC })).json.consent).toEqual(MUSIC);
    expect((await edit(id, { consent: BRANDED })).json.code).toBe('consent_mismatch');
  });
});
