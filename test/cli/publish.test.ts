import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveMedia } from '../../local/media.ts';
import { film, serveLimitedMedia } from '../support/limited-media.ts';
import { fixture } from '../support/movies.ts';
import { createDesk, type Desk } from './desk.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

const media = await serveMedia({ directory: new URL('../fixtures/', import.meta.url) });
/** Gives its first megabyte, and keeps whoever pulls the rest waiting. */
const slowMedia = await serveLimitedMedia();
slowMedia.reset(film(3_000_000));
const PUBLIC = ['--privacy-level', 'PUBLIC_TO_EVERYONE', '--agree'] as const;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk({
    apps: [{ verifiedProperties: [`${media.url}/verified/`, `${slowMedia.url}/`] }],
    insecureMediaOrigins: [media.url, slowMedia.url],
    users: [{ username: 'ada.films', dailyPostCap: 100 }],
  });
  desk.env.MEDIA_ALLOWED_ORIGINS = `${media.url},${slowMedia.url}`;
  desk.env.TIKTOK_VERIFIED_URLS = `${media.url}/verified/`;
  expect((await desk.authorize()).code).toBe(0);
});
beforeEach(() => {
  desk.emulator.faults.clear();
  // TikTok takes six inits a minute.
  desk.emulator.clock.advance(61_000);
});
afterEach(() => desk.expectNoSecrets());
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await media.close();
  await slowMedia[Symbol.asyncDispose]();
});

/** What a test has published, since it began. */
async function during<T>(work: () => Promise<T>) {
  const before = desk.emulator.ledger().length;
  const inits = desk.inits().length;
  const result = await work();
  const entries = desk.emulator.ledger().slice(before);
  return {
    result,
    entries,
    published: entries.filter((entry) => entry.published),
    inits: desk.inits().length - inits,
  };
}

test('the whole story: authorize, publish a file, show the video', async () => {
  await using other = await createDesk();
  const authorized = await other.authorize({ username: 'ada.films' });
  expect(JSON.parse(authorized.stdout)).toMatchObject({ username: 'Ada Films', status: 'connected' });

  const file = await other.file('film.mp4', fixture('vertical.mp4'));
  const published = await other.run(['publish', '--video', file, '--title', 'A film #film', ...PUBLIC]);
  expect(published.code).toBe(0);
  expect(published.stderr).toContain("you agree to TikTok's Music Usage Confirmation");
  expect(published.stderr).toMatch(/Uploading .* 100 % \| 0\.3 MB of 0\.3 MB \| [\d.]+ MB\/s/);
  const [entry, ...others] = other.emulator.ledger();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    published: true,
    title: 'A film #film',
    privacyLevel: 'PUBLIC_TO_EVERYONE',
    sha256: sha256(fixture('vertical.mp4')),
  });
  const [videoId = ''] = entry?.postIds ?? [];
  expect(videoId).toMatch(/^\d{19}$/);
  expect(published.stdout).toContain(`Published: https://www.tiktok.com/@ada.films/video/${videoId}`);

  const shown = await other.run(['videos', 'show', videoId]);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(`${videoId} .*A film #film`)]);
  const json = await other.json(['videos', 'show', videoId, videoId, '7000000000000000001']);
  expect(json).toMatchObject({
    code: 1,
    printed: { videos: [{ id: videoId, viewCount: expect.any(Number) }], missing: ['7000000000000000001'] },
  });
  const status = await other.json(['status', entry?.publishId ?? '']);
  expect(status).toMatchObject({ code: 0, printed: { status: 'PUBLISH_COMPLETE', postIds: [videoId] } });
  other.expectNoSecrets();
});

