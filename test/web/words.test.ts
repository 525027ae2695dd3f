import { describe, expect, test } from 'vitest';
import {
  type AttemptView,
  POST_STATUSES,
  type PostStatus,
  type PostWithStoryView,
} from '../../src/contract.ts';
import {
  actionsOf,
  byDay,
  isMoving,
  STATUSES,
  statusOf,
  storyOf,
  titleOf,
} from '../../src/web/posts/words.ts';
import { createFormats } from '../../src/web/support/format.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const FORMATS = createFormats('en-GB', 'Europe/Berlin');

const post = (changes: Partial<PostWithStoryView> = {}): PostWithStoryView => ({
  id: '33333333-3333-4333-8333-333333333333',
  accountId: '11111111-1111-4111-8111-111111111111',
  mediaType: 'video',
  videoUrl: 'https://media.example.com/a/film.mp4?v=2',
  photoUrls: null,
  photoCoverIndex: null,
  title: 'A film',
  description: null,
  mode: 'direct',
  transfer: 'auto',
  privacyLevel: 'PUBLIC_TO_EVERYONE',
  disableDuet: true,
  disableStitch: true,
  disableComment: true,
  videoCoverTimestampMs: null,
  brandContentToggle: false,
  brandOrganicToggle: false,
  isAigc: false,
  autoAddMusic: false,
  consent: null,
  scheduledAt: null,
  status: 'queued',
  publishId: null,
  postIds: [],
  shareUrl: null,
  error: null,
  warnings: [],
  cancelRequestedAt: null,
  nextCheckAt: null,
  createdAt: '2026-11-21T11:59:00.000Z',
  publishedAt: null,
  attempts: [],
  story: [],
  ...changes,
});

const attempt = (changes: Partial<AttemptView> = {}): AttemptView => ({
  number: 1,
  transfer: 'upload',
  startedAt: '2026-11-21T12:00:01.000Z',
  finishedAt: null,
  publishId: null,
  sizeBytes: 12_000_000,
  sentBytes: 0,
  outcome: null,
  error: null,
  logId: null,
  ...changes,
});

test('every state has its words', () => {
  expect([...STATUSES].sort()).toEqual([...POST_STATUSES].sort());
  expect(statusOf(post({ scheduledAt: '2026-11-22T12:00:00Z' }), NOW).name).toBe('Scheduled');
  expect(statusOf(post({ error: { code: 'x', message: 'x' } }), NOW).name).toBe('Waiting');
});

describe('what can be done about a post', () => {
  const NOTHING = { edit: false, cancel: null, retry: false, resolve: false, copy: false };
  const EXPECTED: Record<PostStatus, object> = {
    queued: { edit: true, cancel: 'cancel' },
    initializing: {},
    uploading: {},
    processing: {},
    published: { copy: true },
    delivered: { copy: true },
    failed: { retry: true, copy: true },
    needs_attention: { resolve: true, copy: true },
    cancelled: { copy: true },
  };

  test.each(POST_STATUSES)('is what its state allows: %s', (status) => {
    expect(actionsOf(post({ status }))).toEqual({ ...NOTHING, ...EXPECTED[status] });
  });

  test('a download may be asked to stop, once', () => {
    const pulled = post({ status: 'processing', attempts: [attempt({ transfer: 'pull' })] });
    expect(actionsOf(pulled).cancel).toBe('ask');
    expect(actionsOf({ ...pulled, cancelRequestedAt: NOW.toISOString() }).cancel).toBeNull();
    expect(actionsOf(post({ status: 'processing', attempts: [attempt()] })).cancel).toBeNull();
  });

  test('what is to go out again by its owner’s word may be kept from it, once', () => {
    const saying = (code: string, nextCheckAt: string | null = NOW.toISOString()) =>
      post({ status: 'needs_attention', error: { code, message: 'X.' }, nextCheckAt });
    expect(actionsOf(saying('asked_once_more')).cancel).toBe('withdraw');
    expect(actionsOf(saying('withdrawn')).cancel).toBeNull();
    expect(actionsOf(saying('withdrawn', null)).cancel).toBe('withdraw');
    expect(actionsOf(saying('outcome_unknown')).cancel).toBeNull();
  });
});

