import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import { NOTICES } from '../../src/notices.ts';
import type { Fault } from '../emulator/emulator.ts';
import type { TestUser } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let user: TestUser;
let accountId: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.sql`update social_posts set run_at = null, status = 'cancelled'`;
  await world.makeDue();
  world.emulator.reset();
  world.logLines.length = 0;
  user = await world.signUp();
  accountId = await world.connectAccount(user);
});

type Transfer = 'pull' | 'upload';
const queue = (transfer: Transfer | 'auto', changes: Record<string, unknown> = {}) =>
  world.queuePost(user, accountId, {
    transfer,
    videoUrl: `${world.media.url}/verified/vertical.mp4`,
    ...changes,
  });
const published = () => world.emulator.ledger().filter((entry) => entry.published);
const inits = () => world.emulator.requests().filter(({ endpoint }) => endpoint === 'video_init').length;
const calls = (endpoint: string) =>
  world.emulator.requests().filter((request) => request.endpoint === endpoint).length;

/** Ticks as time passes, until the worker is done with the post. */
async function runToTheEnd(id: string, maxTicks = 8): Promise<PostView> {
  for (let i = 0; i < maxTicks; i++) {
    await world.makeDue();
    await world.tick();
    await world.emulator.settled();
    // Six inits and thirty status calls a minute are not the matter here.
    world.emulator.clock.advance(61_000);
    const post = await world.getPost(user, id);
    if (post.nextCheckAt === null) return post;
  }
  return world.getPost(user, id);
}

/** So many seconds pass for everything the database knows, and for TikTok. */
async function pass(seconds: number): Promise<void> {
  const interval = `${seconds} seconds`;
  await world.sql`update social_post_attempts set started_at = started_at - ${interval}::interval,
    recorded_at = recorded_at - ${interval}::interval where true`;
  await world.sql`update social_posts set due_at = due_at - ${interval}::interval,
    trouble_since = trouble_since - ${interval}::interval,
    published_at = published_at - ${interval}::interval, run_at = now() where run_at is not null`;
  await world.sql`update social_accounts set access_token_expires_at = access_token_expires_at - ${interval}::interval where true`;
  world.emulator.clock.advance(seconds * 1000);
}

const LOST_OR_ODD: [string, Omit<Fault, 'endpoint'>][] = [
  ['the connection breaks before the effect', { kind: 'drop', when: 'before' }],
  ['the effect happened, the answer was lost', { kind: 'drop', when: 'after' }],
  ['a proxy’s 502 after the effect', { kind: 'html', when: 'after' }],
  ['an empty answer after the effect', { kind: 'empty', when: 'after' }],
  ['an answer cut short', { kind: 'truncate' }],
  ['half an answer', { kind: 'garbled' }],
  [
    'internal_error with 500 after the effect',
    { kind: 'error', httpStatus: 500, code: 'internal_error', when: 'after' },
  ],
  [
    'an unknown code after the effect',
    { kind: 'error', httpStatus: 400, code: 'something_new', when: 'after' },
  ],
  [
    'a code that only the cancelling of a publish has, after the effect',
    { kind: 'error', httpStatus: 400, code: 'publish_not_cancellable', when: 'after' },
  ],
  ['a known code with 503', { kind: 'error', httpStatus: 503, code: 'invalid_params', when: 'after' }],
  [
    '200 with nothing of use',
    { kind: 'status', status: 200, body: '{"data":{},"error":{"code":"ok"}}', when: 'after' },
  ],
  [
    'a known code, and a publish id beside it',
    {
      kind: 'status',
      status: 400,
      body: '{"data":{"publish_id":"v_pub_url~v2.7"},"error":{"code":"invalid_params"}}',
      when: 'after',
    },
  ],
  [
    'a redirect',
    { kind: 'status', status: 302, headers: { location: 'https://evil.example/' }, when: 'after' },
  ],
  ['JSON that is no envelope', { kind: 'status', status: 200, body: '[]', when: 'after' }],
];

describe('an init without a clear answer', () => {
  test.each([
    ['upload', 'queued', 'init_unanswered'],
    ['pull', 'needs_attention', 'outcome_unknown'],
  ] as const)(
    'says what TikTok said, where it is a code that nobody knows: %s',
    async (transfer, status, code) => {
      world.emulator.faults.add({
        endpoint: 'video_init',
        kind: 'error',
        httpStatus: 403,
        code: 'something_new',
      });
      const { id } = await queue(transfer);
      await world.tick();
      const { status: found, error, attempts } = await world.getPost(user, id);
      expect([found, error?.code, error?.message]).toEqual([
        status,
        code,
        expect.stringContaining('It said “something_new”.'),
      ]);
      expect(attempts).toMatchObject([{ error, logId: expect.stringMatching(/^\w+$/) }]);
    },
  );

  test.each(LOST_OR_ODD)('by upload it is harmless: %s', async (_what, fault) => {
    world.emulator.faults.add({ endpoint: 'video_init', ...fault });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'init_unanswered' },
      attempts: [{ outcome: 'abandoned' }],
    });
    const post = await runToTheEnd(id);
    expect([post.status, post.error, published().length]).toEqual(['published', null, 1]);
    expect(post.attempts.map(({ outcome }) => outcome)).toEqual(['abandoned', 'published']);
  });

  test.each(LOST_OR_ODD)(
    'by pull it is never sent again, and the owner is told: %s',
    async (_what, fault) => {
      world.emulator.faults.add({ endpoint: 'video_init', ...fault });
      const { id } = await queue('pull');
      const post = await runToTheEnd(id);
      expect(post).toMatchObject({
        status: 'needs_attention',
        error: { code: 'outcome_unknown', message: expect.stringContaining('Look at the TikTok profile') },
        nextCheckAt: expect.any(String),
        attempts: [{ outcome: 'unknown' }],
      });
      expect(inits()).toBe(1);
      expect(published().length).toBeLessThanOrEqual(1);
    },
  );
});

