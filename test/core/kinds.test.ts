import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

/** Every way to post, as TikTok gets it. */

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  world.emulator.reset();
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const verified = (name: string) => `${world.media.url}/verified/${name}`;
const PHOTOS = ['vertical.jpg', 'vertical.webp', 'vertical.jpg'];
const photoPost = (changes: Record<string, unknown> = {}) =>
  world.queuePost(user, accountId, {
    mediaType: 'photo',
    videoUrl: undefined,
    photoUrls: PHOTOS.map(verified),
    title: 'Three pictures',
    ...changes,
  });

const contentInits = () =>
  world.emulator
    .requests()
    .filter(({ endpoint }) => endpoint === 'content_init')
    .map(({ body }) => body);

async function visit(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
  }
}

async function settled({ id }: PostView): Promise<PostView> {
  await visit(3);
  return world.getPost(user, id);
}

describe('photos', () => {
  test('are pulled and published, with everything that was chosen', async () => {
    const queued = await photoPost({
      description: 'Taken yesterday',
      photoCoverIndex: 2,
      autoAddMusic: true,
      disableComment: true,
      brandContentToggle: true,
    });
    const post = await settled(queued);
    expect(post).toMatchObject({
      status: 'published',
      error: null,
      attempts: [{ transfer: 'pull', outcome: 'published' }],
    });
    const [entry, ...more] = world.emulator.ledger();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ published: true, mediaType: 'photo', mode: 'direct' });
    expect(contentInits()).toEqual([
      {
        media_type: 'PHOTO',
        post_mode: 'DIRECT_POST',
        post_info: {
          title: 'Three pictures',
          description: 'Taken yesterday',
          privacy_level: 'PUBLIC_TO_EVERYONE',
          disable_comment: true,
          auto_add_music: true,
          brand_content_toggle: true,
          brand_organic_toggle: false,
        },
        source_info: {
          source: 'PULL_FROM_URL',
          photo_images: PHOTOS.map(verified),
          photo_cover_index: 2,
        },
      },
    ]);
    expect(post.shareUrl).toBe(`https://www.tiktok.com/@ada.films/video/${entry?.postIds[0]}`);
  });

  test('as many and as much as TikTok takes arrive whole', async () => {
    const photoUrls = Array.from({ length: 35 }, (_, index) => verified(PHOTOS[index % 2] ?? ''));
    const texts = { title: 't'.repeat(90), description: 'd'.repeat(4_000) };
    const queued = await photoPost({ photoUrls, ...texts, photoCoverIndex: 34 });
    expect(await settled(queued)).toMatchObject({ status: 'published' });
    expect(contentInits()).toEqual([
      expect.objectContaining({
        post_info: expect.objectContaining(texts),
        source_info: { source: 'PULL_FROM_URL', photo_images: photoUrls, photo_cover_index: 34 },
      }),
    ]);
  });

  test('at an address TikTok may not pull from end with the reason', async () => {
    world.emulator.putApp({ verifiedProperties: [] });
    expect(await settled(await photoPost())).toMatchObject({
      status: 'failed',
      error: {
        code: 'url_ownership_unverified',
        message: expect.stringContaining('Photos can only be pulled'),
      },
    });
  });

  test('whose init was never answered wait for their owner', async () => {
    world.emulator.faults.add({ endpoint: 'content_init', kind: 'drop', when: 'after' });
    const post = await settled(await photoPost());
    expect(post).toMatchObject({ status: 'needs_attention', error: { code: 'outcome_unknown' } });
    expect(world.emulator.ledger().length).toBe(1);
  });
});

describe('videos by upload', () => {
  test.each([
    ['vertical.mp4', 'video/mp4'],
    ['landscape.mov', 'video/quicktime'],
    ['vertical.webm', 'video/webm'],
  ])('%s is said to be %s', async (name, contentType) => {
    const queued = await world.queuePost(user, accountId, {
      transfer: 'upload',
      videoUrl: `${world.media.url}/${name}`,
    });
    expect(await settled(queued)).toMatchObject({ status: 'published' });
    const uploads = world.emulator.requests().filter(({ endpoint }) => endpoint === 'upload');
    expect(uploads).toMatchObject([{ contentType, status: 201 }]);
  });
});

