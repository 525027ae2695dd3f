import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
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
  desk = await createDesk({
    apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
    insecureMediaOrigins: [media.url],
    processingMs: 2_000,
  });
  desk.env.MEDIA_ALLOWED_ORIGINS = media.url;
  desk.env.TIKTOK_VERIFIED_URLS = `${media.url}/verified/`;
  expect((await desk.authorize()).code).toBe(0);
  file = await desk.file('film.mp4', FILM);
});
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

const requestsTo = (endpoint: string) =>
  desk.emulator.requests().filter((request) => request.endpoint === endpoint);
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}
const entriesOf = (title: string) => desk.emulator.ledger().filter((entry) => entry.title === title);
const inits = (title: string) =>
  desk.inits().filter(({ body }) => JSON.stringify(body ?? null).includes(title));

/** Starts the command, and ends it at a moment that the emulator sees; `delay` holds the answer back meanwhile. */
async function killAt(
  title: string,
  {
    endpoint,
    nth,
    when,
  }: { endpoint: 'video_init' | 'upload' | 'status'; nth: number; when: 'before' | 'after' },
  signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL',
) {
  const seen = requestsTo(endpoint).length;
  desk.emulator.faults.add({ endpoint, skip: nth - 1, kind: 'delay', ms: 1_500, when });
  const args = ['publish', '--video', file, '--title', title, ...OPTIONS];
  const started = desk.start(args);
  await until(() => requestsTo(endpoint).length >= seen + nth);
  // Past the body of a chunk, which is read before its answer is held back.
  if (when === 'after') await pause(700);
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
      const { args, ran } = await killAt(name, moment);
      expect(ran.code).toBeNull();
      desk.emulator.faults.clear();
      const sentBefore = requestsTo('upload').length;
      const { code, printed } = await desk.json(args);
      expect([code, printed.status]).toEqual([0, 'published']);
      const entries = entriesOf(name);
      expect(entries.filter(({ published }) => published)).toMatchObject([{ sha256: SHA256 }]);
      expect([entries.length, inits(name).length]).toEqual([initCount, initCount]);
      // Nothing that TikTok has is sent again.
      if (moment.endpoint === 'status' || name.startsWith('after the last')) {
        expect(requestsTo('upload').length).toBe(sentBefore);
      }
      const third = await desk.json(args);
      expect([third.code, third.printed.id, entriesOf(name).length]).toEqual([0, printed.id, initCount]);
    },
    60_000,
  );
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
    const { ran } = await killAt(title, { endpoint: 'upload', nth: 2, when: 'before' }, 'SIGINT');
    expect(ran.code).toBe(130);
    const id = /publish --resume (\S+)/.exec(ran.stderr)?.[1] ?? '';
    desk.emulator.faults.clear();
    const { code, printed } = await desk.json(['publish', '--resume', id]);
    expect([code, printed.id, printed.status]).toEqual([0, id, 'published']);
    expect(entriesOf(title)).toMatchObject([{ published: true, sha256: SHA256 }]);
  });

  test('while init is asked waits until its answer is written down', async () => {
    const title = 'interrupted in init';
    const { args, ran } = await killAt(title, { endpoint: 'video_init', nth: 1, when: 'after' }, 'SIGINT');
    expect([ran.code, ran.stderr]).toEqual([130, expect.stringContaining("TikTok's answer is being saved")]);
    const { code } = await desk.json(args);
    expect([code, entriesOf(title).length, inits(title).length]).toEqual([0, 1, 1]);
  });

  test('while tokens are renewed waits until they are saved', async () => {
    desk.emulator.endAccessTokens({ username: 'ada.films' });
    desk.emulator.faults.add({ endpoint: 'token', kind: 'delay', ms: 1_500, when: 'after' });
    const refreshes = requestsTo('token').length;
    const started = desk.start(['creator-info']);
    await until(() => requestsTo('token').length > refreshes);
    started.child.kill('SIGINT');
    expect((await started.ended).code).toBe(130);
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