describe('an init that TikTok refuses', () => {
  const refuse = (code: string, httpStatus: number, rest: Partial<Fault> = {}) =>
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'error', code, httpStatus, ...rest });

  test.each([
    ['invalid_params', 400],
    ['invalid_param', 400],
    ['spam_risk_user_banned_from_posting', 403],
    ['unaudited_client_can_only_post_to_private_accounts', 403],
    ['privacy_level_option_mismatch', 403],
    // Errors come with HTTP 200, too.
    ['invalid_params', 200],
  ])('%s with %i: failed, with a reason, and not tried again', async (code, httpStatus) => {
    for (const transfer of ['pull', 'upload'] as const) {
      refuse(code, httpStatus);
      const { id } = await queue(transfer);
      const post = await runToTheEnd(id);
      expect(post).toMatchObject({ status: 'failed', error: { code }, attempts: [{ outcome: 'rejected' }] });
      expect(post.error?.message).toMatch(/\.$/);
    }
    expect([inits(), published().length]).toEqual([2, 0]);
  });

  test.each([
    ['rate_limit_exceeded', 429, 60],
    ['spam_risk_too_many_posts', 403, 3600],
    ['reached_active_user_cap', 403, 3600],
  ])('%s: waits, shows until when, and goes out then', async (code, httpStatus, seconds) => {
    refuse(code, httpStatus);
    const { id } = await queue('pull');
    await world.tick();
    const waiting = await world.getPost(user, id);
    expect(waiting).toMatchObject({ status: 'queued', error: { code } });
    const waitsForSeconds = (Date.parse(waiting.nextCheckAt ?? '') - Date.now()) / 1000;
    expect(Math.abs(waitsForSeconds - seconds)).toBeLessThan(20);
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('Retry-After is honoured, and an absurd one is capped', async () => {
    for (const [header, seconds] of [
      ['150', 150],
      ['1000000000', 3600],
      ['-5', 60],
      ['soon', 60],
    ] as const) {
      refuse('rate_limit_exceeded', 429, { headers: { 'retry-after': header } });
      const { id } = await queue('pull');
      await world.tick();
      const { nextCheckAt } = await world.getPost(user, id);
      expect(Math.abs((Date.parse(nextCheckAt ?? '') - Date.now()) / 1000 - seconds)).toBeLessThan(20);
      await world.sql`update social_accounts set inits_free_at = null where id = ${accountId}`;
    }
  });

  test('url_ownership_unverified: auto goes on as an upload, pull fails with the reason', async () => {
    world.emulator.putApp({ verifiedProperties: [] });
    const auto = await queue('auto');
    const pull = await queue('pull');
    expect(await runToTheEnd(auto.id)).toMatchObject({
      status: 'published',
      attempts: [
        { transfer: 'pull', outcome: 'rejected', error: { code: 'url_ownership_unverified' } },
        { transfer: 'upload', outcome: 'published' },
      ],
    });
    expect(await runToTheEnd(pull.id)).toMatchObject({
      status: 'failed',
      error: { code: 'url_ownership_unverified' },
    });
    expect(published().length).toBe(1);
  });

  test('url_ownership_unverified of an upload is a refusal like any other', async () => {
    refuse('url_ownership_unverified', 403, { times: 50 });
    const { id } = await queue('auto', { videoUrl: `${world.media.url}/vertical.mp4` });
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'failed',
      error: { code: 'url_ownership_unverified' },
      attempts: [{ transfer: 'upload', outcome: 'rejected' }],
    });
    expect(inits()).toBe(1);
  });

  test('refused for another reason than the pull, auto goes on by pull', async () => {
    refuse('rate_limit_exceeded', 429);
    const { id } = await queue('auto');
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'published',
      attempts: [
        { transfer: 'pull', outcome: 'rejected' },
        { transfer: 'pull', outcome: 'published' },
      ],
    });
  });

  test('access_token_invalid: the token is renewed and the post goes out', async () => {
    refuse('access_token_invalid', 401);
    const { id } = await queue('upload');
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'published',
      attempts: [{ outcome: 'rejected' }, { outcome: 'published' }],
    });
    expect(calls('token')).toBe(2);
  });

  test('access_token_invalid twice over: the owner is asked to connect again', async () => {
    refuse('access_token_invalid', 401, { times: 2 });
    const { id } = await queue('upload');
    expect(await runToTheEnd(id, 4)).toMatchObject({ status: 'queued', error: { code: 'reauth_required' } });
    expect((await world.call('tiktok-status', { user })).json).toMatchObject({
      connected: false,
      accounts: [{ status: 'reauth_required' }],
    });
    expect(inits()).toBe(2);
  });

  test.each([
    ['', false],
    [', though its owner has changed the post since', true],
  ])(
    'access_token_invalid again, as the token could not be renewed: it is renewed now%s',
    async (_what, isEdited) => {
      await world.sql`update social_accounts set connected_at = now() - interval '1 hour' where id = ${accountId}`;
      world.emulator.faults.add({ endpoint: 'token', kind: 'status', status: 503, body: '' });
      refuse('access_token_invalid', 401, { times: 2 });
      const { id } = await queue('pull');
      await world.tick();
      expect(await world.getPost(user, id)).toMatchObject({
        status: 'queued',
        error: { code: 'token_refresh_failed' },
        attempts: [{ outcome: 'rejected', error: { code: 'access_token_invalid' } }],
      });
      if (isEdited) {
        const body = { title: 'Another title' };
        const edited = await world.call('social-posts', { method: 'PATCH', path: `/${id}`, user, body });
        expect([edited.status, edited.json.error]).toEqual([200, null]);
      }
      expect(await runToTheEnd(id)).toMatchObject({
        status: 'published',
        attempts: [{ outcome: 'rejected' }, { outcome: 'rejected' }, { outcome: 'published' }],
      });
    },
  );

  test('access_token_invalid again after a while: the token is renewed again', async () => {
    // The sixth init of the minute, after which the next must wait.
    for (let i = 0; i < 5; i++) await queue('upload');
    await world.tick();
    expect(inits()).toBe(5);
    refuse('access_token_invalid', 401, { times: 2 });
    const { id } = await queue('upload');
    await world.tick();
    expect(inits()).toBe(6);
    await world.sql`update social_post_attempts set started_at = started_at - interval '11 minutes',
      finished_at = finished_at - interval '11 minutes' where post_id = ${id}`;
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'published',
      attempts: [{ outcome: 'rejected' }, { outcome: 'rejected' }, { outcome: 'published' }],
    });
    expect(calls('token')).toBe(3);
  });

  test.each([
    ['scope_not_authorized', 'forget_scopes'],
    ['access_token_invalid', 'rotate_tokens'],
  ])('%s is no unknown outcome, though the database refuses %s', async (code, verb) => {
    refuse(code, 401, { times: 9 });
    const { id } = await queue('pull');
    await world.sql.unsafe(`alter function public.${verb} rename to ${verb}_gone`);
    try {
      await world.makeDue();
      await world.tick();
      const { status, attempts } = await world.getPost(user, id);
      expect([status, attempts.length]).toEqual(['queued', inits()]);
      expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['rejected']));
    } finally {
      await world.sql.unsafe(`alter function public.${verb}_gone rename to ${verb}`);
    }
  });

  test('scope_not_authorized: the post waits, and connecting again sends it', async () => {
    refuse('scope_not_authorized', 401);
    const { id } = await queue('pull');
    expect(await runToTheEnd(id, 3)).toMatchObject({
      status: 'queued',
      error: { code: 'scope_missing', message: expect.stringContaining('video.publish') },
    });
    expect(inits()).toBe(1);
    expect((await world.call('tiktok-status', { user })).json).toMatchObject({
      connected: true,
      accounts: [{ status: 'connected', scopes: ['user.info.basic', 'video.upload'] }],
    });
    expect(await world.connectAccount(user)).toBe(accountId);
    expect((await world.getPost(user, id)).error).toBeNull();
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });
});

