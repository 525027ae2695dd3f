import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readCommandPlaces } from '../config.ts';
import {
  MAX_PHOTOS,
  type PostRequest,
  type PostView,
  PRIVACY_LEVELS,
  type PrivacyLevel,
  postRequest,
} from '../contract.ts';
import { creatorInfo } from '../core/creator.ts';
import { viewPost } from '../core/post-view.ts';
import { queuePost } from '../core/posts.ts';
import { parse } from '../http/parse.ts';
import { sha256 } from '../lib/hash.ts';
import { openMedia } from '../outbound.ts';
import type { PostWithAttempts } from '../store/rows.ts';
import { errorEntry } from '../tiktok/errors.ts';
import { askToAgree } from './agreement.ts';
import { CommandError, EXIT, type ExitCode, failureOf, NEEDS_CONSENT } from './exit.ts';
import { OWNER_ID, openHome } from './home.ts';
import { isLocal, parseMediaWith, withLocalFiles } from './local-media.ts';
import { list, printable } from './output.ts';
import { createPostFiles, type HeldPost, isUnsent, type PostFiles } from './post-files.ts';
import { choosePrivacyLevel, maySpeakWithPerson } from './prompts.ts';
import { type AccountOptions, openSession, type Run, type Session } from './session.ts';
import { workToTheEnd } from './work.ts';

export interface PublishOptions extends AccountOptions {
  video?: string;
  photo?: string[];
  title?: string;
  description?: string;
  mode: string;
  transfer: string;
  privacyLevel?: string;
  disableComment?: true;
  disableDuet?: true;
  disableStitch?: true;
  brandContent?: true;
  brandOrganic?: true;
  isAigc?: true;
  autoAddMusic?: true;
  photoCoverIndex?: number;
  videoCoverTimestampMs?: number;
  agree?: true;
  again?: true;
  /** `--no-wait` */
  wait: boolean;
  resume?: string;
}

/** Publishes, or goes on with what was interrupted: the same arguments are the same post, which is published once. */
export async function publish(run: Run, options: PublishOptions): Promise<ExitCode> {
  const resumed = options.resume === undefined ? null : await findResumed(run, options.resume);
  using session = await openSession(run, { ...(resumed && accountOf(run, resumed)), ...options });
  const posts = createPostFiles(session.home);
  const postId = resumed?.id ?? (await findOrQueue(run, session, posts, options));
  if (resumed && resumed.accountId !== session.account.id) {
    const message = 'That post belongs to another account than the one of TIKTOK_REFRESH_TOKEN.';
    throw new CommandError(EXIT.usage, 'account_differs', message);
  }
  run.interrupts.onStop(() => `Go on with: ${resumeWith(postId)}`);
  using held = await hold(posts, postId);
  await held.reviveUnsent();
  try {
    await workToTheEnd(run, session, held, { wait: options.wait });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return reportBrokenOff(run, error, postId, await held.view().catch(() => null));
  }
  return report(run, await held.view());
}

/**
 * What broke off the work says nothing of what TikTok has by then: the post says it, as far as it can be read.
 * @throws the error itself where nothing was published. @throws {CommandError} where that is open.
 */
function reportBrokenOff(run: Run, error: unknown, postId: string, post: PostWithAttempts | null): ExitCode {
  const { code, message } = failureOf(error);
  switch (post?.status) {
    case 'queued':
    case 'failed':
    case 'cancelled':
      throw error;
    case 'published':
    case 'delivered':
      run.output.say(message);
      return report(run, post);
    case 'uploading':
    case 'processing':
      throw new CommandError(EXIT.leftToDo, code, `${message} Go on with: ${resumeWith(postId)}`);
    default:
      throw new CommandError(
        EXIT.unknown,
        code,
        `${message} TikTok may be publishing it. When that is mended, see with: ${resumeWith(postId)}`,
      );
  }
}

const resumeWith = (postId: string) => `npm run tiktok -- publish --resume ${postId}`;

async function findResumed(run: Run, postId: string): Promise<PostWithAttempts> {
  const posts = createPostFiles(await openHome(readCommandPlaces(run.env).configHome));
  const post = await posts.find(postId);
  if (!post) throw postMissing();
  return post;
}

/** A stored account is known by the post; that of the environment says itself which it is. */
function accountOf(run: Run, post: PostWithAttempts): AccountOptions {
  return readCommandPlaces(run.env).refreshToken ? {} : { account: post.accountId };
}

function postMissing(): CommandError {
  const message =
    'There is no such post here. Ids are shown where a post stops; the same arguments find it, too.';
  return new CommandError(EXIT.usage, 'post_not_found', message);
}

async function hold(posts: PostFiles, postId: string): Promise<HeldPost> {
  const held = await posts.hold(postId);
  if (held) return held;
  throw new CommandError(EXIT.leftToDo, 'post_busy', 'Another command is at work on this very post.');
}

