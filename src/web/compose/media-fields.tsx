import { MAX_PHOTOS, MAX_URL_LENGTH } from '../limits.ts';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import type { Draft } from './draft.ts';
import { MediaFindings } from './media-findings.tsx';
import { PhotoList } from './photo-list.tsx';
import type { MediaState } from './rules.ts';

export interface MediaFieldsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  media: MediaState;
  error: string | undefined;
  /** The kind of media of a queued post stays as it is. */
  isEditing: boolean;
}

export function MediaFields({ draft, change, media, error, isEditing }: MediaFieldsProps) {
  const isVideo = draft.mediaType === 'video';
  return (
    <fieldset class="part">
      <legend>Content</legend>
      {!isEditing && (
        <div class="segments">
          <label>
            <input
              type="radio"
              name="media-type"
              checked={isVideo}
              onChange={() => change({ mediaType: 'video' })}
            />
            <Icon name="video" size={18} />
            Video
          </label>
          <label>
            <input
              type="radio"
              name="media-type"
              checked={!isVideo}
              onChange={() =>
                change({ mediaType: 'photo', ...(draft.photoUrls.length === 0 && { photoUrls: [''] }) })
              }
            />
            <Icon name="photo" size={18} />
            Photos
          </label>
        </div>
      )}
      {isVideo ? (
        <Field
          id="video-url"
          label="Video address"
          hint="The public https address of an MP4, MOV or WebM file, up to 10 minutes and 4 GB."
          error={error}
        >
          {(described) => (
            <input
              {...described}
              id="video-url"
              type="url"
              inputMode="url"
              autocomplete="off"
              spellcheck={false}
              maxLength={MAX_URL_LENGTH}
              placeholder="https://"
              value={draft.videoUrl}
              onInput={(event) => change({ videoUrl: event.currentTarget.value })}
            />
          )}
        </Field>
      ) : (
        <PhotoList draft={draft} change={change} error={error} />
      )}
      {!isVideo && (
        <p class="hint" id="photo-urls-hint">
          1 to {MAX_PHOTOS} JPEG or WebP pictures of at most 20 MB, at public https addresses that are
          verified at TikTok for this site.
        </p>
      )}
      <MediaFindings media={media} isVideo={isVideo} />
    </fieldset>
  );
}
