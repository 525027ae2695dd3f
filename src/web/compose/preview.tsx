import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app/context.ts';
import { useSettled } from '../support/settled.ts';
import { Icon } from '../ui/icon.tsx';
import type { Draft } from './draft.ts';
import { coverPlace, type Judgement, mediaUrls } from './rules.ts';

export interface PreviewProps {
  draft: Draft;
  judgement: Judgement;
  /** How long the browser finds the video to be; null: it cannot say. */
  onDuration: (durationSec: number | null) => void;
}

const PAUSE_MS = 700;

/** UX-18: the media themselves, and the words as they are sent. Nothing is added to either (UX-19). */
export function Preview({ draft, judgement, onDuration }: PreviewProps) {
  const { formats } = useApp();
  // An address that is still being typed is somebody else's.
  const settled = useSettled(mediaUrls(draft).join('\n'), PAUSE_MS);
  const urls = settled.split('\n').filter((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  const isVideo = draft.mediaType === 'video';
  const names = judgement.accounts.map(({ nickname }) => nickname);
  return (
    <section class="preview" aria-label="Preview">
      <div class="stage">
        {urls.length === 0 ? (
          <p class="stage-empty">
            <Icon name={isVideo ? 'video' : 'photo'} size={28} />
            The {isVideo ? 'video' : 'photos'} will be shown here, just as {isVideo ? 'it is' : 'they are'}{' '}
            posted.
          </p>
        ) : isVideo ? (
          <VideoStage key={urls[0]} url={urls[0] ?? ''} onDuration={onDuration} />
        ) : (
          <PhotoStage urls={urls} cover={Math.min(coverPlace(draft), urls.length - 1)} />
        )}
      </div>
      <div class="preview-text">
        <p class="preview-name">{names.length === 0 ? 'No account chosen' : formats.list(names)}</p>
        {isVideo && draft.mode === 'direct' && <p class="preview-caption">{draft.caption}</p>}
        {!isVideo && (
          <>
            {draft.photoTitle && <p class="preview-title">{draft.photoTitle}</p>}
            <p class="preview-caption">{draft.photoDescription}</p>
          </>
        )}
      </div>
    </section>
  );
}

function VideoStage({ url, onDuration }: { url: string; onDuration: PreviewProps['onDuration'] }) {
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    onDuration(null);
    return () => onDuration(null);
  }, [onDuration]);
  if (isBroken) return <Unshown what="video" />;
  return (
    // biome-ignore lint/a11y/useMediaCaption: the video is the reader's own, as they post it
    <video
      src={url}
      controls
      playsInline
      preload="metadata"
      aria-label="The video"
      onLoadedMetadata={({ currentTarget: { duration } }) =>
        onDuration(Number.isFinite(duration) ? duration : null)
      }
      onError={() => setBroken(true)}
    />
  );
}

function PhotoStage({ urls, cover }: { urls: readonly string[]; cover: number }) {
  const [chosen, setChosen] = useState(cover);
  const [broken, setBroken] = useState<string | null>(null);
  useEffect(() => setChosen(cover), [cover]);
  const place = Math.min(chosen, urls.length - 1);
  const url = urls[place] ?? '';
  return (
    <>
      {broken === url ? (
        <Unshown what="photo" />
      ) : (
        <img
          src={url}
          alt={`${place + 1} of ${urls.length}`}
          referrerpolicy="no-referrer"
          onError={() => setBroken(url)}
        />
      )}
      <div class="stage-bar">
        <button
          type="button"
          class="icon-button"
          aria-label="Previous photo"
          disabled={place === 0}
          onClick={() => setChosen(place - 1)}
        >
          <Icon name="left" />
        </button>
        <span role="status">
          {place + 1} / {urls.length}
          {place === cover && ' · cover'}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label="Next photo"
          disabled={place === urls.length - 1}
          onClick={() => setChosen(place + 1)}
        >
          <Icon name="right" />
        </button>
      </div>
    </>
  );
}

function Unshown({ what }: { what: string }) {
  return (
    <p class="stage-empty">
      <Icon name="alert" size={28} />
      This browser cannot show the {what}. Check its address; TikTok may still take it.
    </p>
  );
}
