import type {
  AttemptOutcome,
  AttemptView,
  PostEventView,
  PostStatus,
  PostView,
  PostWithStoryView,
} from '../../contract.ts';
import { isOpen } from '../limits.ts';
import type { Formats } from '../support/format.ts';
import { wallClock } from '../support/zoned-time.ts';
import type { IconName } from '../ui/icon.tsx';

type Tone = 'calm' | 'busy' | 'good' | 'warning' | 'bad';

interface StatusWords {
  name: string;
  tone: Tone;
  icon: IconName;
}

/** Each state in a word or two; its picture says the same without colour. */
export const STATUS_WORDS: Record<PostStatus, StatusWords> = {
  queued: { name: 'Queued', tone: 'calm', icon: 'clock' },
  initializing: { name: 'Starting', tone: 'busy', icon: 'upload' },
  uploading: { name: 'Uploading', tone: 'busy', icon: 'upload' },
  processing: { name: 'Processing', tone: 'busy', icon: 'refresh' },
  published: { name: 'Published', tone: 'good', icon: 'check' },
  delivered: { name: 'In the inbox', tone: 'good', icon: 'inbox' },
  failed: { name: 'Failed', tone: 'bad', icon: 'close' },
  needs_attention: { name: 'Needs you', tone: 'bad', icon: 'alert' },
  cancelled: { name: 'Cancelled', tone: 'calm', icon: 'slash' },
};

export const STATUSES = Object.keys(STATUS_WORDS) as PostStatus[];

/** A queued post is scheduled, or waits for something: that says more than that it is queued. */
export function statusOf({ status, scheduledAt, error }: PostView, now: Date): StatusWords {
  if (status === 'queued' && error) return { name: 'Waiting', tone: 'warning', icon: 'clock' };
  if (status === 'queued' && scheduledAt && new Date(scheduledAt) > now) {
    return { name: 'Scheduled', tone: 'calm', icon: 'clock' };
  }
  return STATUS_WORDS[status];
}

/** Something happens to it within moments, so it is worth a look every few seconds. */
export function isMoving({ status, scheduledAt, nextCheckAt }: PostView, now: Date): boolean {
  const dueAt = scheduledAt ?? nextCheckAt;
  return (
    isOpen(status) && (status !== 'queued' || dueAt === null || Date.parse(dueAt) < now.getTime() + 90_000)
  );
}

/** What a post is called where there is no room for all of it. */
export function titleOf({ title, description, mediaType, videoUrl, photoUrls }: PostView): string {
  const url = videoUrl ?? photoUrls?.[0] ?? '';
  const file = URL.parse(url)?.pathname.split('/').at(-1);
  return title?.trim() || description?.trim() || file || (mediaType === 'video' ? 'A video' : 'Photos');
}

/** The moment by which a post is sorted among the others. */
export function momentOf(post: PostView, now: Date): Date {
  if (!isOpen(post.status)) return new Date(post.publishedAt ?? post.scheduledAt ?? post.createdAt);
  const dueAt = new Date(post.scheduledAt ?? post.createdAt);
  return dueAt < now ? now : dueAt;
}

export interface Day {
  /** `2026-11-21` on the reader's clock. */
  key: string;
  name: string;
  posts: PostView[];
}

/** Posts by the days of the reader's own clock, in the order in which they come. */
export function byDay(posts: readonly PostView[], now: Date, formats: Formats): Day[] {
  const keyOf = (instant: Date) => wallClock(instant, formats.timeZone).date;
  const near = new Map(
    [-1, 0, 1].map((days) => [
      keyOf(new Date(now.getTime() + days * 86_400_000)),
      ['Yesterday', 'Today', 'Tomorrow'][days + 1],
    ]),
  );
  const days = new Map<string, Day>();
  for (const post of posts) {
    const moment = momentOf(post, now);
    const key = keyOf(moment);
    const name = [near.get(key), formats.day(moment, now)].filter(Boolean).join(' · ');
    const day = days.get(key) ?? { key, name, posts: [] };
    day.posts.push(post);
    days.set(key, day);
  }
  return [...days.values()];
}

/** The attempt that is running; null where none is. */
export function runningAttempt({ attempts }: PostView): AttemptView | null {
  return attempts.find(({ outcome }) => outcome === null) ?? null;
}

/** What can be done about a post, by its state. */
export interface Actions {
  edit: boolean;
  /** `ask`: TikTok still downloads it, and may be asked to stop. `withdraw`: it was to go out again. */
  cancel: 'cancel' | 'ask' | 'withdraw' | null;
  retry: boolean;
  resolve: boolean;
  /** Another one of the same content. */
  copy: boolean;
}

