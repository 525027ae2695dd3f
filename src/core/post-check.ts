import {
  FIELD_ERRORS,
  type FieldErrorCode,
  MAX_PHOTO_TITLE_LENGTH,
  MAX_SCHEDULE_DAYS,
  type MediaCheckRequest,
  type PostRequest,
} from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import { notice } from '../notices.ts';
import type { Notice } from '../store/rows.ts';
import type { TransferDeps } from './transfer.ts';

export interface CheckDeps extends Pick<TransferDeps, 'parseMediaUrl'> {
  now(): Date;
}

type Problem = { field: keyof PostRequest; code: FieldErrorCode };

/**
 * What the schema cannot say. Returns when the post is due; null: at once.
 * @throws {RequestError} naming every field that is wrong.
 */
export function checkRequest(request: PostRequest, deps: CheckDeps): Date | null {
  const { now } = deps;
  const scheduledAt = request.scheduledAt === undefined ? null : new Date(request.scheduledAt);
  const problems = mediaProblems(request, deps);
  if (request.mode === 'direct' && request.brandContentToggle && request.privacyLevel === 'SELF_ONLY') {
    problems.push({ field: 'privacyLevel', code: 'branded_content_private' });
  }
  if (request.mode === 'direct' && !request.privacyLevel) {
    problems.push({ field: 'privacyLevel', code: 'privacy_level_required' });
  }
  if (scheduledAt && scheduledAt.getTime() < 0) {
    problems.push({ field: 'scheduledAt', code: 'scheduled_at_invalid' });
  }
  if (scheduledAt && scheduledAt.getTime() > now().getTime() + MAX_SCHEDULE_DAYS * 24 * 3600 * 1000) {
    problems.push({ field: 'scheduledAt', code: 'scheduled_at_too_far' });
  }
  const agreedMs = request.consent && new Date(request.consent.agreedAt).getTime();
  if (agreedMs !== undefined && (agreedMs < 0 || agreedMs > now().getTime() + CLOCK_ERROR_MS)) {
    problems.push({ field: 'consent', code: 'consent_invalid' });
  }
  refuse(problems);
  const declaration = request.brandContentToggle ? 'branded_content_and_music_usage' : 'music_usage';
  if (request.consent && request.consent.declaration !== declaration) throw badConsent('consent_mismatch');
  return scheduledAt && scheduledAt > now() ? scheduledAt : null;
}

/**
 * The part of it that concerns the media.
 * @throws {RequestError} naming every field that is wrong.
 */
export function checkMediaFields(request: MediaCheckRequest, deps: Pick<CheckDeps, 'parseMediaUrl'>): void {
  refuse(mediaProblems(request, deps));
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (!first) return;
  const fields = problems.map(({ field, code }) => ({ field, code, message: FIELD_ERRORS[code] }));
  const detail = fields.map(({ field, message }) => `${field}: ${message}`).join(' ');
  throw new RequestError(400, first.code, detail, fields);
}

/** So far may the clock of whoever agrees be ahead. */
const CLOCK_ERROR_MS = 24 * 3600 * 1000;

/** What was agreed to is not what would be posted. */
export function badConsent(code: 'consent_mismatch' | 'consent_required'): RequestError {
  const message = FIELD_ERRORS[code];
  return new RequestError(422, code, message, [{ field: 'consent', code, message }]);
}

/** A whole request, or what of it the media are looked at for. */
type Described = MediaCheckRequest & Partial<PostRequest>;

function mediaProblems(request: Described, { parseMediaUrl }: Pick<CheckDeps, 'parseMediaUrl'>): Problem[] {
  const isPublic = (url: string) => parseMediaUrl(url) !== null;
  return request.mediaType === 'video' ? videoProblems(request, isPublic) : photoProblems(request, isPublic);
}

function videoProblems(request: Described, isPublic: (url: string) => boolean): Problem[] {
  const problems: Problem[] = (['photoUrls', 'photoCoverIndex', 'description', 'autoAddMusic'] as const)
    .filter((field) => isSet(request[field]))
    .map((field) => ({ field, code: 'photo_field' }));
  if (request.videoUrl === undefined) problems.push({ field: 'videoUrl', code: 'video_url_required' });
  else if (!isPublic(request.videoUrl)) problems.push({ field: 'videoUrl', code: 'video_url_invalid' });
  return problems;
}

function photoProblems(request: Described, isPublic: (url: string) => boolean): Problem[] {
  const { photoUrls, photoCoverIndex = 0, title = '', transfer } = request;
  const problems: Problem[] = VIDEO_FIELDS.filter((field) => isSet(request[field])).map((field) => ({
    field,
    code: 'video_field',
  }));
  if (photoUrls === undefined) problems.push({ field: 'photoUrls', code: 'photo_urls_required' });
  else if (!photoUrls.every(isPublic)) problems.push({ field: 'photoUrls', code: 'photo_urls_invalid' });
  else if (photoCoverIndex >= photoUrls.length) {
    problems.push({ field: 'photoCoverIndex', code: 'photo_cover_invalid' });
  }
  if (title.length > MAX_PHOTO_TITLE_LENGTH) problems.push({ field: 'title', code: 'photo_title_too_long' });
  if (transfer === 'upload') problems.push({ field: 'transfer', code: 'photos_are_pulled' });
  return problems;
}

/** A switch left off says nothing. */
const isSet = (value: unknown) => value !== undefined && value !== false;

const VIDEO_FIELDS = ['videoUrl', 'disableDuet', 'disableStitch', 'videoCoverTimestampMs', 'isAigc'] as const;

/** A post as it is asked for, or as it is stored. */
type Settings = Pick<PostRequest, 'mode' | 'mediaType'> & { title?: string | null | undefined } & {
  [field in (typeof DIRECT_FIELDS)[number]]?: unknown;
};

/** What is right but will not be as its sender may think. */
export function warningsFor(post: Settings): Notice[] {
  if (post.mode === 'direct') return [];
  const isLost = DIRECT_FIELDS.some((field) => post[field]) || (post.mediaType === 'video' && post.title);
  return isLost ? [notice('draft_settings_not_sent')] : [];
}

const DIRECT_FIELDS = [
  'privacyLevel',
  'disableDuet',
  'disableStitch',
  'disableComment',
  'videoCoverTimestampMs',
  'brandContentToggle',
  'brandOrganicToggle',
  'isAigc',
  'autoAddMusic',
] as const;
