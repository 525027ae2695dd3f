import { describe, expect, test } from 'vitest';
import { endOfWait } from '../src/core/endings.ts';
import { sentenceOf, type Wording } from '../src/lib/wording.ts';
import { NOTICES } from '../src/notices.ts';
import { ERROR_CODES, FAIL_REASONS } from '../src/tiktok/errors.ts';

/** Warnings, and what is over by itself when the attempt is: no post ends by them. */
const ENDS_NOTHING = [
  'resolved_by_owner',
  'upload_interrupted',
  'upload_unproven',
  'upload_url_unreadable',
  'draft_settings_not_sent',
  'video_landscape',
  'video_below_720p',
  'image_above_1080p',
  'media_not_measured',
];
/** A post waits by these, or an upload goes on. */
const WAITED_BY = [
  'internal_error',
  'reauth_required',
  'scope_missing',
  'token_refresh_failed',
  'token_unreadable',
  'tiktok_app_changed',
  'tiktok_unreachable',
  'init_unanswered',
  'asked_once_more',
  'withdrawn',
  'upload_interrupted',
  'upload_refused',
  'upload_unproven',
  'upload_url_unreadable',
  'upload_expired',
  'media_unreachable',
];
const isSentence = (text: string) => /^[A-Z].*\.$/s.test(text);

test.each(Object.entries<Wording>(NOTICES))('%s says what happened, and what to do', (code, entry) => {
  expect(entry.happened).toSatisfy(isSentence);
  expect([code, entry.next === null]).toEqual([code, ENDS_NOTHING.includes(code)]);
  expect([code, entry.waiting !== undefined]).toEqual([code, WAITED_BY.includes(code)]);
  for (const part of [entry.next, entry.waiting]) if (part) expect(part).toSatisfy(isSentence);
});

describe('a post that has waited in vain', () => {
  const lasted = 'It has been so for 168 hours: nothing was published, and nothing more is tried.';
  const entries = Object.entries<Wording>({ ...FAIL_REASONS, ...ERROR_CODES, ...NOTICES });

  test.each(entries)('by %s is told how long, and what to do next', (code, entry) => {
    const end = endOfWait({ code, message: sentenceOf(entry) }, lasted);
    expect(end.code).toBe(code);
    expect(end.message).toBe([entry.happened, lasted, entry.next].filter(Boolean).join(' '));
    // The column holds no more, and details may come with either.
    for (const message of [end.message, sentenceOf(entry)]) expect(message.length).toBeLessThanOrEqual(850);
    expect(end.message).not.toMatch(/ is tried again| is asked again| begun anew| waits /);
  });

  test.each(['of_another_release', 'constructor', '__proto__'])('by %s is told what was stored', (code) => {
    const end = endOfWait({ code, message: 'It rains.' }, lasted);
    expect(end).toEqual({ code, message: `It rains. ${lasted} Try the post again, or queue it anew.` });
  });
});