describe('TikTok out of reach', () => {
  test('a connection that never opened is no attempt at anything', async () => {
    const { id } = await queue('pull');
    vi.stubEnv('TIKTOK_API_URL', await closedAddress());
    await world.tick();
    vi.stubEnv('TIKTOK_API_URL', world.env.TIKTOK_API_URL);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'tiktok_unreachable' },
      attempts: [{ outcome: 'not_sent' }],
    });
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('an hour of failing inits fails no post', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'status', status: 503, body: '', times: 6 });
    const { id } = await queue('upload');
    for (let i = 0; i < 6; i++) {
      await pass(600);
      await world.tick();
    }
    expect((await world.getPost(user, id)).status).toBe('queued');
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('a day of it ends with a reason', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'html', times: 5 });
    const { id } = await queue('upload');
    await world.tick();
    await pass(25 * 3600);
    await world.connectAccount(user);
    const post = await runToTheEnd(id);
    expect(post).toMatchObject({ status: 'failed', error: { code: 'init_unanswered' } });
    const { happened, waiting, next } = NOTICES.init_unanswered;
    expect(post.error?.message).toMatch(/for 25 hours: nothing was published, and nothing more is tried\./);
    expect(post.error?.message).toContain(happened);
    expect(post.error?.message).toContain(next);
    expect(post.error?.message).not.toContain(waiting);
    expect(published().length).toBe(0);
  });
});

