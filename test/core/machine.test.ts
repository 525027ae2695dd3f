import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATTEMPT_OUTCOMES,
  MAX_TITLE_LENGTH,
  MAX_URL_LENGTH,
  POST_STATUSES,
  PRIVACY_LEVELS,
  TRANSFERS,
} from '../../src/contract.ts';
import { isWorkState, TRANSITIONS, type Transition, transition } from '../../src/core/machine.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const EDGES = Object.entries<Record<string, Transition>>(TRANSITIONS).flatMap(([from, events]) =>
  Object.entries(events).map(([event, { to, outcome }]) => ({ from, event, to, outcome })),
);

test('these are all the ways a post can go', () => {
  expect(
    EDGES.map(
      ({ from, event, to, outcome }) => `${from} --${event}--> ${to}${outcome ? ` (${outcome})` : ''}`,
    ),
  ).toEqual([
    'queued --wait--> queued',
    'queued --begin--> initializing',
    'queued --reject--> failed',
    'queued --strand--> needs_attention',
    'queued --doubt--> needs_attention',
    'initializing --pull_accepted--> processing',
    'initializing --upload_opened--> uploading',
    'initializing --refused_for_now--> queued (rejected)',
    'initializing --refused--> failed (rejected)',
    'initializing --not_sent--> queued (not_sent)',
    'initializing --upload_unknown--> queued (abandoned)',
    'initializing --pull_unknown--> needs_attention (unknown)',
    'uploading --wait--> uploading',
    'uploading --all_sent--> processing',
    'uploading --published--> published (published)',
    'uploading --delivered--> delivered (delivered)',
    'uploading --failed_for_now--> queued (failed)',
    'uploading --failed--> failed (failed)',
    'uploading --expired--> queued (expired)',
    'uploading --expired_for_good--> failed (expired)',
    'uploading --strand--> needs_attention',
    'processing --wait--> processing',
    'processing --published--> published (published)',
    'processing --delivered--> delivered (delivered)',
    'processing --failed_for_now--> queued (failed)',
    'processing --failed--> failed (failed)',
    'processing --cancelled--> cancelled (failed)',
    'processing --strand--> needs_attention',
    'delivered --follow_up--> delivered',
    'delivered --posted--> published',
    'published --follow_up--> published',
    'needs_attention --wait--> needs_attention',
    'needs_attention --published--> published (published)',
    'needs_attention --delivered--> delivered (delivered)',
    'needs_attention --failed--> failed (failed)',
    'needs_attention --failed_for_now--> queued (failed)',
    'needs_attention --disowned--> queued',
    'needs_attention --cancelled--> cancelled (failed)',
  ]);
});

test("no way leads from processing back to queued but TikTok's word that it failed", () => {
  const ways = EDGES.filter(({ from, to }) => from === 'processing' && to === 'queued');
  expect(ways.map(({ event }) => event)).toEqual(['failed_for_now']);
});

test('what only its owner may send again is queued by their word alone', () => {
  const ways = EDGES.filter(({ from, to }) => from === 'needs_attention' && to === 'queued');
  expect(ways.map(({ event }) => event)).toEqual(['failed_for_now', 'disowned']);
});

test('a post that is published stays so', () => {
  expect(EDGES.filter(({ from, to }) => from === 'published' && to !== 'published')).toEqual([]);
});

test('what is queued again, has failed or is done has no running attempt', () => {
  const hadAttempt = ['initializing', 'uploading', 'processing', 'needs_attention'];
  const ended = ['queued', 'failed', 'published', 'delivered', 'cancelled'];
  const open = EDGES.filter(
    ({ from, to, outcome }) => hadAttempt.includes(from) && ended.includes(to) && !outcome,
  );
  // Its owner's word has ended that one.
  expect(open.map(({ event }) => event)).toEqual(['disowned']);
});

test('an attempt ends only where the post leaves it, and by an outcome that fits', () => {
  for (const { from, to, outcome } of EDGES.filter(({ outcome }) => outcome)) {
    expect(['initializing', 'uploading', 'processing', 'needs_attention']).toContain(from);
    expect(['initializing', 'uploading', 'processing']).not.toContain(to);
    expect(outcome === 'published').toBe(to === 'published');
    expect(outcome === 'delivered').toBe(to === 'delivered');
    expect(outcome === 'unknown').toBe(to === 'needs_attention');
  }
});

test('every outcome is used, and every state can be reached', () => {
  expect(new Set(EDGES.flatMap(({ outcome }) => outcome ?? []))).toEqual(new Set(ATTEMPT_OUTCOMES));
  const reached = new Set<string>(['queued']);
  for (let before = 0; before !== reached.size; ) {
    before = reached.size;
    for (const { from, to } of EDGES) if (reached.has(from)) reached.add(to);
  }
  expect(POST_STATUSES.filter((status) => !reached.has(status))).toEqual([]);
});

test('the worker works in these states and no other', () => {
  expect(POST_STATUSES.filter(isWorkState)).toEqual([
    'queued',
    'initializing',
    'uploading',
    'processing',
    'published',
    'delivered',
    'needs_attention',
  ]);
  expect(transition('initializing', 'pull_unknown')).toEqual({ to: 'needs_attention', outcome: 'unknown' });
});

describe('the database knows the same lists', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  async function constraint(name: string): Promise<string> {
    const [row] = await database.sql<{ definition: string }[]>`
      select pg_get_constraintdef(oid) as definition from pg_constraint where conname = ${name}`;
    if (!row) throw new Error(`there is no constraint ${name}`);
    return row.definition;
  }
  const listIn = (definition: string) =>
    [...definition.matchAll(/'([^']+)'::text/g)].map(([, value]) => value);

  test.each([
    ['social_posts_status_check', POST_STATUSES],
    ['social_posts_privacy_level_check', PRIVACY_LEVELS],
    ['social_posts_transfer_check', TRANSFERS],
    ['social_post_attempts_outcome_check', ATTEMPT_OUTCOMES],
    ['social_post_attempts_transfer_check', TRANSFERS.filter((transfer) => transfer !== 'auto')],
    ['social_posts_mode_check', ['direct', 'draft']],
    ['social_posts_media_type_check', ['video', 'photo']],
    ['social_accounts_auth_method_check', ['shared', 'own']],
  ])('%s', async (name, values) => {
    expect(listIn(await constraint(name))).toEqual([...values]);
  });

  test('every open state has a moment at which it is looked at', async () => {
    const open = ['queued', 'initializing', 'uploading', 'processing'];
    expect(listIn(await constraint('social_posts_run_at_check'))).toEqual(open);
  });

  test.each([
    ['social_posts_title_check', MAX_TITLE_LENGTH],
    ['social_posts_video_url_check', MAX_URL_LENGTH],
  ])('%s', async (name, length) => {
    expect(await constraint(name)).toContain(`<= ${length})`);
  });
});
