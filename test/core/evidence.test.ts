import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import { notice } from '../../src/notices.ts';
import { signedHeaders } from '../emulator/webhooks.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline } from '../support/lifeline.ts';
import { createWorld, type World } from '../support/world.ts';

/** What may settle a post after its owner was asked about it, and what may not. */

const DAY_SECONDS = 86_400;
const SECRET = 'emulator-client-secret-not-a-real-one';

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld({
    async fetchWebhook(_url, init) {
      const headers = init?.headers as Record<string, string>;
      const answer = await deliver(String(init?.body), headers);
      return new Response(answer.text, { status: answer.status });
    },
  });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`delete from social_accounts`;
  world.emulator.reset();
  world.emulator.putApp({ webhookUrl: 'https://site.example/api/tiktok-webhook' });
  await world.sql`delete from social_unclaimed_publishes`;
  world.logLines.length = 0;
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

const deliver = (body: string, headers: Record<string, string>) =>
  world.call('tiktok-webhook', { method: 'POST', rawBody: body, headers });

const verified = () => `${world.media.url}/verified/vertical.mp4`;
const get = (id: string) => world.getPost(user, id);
const published = () => world.emulator.ledger().filter((entry) => entry.published);
const calls = (endpoint: string) =>
  world.emulator.requests().filter((request) => request.endpoint === endpoint).length;
const act = (id: string, verb: string, body?: unknown) =>
  world.call('social-posts', { method: 'POST', path: `/${id}/${verb}`, user, body });
const cancel = (id: string) => world.call('social-posts', { method: 'DELETE', path: `/${id}`, user });

async function visit(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
  }
}

/** So much time passes for all posts and their attempts. */
async function age(seconds: number, { sql } = world): Promise<void> {
  const by = `${seconds} seconds`;
  await sql`update social_post_attempts
    set started_at = started_at - ${by}::interval, recorded_at = recorded_at - ${by}::interval where true`;
  await sql`update social_posts
    set due_at = due_at - ${by}::interval, trouble_since = trouble_since - ${by}::interval where true`;
}

const secondsUntilLook = ({ nextCheckAt }: PostView) => (Date.parse(nextCheckAt ?? '') - Date.now()) / 1000;

const asked = (code: string, count: number) =>
  world.emulator.faults.add({ endpoint: 'status', kind: 'error', code, httpStatus: 400, times: count });

/** TikTok's next answers about a status, `data` as it would come. */
function answerStatus(data: Record<string, unknown>, times = 1): void {
  const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
  world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body, times });
}