describe('how a post stands is what the exit code says,', () => {
  const pull = (title: string) => [
    ...['publish', '--video', `${media.url}/verified/vertical.mp4`, '--title', title, ...PUBLIC],
  ];

  test('also where TikTok’s answer could not be written down', async () => {
    const posts = path.join(desk.directory, 'tiktok-publisher', 'posts');
    desk.emulator.faults.add({ endpoint: 'video_init', kind: 'delay', ms: 2_000, when: 'after' });
    const before = desk.inits().length;
    const { result, published } = await during(async () => {
      const started = desk.start([...pull('no room'), '--json']);
      while (desk.inits().length === before) await pause(5);
      await rename(posts, `${posts}.away`);
      await writeFile(posts, '');
      const ran = await started.ended;
      await rm(posts);
      await rename(`${posts}.away`, posts);
      return ran;
    });
    expect([result.code, published.length]).toEqual([5, 1]);
    expect(JSON.parse(result.stdout).error.message).toContain('TikTok may be publishing it');
    const again = await during(() => desk.run(pull('no room')));
    expect([again.inits, [0, 5].includes(again.result.code ?? -1)]).toEqual([0, true]);
  });

  test('by the other way of transfer it is the same post', async () => {
    desk.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    const first = await during(() => desk.run([...pull('either way'), '--transfer', 'pull']));
    const second = await during(() => desk.run([...pull('either way'), '--transfer', 'upload']));
    expect([first.inits, second.inits]).toEqual([1, 0]);
  });

  test('where only the account was missing, nothing was sent: authorized again, it goes out', async () => {
    await using other = await createDesk({
      apps: [{ verifiedProperties: [`${media.url}/verified/`] }],
      insecureMediaOrigins: [media.url],
    });
    other.env.MEDIA_ALLOWED_ORIGINS = media.url;
    other.env.TIKTOK_VERIFIED_URLS = `${media.url}/verified/`;
    await other.authorize({ username: 'ada.films' });
    const args = [...pull('later'), '--no-wait'];
    other.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'error',
      code: 'access_token_invalid',
      httpStatus: 401,
    });
    other.emulator.faults.add({ endpoint: 'token', kind: 'error', code: 'invalid_grant', httpStatus: 400 });
    expect((await other.json(args)).code).toBe(6);
    // Four days go by.
    const directory = path.join(other.directory, 'tiktok-publisher', 'posts');
    const [name = ''] = (await readdir(directory)).filter((file) => file.endsWith('.json'));
    const file = path.join(directory, name);
    const row = JSON.parse(await readFile(file, 'utf8'));
    const daysAgo = new Date(Date.now() - 4 * 86_400_000).toISOString();
    await writeFile(file, JSON.stringify({ ...row, due_at: daysAgo, trouble_since: daysAgo }));
    const resumed = await other.json(['publish', '--resume', row.id]);
    expect([resumed.code, resumed.printed.status]).toEqual([6, 'needs_attention']);
    other.emulator.faults.clear();
    await other.authorize({ username: 'ada.films' });
    const done = await other.json(['publish', '--resume', row.id]);
    expect([done.code, other.published().length]).toEqual([0, 1]);
  });
});

describe('every option reaches TikTok', () => {
  test('of a video, sent as a file', async () => {
    const file = await desk.file('options.mp4', fixture('vertical.mp4'));
    const { entries } = await during(() =>
      desk.run([
        ...['publish', '--video', file, '--title', 'All of it', '--privacy-level', 'MUTUAL_FOLLOW_FRIENDS'],
        ...['--disable-comment', '--disable-duet', '--disable-stitch', '--brand-content', '--brand-organic'],
        ...['--is-aigc', '--video-cover-timestamp-ms', '700', '--agree', '--no-wait'],
      ]),
    );
    expect(entries).toMatchObject([
      {
        mode: 'direct',
        source: 'FILE_UPLOAD',
        postInfo: {
          title: 'All of it',
          privacy_level: 'MUTUAL_FOLLOW_FRIENDS',
          disable_comment: true,
          disable_duet: true,
          disable_stitch: true,
          brand_content_toggle: true,
          brand_organic_toggle: true,
          is_aigc: true,
          video_cover_timestamp_ms: 700,
        },
      },
    ]);
  });

  test('of photos, which are pulled', async () => {
    const photo = `${media.url}/verified/vertical.jpg`;
    const { entries, result } = await during(() =>
      desk.run([
        ...['publish', '--photo', photo, `${photo}?2`, '--title', 'Two', '--description', 'of them'],
        ...['--auto-add-music', '--photo-cover-index', '1', '--disable-comment', ...PUBLIC],
      ]),
    );
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('Published: https://')]);
    expect(entries).toMatchObject([
      {
        mediaType: 'photo',
        photoUrls: [photo, `${photo}?2`],
        postInfo: { title: 'Two', description: 'of them', auto_add_music: true, disable_comment: true },
      },
    ]);
  });

  test('of a draft by a verified address, which TikTok pulls; no declaration is asked for', async () => {
    const video = `${media.url}/verified/vertical.mp4`;
    const { entries, result } = await during(() =>
      desk.json(['publish', '--video', video, '--mode', 'draft']),
    );
    expect(result).toMatchObject({ code: 0, printed: { status: 'delivered', transfer: 'auto' } });
    expect(entries).toMatchObject([{ mode: 'draft', source: 'PULL_FROM_URL', delivered: true }]);
  });

  test('of an address that is not verified: its bytes go through here', async () => {
    const video = `${media.url}/vertical.mp4`;
    const { published, result } = await during(() => desk.json(['publish', '--video', video, ...PUBLIC]));
    expect(result.code).toBe(0);
    expect(published).toMatchObject([{ source: 'FILE_UPLOAD', sha256: sha256(fixture('vertical.mp4')) }]);
  });
});