test('only what changes within moments is looked at every few seconds', () => {
  expect(isMoving(post(), NOW)).toBe(true);
  expect(isMoving(post({ scheduledAt: '2026-11-21T13:00:00Z' }), NOW)).toBe(false);
  expect(isMoving(post({ scheduledAt: '2026-11-21T12:01:00Z' }), NOW)).toBe(true);
  expect(isMoving(post({ status: 'processing', nextCheckAt: '2026-11-21T13:00:00Z' }), NOW)).toBe(true);
  expect(isMoving(post({ status: 'published' }), NOW)).toBe(false);
});

test('a post is called by its words, or by its file', () => {
  expect(titleOf(post())).toBe('A film');
  expect(titleOf(post({ title: ' ' }))).toBe('film.mp4');
  expect(titleOf(post({ title: null, videoUrl: 'https://media.example.com/' }))).toBe('A video');
});

test('days are those of the reader’s clock', () => {
  const late = post({ id: 'late', status: 'published', publishedAt: '2026-11-20T23:30:00Z' });
  const early = post({ id: 'early', status: 'published', publishedAt: '2026-11-20T22:30:00Z' });
  const long = post({ id: 'long', status: 'cancelled', scheduledAt: '2025-01-05T10:00:00Z' });
  const days = byDay([late, early, long], NOW, FORMATS);
  expect(days.map(({ key, name, posts }) => [key, name, posts.map(({ id }) => id)])).toEqual([
    ['2026-11-21', 'Today · Saturday 21 November', ['late']],
    ['2026-11-20', 'Yesterday · Friday 20 November', ['early']],
    ['2025-01-05', 'Sunday, 5 January 2025', ['long']],
  ]);
  // What is due is for today, however long it has been waiting.
  expect(byDay([post({ createdAt: '2026-11-01T00:00:00Z' })], NOW, FORMATS)[0]?.key).toBe('2026-11-21');
});

test('a story tells waits, attempts and ends in their order, and nothing twice', () => {
  const refused = { code: 'rate_limit_exceeded', message: 'TikTok takes only so many calls a minute.' };
  const told = storyOf(
    post({
      status: 'published',
      story: [
        { at: '2026-11-20T22:59:00.000Z', status: 'queued', code: null, message: null },
        { at: '2026-11-21T12:00:01.000Z', status: 'initializing', code: null, message: null },
        { at: '2026-11-21T12:00:02.000Z', status: 'queued', ...refused },
        { at: '2026-11-21T12:01:03.000Z', status: 'initializing', code: null, message: null },
        { at: '2026-11-21T12:01:04.000Z', status: 'uploading', code: null, message: null },
        { at: '2026-11-21T12:01:09.000Z', status: 'processing', code: null, message: null },
        { at: '2026-11-21T12:02:00.000Z', status: 'published', code: null, message: null },
      ],
      attempts: [
        attempt({ finishedAt: '2026-11-21T12:00:02.000Z', outcome: 'rejected', error: refused }),
        attempt({
          number: 2,
          startedAt: '2026-11-21T12:01:03.000Z',
          finishedAt: '2026-11-21T12:02:00.000Z',
          outcome: 'published',
        }),
      ],
    }),
    FORMATS,
  );
  expect(told.map(({ title, text, isNewDay }) => [title, text, isNewDay])).toEqual([
    ['Queued', null, true],
    ['Attempt 1', 'This site uploads the file, 12 MB.', true],
    ['Waiting', refused.message, false],
    ['Attempt 2', 'This site uploads the file, 12 MB.', false],
    ['TikTok takes the file', null, false],
    ['TikTok has it and is processing it', null, false],
    ['Published', null, false],
  ]);
});

test('how an attempt ended is told where nothing else says it', () => {
  const error = { code: 'internal', message: 'TikTok had a problem of its own.' };
  const ended = attempt({ finishedAt: '2026-11-21T12:00:05.000Z', outcome: 'failed', error });
  const titles = storyOf(post({ attempts: [ended] }), FORMATS).map(({ title, text }) => [title, text]);
  expect(titles).toContainEqual(['TikTok did not publish it', error.message]);
});
