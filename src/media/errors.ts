import { finalNotice, type NoticeCode, notice } from '../notices.ts';

/** Media that cannot be had, or not be used. */
export class MediaError extends Error {
  readonly code: Exclude<Extract<NoticeCode, `media_${string}`>, 'media_not_measured'>;
  /** Whether it may be otherwise later. */
  readonly isTemporary: boolean;

  constructor(code: MediaError['code'], { isTemporary = false, details = '' } = {}) {
    super((isTemporary ? notice(code, details) : finalNotice(code, details)).message);
    this.name = 'MediaError';
    this.code = code;
    this.isTemporary = isTemporary;
  }
}

/** The URL leads somewhere that is not the public internet. */
export function notPublic(): MediaError {
  return new MediaError('media_url_not_public');
}
