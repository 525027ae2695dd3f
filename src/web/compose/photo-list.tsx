import { MAX_PHOTOS, MAX_URL_LENGTH } from '../limits.ts';
import { Icon } from '../ui/icon.tsx';
import type { Draft } from './draft.ts';

export interface PhotoListProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  error: string | undefined;
}

/** The addresses of the photos in their order, and which of them is the cover. Pasting several lines adds several. */
export function PhotoList({ draft, change, error }: PhotoListProps) {
  const urls = draft.photoUrls.length === 0 ? [''] : draft.photoUrls;
  const cover = Math.min(draft.photoCoverIndex, urls.length - 1);

  const write = (place: number, text: string) => {
    const lines = text.split(/\s+/).filter(Boolean);
    change({
      photoUrls: urls.toSpliced(place, 1, ...(lines.length > 1 ? lines : [text])).slice(0, MAX_PHOTOS),
    });
  };
  const move = (place: number, by: number) => {
    const order = urls.map((_, index) => index);
    [order[place], order[place + by]] = [place + by, place];
    change({
      photoUrls: order.map((index) => urls[index] ?? ''),
      photoCoverIndex: order.indexOf(cover),
    });
  };
  const remove = (place: number) =>
    change({
      photoUrls: urls.toSpliced(place, 1),
      photoCoverIndex: place < cover ? cover - 1 : place === cover ? 0 : cover,
    });

  return (
    <div class="field" id="photo-urls" tabIndex={-1}>
      <ol class="plain photos">
        {urls.map((url, place) => (
          <li key={place}>
            <input
              type="url"
              aria-label={`Photo ${place + 1} address`}
              aria-describedby={`photo-urls-hint${error ? ' photo-urls-error' : ''}`}
              autocomplete="off"
              spellcheck={false}
              maxLength={MAX_URL_LENGTH}
              placeholder="https://"
              value={url}
              onInput={(event) => write(place, event.currentTarget.value)}
              onPaste={(event) => {
                const pasted = event.clipboardData?.getData('text') ?? '';
                if (!/\S\s+\S/.test(pasted)) return;
                event.preventDefault();
                write(place, pasted);
              }}
            />
            <div class="photo-tools">
              <label class="cover">
                <input
                  type="radio"
                  name="cover"
                  checked={place === cover}
                  aria-label={`Photo ${place + 1} is the cover`}
                  onChange={() => change({ photoCoverIndex: place })}
                />
                Cover
              </label>
              <button
                type="button"
                class="icon-button"
                aria-label={`Move photo ${place + 1} up`}
                disabled={place === 0}
                onClick={() => move(place, -1)}
              >
                <Icon name="up" size={18} />
              </button>
              <button
                type="button"
                class="icon-button"
                aria-label={`Move photo ${place + 1} down`}
                disabled={place === urls.length - 1}
                onClick={() => move(place, 1)}
              >
                <Icon name="down" size={18} />
              </button>
              <button
                type="button"
                class="icon-button"
                aria-label={`Remove photo ${place + 1}`}
                disabled={urls.length === 1}
                onClick={() => remove(place)}
              >
                <Icon name="close" size={18} />
              </button>
            </div>
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="button start"
        disabled={urls.length >= MAX_PHOTOS}
        onClick={() => change({ photoUrls: [...urls, ''] })}
      >
        <Icon name="plus" size={18} />
        Add a photo
      </button>
      {error && (
        <p class="field-error" id="photo-urls-error">
          {error}
        </p>
      )}
    </div>
  );
}