/** Where nobody listens. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('the status', () => {
  test.each([
    ['file_format_check_failed'],
    ['duration_check_failed'],
    ['frame_rate_check_failed'],
    ['picture_size_check_failed'],
    ['auth_removed'],
    ['publish_cancelled'],
    ['spam_risk'],
    ['spam_risk_text'],
    ['spam_risk_too_many_posts'],
    ['spam_risk_user_banned_from_posting'],
    ['a_reason_of_next_year'],
  ])('FAILED with %s: failed with that reason, and not tried again', async (failReason) => {
    world.emulator.faults.add({ endpoint: 'video_init', failReason });
    const { id } = await queue('upload');
    expect(await runToTheEnd(id)).toMatchObject({ status: 'failed', error: { code: failReason } });
    expect([inits(), published().length]).toEqual([1, 0]);
  });

  test.each([['internal'], ['video_pull_failed']])(
    'FAILED with %s: tried again, three times at most',
    async (failReason) => {
      world.emulator.faults.add({ endpoint: 'video_init', failReason });
      const { id } = await queue('pull');
      const post = await runToTheEnd(id);
      expect(post.status).toBe('published');
      expect(post.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'published']);

      world.emulator.faults.add({ endpoint: 'video_init', failReason, times: 3 });
      const hopeless = await runToTheEnd((await queue('pull')).id, 10);
      expect(hopeless).toMatchObject({ status: 'failed', error: { code: failReason } });
      expect(hopeless.error?.message).toContain('It was tried 3 times.');
      expect(hopeless.attempts.length).toBe(3);
    },
  );

  test('FAILED with a public post id contradicts itself: no second init', async () => {
    const { id } = await queue('upload');
    await world.tick();
    const data = {
      status: 'FAILED',
      fail_reason: 'internal',
      publicaly_available_post_id: ['7500000000000000001'],
    };
    const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
    world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body, times: 3 });
    await runToTheEnd(id, 3);
    expect([(await world.getPost(user, id)).status, inits()]).toEqual(['processing', 1]);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('an id unknown once among other answers strands nothing', async () => {
    world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 4 });
    const { id } = await queue('pull');
    await runToTheEnd(id, 5);
    await pass(60 * 60);
    world.emulator.faults.add({
      endpoint: 'status',
      kind: 'error',
      code: 'invalid_publish_id',
      httpStatus: 400,
    });
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('processing');
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test.each(LOST_OR_ODD)(
    'that cannot be had is asked for again, and never leads back to init: %s',
    async (_what, fault) => {
      const { id } = await queue('pull');
      await world.tick();
      await world.emulator.settled();
      world.emulator.faults.add({ endpoint: 'status', ...fault });
      await world.makeDue();
      await world.tick();
      expect((await world.getPost(user, id)).status).toBe('processing');
      expect((await runToTheEnd(id)).status).toBe('published');
      expect([inits(), published().length]).toEqual([1, 1]);
    },
  );

  test.each([['invalid_publish_id'], ['token_not_authorized_for_specified_publish_id']])(
    '%s is believed after three polls over half an hour, and the owner decides',
    async (code) => {
      world.emulator.faults.add({ endpoint: 'status', kind: 'error', code, httpStatus: 400, times: 20 });
      const { id } = await queue('pull');
      await runToTheEnd(id, 5);
      expect((await world.getPost(user, id)).status).toBe('processing');
      await pass(31 * 60);
      await world.tick();
      expect(await world.getPost(user, id)).toMatchObject({ status: 'needs_attention', error: { code } });
      expect(inits()).toBe(1);
    },
  );

  test('no verdict for 72 hours: the owner decides', async () => {
    world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 50 });
    const { id } = await queue('pull');
    await world.tick();
    await pass(71 * 3600);
    await world.connectAccount(user);
    await world.tick();
    expect((await world.getPost(user, id)).status).toBe('processing');
    await pass(2 * 3600);
    await world.connectAccount(user);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'no_verdict' },
    });
    expect(inits()).toBe(1);
  });

  test('no verdict for 72 hours, as the account is gone: both are told, and to look at TikTok', async () => {
    world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 50 });
    const { id } = await queue('pull');
    await world.tick();
    world.emulator.removeGrant({ username: 'ada.films' });
    await pass(73 * 3600);
    await world.tick();
    const { reauth_required, no_verdict } = NOTICES;
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'needs_attention',
      error: {
        code: 'reauth_required',
        message: [reauth_required.happened, no_verdict.happened, no_verdict.next].join(' '),
      },
    });
  });

  /** How long each of ten visits to which TikTok gives no status leads to a wait. */
  async function waitsWithoutStatus(id: string): Promise<number[]> {
    world.emulator.faults.add({ endpoint: 'status', kind: 'html', times: 50 });
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      const before = calls('status');
      await world.makeDue();
      await world.tick();
      expect(calls('status')).toBe(before + 1);
      world.emulator.clock.advance(61_000);
      const [row] =
        await world.sql`select extract(epoch from run_at - now())::int as seconds from social_posts where id = ${id}`;
      waits.push(Math.round(row?.seconds / 10) * 10);
    }
    return waits;
  }

  test('asks once a visit and comes back later each time', async () => {
    const { id } = await queue('pull');
    await world.tick();
    expect(await waitsWithoutStatus(id)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
  });

  test('comes back within a minute while bytes are missing', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop' });
    const { id } = await queue('upload');
    await world.tick();
    expect(await waitsWithoutStatus(id)).toEqual([20, 40, ...Array(8).fill(60)]);
  });
});

