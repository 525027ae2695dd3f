import type { Transfer } from '../../contract.ts';
import { Field } from '../ui/field.tsx';
import { Switch } from '../ui/switch.tsx';
import type { Draft } from './draft.ts';

export interface DetailFieldsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  coverError: string | undefined;
}

/** What few need, and what is only about how the file gets to TikTok. */
export function DetailFields({ draft, change, coverError }: DetailFieldsProps) {
  const isVideo = draft.mediaType === 'video';
  const isDirect = draft.mode === 'direct';
  return (
    <div class="part">
      {isDirect && isVideo && (
        <Switch
          id="is-aigc"
          label="AI-generated content"
          hint="TikTok labels the video “Creator labeled as AI-generated”."
          isOn={draft.isAigc}
          onChange={(isAigc) => change({ isAigc })}
        />
      )}
      {isDirect && !isVideo && (
        <Switch
          id="auto-music"
          label="Add recommended music"
          hint="TikTok chooses it; it can be changed in the TikTok app."
          isOn={draft.autoAddMusic}
          onChange={(autoAddMusic) => change({ autoAddMusic })}
        />
      )}
      {isVideo && (
        <details class="advanced" open={coverError !== undefined || undefined}>
          <summary>Advanced</summary>
          {isDirect && (
            <Field
              id="cover-seconds"
              label="Cover frame, in seconds from the start"
              hint="Left empty, TikTok takes the first frame."
              error={coverError}
            >
              {(described) => (
                <input
                  {...described}
                  id="cover-seconds"
                  inputMode="decimal"
                  autocomplete="off"
                  value={draft.coverSeconds}
                  onInput={(event) => change({ coverSeconds: event.currentTarget.value })}
                />
              )}
            </Field>
          )}
          <Field
            id="transfer"
            label="How the file gets to TikTok"
            hint="Automatic has TikTok fetch it from verified addresses, and uploads everything else."
          >
            {(described) => (
              <select
                {...described}
                id="transfer"
                value={draft.transfer}
                onChange={(event) => change({ transfer: event.currentTarget.value as Transfer })}
              >
                <option value="auto">Automatic</option>
                <option value="pull">TikTok fetches it</option>
                <option value="upload">This site uploads it</option>
              </select>
            )}
          </Field>
        </details>
      )}
    </div>
  );
}