describe('a publish that TikTok long did not know', () => {
  /** Stranded with its publish id; from here on TikTok answers as it is. */
  async function forgotten(changes: Record<string, unknown> = {}): Promise<PostView> {
    asked('invalid_publish_id', 50);
    const { id } = await world.queuePost(user, accountId, { videoUrl: verified(), ...changes });
    await visit(3);
    await age(31 * 60);
    await visit();
    world.emulator.faults.clear();
    const post = await get(id);
    expect(post).toMatchObject({ status: 'needs_attention', publishId: expect.any(String) });
    return post;
  }

  test('is asked about hourly, and published when TikTok says so', async () => {
    const post = await forgotten();
    expect(secondsUntilLook(post)).toBeGreaterThan(3_500);
    expect(secondsUntilLook(post)).toBeLessThanOrEqual(3_600);
    await visit();
    expect(await get(post.id)).toMatchObject({
      status: 'published',
      error: null,
      postIds: published()[0]?.postIds,
      shareUrl: expect.stringContaining('@ada.films'),
      publishedAt: expect.any(String),
      nextCheckAt: null,
      attempts: [{ outcome: 'published', error: null }],
    });
    expect([calls('video_init'), published().length]).toEqual([1, 1]);
  });

  test('is asked about at once when its account is connected again', async () => {
    const { id } = await forgotten();
    await world.connectAccount(user);
    expect(secondsUntilLook(await get(id))).toBeLessThanOrEqual(0);
  });

  test('is failed when TikTok says so, and goes out again only by its owner', async () => {
    const { id } = await forgotten();
    answerStatus({ status: 'FAILED', fail_reason: 'internal' });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: expect.stringContaining('Nothing was published.') },
      nextCheckAt: null,
      attempts: [{ outcome: 'failed', error: { code: 'internal' } }],
    });
    await visit(2);
    expect(calls('video_init')).toBe(1);

    expect((await act(id, 'retry')).json).toMatchObject({ status: 'queued', error: null });
    await visit(2);
    expect(await get(id)).toMatchObject({
      status: 'published',
      attempts: [{ outcome: 'failed' }, { outcome: 'published' }],
    });
  });

  test('is delivered when TikTok says so', async () => {
    const { id } = await forgotten({ mode: 'draft', privacyLevel: undefined, title: undefined });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'delivered',
      error: null,
      attempts: [{ outcome: 'delivered' }],
    });
  });

  test('is cancelled when its owner had asked for it and TikTok has stopped', async () => {
    const { id } = await forgotten();
    await world.sql`update social_posts set cancel_requested_at = now() where id = ${id}`;
    answerStatus({ status: 'FAILED', fail_reason: 'publish_cancelled' });
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'cancelled',
      nextCheckAt: null,
      attempts: [{ outcome: 'failed' }],
    });
  });

  const NOTHING_LEARNT: [string, () => void][] = [
    ['still unknown', () => asked('invalid_publish_id', 9)],
    ['of another account', () => asked('token_not_authorized_for_specified_publish_id', 9)],
    ['no answer', () => world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 9 })],
    ['under way', () => answerStatus({ status: 'PROCESSING_DOWNLOAD' }, 9)],
    ['a status nobody knows', () => answerStatus({ status: 'PROCESSING_PUBLISH' }, 9)],
    [
      'FAILED with a public post id',
      () => answerStatus({ status: 'FAILED', publicaly_available_post_id: ['7500000000000000001'] }, 9),
    ],
    ['too many calls', () => asked('rate_limit_exceeded', 9)],
    [
      'an account to be connected again',
      () => {
        world.emulator.removeGrant({ username: 'ada.films' });
        world.emulator.faults.add({
          endpoint: 'status',
          kind: 'error',
          code: 'access_token_invalid',
          times: 9,
        });
      },
    ],
  ];
  test.each(NOTHING_LEARNT)(
    '%s: what its owner was told stays, and it is looked at later',
    async (_what, spoil) => {
      const { id, error, attempts } = await forgotten();
      spoil();
      const before = calls('status');
      for (let look = 1; look <= 3; look++) {
        await visit();
        const post = await get(id);
        expect(post).toMatchObject({ status: 'needs_attention', error, attempts });
        expect(secondsUntilLook(post)).toBeGreaterThan(3_500);
        expect(calls('status') - before).toBeLessThanOrEqual(look);
      }
      expect(calls('video_init')).toBe(1);
    },
  );

  test('whose account is said to be connected again stays what it is', async () => {
    const { id, error } = await forgotten();
    await world.sql`update social_posts set error_code = 'reauth_required', trouble_code = 'reauth_required'`;
    asked('invalid_publish_id', 9);
    await world.makeDue();
    expect((await world.tick()).errors).toBe(0);
    expect(await get(id)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'reauth_required', message: error?.message },
    });
  });

  test('is asked about for seven days, and then left to its owner', async () => {
    const { id } = await forgotten();
    asked('invalid_publish_id', 99);
    await age(6.9 * DAY_SECONDS);
    await visit();
    expect((await get(id)).nextCheckAt).not.toBeNull();
    await age(0.2 * DAY_SECONDS);
    await visit();
    expect(await get(id)).toMatchObject({ status: 'needs_attention', nextCheckAt: null });
    const before = calls('status');
    await visit(2);
    expect(calls('status')).toBe(before);
    const told = await act(id, 'resolve', { outcome: 'not_published' });
    expect(told.json).toMatchObject({ status: 'needs_attention', nextCheckAt: expect.any(String) });
  });

  /** Its owner speaks when TikTok's answer is on its way. */
  async function speakMeanwhile(id: string, outcome: string): Promise<PostView> {
    world.emulator.faults.add({ endpoint: 'status', kind: 'delay', ms: 700 });
    const before = calls('status');
    await world.makeDue();
    const ticking = world.tick();
    await vi.waitFor(() => expect(calls('status')).toBe(before + 1), 5_000);
    const { json } = await act(id, 'resolve', { outcome });
    await ticking;
    return json;
  }

  test('whose owner calls it published while the worker is asking stays as its owner said', async () => {
    const { id } = await forgotten();
    expect(await speakMeanwhile(id, 'published')).toMatchObject({ status: 'published', error: null });
    expect(world.logLines.join('\n')).toContain('"post_dropped"');
    expect((await get(id)).attempts).toMatchObject([{ error: { code: 'resolved_by_owner' } }]);
  });

  test('whose owner does not see it while TikTok is saying that it is out is published once', async () => {
    const { id } = await forgotten();
    await speakMeanwhile(id, 'not_published');
    await visit(3);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
    expect([calls('video_init'), published().length]).toEqual([1, 1]);
  });

  test('whose owner speaks while TikTok is saying nothing is asked about at once all the same', async () => {
    const { id } = await forgotten();
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    answerStatus({ status: 'PROCESSING_DOWNLOAD' });
    let answers = 0;
    lifeline.reset(({ label }) => {
      if (!label.includes('/status/') || ++answers > 1) return 'pass';
      const speak = async () => {
        await act(id, 'resolve', { outcome: 'not_published' });
        return 'go_on' as const;
      };
      return { moment: 'after', act: speak };
    });
    await world.makeDue();
    await world.tick();
    vi.stubEnv('TIKTOK_API_URL', world.env.TIKTOK_API_URL);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
    expect(answers).toBe(2);
    await lifeline.close();
  });

  describe('and of which its owner says that it is not published', () => {
    async function disowned(changes: Record<string, unknown> = {}): Promise<string> {
      const { id } = await forgotten(changes);
      const told = await act(id, 'resolve', { outcome: 'not_published' });
      expect([told.status, told.json]).toMatchObject([
        200,
        { status: 'needs_attention', error: { code: 'asked_once_more' }, nextCheckAt: expect.any(String) },
      ]);
      return id;
    }

    test.each<[string, Record<string, unknown>]>([
      ['published', {}],
      ['delivered', { mode: 'draft', privacyLevel: undefined, title: undefined }],
    ])('is %s where TikTok, asked once more, says so', async (status, changes) => {
      const id = await disowned(changes);
      await visit(2);
      expect(await get(id)).toMatchObject({ status, error: null, attempts: [{ outcome: status }] });
      expect(calls('video_init') + calls('inbox_init')).toBe(1);
    });

    test.each<[string, () => void, Record<string, unknown>]>([
      [
        'does not know it',
        () => asked('invalid_publish_id', 1),
        { outcome: 'unknown', error: { code: 'resolved_by_owner' } },
      ],
      [
        'says that it failed',
        () => answerStatus({ status: 'FAILED', fail_reason: 'internal' }),
        { outcome: 'failed', error: { code: 'internal' } },
      ],
    ])('goes out again where TikTok %s', async (_what, answer, attempt) => {
      const id = await disowned();
      answer();
      await visit(3);
      expect(await get(id)).toMatchObject({
        status: 'published',
        attempts: [attempt, { outcome: 'published' }],
      });
      expect(calls('video_init')).toBe(2);
    });

    test('waits where TikTok is at work on it or does not answer, and its owner is told so', async () => {
      const id = await disowned();
      answerStatus({ status: 'PROCESSING_DOWNLOAD' });
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'needs_attention',
        error: { code: 'asked_once_more', message: expect.stringContaining('may still publish it') },
      });
      world.emulator.faults.add({ endpoint: 'status', kind: 'drop' });
      answerStatus({ status: 'FAILED', publicaly_available_post_id: ['7500000000000000001'] });
      await visit(2);
      const post = await get(id);
      expect(post.status).toBe('needs_attention');
      expect(secondsUntilLook(post)).toBeLessThan(120);
      expect(calls('video_init')).toBe(1);

      answerStatus({ status: 'PROCESSING_DOWNLOAD' });
      await age(7 * DAY_SECONDS);
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'needs_attention',
        error: { message: expect.stringContaining('seven days') },
        nextCheckAt: null,
      });
      await act(id, 'resolve', { outcome: 'not_published' });
      await visit();
      expect((await get(id)).status).toBe('published');
      expect(calls('video_init')).toBe(1);
    });

    test('and that TikTok has only just named is not taken for unknown within half an hour', async () => {
      const id = await disowned();
      await world.sql`update social_post_attempts set recorded_at = now() where post_id = ${id}`;
      asked('invalid_publish_id', 1);
      await visit();
      expect(await get(id)).toMatchObject({ status: 'needs_attention', error: { code: 'asked_once_more' } });
      await visit();
      expect((await get(id)).status).toBe('published');
      expect(calls('video_init')).toBe(1);
    });

    describe('and is cancelled then', () => {
      async function withdrawn(): Promise<string> {
        const id = await disowned();
        const { status, json } = await cancel(id);
        expect([status, json]).toMatchObject([
          202,
          { status: 'needs_attention', error: notice('withdrawn'), cancelRequestedAt: expect.any(String) },
        ]);
        return id;
      }

      test.each<[string, () => void, string]>([
        ['does not know it', () => asked('invalid_publish_id', 1), 'unknown'],
        ['says that it failed', () => answerStatus({ status: 'FAILED', fail_reason: 'internal' }), 'failed'],
      ])('does not go out where TikTok %s', async (_what, answer, outcome) => {
        const id = await withdrawn();
        answer();
        await visit(3);
        expect(await get(id)).toMatchObject({
          status: 'cancelled',
          error: null,
          nextCheckAt: null,
          attempts: [{ outcome }],
        });
        expect(calls('video_init')).toBe(1);
      });

      test('is published where TikTok says so', async () => {
        const id = await withdrawn();
        await visit();
        expect(await get(id)).toMatchObject({ status: 'published', error: null });
      });

      test('is asked to stop while TikTok is at it, and may be asked for again', async () => {
        const id = await withdrawn();
        answerStatus({ status: 'PROCESSING_DOWNLOAD' });
        await visit();
        expect(await get(id)).toMatchObject({ status: 'needs_attention', error: { code: 'withdrawn' } });
        expect(calls('cancel')).toBe(1);
        await world.sql`update social_posts set run_at = null where id = ${id}`;
        expect((await cancel(id)).status).toBe(202);
        expect(secondsUntilLook(await get(id))).toBeLessThanOrEqual(0);
      });
    });

    test('through an account that is disconnected is cancelled, and nothing goes out when it is connected again', async () => {
      const { id } = await forgotten();
      await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
      const { json } = await act(id, 'resolve', { outcome: 'not_published' });
      expect(json).toMatchObject({ status: 'cancelled', error: notice('account_disconnected') });
      await world.connectAccount(user);
      await visit(2);
      expect(await get(id)).toMatchObject({ status: 'cancelled', nextCheckAt: null });
      expect(calls('video_init')).toBe(1);
    });

    test('is cancelled at once where its account was disconnected since', async () => {
      const id = await disowned();
      await world.call('tiktok-disconnect', { method: 'POST', user, body: { accountId } });
      const { status, json } = await cancel(id);
      expect([status, json]).toMatchObject([200, { status: 'cancelled', error: null, nextCheckAt: null }]);
    });

    test.each([
      ['TikTok says', 'not_published'],
      ['its owner says', 'published'],
    ])('has its publish id back when %s that it is out after all', async (_who, outcome) => {
      const { id, publishId } = await forgotten();
      asked('invalid_publish_id', 1);
      await act(id, 'resolve', { outcome: 'not_published' });
      const refusal = { code: 'rate_limit_exceeded', httpStatus: 429 };
      world.emulator.faults.add({ endpoint: 'video_init', kind: 'error', ...refusal });
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'queued',
        publishId: null,
        attempts: [{ outcome: 'unknown', publishId }, { outcome: 'rejected' }],
      });
      await world.sql`update social_posts
        set status = 'needs_attention', error_code = 'reauth_required', error_message = 'X.' where id = ${id}`;
      await act(id, 'resolve', { outcome });
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'published',
        publishId,
        shareUrl: expect.stringContaining('@ada.films'),
      });
    });

    test('goes out again by upload where the last chunk was never sent', async () => {
      const id = await disowned();
      await world.sql`update social_post_attempts
        set transfer = 'upload', size_bytes = 9, chunk_size_bytes = 9 where post_id = ${id}`;
      answerStatus({ status: 'PROCESSING_UPLOAD', uploaded_bytes: 0 });
      await visit(3);
      expect(await get(id)).toMatchObject({ status: 'published', attempts: [{}, { outcome: 'published' }] });
    });
  });

  test('that this release cannot read keeps what its owner was told', async () => {
    const { id, error } = await forgotten();
    await world.sql`update social_posts set warnings = '[1]' where id = ${id}`;
    await visit();
    const [row] =
      await world.sql`select status, error_code, error_message from social_posts where id = ${id}`;
    expect(row).toEqual({
      status: 'needs_attention',
      error_code: error?.code,
      error_message: error?.message,
    });
  });

  test('does not make the worker look ill', async () => {
    await forgotten();
    expect((await world.call('health')).json).toMatchObject({ status: 'ok', oldestOverduePostAt: null });
  });
});