describe('a published post', () => {
  test('gets its id and link when TikTok has moderated it', async () => {
    await using slow = await createWorld({ moderationMs: 60_000 });
    const owner = await slow.signUp();
    const account = await slow.connectAccount(owner);
    const { id } = await slow.queuePost(owner, account, { transfer: 'upload' });
    await slow.tick();
    await slow.makeDue();
    await slow.tick();
    expect(await slow.getPost(owner, id)).toMatchObject({ status: 'published', postIds: [], shareUrl: null });
    slow.emulator.clock.advance(61_000);
    await slow.makeDue();
    await slow.tick();
    const [entry] = slow.emulator.ledger();
    expect(entry?.postIds[0]).toMatch(/^\d{19}$/);
    expect(await slow.getPost(owner, id)).toMatchObject({
      status: 'published',
      postIds: entry?.postIds,
      shareUrl: `https://www.tiktok.com/@ada.films/video/${entry?.postIds[0]}`,
      nextCheckAt: null,
    });
  });

  test('for oneself only never has an id, and is not asked for again', async () => {
    const { id } = await queue('upload', { privacyLevel: 'SELF_ONLY' });
    expect(await runToTheEnd(id)).toMatchObject({
      status: 'published',
      postIds: [],
      shareUrl: null,
      nextCheckAt: null,
    });
  });

  test('everything chosen arrives at TikTok', async () => {
    const { id } = await queue('upload', {
      title: 'Ein Film 🎬 #film',
      disableDuet: true,
      disableComment: true,
      videoCoverTimestampMs: 1500,
      brandOrganicToggle: true,
      isAigc: true,
    });
    await runToTheEnd(id);
    expect(published()[0]?.postInfo).toEqual({
      title: 'Ein Film 🎬 #film',
      privacy_level: 'PUBLIC_TO_EVERYONE',
      disable_duet: true,
      disable_stitch: false,
      disable_comment: true,
      video_cover_timestamp_ms: 1500,
      brand_content_toggle: false,
      brand_organic_toggle: true,
      is_aigc: true,
    });
  });
});

