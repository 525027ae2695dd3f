import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { type Api, createApi, type NewPost } from './api.ts';
import { consent } from './consent.ts';
import { followPosts, type PublishedPost, type QueuedPost } from './follow.ts';
import type { Stack } from './stack.ts';

export type StoryOptions = {
  stack: Pick<Stack, 'siteUrl' | 'supabaseUrl' | 'publishableKey' | 'mediaUrl' | 'tick'>;
  say: (line: string) => void;
  signal: AbortSignal;
  /** From the first post queued to the last one public. */
  deadlineMs: number;
};

const scheduledInMs = 15_000;

/**
 * The project's main job, told through its front doors: somebody signs up, connects a TikTok account and queues
 * three posts; the worker publishes them. Throws with the reason where the story takes another turn.
 */
export async function tellStory({ stack, say, signal, deadlineMs }: StoryOptions): Promise<PublishedPost[]> {
  const tell = stopwatch(say);
  const email = `demo-${randomUUID()}@example.com`;
  const api = createApi(stack.siteUrl, await signUp(stack, email), signal);
  tell(`${email} signs up`);

  const account = await connect(stack.siteUrl, api, signal);
  tell(`connects the TikTok account of ${account.username} (${account.id})`);

  const posts = await queuePosts(stack.mediaUrl, api, account.id, tell);
  const published = await followPosts({ api, tick: stack.tick, posts, tell, signal, deadlineMs });
  tell(`all ${published.length} posts are public`);
  return published;
}

function stopwatch(say: (line: string) => void): (event: string) => void {
  const begun = performance.now();
  return (event) => say(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${event}`);
}

async function signUp(stack: StoryOptions['stack'], email: string): Promise<string> {
  const client = createClient(stack.supabaseUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await client.auth.signUp({ email, password: randomUUID() });
  if (error !== null) throw new Error(`The sign-up failed: ${error.message}`);
  if (data.session === null)
    throw new Error('The sign-up gave no session; this Supabase wants e-mails confirmed.');
  return data.session.access_token;
}

/** The browser's part too: over plain http no browser would keep the `__Host-` cookie, so it is carried by hand. */
async function connect(
  siteUrl: string,
  api: Api,
  signal: AbortSignal,
): Promise<{ id: string; username: string }> {
  const redirectUrl = `${siteUrl}/`;
  const { authorizeUrl, cookie } = await api.connect(redirectUrl);
  const callbackUrl = await consent(authorizeUrl, signal);
  const response = await fetch(callbackUrl, { redirect: 'manual', headers: { cookie }, signal });
  const location = response.headers.get('location');
  if (response.status !== 302 || location === null) {
    throw new Error(`The callback answered ${response.status} without a way back: ${await response.text()}`);
  }
  const { origin, pathname, searchParams } = new URL(location);
  if (`${origin}${pathname}` !== redirectUrl || searchParams.get('tiktok_connected') !== 'true') {
    throw new Error(`The callback led to ${location}, not to a connected account.`);
  }
  const id = searchParams.get('tiktok_account');
  const account = (await api.accounts()).find((candidate) => candidate.id === id);
  if (account?.status !== 'connected')
    throw new Error(`tiktok-status does not show account ${id} as connected.`);
  return account;
}

async function queuePosts(
  mediaUrl: string,
  api: Api,
  accountId: string,
  tell: (event: string) => void,
): Promise<QueuedPost[]> {
  const scheduledAt = new Date(Date.now() + scheduledInMs).toISOString();
  const story = [
    { label: 'pulled', videoUrl: `${mediaUrl}/verified/vertical.mp4`, when: {} },
    { label: 'uploaded', videoUrl: `${mediaUrl}/vertical.mp4`, when: {} },
    { label: 'scheduled', videoUrl: `${mediaUrl}/vertical.mp4`, when: { scheduledAt } },
  ];
  const queued: QueuedPost[] = [];
  for (const { label, videoUrl, when } of story) {
    const post: NewPost = {
      accountId,
      mediaType: 'video',
      videoUrl,
      title: `The ${label} one #demo`,
      mode: 'direct',
      transfer: 'auto',
      privacyLevel: 'PUBLIC_TO_EVERYONE',
      ...when,
    };
    queued.push({ label, id: await createTwice(api, post) });
    tell(`queues ${label}: ${videoUrl}${'scheduledAt' in when ? `, for ${scheduledAt}` : ''}`);
  }
  tell('asked for each post twice with the same Idempotency-Key; each is there once');
  return queued;
}

/** Sends the same request again, as a client does that never got the answer. Returns the one post's id. */
async function createTwice(api: Api, post: NewPost): Promise<string> {
  const key = randomUUID();
  const first = await api.createPost(post, key);
  const second = await api.createPost(post, key);
  if (second.id !== first.id)
    throw new Error(`One Idempotency-Key made two posts: ${first.id} and ${second.id}.`);
  return first.id;
}
