import { describe, expect, test } from 'vitest';
import { isVerified, parseMediaUrl } from '../../src/media/url.ts';

test.each([
  ['https://example.com/video.mp4', 'https://example.com/video.mp4'],
  ['https://EXAMPLE.com:443/a/../video.mp4?x=1#t=2', 'https://example.com/video.mp4?x=1#t=2'],
  ['https://cdn.example.com./video.mp4', 'https://cdn.example.com./video.mp4'],
  ['https://bücher.example.com/é.mp4', 'https://xn--bcher-kva.example.com/%C3%A9.mp4'],
  ['https://1.1.1.1/video.mp4', 'https://1.1.1.1/video.mp4'],
  ['https://[2606:4700:4700::1111]/video.mp4', 'https://[2606:4700:4700::1111]/video.mp4'],
  ['https://localhost.example.com/video.mp4', 'https://localhost.example.com/video.mp4'],
])('lets in %s', (text, href) => {
  expect(parseMediaUrl(text, [])?.href).toBe(href);
});

const HOSTILE = [
  '',
  'video.mp4',
  '/video.mp4',
  '//example.com/video.mp4',
  'https://',
  'https:///',
  'http://example.com/video.mp4',
  'ftp://example.com/video.mp4',
  'file:///etc/passwd',
  'data:video/mp4;base64,AAAA',
  'javascript:alert(1)',
  'blob:https://example.com/0b6a6c6e-0000-4000-8000-000000000000',
  'ws://example.com/video.mp4',
  'gopher://example.com:70/_GET',
  'https://example.com:8443/video.mp4',
  'https://example.com:80/video.mp4',
  'https://example.com:22/',
  'https://user@example.com/video.mp4',
  'https://user:password@example.com/video.mp4',
  'https://:password@example.com/video.mp4',
  'https://example.com@127.0.0.1/video.mp4',
  'https://127.0.0.1%2f@example.com/video.mp4',
  'https://localhost/video.mp4',
  'https://LOCALHOST./video.mp4',
  'https://%6c%6f%63alhost/video.mp4',
  'https://api.localhost/video.mp4',
  'https://printer.local/video.mp4',
  'https://metadata.google.internal/computeMetadata/v1/',
  'https://ip-10-0-0-1.ec2.internal/',
  'https://metadata/video.mp4',
  'https://kubernetes/video.mp4',
  'https://wiki.intranet/video.mp4',
  'https://router.lan/video.mp4',
  'https://nas.home.arpa/video.mp4',
  'https://site.test/video.mp4',
  'https://site.invalid/video.mp4',
  'https://hidden.onion/video.mp4',
  'https://site.alt./video.mp4',
  'https://127.0.0.1/video.mp4',
  'https://127.1/video.mp4',
  'https://127.0.0.1./video.mp4',
  'https://2130706433/video.mp4',
  'https://0x7f000001/video.mp4',
  'https://0x7f.0.0.1/video.mp4',
  'https://017700000001/video.mp4',
  'https://0177.0.0.1/video.mp4',
  'https://①②⑦.⓪.⓪.①/video.mp4',
  'https://127。0。0。1/video.mp4',
  'https://0/video.mp4',
  'https://0.0.0.0/video.mp4',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/video.mp4',
  'https://[::]/video.mp4',
  'https://[::ffff:127.0.0.1]/video.mp4',
  'https://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'https://[::7f00:1]/video.mp4',
  'https://[64:ff9b::7f00:1]/video.mp4',
  'https://[2002:7f00:1::]/video.mp4',
  'https://[fd00:ec2::254]/latest/meta-data/',
  'https://[fe80::1]/video.mp4',
  'https://[fe80::1%25eth0]/video.mp4',
  'https://256.256.256.256/video.mp4',
  'https://example.com:99999/video.mp4',
  'https://exa mple.com/video.mp4',
  ' https://example.com/video.mp4',
  'https://example.com/video.mp4\n',
  'https://example.com/\r\nHost: 127.0.0.1',
  '\u0000https://example.com/video.mp4',
];

test.each(HOSTILE)('keeps out %j', (text) => {
  expect(parseMediaUrl(text, [])).toBeNull();
});

describe('allowed origins', () => {
  const allowed = ['http://127.0.0.1:8791', 'https://media.localhost'];

  test.each(['http://127.0.0.1:8791/video.mp4', 'https://media.localhost/video.mp4'])(
    'lets in %s',
    (text) => {
      expect(parseMediaUrl(text, allowed)?.href).toBe(text);
    },
  );

  test.each([
    'http://127.0.0.1:8792/video.mp4',
    'https://127.0.0.1:8791/video.mp4',
    'http://localhost:8791/video.mp4',
    'http://127.0.0.1:8791@10.0.0.1/video.mp4',
    'http://user:password@127.0.0.1:8791/video.mp4',
    'http://127.0.0.1:87910/video.mp4',
    'blob:http://127.0.0.1:8791/0b6a6c6e-0000-4000-8000-000000000000',
  ])('and not %s', (text) => {
    expect(parseMediaUrl(text, allowed)).toBeNull();
  });
});

describe('verified at TikTok', () => {
  const verified = [{ domain: 'static.example.com' }, { prefix: 'https://example.com/videos/user/' }];
  const isUnder = (text: string) => isVerified(new URL(text), verified);

  test.each([
    'https://static.example.com/video.mp4',
    'https://video.static.example.com/a/b.mp4?x=1',
    'https://STATIC.example.com/video.mp4',
    'https://example.com/videos/user/123/video.mp4',
    'https://example.com/videos/user/',
    'https://example.com/videos/user/a/../video.mp4',
  ])('%s', (text) => expect(isUnder(text)).toBe(true));

  test.each([
    'https://example.com/video.mp4',
    'https://notstatic.example.com/video.mp4',
    'https://static.example.com.evil.test/video.mp4',
    'https://evil.test/static.example.com/video.mp4',
    'https://evil.test/?static.example.com',
    'https://static-example.com/video.mp4',
    'http://static.example.com/video.mp4',
    'https://example.com.evil.test/videos/user/video.mp4',
    'https://example.com/videos/user',
    'https://example.com/videos/users/video.mp4',
    'https://example.com/videos/2023/user/video.mp4',
    'https://example.com/videos/user/../other/video.mp4',
    'https://example.com/videos/user/%2e%2e/other/video.mp4',
    'https://example.com/Videos/user/video.mp4',
    'https://www.example.com/videos/user/video.mp4',
    'http://example.com/videos/user/video.mp4',
    'https://example.com:8443/videos/user/video.mp4',
    'https://example.com@evil.test/videos/user/video.mp4',
    'https://evil.test/https://example.com/videos/user/video.mp4',
  ])('not %s', (text) => expect(isUnder(text)).toBe(false));

  test('nothing is, where nothing was verified', () => {
    expect(isVerified(new URL('https://example.com/video.mp4'), [])).toBe(false);
  });
});