/** The post of these arguments: the one that was begun before, unless nothing can come of that any more. */
async function findOrQueue(
  run: Run,
  session: Session,
  posts: PostFiles,
  options: PublishOptions,
): Promise<string> {
  const request = await requestOf(run, session, options);
  const { earlier, nextKey } = await findEarlier(posts, request);
  if (earlier && !isOver(earlier)) {
    if (options.again) {
      const message = `The earlier post of these arguments has not ended: it is ${earlier.status}. Go on with it, or settle it, first: ${resumeWith(earlier.id)}`;
      throw new CommandError(EXIT.usage, 'post_unfinished', message);
    }
    run.output.say(`Going on with post ${earlier.id}, which is ${earlier.status}.`);
    return earlier.id;
  }
  const isOut = earlier?.status === 'published' || earlier?.status === 'delivered';
  if (earlier && isOut && !options.again) {
    run.output.say('These very arguments were published before; --again publishes them once more.');
    return earlier.id;
  }
  if (request.mode === 'direct') await assertMayPost(session, request);
  await askToAgree(run, request, options.agree === true);
  const { post } = await queuePost(
    {
      posts,
      accounts: session.onBehalf.accounts,
      openMedia: async () => withLocalFiles(openMedia(session.config)),
      parseMediaUrl: parseMediaWith(session.config.mediaAllowedOrigins),
      verifiedUrls: session.config.tiktok.verifiedUrls,
      log: session.log,
      now: () => new Date(),
      monotonicMs: () => performance.now(),
    },
    OWNER_ID,
    request,
    nextKey,
  );
  for (const { message } of post.warnings) run.output.say(`Note: ${message}`);
  return post.id;
}

const isOver = ({ status }: PostWithAttempts) =>
  ['published', 'delivered', 'failed', 'cancelled'].includes(status);

/** Each time that the same is published anew it has a key of its own. */
async function findEarlier(posts: PostFiles, request: PostRequest) {
  // By whichever way it goes out: what may be on TikTok by one is not to be sent by the other.
  const { scheduledAt: _never, transfer: _either, ...fields } = request;
  const base = sha256(JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));
  let earlier: PostWithAttempts | null = null;
  for (let generation = 1; ; generation++) {
    const found = await posts.findByKey(OWNER_ID, `${base}.${generation}`);
    if (!found) return { earlier, nextKey: `${base}.${generation}` };
    earlier = found;
  }
}

/** @throws {CommandError} for a file that cannot be pulled. @throws {RequestError} naming every field that is wrong. */
async function requestOf(run: Run, session: Session, options: PublishOptions): Promise<PostRequest> {
  const { video, photo } = options;
  if ((video === undefined) === (photo === undefined)) {
    const message = 'Give a --video or one or more --photo, and not both; or --resume <id>.';
    throw new CommandError(EXIT.usage, 'media_missing', message);
  }
  if (photo && photo.length > MAX_PHOTOS) {
    throw new CommandError(EXIT.usage, 'photo_urls_invalid', `TikTok takes at most ${MAX_PHOTOS} photos.`);
  }
  const videoUrl = video === undefined ? undefined : await urlOf(video);
  if (videoUrl && isLocal(videoUrl) && options.transfer === 'pull') {
    const message = 'TikTok cannot pull a file of this machine: leave --transfer out.';
    throw new CommandError(EXIT.usage, 'transfer_invalid', message);
  }
  const request = {
    accountId: session.account.id,
    mediaType: photo ? 'photo' : 'video',
    videoUrl,
    photoUrls: photo,
    photoCoverIndex: options.photoCoverIndex,
    title: options.title,
    description: options.description,
    mode: options.mode,
    transfer: videoUrl && isLocal(videoUrl) ? 'upload' : options.transfer,
    privacyLevel: options.privacyLevel,
    disableComment: options.disableComment,
    disableDuet: options.disableDuet,
    disableStitch: options.disableStitch,
    brandContentToggle: options.brandContent,
    brandOrganicToggle: options.brandOrganic,
    isAigc: options.isAigc,
    autoAddMusic: options.autoAddMusic,
    videoCoverTimestampMs: options.videoCoverTimestampMs,
  };
  const privacyLevel =
    options.mode === 'direct' && options.privacyLevel === undefined && maySpeakWithPerson(run)
      ? await choosePrivacyLevel(await offeredLevels(session), options.brandContent === true)
      : options.privacyLevel;
  const given = Object.entries({ ...request, privacyLevel }).filter(([, value]) => value !== undefined);
  return parse(postRequest, Object.fromEntries(given));
}

/** @throws {CommandError} for a file that is not there. */
async function urlOf(text: string): Promise<string> {
  if (/^https?:/i.test(text)) return text;
  const file = path.resolve(text);
  await access(file, constants.R_OK).catch(() => {
    throw new CommandError(EXIT.usage, 'video_missing', `${file} is not there, or may not be read.`);
  });
  return pathToFileURL(file).href;
}

