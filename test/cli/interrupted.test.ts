import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import type { EmulatorOptions } from '../emulator/emulator.ts';
import { film } from '../support/limited-media.ts';
import { createDesk, type Desk } from './desk.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

/** Three chunks: 10, 10 and 11 MB. */
const FILM = film(31_000_000);
const SHA256 = createHash('sha256').update(FILM).digest('hex');
const OPTIONS = ['--privacy-level', 'PUBLIC_TO_EVERYONE', '--agree'];

const media = await serveMedia({ directory: new URL('../fixtures/', import.meta.url) });
let desk: Desk;
let file: string;
beforeAll(async () => {
  desk = await openDesk();
  file = await desk.file('film.mp4', FILM);
});
async function openDesk(options: Partial<EmulatorOptions> = {}): Promise<Desk> {
  const opened = await createDesk({
    apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
    insecureMediaOrigins: [media.url],
    ...options,
  });
  opened.env.MEDIA_ALLOWED_ORIGINS = media.url;
  opened.env.TIKTOK_VERIFIED_URLS = `${media.url}/verified/`;
  expect((await opened.authorize()).code).toBe(0);
  return opened;
}
beforeEach(() => {
  desk.emulator.faults.clear();
  // TikTok takes six inits a minute.
  desk.emulator.clock.advance(61_000);
});
afterEach(async () => {
  desk.expectNoSecrets();
  // What lies on the disk after a kill is sealed as well.
  expect(JSON.stringify(await desk.files())).not.toMatch(/upload_token|\b(act|rft)\./);
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await media.close();
});

const requestsTo = (endpoint: string, at = desk) =>
  at.emulator.requests().filter((request) => request.endpoint === endpoint);
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}
const entriesOf = (title: string, at = desk) => at.emulator.ledger().filter((entry) => entry.title === title);
const inits = (title: string) =>
  desk.inits().filter(({ body }) => JSON.stringify(body ?? null).includes(title));

interface Moment {
  endpoint: 'video_init' | 'upload' | 'status';
  nth: number;
  /** Whether TikTok has done what it was asked; in either case its answer does not come. */
  when: 'before' | 'after';
}

/** Starts the command, and ends it at a moment that the emulator knows. An answer is held back for so long. */
async function endAt(
  title: string,
  { endpoint, nth, when }: Moment,
  { signal = 'SIGKILL', ms = 20_000, at = desk }: { signal?: NodeJS.Signals; ms?: number; at?: Desk } = {},
) {
  const seen = requestsTo(endpoint, at).length;
  at.emulator.faults.add({ endpoint, skip: nth - 1, kind: 'delay', ms, when });
  const args = ['publish', '--video', file, '--title', title, ...OPTIONS];
  const started = at.start(args);
  await until(() => requestsTo(endpoint, at).length >= seen + nth);
  if (when === 'after' && endpoint === 'video_init') await until(() => entriesOf(title, at).length > 0);
  const sentBytes = nth === 3 ? FILM.byteLength : nth * 10_000_000;
  if (when === 'after' && endpoint === 'upload')
    await until(() => (entriesOf(title, at).at(-1)?.receivedBytes ?? 0) >= sentBytes);
  started.child.kill(signal);
  return { args, ran: await started.ended };
}

describe('killed, and started again with the same arguments: published once, byte for byte', () => {
  test.each([
    ['while init is asked', { endpoint: 'video_init', nth: 1, when: 'before' }, 2],
    ['when init has had its effect, unanswered', { endpoint: 'video_init', nth: 1, when: 'after' }, 2],
    ['in the first chunk', { endpoint: 'upload', nth: 1, when: 'before' }, 1],
    ['after the first chunk, unanswered', { endpoint: 'upload', nth: 1, when: 'after' }, 1],
    ['in the second chunk', { endpoint: 'upload', nth: 2, when: 'before' }, 1],
    ['after the last chunk, unanswered', { endpoint: 'upload', nth: 3, when: 'after' }, 1],
    ['while it asks what became of it', { endpoint: 'status', nth: 1, when: 'before' }, 1],
    ['when it was told that it is published', { endpoint: 'status', nth: 1, when: 'after' }, 1],
  ] as const)(
    '%s',
    async (name, moment, initCount) => {
      const { args, ran } = await endAt(name, moment);
      expect(ran.code).toBeNull();
      desk.emulator.faults.clear();
      const sentBefore = requestsTo('upload').length;
      const { code, printed } = await desk.json(args);
      expect([code, printed.status]).toEqual([0, 'published']);
      const entries = entriesOf(name);
      expect(entries.filter(({ published }) => published)).toMatchObject([{ sha256: SHA256 }]);
      expect(inits(name).length).toBe(initCount);
      // Nothing that TikTok has is sent again.
      if (moment.endpoint === 'status' || name.startsWith('after the last')) {
        expect(requestsTo('upload').length).toBe(sentBefore);
      }
      const third = await desk.json(args);
      expect([third.code, third.printed.id, inits(name).length]).toEqual([0, printed.id, initCount]);
    },
    60_000,
  );
});