describe('an upload', () => {
  test.each<[string, Omit<Fault, 'endpoint'>]>([
    ['cut in the middle', { cutAfterBytes: 100_000 }],
    ['refused before the effect', { kind: 'drop', when: 'before' }],
    ['all there, the answer lost', { kind: 'drop', when: 'after' }],
    ['a 500', { kind: 'status', status: 500, body: '' }],
    ['a 400', { kind: 'status', status: 400, body: '' }],
    ['a 206 for the last chunk', { kind: 'status', status: 206, body: '', when: 'after' }],
  ])('%s: goes on under the same publish id', async (_what, fault) => {
    world.emulator.faults.add({ endpoint: 'upload', ...fault });
    const { id } = await queue('upload');
    const post = await runToTheEnd(id);
    expect([post.status, post.error]).toEqual(['published', null]);
    expect([inits(), published().length]).toEqual([1, 1]);
    expect(published()[0]?.sha256).toMatch(/^d78de36002838a4a/);
  });

  test.each([
    ['out of step', 416],
    ['sent to a dead URL', 403],
    ['sent to no task', 404],
  ])(
    'whose last chunk TikTok calls %s, and of which it has not all, is begun anew when it is safe',
    async (_what, status) => {
      world.emulator.faults.add({ endpoint: 'upload', kind: 'status', status, body: '', times: 50 });
      const { id } = await queue('upload');
      await world.tick();
      const { publishId } = await world.getPost(user, id);
      const body = JSON.stringify({
        data: { status: 'PROCESSING_UPLOAD', uploaded_bytes: 0 },
        error: { code: 'ok', message: '', log_id: 'x' },
      });
      const match = { publishId: publishId ?? '' };
      world.emulator.faults.add({
        endpoint: 'status',
        kind: 'status',
        status: 200,
        body,
        match,
        times: 1_000,
      });
      await runToTheEnd(id, 3);
      expect(await world.getPost(user, id)).toMatchObject({
        status: 'uploading',
        error: { code: 'upload_interrupted' },
      });
      await pass(71 * 60);
      await world.connectAccount(user);
      await world.tick();
      world.emulator.faults.clear();
      const post = await runToTheEnd(id);
      expect([post.status, post.attempts.map(({ outcome }) => outcome)]).toEqual([
        'published',
        ['expired', 'published'],
      ]);
      expect([inits(), published().length]).toEqual([2, 1]);
    },
  );

  test('whose last chunk TikTok accepts without a word of the whole waits for that word, uninterrupted', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'status', status: 206, body: '', when: 'after' });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({ status: 'uploading', error: null });
    expect((await runToTheEnd(id)).status).toBe('published');
    expect([inits(), calls('upload'), published().length]).toEqual([1, 1, 1]);
  });

  test.each([
    ['its count missing', { status: 'PROCESSING_UPLOAD' }],
    ['a count that contradicts what it confirmed', { status: 'PROCESSING_UPLOAD', uploaded_bytes: 0 }],
    ['a status nobody knows', { status: 'PROCESSING_PUBLISH' }],
  ])('that may be complete is never begun anew, however long TikTok answers with %s', async (_what, data) => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', when: 'after' });
    const { id } = await queue('upload');
    await world.tick();
    // As if the chunks before it had been confirmed.
    if ('uploaded_bytes' in data) {
      await world.sql`update social_post_attempts set next_byte = size_bytes where post_id = ${id}`;
    }
    const body = JSON.stringify({ data, error: { code: 'ok', message: '', log_id: 'x' } });
    world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body, times: 100 });
    for (let i = 0; i < 4; i++) {
      await pass(75 * 60);
      await world.connectAccount(user);
      await world.tick();
    }
    expect([(await world.getPost(user, id)).status, inits(), published().length]).toEqual([
      'processing',
      1,
      1,
    ]);
    world.emulator.faults.clear();
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('whose URL dies is begun anew, but only when TikTok can no longer finish it', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', times: 50 });
    const { id } = await queue('upload');
    await world.tick();
    await pass(56 * 60);
    await world.tick();
    const waiting = await world.getPost(user, id);
    expect([waiting.status, inits()]).toEqual(['uploading', 1]);
    world.emulator.faults.clear();
    await world.makeDue();
    await world.tick();
    expect([(await world.getPost(user, id)).status, published().length]).toEqual(['uploading', 0]);

    await pass(15 * 60);
    const post = await runToTheEnd(id);
    expect(post.status).toBe('published');
    expect(post.attempts.length).toBe(2);
    expect(published().length).toBe(1);
  });

  const REFUSED = { kind: 'status', status: 400, body: '' } as const;

  /** The hour of each attempt passes without a byte of the upload arriving. */
  async function starve(attempts: number, fault: Omit<Fault, 'endpoint'> = { kind: 'drop' }): Promise<void> {
    world.emulator.faults.add({ endpoint: 'upload', ...fault, times: 1_000 });
    for (let i = 0; i < attempts; i++) {
      await world.makeDue();
      await world.tick();
      await pass(61 * 60);
      await world.connectAccount(user);
      await world.makeDue();
      await world.tick();
    }
    world.emulator.faults.clear();
  }

  test('that TikTok ends again and again for want of bytes is begun anew, and goes out when it can', async () => {
    const { id } = await queue('upload');
    await starve(9);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'upload_expired' },
    });
    const post = await runToTheEnd(id);
    expect([post.status, inits(), published().length]).toEqual(['published', 10, 1]);
    expect(post.attempts.map(({ outcome }) => outcome)).toEqual([...Array(9).fill('expired'), 'published']);
  });

  test('that was begun ten times in vain has failed, and its owner can try again from the first', async () => {
    const { id } = await queue('upload');
    await starve(10);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: { code: 'upload_expired', message: expect.stringContaining('It was begun 10 times.') },
    });
    expect((await world.call('social-posts', { user, method: 'POST', path: `/${id}/retry` })).status).toBe(
      200,
    );
    await world.makeDue();
    await world.tick();
    await pass(61 * 60);
    await world.connectAccount(user);
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('whose bytes TikTok refuses says so while it is tried, whether TikTok tells its status or not', async () => {
    world.emulator.faults.add({ endpoint: 'upload', ...REFUSED, times: 3 });
    const { id } = await queue('upload');
    await world.tick();
    for (let i = 0; i < 2; i++) {
      expect(await world.getPost(user, id)).toMatchObject({
        status: 'uploading',
        error: { code: 'upload_refused', message: expect.stringContaining('HTTP 400') },
      });
      world.emulator.faults.add({ endpoint: 'status', kind: 'html' });
      await world.makeDue();
      await world.tick();
    }
    const post = await runToTheEnd(id);
    expect([post.status, post.error, inits()]).toEqual(['published', null, 1]);
  });

  test('whose bytes TikTok refused ten times over has failed with what TikTok said', async () => {
    const { id } = await queue('upload');
    await starve(1, REFUSED);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: {
        code: 'upload_refused',
        message:
          'TikTok refuses the bytes of the file. It answered with HTTP 400. They are sent again, in up to 10 uploads.',
      },
    });
    await starve(9, REFUSED);
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'upload_refused',
        message:
          'TikTok refuses the bytes of the file. It was begun 10 times. Export the video anew and queue the post with that file.',
      },
    });
    expect(published().length).toBe(0);
  });

  test('that TikTok ends long before its hour is over has failed by TikTok’s reason, three times at most', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', times: 1_000 });
    const body = JSON.stringify({
      data: { status: 'FAILED', fail_reason: 'internal', uploaded_bytes: 0 },
      error: { code: 'ok', message: '', log_id: 'x' },
    });
    world.emulator.faults.add({ endpoint: 'status', kind: 'status', status: 200, body, times: 3 });
    const { id } = await queue('upload');
    const post = await runToTheEnd(id, 12);
    expect([post.status, post.error?.code, inits()]).toEqual(['failed', 'internal', 3]);
    expect(post.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  });

  test('that ran out of time gives its place in the daily cap back, and an edit begins the count anew', async () => {
    const { id } = await queue('upload');
    await starve(9);
    expect(await world.sql`select * from direct_posts_today(${accountId})`).toHaveLength(0);
    await world.call('social-posts', { user, method: 'PATCH', path: `/${id}`, body: { title: 'Anew' } });
    await starve(1);
    const post = await world.getPost(user, id);
    expect([post.status, post.attempts.length]).toEqual(['queued', 10]);
  });

  test('that TikTok ends although every byte is there counts, whatever was answered to the last', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop', when: 'after', times: 3 });
    world.emulator.faults.add({ endpoint: 'video_init', failReason: 'internal', times: 3 });
    const { id } = await queue('upload');
    const post = await runToTheEnd(id, 12);
    expect([post.status, post.error?.code, inits()]).toEqual(['failed', 'internal', 3]);
  });

  test('never goes to a host that is not TikTok’s', async () => {
    world.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'status',
      status: 200,
      body: JSON.stringify({
        data: { publish_id: 'v_pub_file~v2-1.1', upload_url: `${world.media.url}/steal` },
        error: { code: 'ok', message: '', log_id: 'x' },
      }),
    });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      attempts: [{ outcome: 'abandoned' }],
    });
  });

  test('keeps its URL sealed, and erases it with the outcome', async () => {
    world.emulator.faults.add({ endpoint: 'upload', kind: 'drop' });
    const { id } = await queue('upload');
    await world.tick();
    const [during] =
      await world.sql`select sealed_upload_url from social_post_attempts where post_id = ${id}`;
    expect(during?.sealed_upload_url).toMatch(/^ey/);
    await runToTheEnd(id);
    const [after] = await world.sql`select sealed_upload_url from social_post_attempts where post_id = ${id}`;
    expect(after?.sealed_upload_url).toBeNull();
    const dump =
      JSON.stringify(await world.sql`select * from social_post_attempts`) + world.logLines.join('');
    expect(dump).not.toContain('upload_token');
  });
});

