import { describe, expect, test } from 'vitest';
import { clearCookie, readCookie, setCookie } from '../../src/http/cookies.ts';
import { bindBrowser, browserNonce, releaseBrowser } from '../../src/http/flow-cookie.ts';

const requestWith = (cookie?: string) =>
  new Request('https://site.example.com/', { headers: cookie === undefined ? {} : { cookie } });

test('a cookie is for this host, over https, and out of reach of scripts', () => {
  expect(setCookie('__Host-a', 'value', 900)).toBe(
    '__Host-a=value; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=Lax',
  );
  expect(clearCookie('__Host-a')).toBe('__Host-a=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax');
});

test.each([
  ['__Host-a=1', '1'],
  ['other=2; __Host-a=1; more=3', '1'],
  ['  __Host-a=1  ', '1'],
  ['__Host-a=1=2=', '1=2='],
  ['__Host-a=1;', '1'],
  ['__Host-ab=2;__Host-a=1', '1'],
])('is read from "%s"', (header, value) => {
  expect(readCookie(requestWith(header), '__Host-a')).toBe(value);
});

test.each([
  undefined,
  '',
  ';',
  '__Host-a',
  '__Host-a=',
  '__Host-ab=1',
  'x__Host-a=1',
  '__host-a=1',
  'other=__Host-a=1',
  '__Host-a=1; __Host-a=2',
  '__Host-a=1; __Host-a=1',
  '__Host-a=1; __Host-a=',
])('is not in "%s"', (header) => {
  expect(readCookie(requestWith(header), '__Host-a')).toBeNull();
});

describe('the cookie of a flow', () => {
  const pair = (setCookieLine: string) => setCookieLine.split(';')[0] ?? '';

  test('binds the browser for the 15 minutes of the flow, and lets it go', () => {
    const bound = bindBrowser('state-1', 'nonce-1');
    expect(bound).toMatch(
      /^__Host-tiktok-connect-[\w-]{12}=nonce-1; Max-Age=900; Path=\/; Secure; HttpOnly; /,
    );
    expect(bound).not.toContain('state-1');
    expect(browserNonce(requestWith(pair(bound)), 'state-1')).toBe('nonce-1');
    expect(pair(releaseBrowser('state-1'))).toBe(`${pair(bound).split('=')[0]}=`);
    expect(releaseBrowser('state-1')).toContain('Max-Age=0');
  });

  test('is of no use to another flow, and two of them do not meet', () => {
    const both = `${pair(bindBrowser('state-1', 'nonce-1'))}; ${pair(bindBrowser('state-2', 'nonce-2'))}`;
    expect(browserNonce(requestWith(both), 'state-1')).toBe('nonce-1');
    expect(browserNonce(requestWith(both), 'state-2')).toBe('nonce-2');
    expect(browserNonce(requestWith(both), 'state-3')).toBeNull();
    expect(browserNonce(requestWith(), 'state-1')).toBeNull();
  });
});
