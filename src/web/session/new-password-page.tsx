import { useState } from 'preact/hooks';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import type { Auth } from './auth.ts';

export interface NewPasswordPageProps {
  auth: Auth;
  onDone: () => void;
}

/** For somebody who has come by the link of a forgotten password. */
export function NewPasswordPage({ auth, onDone }: NewPasswordPageProps) {
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await auth.setPassword(password);
      onDone();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <main class="welcome">
      <form class="card welcome-card" onSubmit={submit}>
        <h1>Set a new password</h1>
        <Field id="new-password" label="New password" hint="At least 6 characters; a few words are better.">
          {(described) => (
            <input
              {...described}
              id="new-password"
              type="password"
              autocomplete="new-password"
              required
              minLength={6}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        {error !== undefined && <ProblemNotice error={error} />}
        <button type="submit" class="button primary wide" disabled={isBusy} aria-busy={isBusy}>
          Set password
        </button>
      </form>
    </main>
  );
}
