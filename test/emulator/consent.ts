import { type Harness, redirectUri } from './harness.ts';

/** A full and correct query of the authorization page. */
export const authorization = {
  client_key: 'emulator-client-key',
  response_type: 'code',
  scope: 'user.info.basic,video.publish',
  redirect_uri: redirectUri,
  state: 'the state',
};

type Decision = { query?: Record<string, string>; fields?: [string, string][] };

/** What a person does in a browser: opens the page, sends its form. Returns where they are sent. */
export async function consent(tiktok: Pick<Harness, 'request'>, { query = {}, fields }: Decision = {}) {
  const page = await openPage(tiktok, { ...authorization, ...query });
  const form = new URLSearchParams(fields ?? [...formOf(page.text), ['decision', 'allow']]);
  if (!form.has('request_id')) form.set('request_id', requestIdOf(page.text));
  const answer = await tiktok.request('/v2/auth/authorize/', {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  return { answer, location: new URL(answer.headers.get('location') ?? 'about:blank') };
}

export function openPage(tiktok: Pick<Harness, 'request'>, query: Record<string, string>) {
  return tiktok.request(`/v2/auth/authorize/?${new URLSearchParams(query)}`);
}

function requestIdOf(html: string): string {
  return /name="request_id" value="([^"]+)"/.exec(html)?.[1] ?? '';
}

/** The form as a browser would send it untouched. */
function formOf(html: string): [string, string][] {
  const scopes = [...html.matchAll(/name="scopes" value="([^"]+)" checked/g)].map(([, value = '']) => value);
  const username = /<option value="([^"]+)"/.exec(html)?.[1] ?? '';
  return [
    ['request_id', requestIdOf(html)],
    ['username', username],
    ...scopes.map((scope): [string, string] => ['scopes', scope]),
  ];
}