describe('nothing is sent', () => {
  const file = () => desk.file('never.mp4', fixture('vertical.mp4'));
  const video = async () => ['--video', await file(), '--title', 'never'];

  test.each<[string, () => Promise<string[]>, number, string]>([
    [
      'without the declaration',
      async () => [...(await video()), '--privacy-level', 'SELF_ONLY'],
      2,
      'agreement_missing',
    ],
    ['without an audience', async () => [...(await video()), '--agree'], 2, 'privacy_level_required'],
    [
      'to an audience that the account does not offer',
      async () => [...(await video()), '--privacy-level', 'FOLLOWER_OF_CREATOR', '--agree'],
      1,
      'privacy_level_option_mismatch',
    ],
    [
      'of branded content for oneself alone',
      async () => [...(await video()), '--privacy-level', 'SELF_ONLY', '--brand-content', '--agree'],
      2,
      'branded_content_private',
    ],
    [
      'of a caption that is too long',
      async () => ['--video', await file(), '--title', 'x'.repeat(2201), ...PUBLIC],
      2,
      'title_too_long',
    ],
    ['of nothing', async () => [...PUBLIC], 2, 'media_missing'],
    [
      'of a file that is not there',
      async () => ['--video', '/nowhere/film.mp4', ...PUBLIC],
      2,
      'video_missing',
    ],
    ['of a directory', async () => ['--video', desk.directory, ...PUBLIC], 1, 'media_unreachable'],
    [
      'of a file that is no video',
      async () => ['--video', await desk.file('text.mp4', 'no film at all'), ...PUBLIC],
      1,
      'file_format_check_failed',
    ],
    [
      'of an empty file',
      async () => ['--video', await desk.file('empty.mp4', ''), ...PUBLIC],
      1,
      'media_empty',
    ],
    [
      'of a file that TikTok would pull',
      async () => [...(await video()), '--transfer', 'pull', ...PUBLIC],
      2,
      'transfer_invalid',
    ],
    [
      'of a slow film',
      async () => ['--video', await desk.file('slow.mp4', fixture('slow.mp4')), ...PUBLIC],
      1,
      'frame_rate_check_failed',
    ],
    [
      'of a private address',
      async () => ['--video', 'http://10.0.0.1/film.mp4', ...PUBLIC],
      2,
      'video_url_invalid',
    ],
    [
      'of a video and photos',
      async () => [...(await video()), '--photo', 'https://example.com/a.jpg', ...PUBLIC],
      2,
      'media_missing',
    ],
  ])('%s', async (_name, args, code, error) => {
    const before = await desk.files();
    const { result, inits } = await during(async () => desk.json(['publish', ...(await args())]));
    expect({ code: result.code, error: result.printed.error.code, inits }).toEqual({ code, error, inits: 0 });
    expect(Object.keys(await desk.files())).toEqual(Object.keys(before));
  });

  test('when TikTok says that the creator cannot post today: exit 3, for tomorrow', async () => {
    desk.emulator.faults.add({
      endpoint: 'creator_info',
      kind: 'error',
      code: 'spam_risk_too_many_posts',
      httpStatus: 200,
    });
    const { result, inits } = await during(async () => desk.json(['publish', ...(await video()), ...PUBLIC]));
    expect([result.code, result.printed.error.code, inits]).toEqual([3, 'spam_risk_too_many_posts', 0]);
  });
});

describe('TikTok says no', () => {
  test('to the init: exit 1 with its reason; the same arguments begin another', async () => {
    const file = await desk.file('refused.mp4', fixture('vertical.mp4'));
    const args = ['publish', '--video', file, '--title', 'refused', ...PUBLIC];
    desk.emulator.faults.add({
      endpoint: 'video_init',
      kind: 'error',
      code: 'spam_risk_user_banned_from_posting',
      httpStatus: 403,
    });
    const refused = await during(() => desk.json(args));
    expect(refused).toMatchObject({
      result: {
        code: 1,
        printed: { status: 'failed', error: { code: 'spam_risk_user_banned_from_posting' } },
      },
      published: [],
    });
    const again = await during(() => desk.json(args));
    expect([again.result.code, again.published.length]).toEqual([0, 1]);
  });

  test('to the file, after it has come: exit 1, with what to do', async () => {
    const file = await desk.file('bad.mp4', fixture('vertical.mp4'));
    desk.emulator.faults.add({ endpoint: 'upload', failReason: 'picture_size_check_failed' });
    const { result, published } = await during(() =>
      desk.run(['publish', '--video', file, '--title', 'bad', ...PUBLIC]),
    );
    expect([result.code, published]).toEqual([1, []]);
    expect(result.stdout).toContain('Not published. Width and height must each lie between');
  });
});

