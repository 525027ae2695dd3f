import { expect, test } from 'vitest';
import type { PostView } from '../../src/contract.ts';
import { fromPost } from '../../src/web/compose/request.ts';
import { zonedTime } from '../../src/web/support/zoned-time.ts';

/** Of a post that waits for its time; the rest plays no part here. */
const scheduledFor = (instant: string) =>
  ({
    mediaType: 'video',
    mode: 'draft',
    videoUrl: 'https://example.com/a.mp4',
    scheduledAt: instant,
  }) as PostView;

test.each([
  ['the first half past two', '2027-10-31T00:30:00.000Z', false],
  ['the second', '2027-10-31T01:30:00.000Z', true],
  ['a time that comes once', '2027-11-02T01:30:00.000Z', false],
])('of a night in which clocks are put back, an edit keeps %s', (_what, instant, isSecondTime) => {
  const draft = fromPost(scheduledFor(instant), 'Europe/Berlin');
  expect(draft.isSecondTime).toBe(isSecondTime);
  const zoned = zonedTime(draft.date, draft.time, 'Europe/Berlin');
  const kept = zoned?.kind === 'twice' ? (draft.isSecondTime ? zoned.second : zoned.first) : zoned?.instant;
  expect(kept?.toISOString()).toBe(instant);
});
