import { useEffect, useRef, useState } from 'preact/hooks';
import type { AccountView, PostMode, PostView } from '../../contract.ts';
import { useApp } from '../app/context.ts';
import { navigate } from '../app/navigation.ts';
import { Page } from '../app/page.tsx';
import { MAX_DESCRIPTION_LENGTH, MAX_PHOTO_TITLE_LENGTH, MAX_TITLE_LENGTH } from '../limits.ts';
import { Icon } from '../ui/icon.tsx';
import { AccountChooser } from './account-chooser.tsx';
import { AccountSettings } from './account-settings.tsx';
import { Declaration } from './declaration.tsx';
import { DetailFields } from './detail-fields.tsx';
import { Disclosure } from './disclosure.tsx';
import { type Draft, EMPTY_DRAFT, type AccountSettings as Settings, settingsOf } from './draft.ts';
import { Failures } from './failures.tsx';
import { MediaFields } from './media-fields.tsx';
import { Preview } from './preview.tsx';
import { fromContent, fromPost } from './request.ts';
import { judge } from './rules.ts';
import { ScheduleFields } from './schedule-fields.tsx';
import { TextField } from './text-field.tsx';
import { useCreators } from './use-creators.ts';
import { useDraft } from './use-draft.ts';
import { useMediaCheck } from './use-media-check.ts';
import { type Outcome, useSubmit } from './use-submit.ts';

export interface ComposeFormProps {
  accounts: readonly AccountView[];
  /** The queued post that is changed; null: a new one. */
  editId: string | null;
  /** What it begins from. */
  source: PostView | null;
  /** All of it has gone through. */
  onQueued: (done: Outcome['done']) => void;
}

export function ComposeForm({ accounts, editId, source, onQueued }: ComposeFormProps) {
  const { session, formats, place } = useApp();
  const begin = (): Draft => {
    if (source) return editId === null ? fromContent(source) : fromPost(source, formats.timeZone);
    const asked = new URLSearchParams(place.search).get('account');
    const only = accounts.length === 1 ? accounts[0] : accounts.find(({ id }) => id === asked);
    return { ...EMPTY_DRAFT, accountIds: only ? [only.id] : [] };
  };
  const storageKey = ['draft', session.userId, editId ?? (source && `from ${source.id}`) ?? 'new'].join(' ');
  const { draft, isRestored, change, reset } = useDraft(storageKey, begin);
  const [tries, setTries] = useState(0);
  const [shownDurationSec, setShownDuration] = useState<number | null>(null);
  const now = useNow();
  const creators = useCreators(accounts, draft.accountIds);
  const chosen = accounts.filter(({ id }) => draft.accountIds.includes(id));
  const media = useMediaCheck(draft, chosen[0]?.id);
  const { isBusy, outcome, submit, forget } = useSubmit(editId, change);
  const judgement = judge(draft, {
    ...{ accounts, creators: creators.states, media, shownDurationSec, now, formats },
  });
  const { problems, disclosure, schedule } = judgement;
  const isPosting = useRef(false);

  const errorAt = (field: string) =>
    problems.find((problem) => problem.field === field && (tries > 0 || !problem.isMissing))?.message;
  const changeSettings = (id: string) => (changes: Partial<Settings>) =>
    change({ settings: { ...draft.settings, [id]: { ...settingsOf(draft, id), ...changes } } });

  const post = async (event: Event) => {
    event.preventDefault();
    // A second click while the first is at work.
    if (isPosting.current) return;
    if (problems.length > 0) {
      setTries(tries + 1);
      return;
    }
    isPosting.current = true;
    const result = await submit(draft, judgement).finally(() => {
      isPosting.current = false;
    });
    if (result.failed.length > 0) return;
    setTries(0);
    reset(begin());
    if (editId !== null) navigate(`/posts/${editId}`);
    else onQueued([...(outcome?.done ?? []), ...result.done]);
  };
  // After a try that could not go on, to the first thing that is in the way.
  useEffect(() => {
    const field = problems[0]?.field;
    if (tries === 0 || field === undefined) return;
    const control = document.getElementById(field);
    control?.focus();
    control?.scrollIntoView({ block: 'center' });
  }, [tries]);

  const isDirect = draft.mode === 'direct';
  const reasonId = 'not-yet';
  return (
    <Page title={editId === null ? 'Compose' : 'Edit post'}>
      <form class="compose" noValidate onSubmit={post}>
        <div class="compose-fields">
          {isRestored && (
            <p class="hint restored">
              What you had typed is back.{' '}
              <button type="button" class="link-button" onClick={() => reset(begin())}>
                Start over
              </button>
            </p>
          )}
          {editId === null && <AccountChooser {...{ accounts, draft, change }} error={errorAt('accounts')} />}
          <MediaFields
            {...{ draft, change, media }}
            error={errorAt(draft.mediaType === 'video' ? 'video-url' : 'photo-urls')}
            isEditing={editId !== null}
          />
          <ModeFields mode={draft.mode} onChoose={(mode) => change({ mode })} />
          <Texts {...{ draft, change, errorAt }} />
          {judgement.accounts.map((judged) => (
            <AccountSettings
              key={judged.account.id}
              judged={judged}
              isDraft={!isDirect}
              privacyError={errorAt(`privacy-${judged.account.id}`)}
              change={changeSettings(judged.account.id)}
              onAskAgain={() => creators.ask(judged.account.id)}
            />
          ))}
          {disclosure && <Disclosure {...{ draft, disclosure, change }} error={errorAt('disclosure')} />}
          <DetailFields {...{ draft, change }} coverError={errorAt('cover-seconds')} />
          <ScheduleFields {...{ draft, schedule, change, now }} error={errorAt('schedule-date')} />
        </div>
        <Preview {...{ draft, judgement }} onDuration={setShownDuration} />
        <div class="compose-end">
          {outcome && (
            <Failures
              outcome={outcome}
              isEditing={editId !== null}
              onAnew={(accountId) => {
                const { [accountId]: _used, ...sent } = draft.sent;
                change({ sent });
                forget();
              }}
            />
          )}
          <Declaration declaration={judgement.declaration} />
          <button
            type="submit"
            class="button primary wide large"
            aria-disabled={problems.length > 0 || isBusy}
            aria-busy={isBusy}
            aria-describedby={`declaration ${reasonId}`}
            {...(judgement.hover && { title: judgement.hover })}
          >
            <Icon name={draft.when === 'later' ? 'clock' : 'send'} />
            {buttonLabel(draft, chosen.length, editId !== null, isBusy)}
          </button>
          <p class="reason" id={reasonId} role="status">
            {judgement.hover}
          </p>
        </div>
      </form>
    </Page>
  );
}

