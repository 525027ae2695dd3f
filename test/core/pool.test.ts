import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../src/app.ts';
import { createSlots } from '../../src/core/slots.ts';
import { SCHEDULED_TICK, type TickDeps, type TickLimits, tick } from '../../src/core/worker.ts';
import type { TestUser } from '../support/database.ts';
import { createLifeline } from '../support/lifeline.ts';
import { createWorld, type World } from '../support/world.ts';

/** Who is served when, and how much at once. */

let world: World;
beforeEach(async () => {
  world = await createWorld({
    users: Array.from({ length: 12 }, (_, index) => ({ username: `user.${index}` })),
  });
});
afterEach(() => world[Symbol.asyncDispose]());

function run(limits: Partial<TickLimits>, changes: Partial<TickDeps> = {}) {
  const start = (stop: AbortSignal) => ({
    ...app().startTick(stop, () => import('../../src/outbound.ts')),
    ...changes,
  });
  return tick(start, { ...SCHEDULED_TICK, patienceMs: 0, ...limits });
}

async function connect(user: TestUser, count: number, from = 0): Promise<string[]> {
  const accounts: string[] = [];
  for (let index = from; index < from + count; index++) {
    accounts.push(await world.connectAccount(user, { username: `user.${index}` }));
  }
  return accounts;
}

const claim = (holder: string, accounts: number, done: string[] = []) =>
  app().queue.claim(holder, {
    done,
    accounts,
    posts: 5,
    leaseSeconds: 90,
    mayBegin: true,
    runSeconds: null,
  });

const claimedIds = async (...parameters: Parameters<typeof claim>) =>
  (await claim(...parameters)).claims.map(({ account }) => account?.id);

describe('turns', () => {
  test('one owner’s many accounts do not go before another’s single one', async () => {
    const [many, one] = [await world.signUp(), await world.signUp()];
    const theirs = await connect(many, 6);
    for (const account of theirs) await world.queuePost(many, account);
    const [single = ''] = await connect(one, 1, 6);
    await world.queuePost(one, single);

    expect(await claimedIds(randomUUID(), 2)).toContain(single);
    // And while those are held, it is still the others' turn before the same owner's next account.
    await world.sql`update social_accounts set lease_expires_at = null, lease_holder = null where id = ${single}`;
    expect(await claimedIds(randomUUID(), 1)).toEqual([single]);
  });

  test('a thousand posts of one owner do not delay another’s one by more than a tick', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const [many, one] = [await world.signUp(), await world.signUp()];
    const [single = ''] = await connect(one, 1);
    const videoUrl = `${world.media.url}/verified/vertical.mp4`;
    const { id } = await world.queuePost(one, single, { transfer: 'pull', videoUrl });
    await Promise.all(Array.from({ length: 200 }, (_, index) => world.grantAccount(many, `many.${index}`)));
    const { count } = await world.sql`
      insert into social_posts
        (user_id, account_id, media_type, video_url, title, mode, transfer, privacy_level, run_at, due_at)
      select a.user_id, a.id, p.media_type, p.video_url, p.title, p.mode, p.transfer, p.privacy_level, hour_ago, hour_ago
      from social_posts p, social_accounts a, generate_series(1, 5), (select now() - interval '1 hour' as hour_ago)
      where a.user_id = ${many.userId}`;
    expect(count).toBe(1_000);
    await world.sql`update social_posts set run_at = now(), due_at = now() where id = ${id}`;

    // TikTok takes two seconds for each, so a tick begins a small part of them.
    let nowMs = 0;
    lifeline.reset(({ label }) => {
      if (label.endsWith('/video/init/')) nowMs += 2_000 / SCHEDULED_TICK.slots;
      return 'pass';
    });
    const report = await run({}, { monotonicMs: () => nowMs });
    await lifeline.close();
    expect(report).toMatchObject({ errors: 0, needsRun: true });
    const begun = await world.sql`
      select a.user_id, count(*)::integer as posts
      from social_post_attempts t join social_accounts a on a.id = t.account_id group by a.user_id`;
    const begunOf = (user: TestUser) => begun.find(({ user_id: owner }) => owner === user.userId)?.posts;
    expect(begunOf(many)).toBeGreaterThan(50);
    expect(begunOf(many)).toBeLessThan(200);
    expect(begunOf(one)).toBe(1);
    expect(world.emulator.ledger().map(({ username }) => username)).toContain('user.0');
  });

  test('an account with a backlog goes behind those that have waited since', async () => {
    const [first, second] = [await world.signUp(), await world.signUp()];
    const [backlog = ''] = await connect(first, 1);
    const [later = ''] = await connect(second, 1, 1);
    await world.queuePost(first, backlog);
    await world.sql`update social_posts set run_at = now() - interval '1 day'`;
    const holder = randomUUID();
    expect(await claimedIds(holder, 1)).toEqual([backlog]);
    await world.queuePost(second, later);
    expect(await claimedIds(holder, 1, [backlog])).toEqual([later]);
  });

  test('what is only to be looked at, hours before its time, goes behind what is due', async () => {
    const [first, second] = [await world.signUp(), await world.signUp()];
    const [early = ''] = await connect(first, 1);
    const [due = ''] = await connect(second, 1, 1);
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await world.queuePost(first, early, { scheduledAt });
    await world.sql`update social_posts set run_at = now() - interval '1 day' where id = ${id}`;
    await world.queuePost(second, due);
    expect(await claimedIds(randomUUID(), 1)).toEqual([due]);
    expect(await claimedIds(randomUUID(), 1)).toEqual([early]);
  });

  test('an account that is slow keeps no other waiting', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    for (const account of await connect(user, 5)) await world.queuePost(user, account);
    const lastHasBegun = Promise.withResolvers<void>();
    let inits = 0;
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/video/init/')) return 'pass';
      inits++;
      if (inits === 5) lastHasBegun.resolve();
      return inits === 1 ? lastHasBegun.promise : 'pass';
    });
    await run({ lanes: 2 });
    expect(inits).toBe(5);
    expect(world.emulator.ledger().length).toBe(5);
    await lifeline.close();
  });
});

