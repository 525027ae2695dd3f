/** Media that cannot be had, or not be used. */
export class MediaError extends Error {
  readonly code:
    | 'media_url_not_public'
    | 'media_unreachable'
    | 'media_redirects'
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

/** The URL leads somewhere that is not the public internet. */
export function notPublic(): MediaError {
  return new MediaError('media_url_not_public', 'The media URL does not lead to a public https address.', {
    isTemporary: false,
  });
}