export function actionsOf(post: PostView): Actions {
  const { status } = post;
  return {
    edit: status === 'queued',
    cancel: howToCancel(post),
    retry: status === 'failed',
    resolve: status === 'needs_attention',
    copy: !isOpen(status),
  };
}

/** By its owner's word; or it was, and whether it is out is not asked any more. */
function isToGoOut({ error, nextCheckAt }: PostView): boolean {
  return error?.code === 'asked_once_more' || (error?.code === 'withdrawn' && nextCheckAt === null);
}

function howToCancel(post: PostView): Actions['cancel'] {
  switch (post.status) {
    case 'queued':
      return 'cancel';
    case 'initializing':
    case 'processing':
      return runningAttempt(post)?.transfer === 'pull' && post.cancelRequestedAt === null ? 'ask' : null;
    case 'needs_attention':
      return isToGoOut(post) ? 'withdraw' : null;
    default:
      return null;
  }
}

export interface Chapter {
  key: string;
  at: string;
  /** The first of its day on the reader's clock. */
  isNewDay: boolean;
  tone: Tone;
  title: string;
  text: string | null;
}

/** What has become of a post, in order: its states and waits as they were told, and its attempts between them. */
export function storyOf(post: PostWithStoryView, formats: Formats): Chapter[] {
  const events = post.story
    .filter(({ status }) => status !== 'initializing')
    .map((event, place) => chapterOf(event, place === 0, post));
  const attempts = post.attempts.flatMap((attempt) => chaptersOf(attempt, post, formats));
  // An attempt's end that says no more than the state that followed is left to that.
  const told = new Set(post.story.map(({ message }) => message).filter(Boolean));
  const chapters = [...events, ...attempts.filter(({ text, isEnd }) => !isEnd || !told.has(text))];
  const dayOf = ({ at }: { at: string }) => wallClock(new Date(at), formats.timeZone).date;
  return chapters
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map((chapter, place, all) => {
      const before = all[place - 1];
      return { ...chapter, isNewDay: !before || dayOf(before) !== dayOf(chapter) };
    });
}

function chapterOf(
  { at, status, code, message }: PostEventView,
  isFirst: boolean,
  post: PostView,
): Omit<Chapter, 'isNewDay'> {
  const base = { key: `${at} ${status} ${code}`, at, text: message };
  if (status === 'queued' && isFirst && code === null) return { ...base, tone: 'calm', title: 'Queued' };
  if (status === 'queued' && code !== null) return { ...base, tone: 'warning', title: 'Waiting' };
  const { tone } = STATUS_WORDS[status];
  return {
    ...base,
    tone: code !== null && tone === 'busy' ? 'warning' : tone,
    title: eventTitle(status, post),
  };
}

function eventTitle(status: PostStatus, { mode }: PostView): string {
  const titles: Record<PostStatus, string> = {
    queued: 'Back in the queue',
    initializing: 'Begun',
    uploading: 'TikTok takes the file',
    processing: 'TikTok has it and is processing it',
    published: mode === 'draft' ? 'Finished and posted in the TikTok app' : 'Published',
    delivered: 'In the inbox of the TikTok app',
    failed: 'Failed',
    needs_attention: 'Needs your word',
    cancelled: 'Cancelled',
  };
  return titles[status];
}

const OUTCOMES: Record<AttemptOutcome, string | null> = {
  published: null,
  delivered: null,
  failed: 'TikTok did not publish it',
  rejected: 'TikTok refused it',
  not_sent: 'TikTok could not be reached',
  abandoned: 'No clear answer; nothing was sent',
  expired: 'The upload did not end in time',
  unknown: 'Its outcome is not known',
};

function chaptersOf(attempt: AttemptView, post: PostView, formats: Formats) {
  const { number, transfer, startedAt, finishedAt, outcome, error, sizeBytes } = attempt;
  const name = post.attempts.length > 1 ? `Attempt ${number}` : 'Begun';
  const how =
    transfer === 'pull'
      ? 'TikTok fetches the media from their address.'
      : `This site uploads the file${sizeBytes === null ? '' : `, ${formats.size(sizeBytes)}`}.`;
  const begun = {
    key: `begun ${number}`,
    at: startedAt,
    tone: 'busy' as const,
    title: name,
    text: how,
    isEnd: false,
  };
  const ending = outcome && OUTCOMES[outcome];
  if (!ending || finishedAt === null) return [begun];
  return [
    begun,
    {
      ...{ key: `ended ${number}`, at: finishedAt, tone: 'warning' as const, isEnd: true },
      title: ending,
      text: error?.message ?? null,
    },
  ];
}
