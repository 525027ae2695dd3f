import { useState } from 'preact/hooks';
import type { AppTestView } from '../../contract.ts';
import { ApiError } from '../api/problem.ts';
import { useApp } from '../app/context.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import type { OwnApp } from './use-own-app.ts';

export interface OwnAppFormProps {
  ownApp: OwnApp;
}

type Outcome = { kind: 'saved' } | { kind: 'deleted' } | { kind: 'tested'; view: AppTestView };

/** For those who have a TikTok app of their own: its key and secret, tested, stored or forgotten. */
export function OwnAppForm({ ownApp }: OwnAppFormProps) {
  const { api, formats } = useApp();
  const { app } = ownApp;
  const [clientKey, setClientKey] = useState('');
  const [clientSecret, setClientSecret] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isAsking, setAsking] = useState(false);
  const isTyped = clientKey.trim() !== '' || clientSecret !== '';

  const run = async (task: () => Promise<Outcome>) => {
    setBusy(true);
    setError(undefined);
    setOutcome(null);
    try {
      setOutcome(await task());
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      ownApp.set(await api.saveApp({ clientKey, clientSecret }));
      setClientKey('');
      setClientSecret('');
      return { kind: 'saved' };
    });
  };
  const test = () =>
    run(async () => ({
      kind: 'tested',
      view: await api.testApp(isTyped ? { clientKey, clientSecret } : undefined),
    }));
  const errorOf = (field: string) =>
    error instanceof ApiError ? error.fields.find((problem) => problem.field === field)?.message : undefined;
  const isFieldError = error instanceof ApiError && error.fields.length > 0;

  return (
    <details class="card own-app">
      <summary>
        <h2>Your own TikTok app</h2>
        <span class="hint">{app ? `In use: ${app.clientKey}` : 'Optional, for developers'}</span>
      </summary>
      <p>
        Accounts can be connected through a TikTok app that you have registered at developers.tiktok.com. Give
        it this redirect URI:{' '}
        <code class="copyable">{`${location.origin}/.netlify/functions/tiktok-callback`}</code>
      </p>
      {ownApp.error !== undefined && <ProblemNotice error={ownApp.error} />}
      {app && (
        <p class="hint">
          Stored on {formats.moment(new Date(app.savedAt), new Date())}. The secret is sealed and never shown;
          a new one for the same key counts at once.
        </p>
      )}
      <form onSubmit={save}>
        <Field id="client-key" label="Client key" error={errorOf('clientKey')}>
          {(described) => (
            <input
              {...described}
              id="client-key"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              required
              value={clientKey}
              onInput={(event) => setClientKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field id="client-secret" label="Client secret" error={errorOf('clientSecret')}>
          {(described) => (
            <input
              {...described}
              id="client-secret"
              type="password"
              autocomplete="off"
              required
              value={clientSecret}
              onInput={(event) => setClientSecret(event.currentTarget.value)}
            />
          )}
        </Field>
        {outcome && <OutcomeNotice outcome={outcome} />}
        {error !== undefined && !isFieldError && <ProblemNotice error={error} />}
        <div class="buttons start">
          <button type="submit" class="button" disabled={isBusy} aria-busy={isBusy}>
            {app ? 'Save new credentials' : 'Save'}
          </button>
          <button type="button" class="button" disabled={isBusy || (!isTyped && !app)} onClick={test}>
            Test credentials
          </button>
          {app && (
            <button
              type="button"
              class="button quiet-danger"
              disabled={isBusy}
              onClick={() => setAsking(true)}
            >
              Delete app
            </button>
          )}
        </div>
      </form>
      {isAsking && (
        <ConfirmDialog
          title="Delete your app’s credentials?"
          confirmLabel="Delete"
          isDangerous
          onConfirm={async () => {
            await api.deleteApp();
            ownApp.set(null);
            setOutcome({ kind: 'deleted' });
          }}
          onClose={() => setAsking(false)}
        >
          <p>Accounts that are connected through it must be disconnected first.</p>
        </ConfirmDialog>
      )}
    </details>
  );
}

function OutcomeNotice({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === 'saved') {
    return (
      <Notice tone="good" title="Saved." isLive>
        <p>You can now connect accounts through your own app.</p>
      </Notice>
    );
  }
  if (outcome.kind === 'deleted') return <Notice tone="good" title="Deleted." isLive />;
  const { result, reason } = outcome.view;
  if (result === 'good') return <Notice tone="good" title="TikTok accepts key and secret." isLive />;
  return (
    <Notice
      tone={result === 'refused' ? 'bad' : 'warning'}
      title={result === 'refused' ? 'TikTok refuses them.' : 'Not known.'}
      isLive
    >
      <p>{reason?.message}</p>
    </Notice>
  );
}