describe('media', () => {
  test('that is away is waited for, and then named', async () => {
    const { id } = await queue('upload', { videoUrl: `${world.media.url}/missing.mp4` });
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'media_unreachable', message: expect.stringContaining('has no file there') },
      attempts: [],
    });
    await pass(25 * 3600);
    await world.connectAccount(user);
    expect(await runToTheEnd(id)).toMatchObject({ status: 'failed', error: { code: 'media_unreachable' } });
    expect(inits()).toBe(0);
  });
});

describe('tokens', () => {
  const expireSoon = () =>
    world.sql`update social_accounts set access_token_expires_at = now() + interval '20 minutes' where id = ${accountId}`;
  const expired = () =>
    world.sql`update social_accounts set access_token_expires_at = now() - interval '1 minute' where id = ${accountId}`;
  const version = async () =>
    (await world.sql`select token_version::int as v from social_accounts where id = ${accountId}`)[0]?.v;

  test('close to their end are renewed first, and the new pair is stored before it is used', async () => {
    await expireSoon();
    const { id } = await queue('upload');
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(calls('token')).toBe(2);
    expect(await version()).toBe(2);
  });

  test('without a known end are renewed first', async () => {
    await world.sql`update social_accounts set access_token_expires_at = null where id = ${accountId}`;
    const { id } = await queue('upload');
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(await version()).toBe(2);
  });

  test.each<[string, Omit<Fault, 'endpoint'>]>([
    ['an outage', { kind: 'html' }],
    ['server_error', { kind: 'error', code: 'server_error', httpStatus: 500 }],
    ['temporarily_unavailable with 200', { kind: 'error', code: 'temporarily_unavailable', httpStatus: 200 }],
  ])('%s while renewing does not stop publishing while the old one lives', async (_what, fault) => {
    await expireSoon();
    world.emulator.faults.add({ endpoint: 'token', ...fault, times: 10 });
    const { id } = await queue('upload');
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('an outage after its end makes the post wait, with the reason, and is not a dead account', async () => {
    await expired();
    world.emulator.faults.add({ endpoint: 'token', kind: 'html', times: 2 });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'token_refresh_failed' },
    });
    expect((await world.call('tiktok-status', { user })).json.connected).toBe(true);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('a dead refresh token: posts wait for the owner; connecting again sends them', async () => {
    await expired();
    world.emulator.removeGrant({ username: 'ada.films' });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'reauth_required' },
    });
    expect((await world.call('tiktok-status', { user })).json.accounts[0].status).toBe('reauth_required');
    await world.makeDue();
    await world.tick();
    expect(calls('token')).toBe(2);

    await world.connectAccount(user);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('an account nobody reconnects for three days: the post waits for its owner, and reconnecting revives it', async () => {
    await expired();
    world.emulator.removeGrant({ username: 'ada.films' });
    const { id } = await queue('upload');
    await world.tick();
    await pass(73 * 3600);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'needs_attention',
      error: { code: 'reauth_required' },
      nextCheckAt: null,
    });
    await world.connectAccount(user);
    expect((await runToTheEnd(id)).status).toBe('published');
    expect(published().length).toBe(1);
  });

  test('reconnecting does not revive what may have been published', async () => {
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    const { id } = await queue('pull');
    expect((await runToTheEnd(id)).error?.code).toBe('outcome_unknown');
    await world.connectAccount(user);
    expect((await runToTheEnd(id)).status).toBe('needs_attention');
    expect(inits()).toBe(1);
  });

  test('an outage of the token endpoint is not a dead token, whatever TikTok says of the old one', async () => {
    world.emulator.faults.add({ endpoint: 'token', kind: 'html', times: 1 });
    world.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'error',
      code: 'access_token_invalid',
      httpStatus: 401,
    });
    await expireSoon();
    const { id } = await queue('upload');
    await world.tick();
    expect((await world.call('tiktok-status', { user })).json.connected).toBe(true);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('of another app than the site has now wait for the operator, and are not marked dead', async () => {
    await world.sql`update social_accounts set client_key = 'another', access_token_expires_at = now() where id = ${accountId}`;
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'tiktok_app_changed' },
    });
    expect((await world.call('tiktok-status', { user })).json.connected).toBe(true);
    expect(calls('token')).toBe(1);
  });

  test('patience is counted from when the present trouble began', async () => {
    await expired();
    world.emulator.removeGrant({ username: 'ada.films' });
    const { id } = await queue('upload');
    await world.tick();
    await pass(30 * 3600);
    await world.connectAccount(user);
    world.emulator.faults.add({ endpoint: 'video_init', kind: 'html' });
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'init_unanswered' },
    });
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('of somebody else in the answer to a refresh are not taken', async () => {
    await expired();
    const foreign = world.emulator.grant({ username: 'bo.private' });
    world.emulator.faults.add({
      endpoint: 'token',
      kind: 'status',
      status: 200,
      body: JSON.stringify(foreign),
    });
    const { id } = await queue('upload');
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'token_refresh_failed' },
    });
    expect([await version(), inits()]).toEqual([1, 0]);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('a token that does not open is the operator’s matter, and nothing is lost', async () => {
    const { id } = await queue('upload');
    vi.stubEnv('TOKEN_ENCRYPTION_KEYS', `other:${Buffer.alloc(32, 7).toString('base64url')}`);
    await world.tick();
    expect(await world.getPost(user, id)).toMatchObject({
      status: 'queued',
      error: { code: 'token_unreadable' },
    });
    vi.stubEnv('TOKEN_ENCRYPTION_KEYS', world.env.TOKEN_ENCRYPTION_KEYS);
    expect((await runToTheEnd(id)).status).toBe('published');
  });

  test('expires in the middle of everything: renewed, one publish', async () => {
    const { id } = await queue('pull');
    await world.tick();
    // TikTok gives a download an hour.
    await world.emulator.settled();
    world.emulator.clock.advance(3 * 3600 * 1000);
    const post = await runToTheEnd(id);
    expect([post.status, inits(), published().length]).toEqual(['published', 1, 1]);
  });
});

