import { useApp } from '../app/context.ts';
import { Icon } from '../ui/icon.tsx';
import type { MediaState } from './rules.ts';

export interface MediaFindingsProps {
  media: MediaState;
  isVideo: boolean;
}

/** What the site has found out about the media while they are being typed. Its place is kept, so nothing jumps. */
export function MediaFindings({ media, isVideo }: MediaFindingsProps) {
  const { formats } = useApp();
  return (
    <div class="findings" role="status">
      {media.kind === 'checking' && <p class="hint">Looking at the {isVideo ? 'video' : 'photos'} …</p>}
      {media.kind === 'unknown' && <p class="hint">{media.message}</p>}
      {media.kind === 'seen' && media.media && (
        <p class="finding good">
          <Icon name="check" size={16} />
          {factsOf(media.media)}
        </p>
      )}
      {media.kind === 'seen' &&
        media.warnings.map(({ code, message }) => (
          <p key={code} class="finding warning">
            <Icon name="alert" size={16} />
            {message}
          </p>
        ))}
    </div>
  );

  function factsOf(found: NonNullable<Extract<MediaState, { kind: 'seen' }>['media']>): string {
    const { photos, width, height, durationSec, sizeBytes } = found;
    const parts = [
      photos && formats.count(photos.filter((photo) => photo !== null).length, 'photo', 'photos'),
      durationSec !== null && formats.duration(durationSec),
      width !== null && height !== null && `${width} × ${height} pixels`,
      formats.size(sizeBytes),
    ];
    return parts.filter(Boolean).join(' · ');
  }
}