describe('with more calls to make than slots', () => {
  test('TikTok is called for so many posts at once', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    for (const account of await connect(user, 6)) await world.queuePost(user, account);
    let calls = 0;
    const atOnce: number[] = [];
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/video/init/')) return 'pass';
      const act = async () => {
        atOnce.push(++calls);
        await sleep(100);
        calls--;
        return 'go_on' as const;
      };
      return { moment: 'before', act };
    });
    expect(await run({ lanes: 6, slots: 2 })).toMatchObject({ visits: 6, errors: 0, needsRun: false });
    expect(Math.max(...atOnce)).toBe(2);
    expect(world.emulator.ledger().length).toBe(6);
    await lifeline.close();
  });

  test('the next call is made when one has ended, in an error or not, in the order in which they were asked for', async () => {
    const inSlot = createSlots(2);
    const order: number[] = [];
    let calls = 0;
    const made = [0, 1, 2, 3, 4].map((n) =>
      inSlot(async () => {
        order.push(n);
        expect(++calls).toBeLessThanOrEqual(2);
        await sleep(1);
        calls--;
        if (n % 2 === 0) throw new Error(`call ${n}`);
        return n;
      }),
    );
    const ended = await Promise.allSettled(made);
    expect(ended.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('calls that take long do not hold up the others, and count until they have ended', async () => {
    const inSlot = createSlots(1);
    const long = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const first = inSlot(() => long[0].promise);
    const second = inSlot(() => long[1].promise);
    await inSlot(async () => undefined);
    let isMade = false;
    const third = inSlot(async () => {
      isMade = true;
    });
    // Two are under way still: one that ends makes no room.
    long[0].resolve();
    await first;
    await sleep(1);
    expect(isMade).toBe(false);
    long[1].resolve();
    await Promise.all([second, third]);
  });

  test('nothing is sent any more when the time was over while it waited', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    for (const account of await connect(user, 3)) await world.queuePost(user, account);
    let nowMs = 0;
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/video/init/')) return 'pass';
      // By the time of the first answer there is too little left for another.
      return {
        moment: 'after',
        act: async () => {
          nowMs = 12_500;
          return 'go_on';
        },
      };
    });
    expect(await run({ lanes: 3, slots: 1 }, { monotonicMs: () => nowMs })).toMatchObject({ needsRun: true });
    expect(world.emulator.ledger().length).toBe(1);
    const attempts =
      await world.sql`select outcome from social_post_attempts where outcome is distinct from null`;
    expect(attempts.filter(({ outcome }) => outcome !== 'not_sent')).toEqual([]);
    const [row] =
      await world.sql`select count(*)::integer as posts from social_posts where status = 'queued'`;
    expect(row?.posts).toBe(2);
    await lifeline.close();
  });

  test.each([
    ['a tick leaves what it has no time to begin, and its checks, to the background run', false, []],
    ['a background run checks until it is over', true, ['/v2/post/publish/status/fetch/']],
  ])('%s', async (_, isRun, expected) => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    const [begun = '', ...others] = await connect(user, 4);
    const sent = await world.queuePost(user, begun);
    await run({});
    await world.sql`update social_posts set run_at = now() + interval '3 seconds' where id = ${sent.id}`;
    for (const account of others) await world.queuePost(user, account);

    let nowMs = 0;
    const called: string[] = [];
    lifeline.reset(({ label }) => {
      if (label.includes('/status/')) called.push(label.slice(label.indexOf('/')));
      if (!label.endsWith('/video/init/')) return 'pass';
      const act = async () => {
        nowMs = SCHEDULED_TICK.tickMs - 11_500;
        await world.sql`update social_posts set run_at = now() where id = ${sent.id}`;
        return 'go_on' as const;
      };
      return { moment: 'after', act };
    });
    const report = await run({ lanes: 1, isRun }, { monotonicMs: () => nowMs });
    expect(called).toEqual(expected);
    expect(report.needsRun).toBe(!isRun);
    await lifeline.close();
  });
});

