/** Media that cannot be had, or not be used. */
export class MediaError extends Error {
  readonly code:
    | 'media_url_not_public'
    | 'media_unreachable'
    | 'media_not_video'
    | 'media_size_unknown'
    | 'media_empty'
    | 'media_too_large'
    | 'media_changed';
  /** Whether it may be otherwise later. */
  readonly isTemporary: boolean;

  constructor(code: MediaError['code'], message: string, { isTemporary }: { isTemporary: boolean }) {
    super(message);
    this.name = 'MediaError';
    this.code = code;
    this.isTemporary = isTemporary;
  }
}