test('a post that nothing was sent of is not looked at', async () => {
  await world.sql`update social_accounts set access_token_expires_at = now() - interval '1 minute'`;
  world.emulator.removeGrant({ username: 'ada.films' });
  const { id } = await world.queuePost(user, accountId);
  await visit();
  await age(73 * 3_600);
  await visit();
  expect(await get(id)).toMatchObject({
    status: 'needs_attention',
    error: { code: 'reauth_required' },
    nextCheckAt: null,
  });
  // Nor would a look find anything.
  await world.sql`update social_posts set run_at = now()`;
  await world.tick();
  expect(await get(id)).toMatchObject({
    status: 'needs_attention',
    error: { code: 'reauth_required' },
    nextCheckAt: null,
  });
});

test('a pull whose worker lost its lease while TikTok was answering is settled by what TikTok had answered', async () => {
  world.emulator.faults.add({ endpoint: 'video_init', kind: 'delay', ms: 700 });
  const { id } = await world.queuePost(user, accountId, { transfer: 'pull', videoUrl: verified() });
  const ticking = world.tick();
  await vi.waitFor(() => expect(calls('video_init')).toBe(1), 5_000);
  await world.sql`update social_accounts set fence = fence + 1`;
  await ticking;
  expect(world.logLines.join('\n')).toContain('"reason":"lease_lost"');
  const publishId = world.emulator.ledger()[0]?.publishId;
  expect(await get(id)).toMatchObject({ publishId, attempts: [{ publishId }] });
  await visit(2);
  expect(await get(id)).toMatchObject({
    status: 'published',
    shareUrl: expect.stringContaining('@ada.films'),
    attempts: [{ outcome: 'published' }],
  });
  expect([calls('video_init'), published().length]).toEqual([1, 1]);
});

test('a pull that its owner has sent again before TikTok’s answer was in is not begun before TikTok was asked', async () => {
  world.emulator.faults.add({ endpoint: 'video_init', kind: 'delay', ms: 1_500 });
  const { id } = await world.queuePost(user, accountId, { transfer: 'pull', videoUrl: verified() });
  const ticking = world.tick();
  await vi.waitFor(() => expect(calls('video_init')).toBe(1), 5_000);
  await world.sql`update social_accounts set lease_expires_at = now() - interval '1 second'`;
  await world.tick();
  expect(await get(id)).toMatchObject({ status: 'needs_attention', error: { code: 'outcome_unknown' } });
  // Others hold the account, so that nobody begins it at once.
  await world.sql`update social_accounts set lease_expires_at = now() + interval '1 minute', lease_holder = gen_random_uuid()`;
  expect((await act(id, 'resolve', { outcome: 'not_published' })).json).toMatchObject({ status: 'queued' });
  await ticking;
  expect(await get(id)).toMatchObject({ status: 'needs_attention', error: notice('asked_once_more') });
  await world.sql`update social_accounts set lease_expires_at = null, lease_holder = null`;
  await visit(2);
  expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
  expect([calls('video_init'), published().length]).toEqual([1, 1]);
});

test('a post whose account is connected again a week late is asked about, and not sent', async () => {
  asked('invalid_publish_id', 50);
  const { id } = await world.queuePost(user, accountId, { transfer: 'pull', videoUrl: verified() });
  await visit();
  await world.sql`update social_posts
    set status = 'needs_attention', error_code = 'reauth_required', error_message = 'Connect it.', run_at = null
    where id = ${id}`;
  await age(8 * DAY_SECONDS);
  world.emulator.faults.clear();
  await world.connectAccount(user);
  await world.tick();
  expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
});