describe('status calls', () => {
  test('at most thirty a minute are handed out for one account, and the rest a little later', async () => {
    const user = await world.signUp();
    const [account = ''] = await connect(user, 1);
    await world.queuePost(user, account);
    await world.sql`insert into social_posts
      (user_id, account_id, media_type, video_url, mode, privacy_level, status, publish_id, run_at)
      select user_id, account_id, media_type, video_url, mode, privacy_level, 'published', 'v_pub_url~' || n, now()
      from social_posts, generate_series(1, 60) n`;
    const holder = randomUUID();
    const handedOut = async () => {
      const seen = new Set<string>();
      for (;;) {
        const { claims } = await claim(holder, 1, [account]);
        const checks = (claims[0]?.account ? claims[0].posts : []).filter(
          ({ status }) => status !== 'queued',
        );
        if (checks.length === 0) return seen.size;
        for (const { id } of checks) seen.add(id);
        await world.sql`update social_posts set run_at = now() + interval '1 hour' where id in ${world.sql([...seen])}`;
      }
    };
    let minute = await handedOut();
    for (let second = 0; second < 60; second += 5) {
      await world.sql`update social_accounts set checks_booked_until = checks_booked_until - interval '5 seconds'`;
      minute += await handedOut();
    }
    expect(minute).toBeGreaterThan(20);
    expect(minute).toBeLessThanOrEqual(30);
  });
});

