import { describe, expect, test } from 'vitest';
import { type AccountView, CONNECT_ERRORS, POST_STATUSES, type PostView } from '../../src/contract.ts';
import { whatNeedsThem } from '../../src/web/app/attention.ts';
import { postsAddress, readPostsFilter, readRoute } from '../../src/web/app/route.ts';
import { EMPTY_DRAFT, isDraft } from '../../src/web/compose/draft.ts';
import { coverPlace } from '../../src/web/compose/rules.ts';
import * as integrations from '../../src/web/integrations/words.ts';
import { isOpen, OPEN_STATUSES } from '../../src/web/limits.ts';
import { chooseLocale, createFormats } from '../../src/web/support/format.ts';
import { nextDelayMs } from '../../src/web/support/polled.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const FORMATS = createFormats('en-GB', 'Europe/Berlin');

describe('an address', () => {
  test.each([
    ['/', { page: 'home' }],
    ['/posts', { page: 'posts' }],
    ['/posts/', { page: 'posts' }],
    ['/posts/a%20b', { page: 'post', id: 'a b' }],
    ['/compose', { page: 'compose', editId: null, fromId: null }],
    ['/compose?from=p1', { page: 'compose', editId: null, fromId: 'p1' }],
    ['/compose/p1?from=p2', { page: 'compose', editId: 'p1', fromId: null }],
    ['/integrations', { page: 'integrations' }],
    ['/integrations/x', { page: 'unknown' }],
    ['/posts/a/b', { page: 'unknown' }],
    ['/posts/%zz', { page: 'post', id: '%zz' }],
    ['/index.html', { page: 'unknown' }],
  ])('%s is a page', (address, route) => {
    const { pathname, search } = new URL(address, 'https://site.example');
    expect(readRoute(pathname, search)).toEqual(route);
  });

  test('holds which posts are shown, and a state decides the half', () => {
    const read = (search: string) => readPostsFilter(search, POST_STATUSES);
    for (const address of ['/posts', '/posts?when=past&view=list&status=failed&account=a1']) {
      expect(postsAddress(read(new URL(address, 'https://x.example').search))).toBe(address);
    }
    expect(read('?status=needs_attention').when).toBe('past');
    expect(read('?when=past&status=queued').when).toBe('upcoming');
    expect(read('?status=nonsense&when=nonsense&view=nonsense')).toEqual({
      when: 'upcoming',
      view: 'days',
      status: null,
      accountId: null,
    });
  });
});

describe('coming back from TikTok', () => {
  test.each(CONNECT_ERRORS)('%s is explained', (error) => {
    const result = integrations.readCallback(`?tiktok_error=${error}`);
    expect(result).toEqual({ kind: 'failed', explanation: integrations.CONNECT_ERRORS[error] });
    expect(integrations.CONNECT_ERRORS[error].next.length).toBeGreaterThan(20);
  });

  test('is read and taken out, and nothing else is', () => {
    const search = '?x=1&tiktok_connected=true&tiktok_username=Eve&tiktok_account=a1';
    expect(integrations.readCallback(search)).toEqual({ kind: 'connected', accountId: 'a1' });
    expect(integrations.withoutCallback(search)).toBe('?x=1');
    expect(integrations.withoutCallback('?tiktok_error=x')).toBe('');
    expect(integrations.readCallback('?x=1')).toBeNull();
    expect(integrations.readCallback('?tiktok_error=toString')?.kind).toBe('failed');
  });
});

