import type { Wording } from '../../src/lib/wording.ts';
import { NOTICES } from '../../src/notices.ts';
import {
  type CatalogueEntry,
  type Disposition,
  ERROR_CODES,
  FAIL_REASONS,
  OAUTH_ERRORS,
  type OAuthMeaning,
} from '../../src/tiktok/errors.ts';
import { table } from './errors-page.ts';

/** `docs/troubleshooting.md`: from what is seen, by way of why, to what to do; with every code of the catalogues. */
export function troubleshootingPage(): string {
  return `# From the symptom to the repair

Made by \`npm run docs\` from the catalogues in the code; a test fails when they differ. \`npm run tiktok -- doctor\` finds by
itself what is wrong with a site; [operating.md](operating.md) says what to watch.

## The site

${table(['what is seen', 'why', 'what to do'], SITE)}

## A post, by the code in its \`error\`

${table(
  ['what is seen', 'code', 'why', 'what to do'],
  [
    ...Object.entries(ERROR_CODES).map(([code, entry]) => ofPost(code, entry)),
    ...Object.entries(FAIL_REASONS).map(([code, entry]) =>
      ofPost(
        code,
        entry,
        entry.disposition.kind === 'retry'
          ? 'The publish is begun anew, at last the post `failed`'
          : 'The post `failed` after TikTok had it',
      ),
    ),
    ...Object.entries(NOTICES).map(([code, entry]) => row(noticeSymptom(entry.happens), code, entry)),
  ],
)}

## Connecting and renewing, by TikTok's OAuth error in the log

${table(
  ['what is seen', 'code', 'why', 'what to do'],
  Object.entries(OAUTH_ERRORS).map(([code, entry]) => row(OAUTH[entry.meaning], code, entry)),
)}
`;
}

const SITE = [
  [
    '`health` is `503`: the worker has not looked for work',
    'The schedule does not run: the deploy failed, is no production deploy, or its functions refuse their environment',
    'Look at the deploy on Netlify, then `npm run tiktok -- doctor --site <url>`',
  ],
  [
    '`health` is `503`: a post has been waiting',
    'Ticks end early: the database is slow, or TikTok answers slowly',
    'Look at `tick_done` and at warnings in the log of `social-worker-tiktok`',
  ],
  [
    '`health` is `503`: the database does not answer',
    'The project is paused or over its limits, or a key was exchanged',
    '`npm run tiktok -- doctor`',
  ],
  [
    'Every answer is `503 invalid_config`',
    'A variable is missing or wrong',
    'Its `detail` names each; set them on Netlify and deploy',
  ],
  [
    'Every answer is `401 token_invalid`',
    'The page and the functions use different Supabase projects, or the project signs with HS256',
    'Compare SUPABASE_URL, or set SUPABASE_JWT_SECRET',
  ],
  ['A browser reports a CORS error', 'The page’s origin is not allowed', 'Add it to APP_ORIGINS'],
  [
    'TikTok shows a page of its own, “Something went wrong”',
    'The redirect URI is not registered byte for byte, the client key is of the other environment, a scope is not granted to the app, or in sandbox the account is no target user',
    'Compare with TikTok’s portal: [tiktok-app.md](tiktok-app.md)',
  ],
  [
    'The callback shows “This connection cannot be finished here”',
    'The connect began in another browser or on another site, or more than 15 minutes ago',
    'Connect again; the page and TIKTOK_REDIRECT_URI must lie on one site',
  ],
  [
    'News of a post come late',
    'No webhook is registered',
    'Register `https://<site>/.netlify/functions/tiktok-webhook` in TikTok’s portal',
  ],
  [
    'A published post is visible to nobody',
    'TikTok moderates it, or its `privacyLevel` is `SELF_ONLY`',
    'Wait; `postIds` come when it is public',
  ],
] as const;

const SYMPTOM: Record<Disposition['kind'], string> = {
  retry: 'The post is tried again',
  wait: 'The post waits, with a time',
  refresh: 'The post waits a moment',
  reconnect: 'The post waits for its account',
  upload_instead: 'The post is uploaded, or `failed`',
  unknown_publish: 'The post `needs_attention`',
  not_cancellable: 'A cancelled post goes on',
  reject: 'The post `failed`',
};

function ofPost(code: string, entry: CatalogueEntry, symptom = SYMPTOM[entry.disposition.kind]) {
  return row(symptom, code, entry);
}

function row(symptom: string, code: string, { happened, waiting, next }: Wording): string[] {
  const whenOver = waiting && next ? `When it is over: ${next}` : next;
  const whatToDo = [waiting, whenOver].filter(Boolean).join(' ');
  return [symptom, `\`${code}\``, happened, whatToDo || 'Nothing; the post’s own `message` has the details.'];
}

function noticeSymptom(happens: string): string {
  if (/^a warning/.test(happens)) return 'A warning of the post';
  if (/^refused with 422/.test(happens)) return 'Queueing is refused with 422, or the post `failed`';
  if (/needs_attention/.test(happens)) return 'The post waits, then `needs_attention`';
  return `The post: ${happens}`;
}

const OAUTH: Record<OAuthMeaning, string> = {
  denied: 'Connecting ends with `authorization_denied`',
  dead: 'The account must be connected again, or connecting ends with `token_exchange_failed`',
  misconfigured: 'Connecting ends with `invalid_config`; posts wait as `token_refresh_failed`',
  trouble: 'Connecting ends with `token_exchange_failed`; posts wait',
};