describe('a webhook about a publish whose init went unanswered', () => {
  const photos = () => ({
    mediaType: 'photo',
    videoUrl: undefined,
    photoUrls: [`${world.media.url}/verified/vertical.jpg`],
    title: 'A picture',
  });
  const draft = { mode: 'draft', privacyLevel: undefined, title: undefined };

  /** A post that TikTok has taken, and whose answer was lost. */
  async function unanswered(changes: Record<string, unknown> = {}, failReason?: string): Promise<PostView> {
    const endpoint =
      changes.mediaType === 'photo' ? 'content_init' : changes.mode ? 'inbox_init' : 'video_init';
    world.emulator.faults.add({ endpoint, kind: 'drop', when: 'after', ...(failReason && { failReason }) });
    const { id } = await queue(changes);
    await visit();
    return expectUnknown(id);
  }

  const queue = (changes: Record<string, unknown>) =>
    world.queuePost(user, accountId, { transfer: 'pull', videoUrl: verified(), ...changes });

  async function expectUnknown(id: string): Promise<PostView> {
    const post = await get(id);
    expect(post).toMatchObject({
      status: 'needs_attention',
      publishId: null,
      error: { code: 'outcome_unknown' },
      nextCheckAt: expect.any(String),
    });
    expect(post.attempts.at(-1)).toMatchObject({ publishId: null, outcome: 'unknown' });
    return post;
  }

  /** TikTok sends what it has to say, and the worker looks at what that has brought nearer. */
  async function tiktokTells(): Promise<string[]> {
    const deliveries = await world.emulator.sendWebhooks();
    expect(deliveries.map(({ status }) => status)).toEqual(deliveries.map(() => 200));
    await world.tick();
    return deliveries.map(({ event }) => event.replace('post.publish.', ''));
  }

  const unclaimed = async () =>
    (await world.sql`select publish_id from social_unclaimed_publishes order by 1`).map(
      (row) => row.publish_id,
    );

  async function signed(news: string, publishId: string, changes: Record<string, unknown> = {}) {
    const [account] = await world.sql`select open_id from social_accounts where id = ${accountId}`;
    const { atSeconds = Date.now() / 1000, publishType, ...rest } = changes;
    const body = JSON.stringify({
      client_key: 'emulator-client-key',
      event: `post.publish.${news}`,
      create_time: Math.floor(Number(atSeconds)),
      user_openid: account?.open_id,
      content: JSON.stringify({ publish_id: publishId, publish_type: publishType }),
      ...rest,
    });
    return deliver(body, signedHeaders(SECRET, body, Date.now()));
  }

  const theirs = () => world.emulator.ledger()[0]?.publishId ?? '';

  test('published: the post learns its publish id and its address', async () => {
    const { id } = await unanswered();
    expect(await tiktokTells()).toEqual(['complete', 'publicly_available']);
    expect(await get(id)).toMatchObject({
      status: 'published',
      error: null,
      publishId: theirs(),
      postIds: published()[0]?.postIds,
      shareUrl: expect.stringContaining('@ada.films'),
      nextCheckAt: null,
      attempts: [{ outcome: 'published', publishId: theirs(), error: null }],
    });
    expect([calls('video_init'), published().length, await unclaimed()]).toEqual([1, 1, []]);
  });

  test('photos', async () => {
    const { id } = await unanswered(photos());
    await tiktokTells();
    expect(await get(id)).toMatchObject({ status: 'published', publishId: theirs() });
  });

  test('a draft, and then its end', async () => {
    const { id } = await unanswered(draft);
    expect(await tiktokTells()).toEqual(['inbox_delivered']);
    expect(await get(id)).toMatchObject({ status: 'delivered', publishId: theirs() });
    world.emulator.finishDraft(theirs());
    await visit();
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'delivered' }] });
  });

  test('failed: nothing was published, and its owner may have it tried again', async () => {
    const { id } = await unanswered({}, 'video_pull_failed');
    expect(await tiktokTells()).toEqual(['failed']);
    expect(await get(id)).toMatchObject({
      status: 'failed',
      publishId: theirs(),
      error: { code: 'video_pull_failed' },
      attempts: [{ outcome: 'failed' }],
    });
    await act(id, 'retry');
    await visit(2);
    expect(await get(id)).toMatchObject({ status: 'published', publishId: published()[0]?.publishId });
    expect([calls('video_init'), published().length]).toEqual([2, 1]);
  });

  test('that comes while nobody knows yet that the answer is lost is not lost', async () => {
    const { id } = await unanswered();
    await world.sql`update social_post_attempts set outcome = null, finished_at = null`;
    await world.sql`update social_posts set status = 'initializing', error_code = null, error_message = null`;
    await world.emulator.sendWebhooks();
    expect(await get(id)).toMatchObject({ status: 'initializing', publishId: null });
    await visit();
    await expectUnknown(id);
    await visit();
    expect(await get(id)).toMatchObject({ status: 'published', publishId: theirs() });
  });

  test('that TikTok is not done with waits for its end', async () => {
    const { id } = await unanswered();
    answerStatus({ status: 'PROCESSING_DOWNLOAD' });
    await tiktokTells();
    await expectUnknown(id);
    await visit();
    expect((await get(id)).status).toBe('published');
  });

  test('after seven days has the post looked at once more', async () => {
    const { id } = await unanswered();
    await world.sql`update social_posts set run_at = null, trouble_since = now() - interval '8 days'`;
    await tiktokTells();
    expect((await get(id)).status).toBe('published');
  });

  test('of which the account has two in question is no evidence for either', async () => {
    const posts = [await unanswered({ title: 'one' }), await unanswered({ title: 'two' })];
    expect(await tiktokTells()).toHaveLength(4);
    await visit(2);
    for (const { id } of posts) await expectUnknown(id);
    expect([calls('status'), published().length]).toEqual([0, 2]);

    // What its owner says of one does not tell the publishes apart.
    await act(posts[0]?.id ?? '', 'resolve', { outcome: 'published' });
    await visit();
    await expectUnknown(posts[1]?.id ?? '');
    expect(calls('status')).toBe(0);
  });

  test('is no evidence either while another user has a post of the same TikTok account in question', async () => {
    const { id } = await unanswered();
    const other = await world.signUp();
    const theirAccount = await world.connectAccount(other);
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
    const { id: theirId } = await world.queuePost(other, theirAccount, {
      transfer: 'pull',
      videoUrl: verified(),
    });
    await visit();
    // One of the two was taken, and nobody can tell which.
    expect(await tiktokTells()).toHaveLength(2);
    await visit();
    expect((await get(id)).status).toBe('needs_attention');
    expect((await world.getPost(other, theirId)).status).toBe('needs_attention');
    expect(calls('status')).toBe(0);
  });

  test('is evidence where the other one in question is of another kind', async () => {
    const posts = [await unanswered(), await unanswered(photos()), await unanswered(draft)];
    await tiktokTells();
    const ids = world.emulator.ledger().map(({ publishId }) => publishId);
    for (const [index, { id }] of posts.entries()) {
      const status = index === 2 ? 'delivered' : 'published';
      expect(await get(id)).toMatchObject({ status, publishId: ids[index] });
    }
  });

  test('becomes evidence when the other one turns out to have another publish id', async () => {
    const { id } = await unanswered();
    const other = await unanswered({ title: 'another' });
    await tiktokTells();
    await expectUnknown(id);
    const itsOwn = world.emulator.ledger()[1]?.publishId ?? '';
    await world.sql`update social_post_attempts set publish_id = ${itsOwn} where post_id = ${other.id}`;
    await visit();
    expect(await get(id)).toMatchObject({ status: 'published', publishId: theirs() });
  });

  test.each<[string, string, string, Record<string, unknown>]>([
    ['of another TikTok account', 'complete', 'v_pub_url~v2.1', { user_openid: 'somebody' }],
    ['of an upload', 'failed', 'v_pub_file~v2-1.1', {}],
    ['of a draft', 'complete', 'v_inbox_url~v2.1', {}],
    ['of photos', 'complete', 'p_pub_url~v2.1', {}],
    ['of a kind nobody knows', 'complete', 'v_pub_next~v3.1', {}],
    ['that went to the inbox', 'complete', 'v_pub_url~v2.1', { publishType: 'INBOX_SHARE' }],
    ['that only became public', 'publicly_available', 'v_pub_url~v2.1', {}],
    ['from before the attempt', 'complete', 'v_pub_url~v2.1', { atSeconds: Date.now() / 1000 - 3_600 }],
    ['from long after it', 'complete', 'v_pub_url~v2.1', { atSeconds: Date.now() / 1000 + 8 * DAY_SECONDS }],
    ['without a time', 'complete', 'v_pub_url~v2.1', { create_time: 'now' }],
  ])('%s is none about this post', async (_what, news, publishId, changes) => {
    const { id, nextCheckAt } = await unanswered();
    expect((await signed(news, publishId, changes)).status).toBe(200);
    expect((await get(id)).nextCheckAt).toBe(nextCheckAt);
    await visit();
    await expectUnknown(id);
    expect(calls('status')).toBe(0);
  });

  test('may be four minutes early by TikTok’s clock', async () => {
    const { id } = await unanswered();
    await signed('complete', theirs(), { atSeconds: Date.now() / 1000 - 240 });
    await world.tick();
    expect((await get(id)).status).toBe('published');
  });

  test('that went to the inbox is none about photos for everybody', async () => {
    const { id } = await unanswered(photos());
    await signed('inbox_delivered', 'p_pub_url~v2.1');
    await visit();
    await expectUnknown(id);
    expect(calls('status')).toBe(0);
  });

  test.each([['invalid_publish_id'], ['token_not_authorized_for_specified_publish_id']])(
    'whose publish TikTok calls %s is forgotten',
    async (code) => {
      const { id } = await unanswered();
      asked(code, 1);
      await tiktokTells();
      await expectUnknown(id);
      expect(await unclaimed()).toEqual([]);
      await visit(2);
      await expectUnknown(id);
      expect(calls('status')).toBe(1);
    },
  );

  test('and another one that fits as well are no evidence', async () => {
    const { id } = await unanswered();
    await signed('failed', 'v_pub_url~v2.1');
    await tiktokTells();
    await visit();
    await expectUnknown(id);
    expect(calls('status')).toBe(0);
  });

  test('that TikTok has not signed changes nothing', async () => {
    const { id, nextCheckAt } = await unanswered();
    const [delivery] = await world.emulator.sendWebhooks();
    await world.sql`delete from social_unclaimed_publishes`;
    await world.sql`update social_posts set run_at = ${nextCheckAt}, hinted_at = null`;
    const forged = signedHeaders('a guess', delivery?.body ?? '', Date.now());
    expect((await deliver(delivery?.body ?? '', forged)).status).toBe(401);
    expect([(await get(id)).nextCheckAt, await unclaimed()]).toEqual([nextCheckAt, []]);
  });

  test('of a post that is known is not kept', async () => {
    const { id } = await queue({});
    await visit();
    await unanswered(photos());
    expect(await tiktokTells()).toContain('complete');
    expect((await get(id)).status).toBe('published');
    expect(await unclaimed()).toEqual([]);
  });

  test.each([['before'], ['after']])(
    'that comes %s its owner’s word has TikTok asked before anything is sent again',
    async (when) => {
      const { id } = await unanswered();
      if (when === 'before') {
        await world.emulator.sendWebhooks();
        const told = await act(id, 'resolve', { outcome: 'not_published' });
        expect(told.json).toMatchObject({ status: 'needs_attention', error: notice('asked_once_more') });
      } else {
        expect((await act(id, 'resolve', { outcome: 'not_published' })).json.status).toBe('queued');
        await world.emulator.sendWebhooks();
      }
      answerStatus({ status: 'PROCESSING_DOWNLOAD' });
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'needs_attention',
        error: { code: 'asked_once_more', message: expect.stringContaining('may still publish it') },
      });
      await visit();
      expect(await get(id)).toMatchObject({ status: 'published', publishId: theirs() });
      expect([calls('video_init'), published().length]).toEqual([1, 1]);
    },
  );

  /** Called not published by its owner, and not begun anew yet. */
  async function disowned(changes: Record<string, unknown> = {}): Promise<string> {
    const { id } = await unanswered(changes);
    expect((await act(id, 'resolve', { outcome: 'not_published' })).json.status).toBe('queued');
    return id;
  }
  const refuse = (code: string, httpStatus: number) =>
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'error', code, httpStatus });

  test('has TikTok asked although another attempt has come to nothing since', async () => {
    const id = await disowned();
    refuse('rate_limit_exceeded', 429);
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'queued',
      attempts: [{ outcome: 'unknown' }, { outcome: 'rejected' }],
    });
    await world.emulator.sendWebhooks();
    await visit(2);
    expect(await get(id)).toMatchObject({
      status: 'published',
      publishId: theirs(),
      attempts: [{ outcome: 'published', publishId: theirs() }, { outcome: 'rejected' }],
    });
    expect([calls('video_init'), published().length]).toEqual([2, 1]);
  });

  test.each([['when'], ['before']])(
    'has TikTok asked although another attempt has failed since, %s that is known',
    async (moment) => {
      const id = await disowned();
      world.emulator.faults.add({ endpoint: 'video_init', failReason: 'internal' });
      await visit();
      expect((await get(id)).status).toBe('processing');
      if (moment === 'before') await signed('complete', theirs());
      await visit();
      expect(await get(id)).toMatchObject({
        status: 'queued',
        attempts: [{ outcome: 'unknown' }, { outcome: 'failed' }],
      });
      if (moment === 'when') await signed('complete', theirs());
      await visit(2);
      expect(await get(id)).toMatchObject({
        status: 'published',
        publishId: theirs(),
        attempts: [{ outcome: 'published', publishId: theirs() }, { outcome: 'failed' }],
      });
      expect([calls('video_init'), published().length]).toEqual([2, 1]);
    },
  );

  test('counts for the post that was sent so, and for no other, although its owner has made a draft of it since', async () => {
    const id = await disowned();
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const edit = { mode: 'draft', privacyLevel: null, title: null, scheduledAt: later };
    const edited = await world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body: edit });
    expect([edited.status, edited.json]).toMatchObject([200, { status: 'queued', mode: 'draft' }]);
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
    const { id: otherId } = await queue({});
    await visit();
    await expectUnknown(otherId);
    await signed('complete', theirs());
    await world.sql`update social_posts set run_at = now() where id = ${otherId}`;
    await world.tick();
    await expectUnknown(otherId);

    // Where the other one is not in question, it is asked about before a draft of it goes out.
    await world.sql`delete from social_posts where id = ${otherId}`;
    await world.sql`update social_posts set due_at = now() where id = ${id}`;
    await visit(2);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ publishId: theirs() }] });
    expect(calls('inbox_init')).toBe(0);
  });

  test('that a slow worker writes down while another is about to take the owner’s word has TikTok asked', async () => {
    const { id } = await unanswered();
    await world.emulator.sendWebhooks();
    const told = await act(id, 'resolve', { outcome: 'not_published' });
    expect(told.json).toMatchObject({ status: 'needs_attention', error: notice('asked_once_more') });
    const [attempt] = await world.sql`select id, fence::int from social_post_attempts where post_id = ${id}`;
    const lifeline = createLifeline();
    vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/find_candidate')) return 'pass';
      const record = async () => {
        await world.sql`
          select record_init(${id}, ${attempt?.fence}, ${attempt?.id}, ${theirs()}, null, 'processing', 0, null)`;
        return 'go_on' as const;
      };
      return { moment: 'before', act: record };
    });
    await visit();
    vi.stubEnv('SUPABASE_URL', world.env.SUPABASE_URL);
    await lifeline.close();
    await visit(2);
    expect(world.logLines.join('\n')).toContain('"post_dropped"');
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
    expect([calls('video_init'), published().length]).toEqual([1, 1]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['rejected', { kind: 'error', code: 'rate_limit_exceeded', httpStatus: 429 }],
    ['failed', { failReason: 'internal' }],
  ])(
    'has TikTok asked, too, where a slow worker brings the publish id after one that %s',
    async (outcome, fault) => {
      const id = await disowned();
      world.emulator.faults.add({ endpoint: 'video_init', ...fault });
      await visit(outcome === 'failed' ? 2 : 1);
      expect(await get(id)).toMatchObject({
        status: 'queued',
        attempts: [{ outcome: 'unknown' }, { outcome }],
      });
      const [attempt] = await world.sql`select id, fence::int from social_post_attempts
      where post_id = ${id} and attempt_no = 1`;
      const record = async () => {
        const [answer] = await world.sql`
        select record_init(${id}, ${attempt?.fence}, ${attempt?.id}, ${theirs()}, null, 'processing', 0, null) as result`;
        expect(answer?.result).toBe('lease_lost');
      };
      await record();
      expect(await get(id)).toMatchObject({
        status: 'needs_attention',
        publishId: theirs(),
        error: notice('asked_once_more'),
      });
      answerStatus({ status: 'PROCESSING_DOWNLOAD' });
      await visit();
      // Said once more, it is asked about once more.
      const told = await act(id, 'resolve', { outcome: 'not_published' });
      expect(told.json).toMatchObject({ status: 'needs_attention', error: notice('asked_once_more') });
      await visit();
      const settled = await get(id);
      expect(settled).toMatchObject({
        status: 'published',
        publishId: theirs(),
        attempts: [{ outcome: 'published' }, { outcome }],
      });
      await record();
      expect(await get(id)).toEqual(settled);
      expect([calls('video_init'), published().length]).toEqual([2, 1]);
    },
  );

  test('is seen by the very statement that would begin another attempt', async () => {
    const id = await disowned();
    const deliveries: unknown[] = [];
    const lifeline = createLifeline();
    vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/begin_attempt') || deliveries.length > 0) return 'pass';
      const deliver = async () => {
        vi.stubEnv('SUPABASE_URL', world.env.SUPABASE_URL);
        deliveries.push(...(await world.emulator.sendWebhooks()));
        return 'go_on' as const;
      };
      return { moment: 'before', act: deliver };
    });
    await visit();
    vi.stubEnv('SUPABASE_URL', world.env.SUPABASE_URL);
    await lifeline.close();
    expect(deliveries.length).toBeGreaterThan(0);
    await world.sql`update social_accounts set lease_expires_at = null, lease_holder = null`;
    await visit(2);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
    expect([calls('video_init'), published().length]).toEqual([1, 1]);
  });

  test('has TikTok asked although the post cannot go out just now, and would have been given up', async () => {
    const id = await disowned();
    await world.sql`update social_accounts set sealed_access_token = 'k9.x.y', sealed_refresh_token = 'k9.x.y'`;
    await visit();
    expect(await get(id)).toMatchObject({ status: 'queued', error: { code: 'token_unreadable' } });
    await age(25 * 3_600);
    await world.emulator.sendWebhooks();
    await visit();
    expect(await get(id)).toMatchObject({ status: 'needs_attention', error: { code: 'asked_once_more' } });
    await world.connectAccount(user);
    await visit();
    expect((await get(id)).status).toBe('published');
  });

  test('has TikTok asked before the post is cancelled', async () => {
    const id = await disowned();
    await world.emulator.sendWebhooks();
    const { status, json } = await cancel(id);
    expect([status, json]).toMatchObject([202, { status: 'needs_attention', error: notice('withdrawn') }]);
    await visit();
    expect(await get(id)).toMatchObject({ status: 'published', publishId: theirs() });
  });

  test('that comes when the post has failed since is kept for another try of it', async () => {
    const id = await disowned();
    await world.sql`update social_posts
      set status = 'failed', run_at = null, error_code = 'internal', error_message = 'X.' where id = ${id}`;
    await world.emulator.sendWebhooks();
    await act(id, 'retry');
    await visit(2);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{ outcome: 'published' }] });
    expect(calls('video_init')).toBe(1);
  });

  test('is no evidence, not even of a failure, about a post with two attempts in question', async () => {
    const id = await disowned();
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
    await visit();
    await expectUnknown(id);
    await signed('failed', theirs());
    await visit();
    await expectUnknown(id);
    expect(calls('status')).toBe(0);
  });

  test('that its owner calls not published twice over has TikTok asked twice', async () => {
    const id = await disowned();
    refuse('rate_limit_exceeded', 429);
    await visit();
    await world.emulator.sendWebhooks();
    for (const _word of ['first', 'second']) {
      answerStatus({ status: 'PROCESSING_DOWNLOAD' });
      await visit();
      expect(await get(id)).toMatchObject({ status: 'needs_attention', error: { code: 'asked_once_more' } });
      const told = await act(id, 'resolve', { outcome: 'not_published' });
      expect(told.json).toMatchObject({ status: 'needs_attention', error: notice('asked_once_more') });
    }
    await visit();
    expect((await get(id)).status).toBe('published');
    expect([calls('video_init'), published().length]).toEqual([2, 1]);
  });

  test.each<[string, () => void]>([
    ['does not know it', () => asked('invalid_publish_id', 1)],
    ['says that it failed', () => answerStatus({ status: 'FAILED', fail_reason: 'internal' })],
  ])('that its owner contradicts counts for nothing where TikTok %s', async (_what, answer) => {
    const { id } = await unanswered();
    await world.emulator.sendWebhooks();
    await act(id, 'resolve', { outcome: 'not_published' });
    answer();
    await visit(3);
    expect(await get(id)).toMatchObject({ status: 'published', attempts: [{}, { outcome: 'published' }] });
    expect(calls('video_init')).toBe(2);
  });

  test('whose owner decides while TikTok is asked leaves the post as its owner said', async () => {
    const { id } = await unanswered();
    await world.emulator.sendWebhooks();
    world.emulator.faults.add({ endpoint: 'status', kind: 'delay', ms: 700 });
    const ticking = world.tick();
    await vi.waitFor(() => expect(calls('status')).toBe(1), 5_000);
    expect((await act(id, 'resolve', { outcome: 'published' })).json.status).toBe('published');
    await ticking;
    expect(world.logLines.join('\n')).toContain('"post_dropped"');
    expect(await get(id)).toMatchObject({ status: 'published', publishId: null, postIds: [] });
  });
});