describe('what needs its owner', () => {
  const account = (changes: Partial<AccountView>) =>
    ({ id: 'a1', username: 'Ada Films', status: 'connected', reconnectBy: null, ...changes }) as AccountView;
  const post = (id: string) => ({ id }) as PostView;
  const nothing = {
    accounts: [],
    needsAttention: [],
    failed: [],
    health: { lastTickAt: NOW.toISOString() },
    dismissed: new Set<string>(),
  };
  const keys = (facts: Partial<Parameters<typeof whatNeedsThem>[0]>) =>
    whatNeedsThem({ ...nothing, ...facts }, NOW, FORMATS).map(({ key }) => key);

  test('is nothing where all is well, or where nothing is known', () => {
    expect(keys({})).toEqual([]);
    expect(keys({ health: null })).toEqual([]);
  });

  test('is a worker that has not ticked for five minutes', () => {
    const ago = (ms: number) => ({ lastTickAt: new Date(NOW.getTime() - ms).toISOString() });
    expect(keys({ health: ago(300_000) })).toEqual([]);
    expect(keys({ health: ago(300_001) })).toEqual(['worker']);
    expect(keys({ health: { lastTickAt: null } })).toEqual(['worker']);
  });

  test('comes with the gravest first, and failures can be put aside', () => {
    const facts = {
      accounts: [
        account({ status: 'reauth_required' }),
        account({ id: 'a2', reconnectBy: '2026-12-01T00:00:00Z' }),
      ],
      needsAttention: [post('p1')],
      failed: [post('p2'), post('p3')],
    };
    expect(keys(facts)).toEqual(['needs_attention', 'reauth a1', 'failed', 'reconnect a2']);
    expect(keys({ ...facts, dismissed: new Set(['p2', 'p3']) })).not.toContain('failed');
    const [word] = whatNeedsThem({ ...nothing, needsAttention: [post('p1'), post('p2')] }, NOW, FORMATS);
    expect(word).toMatchObject({ text: '2 posts need your word on what became of them.' });
    const to = new URL(word?.to ?? '', 'https://x.example');
    expect(readPostsFilter(to.search, POST_STATUSES)).toMatchObject({
      when: 'past',
      status: 'needs_attention',
    });
  });
});

test('dates, numbers and plurals are as the reader writes them', () => {
  expect(chooseLocale(['de-DE', 'en-US'])).toBe('en-US');
  expect(chooseLocale(['de-DE'])).toBe('en-GB');
  expect(chooseLocale(['en-US@posix', 'en-AU'])).toBe('en-AU');
  expect(FORMATS.size(337_000)).toBe('337 kB');
  expect(FORMATS.size(4_000_000_000)).toBe('4 GB');
  expect(FORMATS.size(0)).toBe('0 bytes');
  expect(FORMATS.duration(80)).toBe('1 minute and 20 seconds');
  expect(FORMATS.duration(0.4)).toBe('0.4 seconds');
  expect(FORMATS.count(1, 'post', 'posts')).toBe('1 post');
  expect(FORMATS.count(2200, 'post', 'posts')).toBe('2,200 posts');
  expect(FORMATS.relative(new Date('2026-11-21T12:05:00Z'), NOW)).toBe('in 5 minutes');
  expect(FORMATS.utc(NOW)).toBe('2026-11-21 12:00 UTC');
});

test('looking again waits longer after each failure, up to a minute', () => {
  expect([0, 1, 2, 3, 9].map((failures) => nextDelayMs(5_000, failures))).toEqual([
    5_000, 5_000, 8_000, 16_000, 60_000,
  ]);
});

test('the open states are those of the contract', () => {
  expect(POST_STATUSES.filter(isOpen)).toEqual([...OPEN_STATUSES]);
});

test('a draft is known by its shape, and its cover among what was given', () => {
  expect(isDraft(JSON.parse(JSON.stringify(EMPTY_DRAFT)))).toBe(true);
  expect(isDraft({ ...EMPTY_DRAFT, photoUrls: 'x' })).toBe(false);
  expect(isDraft(null)).toBe(false);
  const photos = (photoUrls: string[], photoCoverIndex: number) =>
    coverPlace({ ...EMPTY_DRAFT, mediaType: 'photo', photoUrls, photoCoverIndex });
  expect([photos(['a', 'b'], 1), photos([' ', 'b'], 1), photos(['a', ''], 1), photos([], 0)]).toEqual([
    1, 0, 0, 0,
  ]);
});