function buttonLabel(draft: Draft, accountCount: number, isEditing: boolean, isBusy: boolean): string {
  if (isEditing) return isBusy ? 'Saving …' : 'Save changes';
  const to = accountCount > 1 ? ` to ${accountCount} accounts` : '';
  if (isBusy) return 'Queueing …';
  if (draft.when === 'later') return draft.mode === 'direct' ? `Schedule${to}` : `Schedule draft${to}`;
  return draft.mode === 'direct' ? `Post now${to}` : `Send draft${to}`;
}

/** The time, good to the half minute. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function ModeFields({ mode, onChoose }: { mode: PostMode; onChoose: (mode: PostMode) => void }) {
  return (
    <fieldset class="part">
      <legend>How</legend>
      <div class="segments">
        <label>
          <input type="radio" name="mode" checked={mode === 'direct'} onChange={() => onChoose('direct')} />
          Post directly
        </label>
        <label>
          <input type="radio" name="mode" checked={mode === 'draft'} onChange={() => onChoose('draft')} />
          Send as draft
        </label>
      </div>
      {mode === 'draft' && (
        <p class="hint">
          A draft goes to the inbox of the TikTok app, where you finish and post it. TikTok takes no settings
          with it, and no caption with a video.
        </p>
      )}
    </fieldset>
  );
}

interface TextsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  errorAt: (field: string) => string | undefined;
}

/** UX-05. */
function Texts({ draft, change, errorAt }: TextsProps) {
  if (draft.mediaType === 'photo') {
    return (
      <div class="part">
        <TextField
          id="photo-title"
          label="Title"
          rows={1}
          maxLength={MAX_PHOTO_TITLE_LENGTH}
          value={draft.photoTitle}
          error={errorAt('photo-title')}
          onInput={(photoTitle) => change({ photoTitle })}
        />
        <TextField
          id="photo-description"
          label="Description"
          rows={5}
          maxLength={MAX_DESCRIPTION_LENGTH}
          hint="#hashtags and @mentions work as in the TikTok app."
          value={draft.photoDescription}
          error={errorAt('photo-description')}
          onInput={(photoDescription) => change({ photoDescription })}
        />
      </div>
    );
  }
  if (draft.mode === 'draft') return null;
  return (
    <div class="part">
      <TextField
        id="caption"
        label="Caption"
        rows={4}
        maxLength={MAX_TITLE_LENGTH}
        hint="#hashtags and @mentions work as in the TikTok app."
        value={draft.caption}
        error={errorAt('caption')}
        onInput={(caption) => change({ caption })}
      />
    </div>
  );
}