describe('one tick', () => {
  test('waits for a post that falls due in a moment, and no longer', async () => {
    const user = await world.signUp();
    const [account = ''] = await connect(user, 1);
    const { id } = await world.queuePost(user, account);
    const waits: number[] = [];
    const pause = async (ms: number) => {
      waits.push(ms);
      await world.makeDue();
    };
    expect(await run({ patienceMs: 12_000 }, { pause })).toMatchObject({ visits: 2, needsRun: false });
    expect((await world.getPost(user, id)).status).toBe('published');
    expect(waits.length).toBe(1);
    expect(waits[0]).toBeGreaterThan(8_000);
    expect(waits[0]).toBeLessThanOrEqual(10_000);

    await world.queuePost(user, account);
    expect(await run({ patienceMs: 5_000 }, { pause })).toMatchObject({ visits: 1 });
    expect(waits.length).toBe(1);
  });

  test('with all lanes busy and others in line, does not go on asking for the moment that has passed', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    for (const account of await connect(user, 6)) await world.queuePost(user, account);
    const [soon] = await world.sql`
      update social_posts set run_at = now() + interval '1 second', due_at = now() + interval '1 second'
      where id = (select id from social_posts order by created_at desc limit 1) returning id`;
    const held = sleep(3_000).then(() => undefined);
    lifeline.reset(({ label }) => (label.endsWith('/video/init/') ? held : 'pass'));
    let pauses = 0;
    const pause = (ms: number, signal: AbortSignal) => {
      pauses++;
      return sleep(ms, undefined, { signal }).catch(() => undefined);
    };
    await run({ lanes: 2, patienceMs: 2_000 }, { pause });
    expect((await world.getPost(user, soon?.id)).attempts).toHaveLength(1);
    expect(pauses).toBeLessThan(20);
    await lifeline.close();
  });

  test('says what it leaves behind', async () => {
    const user = await world.signUp();
    for (const account of await connect(user, 3)) await world.queuePost(user, account);
    // The time is over as soon as the first has been claimed.
    let readings = 0;
    const monotonicMs = () => (readings++ < 6 ? 0 : 17_000);
    expect(await run({ lanes: 1 }, { monotonicMs })).toMatchObject({ needsRun: true });
    expect(world.emulator.ledger()).toEqual([]);
    expect(await run({ lanes: 1 })).toMatchObject({ visits: 3, needsRun: false });
  });

  test('says so of a single account’s backlog, too', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('TIKTOK_API_URL', await lifeline.before(world.tiktok.url));
    const user = await world.signUp();
    const [account = ''] = await connect(user, 1);
    for (let post = 0; post < 6; post++) await world.queuePost(user, account);
    let nowMs = 0;
    let inits = 0;
    lifeline.reset(({ label }) => {
      if (!label.endsWith('/video/init/')) return 'pass';
      const act = async () => {
        if (++inits === 5) nowMs = SCHEDULED_TICK.tickMs - 11_500;
        return 'go_on' as const;
      };
      return { moment: 'after', act };
    });
    expect(await run({}, { monotonicMs: () => nowMs })).toMatchObject({ visits: 5, needsRun: true });
    await lifeline.close();
  });

  test('claims again an account that has ended while a claim was under way', async () => {
    const lifeline = createLifeline();
    vi.stubEnv('SUPABASE_URL', await lifeline.before(world.database.supabaseUrl));
    const user = await world.signUp();
    const [many = '', one = ''] = await connect(user, 2);
    const pulled = { transfer: 'pull', videoUrl: `${world.media.url}/verified/vertical.mp4` };
    // One more than a claim hands out.
    for (let post = 0; post < 6; post++) await world.queuePost(user, many, pulled);
    await world.queuePost(user, one, pulled);
    let claims = 0;
    let recorded = 0;
    const manyHasEnded = Promise.withResolvers<void>();
    lifeline.reset(({ label }) => {
      if (label.endsWith('/claim_accounts')) return ++claims === 2 ? manyHasEnded.promise : 'pass';
      if (!label.endsWith('/record_init') || ++recorded < 6) return 'pass';
      const act = async () => {
        setTimeout(manyHasEnded.resolve, 500);
        return 'go_on' as const;
      };
      return { moment: 'after', act };
    });
    expect(await run({})).toMatchObject({ accounts: 3, visits: 7, needsRun: false });
    await lifeline.close();
  });

  test('gives its accounts back when it ends', async () => {
    const user = await world.signUp();
    for (const account of await connect(user, 3)) await world.queuePost(user, account);
    await run({});
    expect(await world.sql`select 1 from social_accounts where lease_holder is not null`).toEqual([]);
  });
});
