import { expect, test } from 'vitest';
import type { Api, Post } from '../../local/api.ts';
import { checkLedger } from '../../local/evidence.ts';
import { followPosts, type PublishedPost } from '../../local/follow.ts';
import { createEmulator } from '../emulator/emulator.ts';

const queued: Post = {
  id: 'p1',
  status: 'queued',
  publishId: null,
  postIds: [],
  shareUrl: null,
  error: null,
  nextCheckAt: '2026-01-01T00:00:00Z',
};
const processing: Post = { ...queued, status: 'processing', publishId: 'v_pub_1' };
const moderated: Post = { ...processing, status: 'published' };
const published: Post = {
  ...moderated,
  postIds: ['7000000000000000001'],
  shareUrl: 'https://tiktok.example/1',
};

/** Follows one post through these answers, the last of which stays. */
async function follow(
  answers: Post[],
  deadlineMs = 5_000,
): Promise<{ events: string[]; result: PublishedPost[] }> {
  const events: string[] = [];
  const left = [...answers];
  const post: Api['post'] = async () => (left.length > 1 ? left.shift() : left[0]) ?? queued;
  const unused = () => Promise.reject(new Error('not part of following'));
  const result = await followPosts({
    api: { post, connect: unused, accounts: unused, createPost: unused },
    tick: async () => undefined,
    posts: [{ label: 'first', id: 'p1' }],
    tell: (event) => events.push(event),
    signal: new AbortController().signal,
    deadlineMs,
  });
  return { events, result };
}

test('a post is followed until its address is known', async () => {
  const { events, result } = await follow([queued, processing, moderated, published]);
  expect(events).toEqual([
    'first     queued',
    'first     queued → processing',
    'first     publish id v_pub_1',
    'first     processing → published',
    'first     post id 7000000000000000001, https://tiktok.example/1',
  ]);
  expect(result).toEqual([
    {
      label: 'first',
      id: 'p1',
      publishId: 'v_pub_1',
      postIds: ['7000000000000000001'],
      shareUrl: 'https://tiktok.example/1',
    },
  ]);
});

test('a post that failed ends it with the reason', async () => {
  const failed: Post = {
    ...queued,
    status: 'failed',
    error: { code: 'file_format', message: 'Not a video.' },
  };
  await expect(follow([queued, failed])).rejects.toThrow(
    'The first post did not get out. It is failed (file_format): Not a video.',
  );
});

test('what is stuck is named when time is up', async () => {
  await expect(follow([queued], 700)).rejects.toThrow(
    /within 0\.7 s:\n {2}first: It is queued\. Next check at 2026/,
  );
});

const fixture = new URL('../fixtures/vertical.mp4', import.meta.url);

test('what TikTok does not have is no evidence', async () => {
  const post = {
    label: 'first',
    id: 'p1',
    publishId: 'v_pub_1',
    postIds: ['1'],
    shareUrl: 'https://x.example',
  };
  await expect(checkLedger(createEmulator().ledger(), [post], fixture)).rejects.toThrow(
    'TikTok has 0 published posts, we have 1.',
  );
});
