import { useEffect, useState } from 'preact/hooks';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import type { Auth, SignInWays } from './auth.ts';

type Step = 'sign-in' | 'sign-up' | 'forgotten';

export interface SignInPageProps {
  auth: Auth;
}

/** For everybody who is not signed in, whatever the address: after it, they are where they wanted to be. */
export function SignInPage({ auth }: SignInPageProps) {
  const [ways, setWays] = useState<SignInWays | null>(null);
  useEffect(() => {
    document.title = 'Sign in · TikTok publisher';
    // Where it does not say, e-mail is tried: its own answer tells more than none.
    auth.ways().then(setWays, () => setWays({ email: true, signUp: true, providers: [] }));
  }, [auth]);
  return (
    <main class="welcome">
      <div class="welcome-text">
        <h1>Your posts, on TikTok, once each.</h1>
        <p class="lead">
          Connect a TikTok account, compose a video or photo post, and choose when it goes out. You see what
          happens to it at every step.
        </p>
      </div>
      <section class="card welcome-card" aria-label="Sign in">
        {ways ? (
          <SignInForms auth={auth} ways={ways} />
        ) : (
          <Skeleton label="Loading" heightsRem={[2, 4.5, 4.5, 3]} />
        )}
      </section>
    </main>
  );
}

function SignInForms({ auth, ways }: { auth: Auth; ways: SignInWays }) {
  const [step, setStep] = useState<Step>('sign-in');
  return (
    <>
      {step !== 'forgotten' && ways.providers.length > 0 && (
        <div class="providers">
          {ways.providers.map((provider) => (
            <ProviderButton key={provider} provider={provider} auth={auth} />
          ))}
          {ways.email && <p class="or">or by e-mail</p>}
        </div>
      )}
      {ways.email && (
        <EmailForm key={step} auth={auth} step={step} setStep={setStep} canSignUp={ways.signUp} />
      )}
    </>
  );
}

function ProviderButton({ provider, auth }: { provider: string; auth: Auth }) {
  const [error, setError] = useState<string | null>(null);
  const begin = () => auth.signInWith(provider).catch((thrown: Error) => setError(thrown.message));
  return (
    <>
      <button type="button" class="button wide" onClick={begin}>
        Continue with {PROVIDER_NAMES[provider] ?? provider[0]?.toUpperCase() + provider.slice(1)}
      </button>
      {error && (
        <Notice tone="bad" isLive>
          <p>{error}</p>
        </Notice>
      )}
    </>
  );
}

const PROVIDER_NAMES: Record<string, string> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  linkedin_oidc: 'LinkedIn',
  linkedin: 'LinkedIn',
  slack_oidc: 'Slack',
  workos: 'WorkOS',
  azure: 'Microsoft',
};

const WORDS = {
  'sign-in': { title: 'Sign in', button: 'Sign in' },
  'sign-up': { title: 'Create an account', button: 'Create account' },
  forgotten: { title: 'Forgotten password', button: 'Send me a link' },
} as const;

interface EmailFormProps {
  auth: Auth;
  step: Step;
  setStep: (step: Step) => void;
  canSignUp: boolean;
}

function EmailForm({ auth, step, setStep, canSignUp }: EmailFormProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [sent, setSent] = useState<string | null>(null);
  const { title, button } = WORDS[step];

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (step === 'sign-in') await auth.signIn(email, password);
      else if (step === 'forgotten') {
        await auth.forgotPassword(email);
        setSent(`If ${email} has an account here, a link to set a new password is on its way to it.`);
      } else if ((await auth.signUp(email, password)).mustConfirm) {
        setSent(`A link is on its way to ${email}. Open it, and you are signed in.`);
      }
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit}>
      <h2>{title}</h2>
      {sent && (
        <Notice tone="good" isLive>
          <p>{sent}</p>
        </Notice>
      )}
      <Field id="email" label="E-mail">
        {(described) => (
          <input
            {...described}
            id="email"
            type="email"
            name="email"
            autocomplete="username"
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      {step !== 'forgotten' && (
        <Field
          id="password"
          label="Password"
          hint={step === 'sign-up' ? 'At least 6 characters; a few words are better.' : undefined}
        >
          {(described) => (
            <input
              {...described}
              id="password"
              type="password"
              name="password"
              autocomplete={step === 'sign-up' ? 'new-password' : 'current-password'}
              required
              {...(step === 'sign-up' && { minLength: 6 })}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {error && (
        <Notice tone="bad" isLive>
          <p>{error}</p>
        </Notice>
      )}
      <button type="submit" class="button primary wide" disabled={isBusy} aria-busy={isBusy}>
        {button}
      </button>
      <p class="other-ways">
        {step !== 'sign-in' && (
          <button type="button" class="link-button" onClick={() => setStep('sign-in')}>
            I have an account
          </button>
        )}
        {step === 'sign-in' && canSignUp && (
          <button type="button" class="link-button" onClick={() => setStep('sign-up')}>
            Create an account
          </button>
        )}
        {step === 'sign-in' && (
          <button type="button" class="link-button" onClick={() => setStep('forgotten')}>
            Forgotten password
          </button>
        )}
      </p>
    </form>
  );
}
