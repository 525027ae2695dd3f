import { Switch } from '../ui/switch.tsx';
import type { Draft } from './draft.ts';
import type { Judgement } from './rules.ts';
import { NOT_PRIVATE } from './words.ts';

export interface DisclosureProps {
  draft: Draft;
  disclosure: NonNullable<Judgement['disclosure']>;
  change: (changes: Partial<Draft>) => void;
  error: string | undefined;
}

/** UX-10 to UX-15: whether the content promotes somebody, and whom. */
export function Disclosure({ draft, disclosure, change, error }: DisclosureProps) {
  const { isOpen, label, isBrandedDisabled, brandedHover } = disclosure;
  return (
    <fieldset class="part" id="disclosure" tabIndex={-1} aria-label="Commercial content">
      <Switch
        id="discloses"
        label="Disclose commercial content"
        hint="Turn on to disclose that this post promotes goods or services in exchange for something of value. It could promote yourself, a third party, or both."
        isOn={draft.disclosesCommercial}
        onChange={(disclosesCommercial) =>
          change({ disclosesCommercial, isYourBrand: false, isBrandedContent: false })
        }
      />
      {isOpen && (
        <div class="brands">
          <div class="choice">
            <input
              type="checkbox"
              id="your-brand"
              aria-describedby="your-brand-hint"
              checked={draft.isYourBrand}
              onChange={(event) => change({ isYourBrand: event.currentTarget.checked })}
            />
            <div>
              <label for="your-brand">Your brand</label>
              <p class="hint" id="your-brand-hint">
                You are promoting yourself or your own business.
              </p>
            </div>
          </div>
          <div
            class={`choice ${isBrandedDisabled ? 'off' : ''}`}
            {...(brandedHover && { title: brandedHover })}
          >
            <input
              type="checkbox"
              id="branded"
              aria-describedby="branded-hint"
              checked={draft.isBrandedContent}
              disabled={isBrandedDisabled}
              {...(brandedHover && { title: brandedHover })}
              onChange={(event) => change({ isBrandedContent: event.currentTarget.checked })}
            />
            <div>
              <label for="branded">Branded content</label>
              <p class="hint" id="branded-hint">
                {brandedHover
                  ? `${NOT_PRIVATE} To choose it, let others than yourself view the post.`
                  : 'You are promoting another brand or a third party.'}
              </p>
            </div>
          </div>
          <p class="prompt" role="status">
            {label}
          </p>
        </div>
      )}
      {error && isOpen && <p class="field-error">{error}</p>}
    </fieldset>
  );
}