describe('many at once', () => {
  test('four workers at once on one account publish each post once', async () => {
    const ids = [];
    for (let i = 0; i < 4; i++) ids.push((await queue(i % 2 ? 'pull' : 'upload', { title: `film ${i}` })).id);
    for (let round = 0; round < 3; round++) {
      await Promise.all([world.tick(), world.tick(), world.tick(), world.tick()]);
      await world.emulator.settled();
      await world.makeDue();
    }
    const titles = published().map(({ title }) => title);
    expect(titles.sort()).toEqual(['film 0', 'film 1', 'film 2', 'film 3']);
    for (const id of ids) expect((await world.getPost(user, id)).status).toBe('published');
  });

  test('one tick drains several accounts, and an idle tick asks the database once', async () => {
    const others = await Promise.all(Array.from({ length: 10 }, () => world.signUp()));
    for (const other of others) {
      const account = await world.connectAccount(other, { username: 'bo.private' });
      await world.queuePost(other, account, { transfer: 'upload', privacyLevel: 'SELF_ONLY' });
    }
    expect((await world.tick()).accounts).toBe(10);
    expect(published().length).toBe(10);
    expect(await world.tick()).toEqual({ accounts: 0, visits: 0, errors: 0, needsRun: false });
  });

  test('a post that makes the worker stumble steps aside and does not hold up the next one', async () => {
    const broken = await queue('upload', { title: 'broken' });
    const sound = await queue('upload', { title: 'sound' });
    await world.sql`update social_posts set status = 'uploading' where id = ${broken.id}`;
    expect((await world.tick()).errors).toBe(1);
    const aside = await world.getPost(user, broken.id);
    expect(aside).toMatchObject({ status: 'uploading', error: { code: 'internal_error' } });
    expect(Date.parse(aside.nextCheckAt ?? '') - Date.now()).toBeGreaterThan(200_000);
    await world.makeDue();
    await world.tick();
    expect((await world.getPost(user, sound.id)).status).toBe('published');
  });
});