test('a pull that goes on is not waited for, asked about, stopped, and has failed then', async () => {
  const breaksOff = Promise.withResolvers<false>();
  slowMedia.limits.before = (byte) => (byte < 1_000_000 ? undefined : breaksOff.promise);
  const args = [
    'publish',
    '--video',
    `${slowMedia.url}/film.mp4`,
    '--title',
    'stopped',
    '--transfer',
    'pull',
  ];
  args.push(...PUBLIC);
  const begun = await desk.json([...args, '--no-wait']);
  expect(begun).toMatchObject({ code: 0, printed: { status: 'processing', publishId: expect.any(String) } });
  const { id, publishId } = begun.printed;
  const status = () => desk.json(['status', publishId]);
  expect(await status()).toMatchObject({ code: 3, printed: { status: 'PROCESSING_DOWNLOAD' } });
  expect(await desk.json(['cancel', publishId])).toMatchObject({ code: 0, printed: { asked: true } });
  expect(await status()).toMatchObject({
    code: 1,
    printed: {
      status: 'FAILED',
      failReason: 'publish_cancelled',
      message: expect.stringContaining('cancelled'),
    },
  });
  expect(await desk.json(['cancel', publishId])).toMatchObject({
    code: 1,
    printed: { error: { code: 'publish_not_cancellable' } },
  });
  expect(await desk.json(['publish', '--resume', id])).toMatchObject({
    code: 1,
    printed: { status: 'failed', error: { code: 'publish_cancelled' } },
  });
  breaksOff.resolve(false);
  await desk.emulator.settled();
});

describe('the same arguments are the same post', () => {
  test('published once, it is not published again; --again does', async () => {
    const file = await desk.file('once.mp4', fixture('vertical.mp4'));
    const args = ['publish', '--video', file, '--title', 'once', ...PUBLIC];
    const { result, published } = await during(async () => [await desk.json(args), await desk.json(args)]);
    expect(result.map(({ code }) => code)).toEqual([0, 0]);
    expect(result[1]?.printed).toEqual(result[0]?.printed);
    expect(result[1]?.stderr).toContain('--again publishes them once more');
    expect(published.length).toBe(1);
    const more = await during(() => desk.json([...args, '--again']));
    expect([more.result.code, more.published.length]).toEqual([0, 1]);
    expect(more.result.printed.id).not.toBe(result[0]?.printed.id);
  });

  test('nor where an older command has written it down, who knew less of what was sent', async () => {
    const file = await desk.file('older.mp4', fixture('vertical.mp4'));
    const args = ['publish', '--video', file, '--title', 'older', ...PUBLIC];
    const first = await desk.json(args);
    const row = path.join(desk.directory, 'tiktok-publisher', 'posts', `${first.printed.id}.json`);
    const written = JSON.parse(await readFile(row, 'utf8'));
    for (const attempt of written.social_post_attempts) {
      expect(attempt).toMatchObject({ mode: 'direct', title: 'older', privacy_level: 'PUBLIC_TO_EVERYONE' });
      for (const known of ['mode', 'title', 'privacy_level']) delete attempt[known];
    }
    await writeFile(row, JSON.stringify(written));
    const { result, inits } = await during(() => desk.json(args));
    expect([result.code, result.printed, inits]).toEqual([0, first.printed, 0]);
  });

  test('two commands at once publish it once', async () => {
    const file = await desk.file('twice.mp4', fixture('vertical.mp4'));
    const args = ['publish', '--video', file, '--title', 'twice', ...PUBLIC];
    const { result, published } = await during(() => Promise.all([desk.json(args), desk.json(args)]));
    expect(published.length).toBe(1);
    const codes = result.map(({ code }) => code).sort();
    expect([
      [0, 0],
      [0, 3],
    ]).toContainEqual(codes);
    const after = await during(() => desk.json(args));
    expect([after.result.code, after.inits]).toEqual([0, 0]);
  });
});

