import { describe, expect, test } from 'vitest';
import { authorization, consent, openPage } from './consent.ts';
import { createHarness, redirectUri } from './harness.ts';

const allowAda: [string, string][] = [
  ['username', 'ada.films'],
  ['scopes', 'user.info.basic'],
  ['decision', 'allow'],
];

describe('the consent page', () => {
  test('is a form that works in a browser', async () => {
    const page = await openPage(createHarness(), authorization);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.text).toContain('<form method="post" action="/v2/auth/authorize/">');
    expect(page.text).toContain('<input type="checkbox" name="scopes" value="video.publish" checked>');
    expect(page.text).toContain('<option value="bo.private">Bo (@bo.private)</option>');
  });

  test('allowing sends code, scopes and state back', async () => {
    const { answer, location } = await consent(createHarness());
    expect(answer.status).toBe(302);
    expect(location.origin + location.pathname).toBe(redirectUri);
    expect([...location.searchParams.keys()]).toEqual(['code', 'scopes', 'state']);
    expect(location.searchParams.get('scopes')).toBe('user.info.basic,video.publish');
    expect(location.searchParams.get('state')).toBe('the state');
  });

  test('a code holds * and !, percent-encoded in the redirect', async () => {
    const { answer, location } = await consent(createHarness());
    expect(location.searchParams.get('code')).toMatch(/\*0!\d{4}$/);
    expect(answer.headers.get('location')).toMatch(/code=[\w-]+%2A0%21\d{4}&scopes=/);
  });

  test('the user may grant only some scopes', async () => {
    const { location } = await consent(createHarness(), { fields: allowAda });
    expect(location.searchParams.get('scopes')).toBe('user.info.basic');
  });

  test('a scope never asked for cannot be granted', async () => {
    const fields: [string, string][] = [...allowAda, ['scopes', 'video.upload']];
    const { location } = await consent(createHarness(), { fields });
    expect(location.searchParams.get('scopes')).toBe('user.info.basic');
  });

  test.each<[string, [string, string][]]>([
    [
      'cancels',
      [
        ['username', 'ada.films'],
        ['decision', 'deny'],
      ],
    ],
    [
      'unticks everything',
      [
        ['username', 'ada.films'],
        ['decision', 'allow'],
      ],
    ],
  ])('a user who %s is sent back with access_denied', async (_name, fields) => {
    const { answer, location } = await consent(createHarness(), { fields });
    expect(answer.status).toBe(302);
    expect(location.searchParams.get('error')).toBe('access_denied');
    expect(location.searchParams.get('error_description')).not.toBe('');
    expect(location.searchParams.get('state')).toBe('the state');
    expect(location.searchParams.has('code')).toBe(false);
  });

  test('a decision counts once', async () => {
    const tiktok = createHarness();
    const html = (await openPage(tiktok, authorization)).text;
    const requestId = /name="request_id" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const fields: [string, string][] = [['request_id', requestId], ...allowAda];
    expect((await consent(tiktok, { fields })).answer.status).toBe(302);
    expect((await consent(tiktok, { fields })).answer.status).toBe(400);
  });

  test.each(['request_id', 'username', 'decision'])('a form with a wrong %s is refused', async (name) => {
    const fields = allowAda.filter(([key]) => key !== name);
    const { answer } = await consent(createHarness(), { fields: [...fields, [name, 'nobody']] });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`<code>${name}</code>`);
  });

  test('disable_auto_auth is accepted', async () => {
    const tiktok = createHarness();
    for (const disable_auto_auth of ['0', '1']) {
      expect((await openPage(tiktok, { ...authorization, disable_auto_auth })).status).toBe(200);
    }
  });

  test('names are escaped', async () => {
    const users = [{ username: 'x', displayName: '<script>alert("1")</script>' }];
    const { text } = await openPage(createHarness({ users }), authorization);
    expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
  });
});

describe('a mistake of the app', () => {
  const without = (name: string) =>
    Object.fromEntries(Object.entries(authorization).filter(([key]) => key !== name));

  test.each<[string, Record<string, string>]>([
    ['client_key', without('client_key')],
    ['client_key', { ...authorization, client_key: 'other' }],
    ['client_key', { ...without('client_key'), client_id: 'emulator-client-key' }],
    ['response_type', without('response_type')],
    ['response_type', { ...authorization, response_type: 'token' }],
    ['scope', without('scope')],
    ['scope', { ...authorization, scope: 'user.info.basic video.publish' }],
    ['scope', { ...authorization, scope: 'user.info.basic,video.publish,photo.publish' }],
    ['redirect_uri', without('redirect_uri')],
    ['redirect_uri', { ...authorization, redirect_uri: `${redirectUri}/` }],
    ['redirect_uri', { ...authorization, redirect_uri: `${redirectUri}?a=b` }],
    ['redirect_uri', { ...authorization, redirect_uri: 'https://evil.example/' }],
    ['state', without('state')],
    ['client_secret', { ...authorization, client_secret: 'leaked' }],
    ['disable_auto_auth', { ...authorization, disable_auto_auth: 'yes' }],
    ['code_challenge', { ...authorization, code_challenge_method: 'S256' }],
    ['code_challenge', { ...authorization, code_challenge: 'abc' }],
    ['code_challenge_method', { ...authorization, code_challenge: 'abc', code_challenge_method: 'plain' }],
  ])('in %s is shown on a page that does not redirect: %o', async (parameter, query) => {
    const page = await openPage(createHarness(), query);
    expect(page.status).toBe(400);
    expect(page.headers.has('location')).toBe(false);
    expect(page.text).toContain(`<code>${parameter}</code>`);
  });

  test.each<[string, string, string | null, string]>([
    ['any port', 'http://127.0.0.1:3455/callback', 'c'.repeat(64), '>Authorize<'],
    ['no challenge', 'http://127.0.0.1:3455/callback', null, '<code>code_challenge</code>'],
    ['no port', 'http://127.0.0.1/callback', 'c'.repeat(64), '<code>redirect_uri</code>'],
    ['another host', 'http://127.0.0.2:3455/callback', 'c'.repeat(64), '<code>redirect_uri</code>'],
    ['another path', 'http://127.0.0.1:3455/', 'c'.repeat(64), '<code>redirect_uri</code>'],
  ])(
    'a desktop redirect with %s is judged by what is registered',
    async (_name, redirect_uri, challenge, shown) => {
      const tiktok = createHarness({ apps: [{ redirectUris: ['http://127.0.0.1:*/callback'] }] });
      const pkce: Record<string, string> =
        challenge === null ? {} : { code_challenge: challenge, code_challenge_method: 'S256' };
      const page = await openPage(tiktok, { ...authorization, redirect_uri, ...pkce });
      expect(page.text).toContain(shown);
    },
  );

  test('a parameter sent twice is named', async () => {
    const query = `${new URLSearchParams(authorization)}&state=second`;
    const page = await createHarness().request(`/v2/auth/authorize/?${query}`);
    expect(page.text).toContain('<code>state</code>');
  });

  test('a scope for which the app is not approved', async () => {
    const tiktok = createHarness({ apps: [{ scopes: ['user.info.basic'] }] });
    expect((await openPage(tiktok, authorization)).text).toContain('<code>scope</code>');
  });
});
