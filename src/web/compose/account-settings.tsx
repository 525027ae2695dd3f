import type { PrivacyLevel } from '../../contract.ts';
import { Link } from '../app/link.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import type { AccountSettings as Settings } from './draft.ts';
import type { AccountJudgement } from './rules.ts';
import { PRIVACY_NAMES } from './words.ts';

export interface AccountSettingsProps {
  judged: AccountJudgement;
  isDraft: boolean;
  privacyError: string | undefined;
  change: (changes: Partial<Settings>) => void;
  onAskAgain: () => void;
}

/** Who the post will be by, as TikTok says it now (UX-02), and what is chosen for that account alone (UX-06 to UX-09). */
export function AccountSettings({ judged, isDraft, privacyError, change, onAskAgain }: AccountSettingsProps) {
  const { account, creator, nickname, stop, toggles } = judged;
  const info = creator.kind === 'known' ? creator.info : null;
  const titleId = `posting-as-${account.id}`;
  return (
    <section class="part posting-as" id={`account-${account.id}`} aria-labelledby={titleId} tabIndex={-1}>
      <div class="account-head">
        <Avatar url={info?.creatorAvatarUrl ?? account.avatarUrl} name={nickname} size={40} />
        <div class="account-name">
          <p class="hint">Posting as</p>
          <h2 id={titleId}>{nickname}</h2>
        </div>
        {info?.creatorUsername && <p class="hint handle">@{info.creatorUsername}</p>}
      </div>

      {creator.kind === 'loading' && (
        <Skeleton label="Asking TikTok what the account may post" heightsRem={isDraft ? [1] : [4.25, 6.5]} />
      )}
      {stop !== null && (
        <Notice tone="bad" title="This account cannot post right now." isLive>
          <p>{stop}</p>
          <p>
            {creator.kind === 'unavailable' || account.status === 'connected' ? (
              <button type="button" class="link-button" onClick={onAskAgain}>
                Ask TikTok again
              </button>
            ) : null}{' '}
            <Link to="/integrations">Go to your accounts</Link>
          </p>
        </Notice>
      )}
      {isDraft && creator.kind !== 'loading' && stop === null && (
        <p class="hint">
          The draft arrives in the inbox of this account's TikTok app. Who can view it and everything else is
          chosen there, when it is finished.
        </p>
      )}
      {!isDraft && creator.kind === 'known' && judged.privacyOptions && (
        <>
          <PrivacySelect
            judged={judged}
            error={privacyError}
            onChoose={(privacyLevel) => change({ privacyLevel })}
          />
          <fieldset class="field">
            <legend class="label">Allow users to</legend>
            <div class="toggles">
              {toggles.map(({ name, label, isChecked, isDisabled }) => (
                <div key={name} class={`choice ${isDisabled ? 'off' : ''}`}>
                  <input
                    type="checkbox"
                    id={`${name}-${account.id}`}
                    checked={isChecked}
                    disabled={isDisabled}
                    {...(isDisabled && { 'aria-describedby': `off-${account.id}` })}
                    onChange={(event) => change({ [name]: event.currentTarget.checked })}
                  />
                  <label for={`${name}-${account.id}`}>{label}</label>
                </div>
              ))}
            </div>
            {toggles.some(({ isDisabled }) => isDisabled) && (
              <p class="hint" id={`off-${account.id}`}>
                What is greyed out is switched off in this account's TikTok settings.
              </p>
            )}
          </fieldset>
        </>
      )}
    </section>
  );
}

interface PrivacySelectProps {
  judged: AccountJudgement;
  error: string | undefined;
  onChoose: (level: PrivacyLevel) => void;
}

/** UX-06: the account's own options, and none of them chosen beforehand. */
function PrivacySelect({ judged, error, onChoose }: PrivacySelectProps) {
  const { account, privacyOptions, privacyLevel } = judged;
  const id = `privacy-${account.id}`;
  const hover = privacyOptions?.find((option) => option.hover !== null)?.hover;
  return (
    <Field id={id} label="Who can view this post" hint={hover === error ? undefined : hover} error={error}>
      {(described) => (
        <select
          {...described}
          id={id}
          required
          value={privacyLevel ?? ''}
          {...(hover && { title: hover })}
          onChange={(event) => onChoose(event.currentTarget.value as PrivacyLevel)}
        >
          <option value="" disabled hidden>
            Choose …
          </option>
          {privacyOptions?.map(({ level, isDisabled, hover }) => (
            <option key={level} value={level} disabled={isDisabled} {...(hover && { title: hover })}>
              {PRIVACY_NAMES[level]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