describe('an answer that is lost', () => {
  test.each([
    ['video', '--video', 'vertical.mp4', 'video_init'],
    ['photo', '--photo', 'vertical.jpg', 'content_init'],
  ] as const)(
    'of the init of a pulled %s: never asked again, exit 5, and how it is settled',
    async (kind, flag, name, endpoint) => {
      const args = ['publish', flag, `${media.url}/verified/${name}`, '--title', `lost ${kind}`];
      args.push('--privacy-level', 'SELF_ONLY', '--agree');
      desk.emulator.faults.add({ endpoint, kind: 'drop', when: 'after' });
      const { result, inits } = await during(() => desk.run(args));
      expect([result.code, inits]).toEqual([5, 1]);
      expect(result.stdout).toContain('never sent again');
      expect(result.stdout).toContain('npm run tiktok -- videos list');
      const id = /settle (\S+) not-published/.exec(result.stdout)?.[1] ?? '';

      const later = await during(async () => [
        await desk.json([...args, '--again']),
        await desk.json(args),
        await desk.json(['publish', '--resume', id]),
      ]);
      expect([later.inits, later.result.map(({ code }) => code)]).toEqual([0, [2, 5, 5]]);
      expect(later.result[0]?.printed.error.code).toBe('post_unfinished');
    },
  );

  test('is found after all where TikTok shows the video: started again, it only looks', async () => {
    const args = [
      'publish',
      '--video',
      `${media.url}/verified/vertical.mp4`,
      '--title',
      'It is out',
      ...PUBLIC,
    ];
    desk.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    expect((await desk.json(args)).code).toBe(5);
    await desk.emulator.settled();
    const { result, inits } = await during(() => desk.json(args));
    expect([result.code, result.printed.status, inits]).toEqual([0, 'published', 0]);
  });

  test('and settled by its owner: published stays so, not published begins anew', async () => {
    const settled = async (title: string, outcome: string) => {
      const args = [
        'publish',
        '--video',
        `${media.url}/verified/vertical.mp4`,
        '--title',
        title,
        '--privacy-level',
        'SELF_ONLY',
        '--agree',
      ];
      desk.emulator.faults.add({ endpoint: 'video_init', kind: 'html' });
      const lost = await desk.json(args);
      expect([lost.code, lost.printed.status, lost.printed.error.code]).toEqual([
        5,
        'needs_attention',
        'outcome_unknown',
      ]);
      const word = await desk.json(['settle', lost.printed.id, outcome]);
      expect(word.code).toBe(0);
      expect((await desk.json(['settle', lost.printed.id, outcome])).code).toBe(1);
      return during(() => desk.json(args));
    };
    const published = await settled('it is there', 'published');
    expect([published.result.code, published.inits]).toEqual([0, 0]);
    const not = await settled('it is not there', 'not-published');
    expect([not.result.code, not.inits, not.published.length]).toEqual([0, 1, 1]);
  });

  test('and settled as not published although TikTok has named it: it is asked before anything is sent', async () => {
    const args = ['publish', '--video', `${media.url}/verified/vertical.mp4`, '--title', 'named', ...PUBLIC];
    desk.emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
    const { id } = (await desk.json(args)).printed;
    await desk.emulator.settled();
    const { publishId } = desk.emulator.ledger().find(({ title }) => title === 'named') ?? {};
    const file = path.join(desk.directory, 'tiktok-publisher', 'posts', `${id}.json`);
    const row = JSON.parse(await readFile(file, 'utf8'));
    row.social_post_attempts[0].publish_id = publishId;
    await writeFile(file, JSON.stringify({ ...row, publish_id: publishId }));

    const word = await desk.json(['settle', id, 'not-published']);
    expect([word.code, word.printed.error.code]).toEqual([0, 'asked_once_more']);
    const { result, inits } = await during(() => desk.json(args));
    expect([result.code, result.printed.status, inits]).toEqual([0, 'published', 0]);
  });
});

test('a file that changes midway is not stitched together', async () => {
  const file = await desk.file('changing.mp4', film(21_000_000));
  desk.emulator.faults.add({ endpoint: 'upload', kind: 'status', status: 503, skip: 1, times: 1 });
  const args = ['publish', '--video', file, '--title', 'changing', ...PUBLIC];
  const started = desk.start(args);
  while (desk.emulator.faults.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await desk.file('changing.mp4', film(21_000_000, 1));
  const { code, stdout } = await started.ended;
  expect([code, stdout]).toEqual([3, expect.stringContaining('The media file changed')]);
  expect(desk.emulator.ledger().filter(({ title }) => title === 'changing')).toMatchObject([
    { published: false },
  ]);
});
