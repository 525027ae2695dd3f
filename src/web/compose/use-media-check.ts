import { useEffect, useState } from 'preact/hooks';
import type { MediaToCheck } from '../api/client.ts';
import { ApiError } from '../api/problem.ts';
import { useApp } from '../app/context.ts';
import type { Draft } from './draft.ts';
import { type MediaState, mediaUrls } from './rules.ts';

const PAUSE_MS = 700;

/**
 * What the site finds when it looks at the media, a moment after the last key was pressed. An answer about something that has
 * been changed since is dropped.
 */
export function useMediaCheck(draft: Draft, accountId: string | undefined): MediaState {
  const { api } = useApp();
  const { mediaType, mode } = draft;
  const urls = mediaUrls(draft);
  const transfer = mediaType === 'photo' && draft.transfer === 'upload' ? 'auto' : draft.transfer;
  const isComplete = urls.length > 0 && urls.every((url) => URL.canParse(url)) && accountId !== undefined;
  const key = isComplete ? JSON.stringify([accountId, mediaType, mode, transfer, urls]) : null;
  const [state, setState] = useState<{ key: string | null; media: MediaState }>({
    key: null,
    media: { kind: 'none' },
  });

  useEffect(() => {
    if (key === null || accountId === undefined) return;
    const stop = new AbortController();
    const media = mediaType === 'video' ? { videoUrl: urls[0] ?? '' } : { photoUrls: urls };
    const asked: MediaToCheck = { accountId, mediaType, mode, transfer, ...media };
    const tell = (media: MediaState) => !stop.signal.aborted && setState({ key, media });
    const timer = setTimeout(
      () =>
        api.check(asked, stop.signal).then(
          (answer) => tell({ kind: 'seen', ...answer }),
          (error) => tell(meaning(error)),
        ),
      PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);

  if (key === null) return { kind: 'none' };
  return state.key === key ? state.media : { kind: 'checking' };
}

/** Only what is said of the media themselves is a refusal: whatever else keeps the post back, queueing will say. */
function meaning(error: unknown): MediaState {
  if (error instanceof ApiError && MEDIA_FIELDS.has(error.fields[0]?.field ?? '')) {
    return { kind: 'refused', message: error.fields[0]?.message ?? error.message };
  }
  return {
    kind: 'unknown',
    message: 'The media could not be looked at just now. They are looked at again when you post.',
  };
}

const MEDIA_FIELDS = new Set(['videoUrl', 'photoUrls']);