describe('drafts', () => {
  test.each([
    ['pull', 'PULL_FROM_URL'],
    ['upload', 'FILE_UPLOAD'],
  ])('by %s lie in the inbox, and are published when their owner posts them', async (transfer, source) => {
    const queued = await world.queuePost(user, accountId, {
      mode: 'draft',
      transfer,
      title: 'Not sent',
      privacyLevel: undefined,
      videoUrl: verified('vertical.mp4'),
    });
    expect(queued.warnings).toMatchObject([{ code: 'draft_settings_not_sent' }]);
    await visit(2);
    expect(await world.getPost(user, queued.id)).toMatchObject({
      status: 'delivered',
      attempts: [{ outcome: 'delivered' }],
    });
    const [entry] = world.emulator.ledger();
    expect(entry).toMatchObject({ delivered: true, published: false, mode: 'draft', source, postInfo: {} });

    await visit();
    expect((await world.getPost(user, queued.id)).status).toBe('delivered');
    world.emulator.finishDraft(entry?.publishId ?? '');
    await visit();
    expect(await world.getPost(user, queued.id)).toMatchObject({
      status: 'published',
      postIds: world.emulator.ledger()[0]?.postIds,
      publishedAt: expect.any(String),
      nextCheckAt: null,
    });
  });

  test('of photos carry title and description, and no settings', async () => {
    const post = await settled(
      await photoPost({ mode: 'draft', privacyLevel: undefined, description: 'Words' }),
    );
    expect([post.status, post.warnings]).toEqual(['delivered', []]);
    expect(world.emulator.ledger()[0]).toMatchObject({
      mode: 'draft',
      postInfo: { title: 'Three pictures', description: 'Words' },
    });
  });

  test('have TikTok’s own link where the account lets us see its videos and not its name', async () => {
    vi.stubEnv('TIKTOK_SCOPES', `${world.env.TIKTOK_SCOPES},video.list`);
    const account = await world.connectAccount(user, {
      scopes: ['user.info.basic', 'video.upload', 'video.list'],
    });
    vi.stubEnv('TIKTOK_SCOPES', world.env.TIKTOK_SCOPES);
    const { id } = await world.queuePost(user, account, { mode: 'draft', privacyLevel: undefined });
    await visit(2);
    world.emulator.finishDraft((await world.getPost(user, id)).publishId ?? '');
    await visit();
    const [video] = world.emulator.ledger();
    const { status, postIds, shareUrl, nextCheckAt } = await world.getPost(user, id);
    expect({ status, postIds, nextCheckAt }).toEqual({
      status: 'published',
      postIds: video?.postIds,
      nextCheckAt: null,
    });
    expect(shareUrl).toContain(`/video/${video?.postIds[0]}`);
  });

  test('are asked for three days long, then left alone', async () => {
    const queued = await world.queuePost(user, accountId, { mode: 'draft', privacyLevel: undefined });
    await visit(2);
    await world.sql`update social_post_attempts set started_at = started_at - interval '73 hours' where true`;
    await visit();
    expect(await world.getPost(user, queued.id)).toMatchObject({ status: 'delivered', nextCheckAt: null });
  });

  test('need the scope for drafts, and a direct post the one for publishing', async () => {
    await world.sql`update social_accounts set scopes = '{user.info.basic,video.upload}' where id = ${accountId}`;
    await world.queuePost(user, accountId, { mode: 'draft', privacyLevel: undefined });
    await expect(world.queuePost(user, accountId)).rejects.toThrow('scope_missing');
    await world.sql`update social_accounts set scopes = '{user.info.basic,video.publish}' where id = ${accountId}`;
    await expect(world.queuePost(user, accountId, { mode: 'draft' })).rejects.toThrow('scope_missing');
  });
});