test('killed after the last chunk, while TikTok is still at it: nothing is sent again, however little TikTok says', async () => {
  await using slow = await openDesk({ processingMs: 600_000 });
  const title = 'the last chunk';
  const { args } = await endAt(title, { endpoint: 'upload', nth: 3, when: 'after' }, { at: slow });
  slow.emulator.faults.clear();
  const early = await slow.json([...args, '--no-wait']);
  expect([early.code, early.printed.status]).toEqual([0, 'processing']);
  slow.emulator.clock.advance(600_000);
  const late = await slow.json(args);
  expect([late.code, late.printed.status]).toEqual([0, 'published']);
  expect([requestsTo('upload', slow).length, entriesOf(title, slow)]).toEqual([
    3,
    [expect.objectContaining({ published: true, sha256: SHA256 })],
  ]);
  slow.expectNoSecrets();
});

test('killed while a pull is asked for: it may be out, so it is never asked again', async () => {
  const title = 'a pull that was killed';
  const args = ['publish', '--video', `${media.url}/verified/vertical.mp4`, '--title', title];
  args.push('--privacy-level', 'SELF_ONLY', '--agree');
  desk.emulator.faults.add({ endpoint: 'video_init', kind: 'delay', ms: 1_500, when: 'after' });
  const started = desk.start(args);
  await until(() => inits(title).length === 1);
  started.child.kill('SIGKILL');
  await started.ended;
  const again = await desk.json(args);
  expect([again.code, again.printed.error.code]).toEqual([5, 'outcome_unknown']);
  expect(inits(title).length).toBe(1);
});

describe('Ctrl-C', () => {
  test('in the middle of an upload says how to go on, and --resume goes on', async () => {
    const title = 'interrupted';
    const moment = { endpoint: 'upload', nth: 2, when: 'before' } as const;
    const { ran } = await endAt(title, moment, { signal: 'SIGINT' });
    expect(ran.code).toBe(130);
    const id = /publish --resume (\S+)/.exec(ran.stderr)?.[1] ?? '';
    desk.emulator.faults.clear();
    const { code, printed } = await desk.json(['publish', '--resume', id]);
    expect([code, printed.id, printed.status]).toEqual([0, id, 'published']);
    expect(entriesOf(title)).toMatchObject([{ published: true, sha256: SHA256 }]);
  });

  test('while init is asked waits until its answer is written down', async () => {
    const title = 'interrupted in init';
    const moment = { endpoint: 'video_init', nth: 1, when: 'after' } as const;
    const { args, ran } = await endAt(title, moment, { signal: 'SIGINT', ms: 1_500 });
    expect([ran.code, ran.stderr]).toEqual([130, expect.stringContaining("TikTok's answer is being saved")]);
    const { code } = await desk.json(args);
    expect([code, entriesOf(title).length, inits(title).length]).toEqual([0, 1, 1]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s while tokens are renewed waits until they are saved', async (signal, exitCode) => {
    desk.emulator.endAccessTokens({ username: 'ada.films' });
    desk.emulator.faults.add({ endpoint: 'token', kind: 'delay', ms: 1_500, when: 'after' });
    const refreshes = requestsTo('token').length;
    const started = desk.start(['creator-info']);
    await until(() => requestsTo('token').length > refreshes);
    started.child.kill(signal);
    expect((await started.ended).code).toBe(exitCode);
    desk.emulator.faults.clear();
    expect((await desk.json(['creator-info'])).code).toBe(0);
  });
});

test('a command that is frozen keeps its post: another is told so, and nothing goes out twice', async () => {
  const title = 'held';
  desk.emulator.faults.add({ endpoint: 'upload', kind: 'delay', ms: 1_500, when: 'before' });
  const args = ['publish', '--video', file, '--title', title, ...OPTIONS];
  const first = desk.start(args);
  await until(() => entriesOf(title).length === 1);
  first.child.kill('SIGSTOP');
  const second = await desk.json(args);
  expect([second.code, second.printed.error.code]).toEqual([3, 'post_busy']);
  first.child.kill('SIGCONT');
  expect((await first.ended).code).toBe(0);
  expect(entriesOf(title)).toMatchObject([{ published: true, sha256: SHA256 }]);
});