describe('a video of the account', () => {
  const ID = '7512345678901234567';
  const TITLE = 'A film';

  beforeEach(async () => {
    vi.stubEnv('TIKTOK_SCOPES', `${world.env.TIKTOK_SCOPES},video.list`);
    await world.connectAccount(user);
    // Only the list tells anything here.
    world.emulator.putApp({ webhookUrl: '' });
  });
  afterEach(() => void vi.stubEnv('TIKTOK_SCOPES', world.env.TIKTOK_SCOPES));

  const queue = (changes: Record<string, unknown>) =>
    world.queuePost(user, accountId, { transfer: 'pull', videoUrl: verified(), title: TITLE, ...changes });

  /** A post whose init's answer was lost; whether TikTok has taken it is another matter. */
  async function unanswered(changes: Record<string, unknown> = {}, isTaken = true): Promise<PostView> {
    const endpoint =
      changes.mediaType === 'photo' ? 'content_init' : changes.mode ? 'inbox_init' : 'video_init';
    world.emulator.faults.add({ endpoint, kind: 'drop', when: isTaken ? 'after' : 'before' });
    const { id } = await queue(changes);
    await visit();
    const post = await get(id);
    expect(post).toMatchObject({ status: 'needs_attention', attempts: [{ outcome: 'unknown' }] });
    return post;
  }

  async function expectUnsettled(id: string, looks = 2): Promise<void> {
    await visit(looks);
    expect(await get(id)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'outcome_unknown' },
      postIds: [],
      nextCheckAt: expect.any(String),
    });
  }

  /** What TikTok shows the next time it is asked, as it would write it: ids as bare numbers. */
  function shows(videos: Record<string, unknown>[], { hasMore = false } = {}): void {
    const data = { videos, cursor: 1, has_more: hasMore };
    const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
    const exact = body.replace(/"id":"(\d+)"/g, '"id":$1');
    world.emulator.faults.add({ endpoint: 'video_list', kind: 'status', status: 200, body: exact });
  }
  const seconds = (fromNow = 0) => Math.floor(Date.now() / 1000) + fromNow;
  const shown = (changes: Record<string, unknown> = {}) => ({
    id: ID,
    title: TITLE,
    video_description: TITLE,
    create_time: seconds(),
    share_url: `https://www.tiktok.com/@ada.films/video/${ID}?from=app`,
    ...changes,
  });

  /** The account's owner posts by another app. */
  async function postedElsewhere(title: string, { emulator, media, tiktok } = world): Promise<void> {
    const clientKey = 'phone';
    emulator.putApp({ clientKey, verifiedProperties: [`${media.url}/verified/`] });
    const { access_token } = emulator.grant({ username: 'ada.films', clientKey });
    const answer = await fetch(`${tiktok.url}/v2/post/publish/video/init/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        post_info: { title, privacy_level: 'PUBLIC_TO_EVERYONE' },
        source_info: { source: 'PULL_FROM_URL', video_url: `${media.url}/verified/vertical.mp4` },
      }),
    });
    expect(answer.status).toBe(200);
    await emulator.settled();
  }

  test('that bears the title that was sent is the post, whatever its owner has made of it since', async () => {
    const { id } = await unanswered();
    await world.sql`update social_posts
      set title = 'Another one', mode = 'draft', privacy_level = null where id = ${id}`;
    shows([shown()]);
    await visit();
    expect(await get(id)).toMatchObject({ status: 'published', postIds: [ID] });
  });

  test('that bears the title is the post', async () => {
    const { id } = await unanswered();
    await postedElsewhere('Another film');
    await visit();
    const postIds = world.emulator.ledger()[0]?.postIds;
    expect(postIds?.[0]).toMatch(/^\d{19}$/);
    expect(await get(id)).toMatchObject({
      status: 'published',
      error: null,
      publishId: null,
      postIds,
      shareUrl: `https://www.tiktok.com/@ada.films/video/${postIds?.[0]}`,
      publishedAt: expect.any(String),
      nextCheckAt: null,
      attempts: [{ outcome: 'published', error: null }],
    });
    expect([calls('video_init'), calls('video_list'), calls('status')]).toEqual([2, 1, 0]);
  });

  test.each([
    ['cut to 150 characters', `${'film '.repeat(40)}#end`],
    ['cut in the middle of an emoji', `${'x'.repeat(149)}🎬 and more`],
    ['with blanks and lines', ' A  film\n\n#film '],
  ])('may be %s', async (_what, title) => {
    const { id } = await unanswered({ title });
    await visit();
    expect((await get(id)).status).toBe('published');
  });

  test.each<[string, () => Record<string, unknown>]>([
    ['in its description alone', () => ({ title: undefined })],
    ['in its title alone', () => ({ video_description: 'A film, and what it is about' })],
    ['early by TikTok’s clock', () => ({ create_time: seconds(-40) })],
    ['23 hours later', () => ({ create_time: seconds(23 * 3_600) })],
  ])('may show it %s', async (_what, changes) => {
    const { id } = await unanswered({}, false);
    shows([shown(changes())]);
    await visit();
    const shareUrl = `https://www.tiktok.com/@ada.films/video/${ID}?from=app`;
    expect(await get(id)).toMatchObject({ status: 'published', postIds: [ID], shareUrl });
  });

  test('without an address of its own has the one we know', async () => {
    const { id } = await unanswered({}, false);
    shows([shown({ share_url: null })]);
    await visit();
    expect((await get(id)).shareUrl).toBe(`https://www.tiktok.com/@ada.films/video/${ID}`);
  });

  test.each<[string, () => Record<string, unknown>[], { hasMore?: boolean }?]>([
    ['there is none', () => []],
    ['it has another title', () => [shown({ title: 'A film.', video_description: 'A Film' })]],
    ['it has no title', () => [shown({ title: '', video_description: null })]],
    ['two have the title', () => [shown(), shown({ id: '7512345678901234568' })]],
    ['it is older than the attempt', () => [shown({ create_time: seconds(-300) })]],
    ['it is a day younger', () => [shown({ create_time: seconds(25 * 3_600) })]],
    ['nobody knows how old it is', () => [shown({ create_time: null })]],
    ['one of two has no age', () => [shown(), shown({ id: '7512345678901234568', create_time: null })]],
    ['there are more than can be seen', () => [shown()], { hasMore: true }],
  ])('is none of ours where %s', async (_what, videos, options) => {
    const { id } = await unanswered({}, false);
    shows(videos(), options);
    await expectUnsettled(id, 1);
    expect(calls('video_list')).toBe(1);
  });

  test('is ours where more than can be seen are older', async () => {
    const { id } = await unanswered({}, false);
    shows([shown(), shown({ id: '7512345678901234500', create_time: seconds(-3_600) })], { hasMore: true });
    await visit();
    expect((await get(id)).postIds).toEqual([ID]);
  });

  test('is looked for among those of the attempt’s day, however many came later', async () => {
    const ago = 3 * DAY_SECONDS;
    const users = [{ username: 'ada.films', dailyPostCap: 100 }];
    await using old = await createWorld({ frozenAtMs: Date.now() - ago * 1_000, users });
    vi.stubEnv('TIKTOK_SCOPES', `${world.env.TIKTOK_SCOPES},video.list`);
    const owner = await old.signUp();
    const account = await old.connectAccount(owner);
    old.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    const videoUrl = `${old.media.url}/verified/vertical.mp4`;
    const { id } = await old.queuePost(owner, account, { transfer: 'pull', videoUrl, title: TITLE });
    await old.tick();
    await old.emulator.settled();
    await age(ago, old);

    old.emulator.clock.advance(ago * 1_000);
    await old.connectAccount(owner);
    for (let n = 0; n < 21; n++) await postedElsewhere(TITLE, old);
    await old.makeDue();
    await old.tick();
    const { postIds } = old.emulator.ledger()[0] ?? {};
    expect(await old.getPost(owner, id)).toMatchObject({ status: 'published', postIds });
  });

  test.each<[string, Record<string, unknown>]>([
    ['for oneself', { privacyLevel: 'SELF_ONLY' }],
    ['for friends', { privacyLevel: 'MUTUAL_FOLLOW_FRIENDS' }],
    ['without a title', { title: undefined }],
    ['with a blank title', { title: ' \n ' }],
    ['a draft', { mode: 'draft', privacyLevel: undefined }],
  ])('is not looked for where the post is %s', async (_what, changes) => {
    const { id } = await unanswered(changes);
    await expectUnsettled(id);
    expect(calls('video_list')).toBe(0);
  });

  test('is not looked for where its owner did not allow it', async () => {
    vi.stubEnv('TIKTOK_SCOPES', world.env.TIKTOK_SCOPES);
    await world.connectAccount(user);
    const { id } = await unanswered();
    await expectUnsettled(id);
    expect(calls('video_list')).toBe(0);
  });

  test('that TikTok does not show is looked for again, and the account stays connected', async () => {
    const { id } = await unanswered();
    const spoil = (code: string, httpStatus: number) =>
      world.emulator.faults.add({ endpoint: 'video_list', kind: 'error', code, httpStatus });
    world.emulator.faults.add({ endpoint: 'video_list', kind: 'html' });
    spoil('scope_not_authorized', 401);
    spoil('rate_limit_exceeded', 429);
    spoil('access_token_invalid', 401);
    await expectUnsettled(id, 4);
    expect((await world.call('tiktok-status', { user })).json.connected).toBe(true);
    await visit();
    expect((await get(id)).status).toBe('published');
    expect(calls('video_list')).toBe(5);
  });

  describe('with another post of the same title', () => {
    test('in question as well is no evidence for either', async () => {
      world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
      world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
      const posts = [await queue({}), await queue({})];
      await visit();
      for (const { id } of posts) await expectUnsettled(id);
    });

    test.each<[string, string]>([
      ['published, its public id unknown', `status = 'published', post_ids = '{}'`],
      ['published as this very video', `status = 'published', post_ids = '{${ID}}'`],
      ['still under way', `status = 'processing', post_ids = '{}'`],
      ['that its owner has given another title since', `title = 'Another one', post_ids = '{}'`],
    ])('%s, is no evidence', async (_what, change) => {
      const { id: otherId } = await queue({});
      await visit(2);
      const { id } = await unanswered({}, false);
      await world.sql.unsafe(
        `update social_posts set run_at = now() + interval '1 day', ${change} where id = '${otherId}'`,
      );
      shows([shown()]);
      await world.sql`update social_posts set run_at = now() where id = ${id}`;
      await world.tick();
      expect((await get(id)).status).toBe('needs_attention');
      expect(calls('video_list')).toBe(1);
    });

    test('of another user of the same TikTok account is no evidence', async () => {
      const other = await world.signUp();
      const theirAccount = await world.connectAccount(other);
      world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
      await world.queuePost(other, theirAccount, { transfer: 'pull', videoUrl: verified(), title: TITLE });
      await visit();
      const { id } = await unanswered();
      await expectUnsettled(id);
    });

    test.each<[string, string, string]>([
      ['published as another video', `post_ids = '{7512345678901234999}'`, `outcome = 'published'`],
      ['that failed', `status = 'failed', error_code = 'x', error_message = 'X.'`, `outcome = 'failed'`],
      ['begun later', `post_ids = '{}'`, `started_at = started_at + interval '1 hour'`],
      ['begun long before', `post_ids = '{}'`, `started_at = started_at - interval '8 days'`],
      ['of another title', `post_ids = '{}'`, `outcome = 'published', title = 'Something else'`],
    ])('%s, it is evidence', async (_what, change, attemptChange) => {
      const { id: otherId } = await queue({});
      await visit(2);
      await world.sql.unsafe(`update social_posts set run_at = null, ${change} where id = '${otherId}'`);
      const { id } = await unanswered({}, false);
      await world.sql.unsafe(`update social_post_attempts set ${attemptChange} where post_id = '${otherId}'`);
      shows([shown()]);
      await world.sql`update social_posts set run_at = now() where id = ${id}`;
      await world.tick();
      expect((await get(id)).status).toBe('published');
    });
  });

  test('is evidence although a post of another TikTok account has the title', async () => {
    const other = await world.signUp();
    const theirAccount = await world.connectAccount(other, { username: 'bo.private' });
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'before' });
    const privacyLevel = 'SELF_ONLY';
    await world.queuePost(other, theirAccount, {
      transfer: 'pull',
      videoUrl: verified(),
      title: TITLE,
      privacyLevel,
    });
    await visit();
    const { id } = await unanswered();
    await visit();
    expect((await get(id)).status).toBe('published');
  });

  test('tells also of a publish that TikTok has lost', async () => {
    asked('invalid_publish_id', 99);
    const { id } = await queue({});
    await visit(3);
    await age(31 * 60);
    await visit();
    expect((await get(id)).error?.code).toBe('invalid_publish_id');
    shows([shown()]);
    await visit();
    expect(await get(id)).toMatchObject({
      status: 'published',
      postIds: [ID],
      attempts: [{ outcome: 'published', error: null }],
    });
  });

  test('found while its owner decides leaves the post as its owner said', async () => {
    const { id } = await unanswered();
    world.emulator.faults.add({ endpoint: 'video_list', kind: 'delay', ms: 700 });
    await world.makeDue();
    const ticking = world.tick();
    await vi.waitFor(() => expect(calls('video_list')).toBe(1), 5_000);
    expect((await act(id, 'resolve', { outcome: 'published' })).json.status).toBe('published');
    await ticking;
    expect(await get(id)).toMatchObject({ status: 'published', postIds: [], nextCheckAt: null });
  });
});