async function offeredLevels(session: Session): Promise<readonly PrivacyLevel[]> {
  const info = await creatorInfo(session.onBehalf, OWNER_ID, session.account.id);
  return info.privacyLevelOptions ?? PRIVACY_LEVELS;
}

/** TikTok is asked each time what the creator may post, just before it is posted. */
async function assertMayPost(session: Session, { privacyLevel }: PostRequest): Promise<void> {
  const { canPost, reason, privacyLevelOptions } = await creatorInfo(
    session.onBehalf,
    OWNER_ID,
    session.account.id,
  );
  if (!canPost && reason) {
    const isForNow = errorEntry(reason.code)?.disposition.kind === 'wait';
    const otherwise = isForNow ? EXIT.leftToDo : EXIT.failed;
    const exitCode = NEEDS_CONSENT.includes(reason.code) ? EXIT.reauthorize : otherwise;
    throw new CommandError(exitCode, reason.code, `${reason.message} Nothing was published.`);
  }
  if (privacyLevel && privacyLevelOptions && !privacyLevelOptions.includes(privacyLevel)) {
    const message = `This account offers ${privacyLevelOptions.join(', ')}: choose one of them with --privacy-level.`;
    throw new CommandError(EXIT.failed, 'privacy_level_option_mismatch', message);
  }
}

/** Settles a post whose outcome nobody knows by the word of who has looked at TikTok. */
export async function settle(run: Run, postId: string, outcome: string): Promise<ExitCode> {
  if (outcome !== 'published' && outcome !== 'not-published') {
    throw new CommandError(EXIT.usage, 'outcome_invalid', 'Say published or not-published.');
  }
  await findResumed(run, postId);
  const posts = createPostFiles(await openHome(readCommandPlaces(run.env).configHome));
  using held = await hold(posts, postId);
  if (!(await held.resolve(outcome === 'published'))) {
    const { status } = await held.view();
    const message = `Only a post that needs attention can be settled; this one is ${status}.`;
    throw new CommandError(EXIT.failed, 'post_not_unresolved', message);
  }
  const view = viewPost(await held.view());
  run.output.result(view, SETTLED[view.status === 'needs_attention' ? 'asked' : outcome]);
  return EXIT.done;
}

const SETTLED = {
  published: 'Settled as published.',
  'not-published': 'Settled as not published. The same publish command begins it anew.',
  asked:
    'Noted. The same publish command asks TikTok once more, and begins it anew unless TikTok says otherwise.',
};

/** Says how the post stands, and answers with the exit code that says the same. */
function report(run: Run, post: PostWithAttempts): ExitCode {
  const view = viewPost(post);
  const told = isUnsent(post) ? { ...view, status: 'queued' as const } : view;
  run.output.result(view, describe(told));
  switch (told.status) {
    case 'published':
    case 'delivered':
      return EXIT.done;
    case 'failed':
    case 'cancelled':
      return EXIT.failed;
    case 'needs_attention':
      return EXIT.unknown;
    default:
      if (NEEDS_CONSENT.includes(view.error?.code ?? '')) return EXIT.reauthorize;
      return told.status === 'processing' && view.error === null ? EXIT.done : EXIT.leftToDo;
  }
}

function describe(view: PostView): string {
  const details = list({
    post: view.id,
    ...(view.publishId && { 'publish id': view.publishId }),
    ...(view.postIds.length > 0 && { 'video id': view.postIds.join(', ') }),
  });
  return [headline(view), details].join('\n');
}

const NOT_KNOWN = 'It is not known whether this was published, and it is never sent again by itself.';
const NOT_CONFIRMED = 'TikTok has not let it be sent again yet.';

function headline({ status, shareUrl, error, publishId, id, nextCheckAt }: PostView): string {
  const why = error === null ? '' : ` ${printable(error.message)}`;
  switch (status) {
    case 'published':
      if (shareUrl) return `Published: ${shareUrl}`;
      return nextCheckAt === null
        ? 'Published.'
        : `Published. Its link comes when TikTok has looked at it: ${resumeWith(id)}`;
    case 'delivered':
      return 'Delivered: finish it in the TikTok app, where it lies in the inbox.';
    case 'failed':
    case 'cancelled':
      return `Not published.${why}`;
    case 'needs_attention':
      return `${error?.code === 'asked_once_more' ? NOT_CONFIRMED : NOT_KNOWN}${why}
  Look:    npm run tiktok -- videos list
  Ask:     ${resumeWith(id)}
  Settle:  npm run tiktok -- settle ${id} published
           npm run tiktok -- settle ${id} not-published`;
    case 'processing':
      return `TikTok is processing it.${why}
  Ask:     npm run tiktok -- status ${publishId}
  Wait:    ${resumeWith(id)}`;
    default:
      return `Not published yet.${why}
  Go on:   ${resumeWith(id)}`;
  }
}
