import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../src/media/addresses.ts';
import { parseMediaUrl } from '../../src/media/url.ts';
import { seededRandom } from './random.ts';

test.each(['1.1.1.1', '8.8.8.8', '93.184.215.14', '100.63.255.255', '100.128.0.0', '172.15.255.255'])(
  'the public address %s',
  (address) => expect(isPublicAddress(address)).toBe(true),
);
test.each(['172.32.0.0', '192.0.1.0', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'])(
  'the public address %s',
  (address) => expect(isPublicAddress(address)).toBe(true),
);
test.each(['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001:81b::200e', '2400:cb00::1'])(
  'the public address %s',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

/** The first and last address of each special block. */
const SPECIAL: [string, string, string][] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['carrier-grade NAT', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['link-local, and the cloud metadata in it', '169.254.0.0', '169.254.255.255'],
  ['metadata', '169.254.169.254', '169.254.170.2'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['documentation', '192.0.2.0', '192.0.2.255'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['benchmarks', '198.18.0.0', '198.19.255.255'],
  ['documentation', '198.51.100.0', '198.51.100.255'],
  ['documentation', '203.0.113.0', '203.0.113.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved, and broadcast', '240.0.0.0', '255.255.255.255'],
  ['unspecified and loopback', '::', '::1'],
  ['IPv4-compatible', '::8.8.8.8', '::ffff:ffff'],
  ['IPv4-mapped', '::ffff:8.8.8.8', '::ffff:255.255.255.255'],
  ['IPv4-translated', '::ffff:0:8.8.8.8', '::ffff:0:ffff:ffff'],
  ['NAT64', '64:ff9b::8.8.8.8', '64:ff9b::ffff:ffff'],
  ['local NAT64', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['discard-only', '100::', '100::ffff:ffff:ffff:ffff'],
  ['Teredo', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['protocol assignments', '2001:1::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['benchmarks', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['ORCHIDv2', '2001:20::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['segment routing', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unassigned', '4000::', '7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['the metadata of AWS', 'fd00:ec2::254', 'fd00:ec2::23'],
  ['link-local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local with a zone', 'fe80::1%eth0', 'fe80::1%1'],
  ['site-local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

test.each(SPECIAL)('refuses what is special: %s', (_what, first, last) => {
  expect([isPublicAddress(first), isPublicAddress(last)]).toEqual([false, false]);
});

test.each(['', 'localhost', '1.2.3', '256.1.1.1', '01.1.1.1', '8.8.8.8:80', '[2606:4700::1]', ' 8.8.8.8'])(
  'refuses what is no address: "%s"',
  (text) => expect(isPublicAddress(text)).toBe(false),
);

describe('IPv4 inside IPv6', () => {
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  const FORMS: Record<string, (a: number, b: number, c: number, d: number) => string> = {
    mapped: (a, b, c, d) => `::ffff:${a}.${b}.${c}.${d}`,
    'mapped, in hex': (a, b, c, d) => `::ffff:${hex(a, b)}:${hex(c, d)}`,
    'mapped, written out': (a, b, c, d) => `0:0:0:0:0:FFFF:${hex(a, b)}:${hex(c, d)}`,
    compatible: (a, b, c, d) => `::${a}.${b}.${c}.${d}`,
    'compatible, in hex': (a, b, c, d) => `0:0:0:0:0:0:${hex(a, b)}:${hex(c, d)}`,
    translated: (a, b, c, d) => `::ffff:0:${a}.${b}.${c}.${d}`,
    NAT64: (a, b, c, d) => `64:ff9b::${a}.${b}.${c}.${d}`,
    'local NAT64': (a, b, c, d) => `64:ff9b:1::${hex(a, b)}:${hex(c, d)}`,
    '6to4': (a, b, c, d) => `2002:${hex(a, b)}:${hex(c, d)}::1`,
    'Teredo server': (a, b, c, d) => `2001:0:${hex(a, b)}:${hex(c, d)}::1`,
    'Teredo client': (a, b, c, d) => `2001::${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`,
    'link-local ISATAP': (a, b, c, d) => `fe80::5efe:${a}.${b}.${c}.${d}`,
  };

  test.each(Object.entries(FORMS))(
    '%s: of 84,000 random ones, with the others a million, not one is public',
    (_form, write) => {
      const random = seededRandom(20261121);
      const accepted: string[] = [];
      for (let count = 0; count < 84_000; count++) {
        const octet = () => Math.floor(random() * 256);
        const address = write(octet(), octet(), octet(), octet());
        if (isPublicAddress(address)) accepted.push(address);
      }
      expect(accepted).toEqual([]);
    },
  );

  test('nor by way of a URL', () => {
    const random = seededRandom(7);
    const accepted: string[] = [];
    for (const write of Object.values(FORMS)) {
      for (let count = 0; count < 500; count++) {
        const octet = () => Math.floor(random() * 256);
        const url = `https://[${write(octet(), octet(), octet(), octet())}]/video.mp4`;
        if (parseMediaUrl(url, [])) accepted.push(url);
      }
    }
    expect(accepted).toEqual([]);
  });
});

describe('IPv4 as URLs may write it', () => {
  const WRITINGS: Record<string, (a: number, b: number, c: number, d: number) => string> = {
    decimal: (a, b, c, d) => String(((a * 256 + b) * 256 + c) * 256 + d),
    hex: (a, b, c, d) => `0x${(((a * 256 + b) * 256 + c) * 256 + d).toString(16)}`,
    octal: (a, b, c, d) => `0${(((a * 256 + b) * 256 + c) * 256 + d).toString(8)}`,
    'octal parts': (...parts) => parts.map((part) => `0${part.toString(8)}`).join('.'),
    'hex parts': (...parts) => parts.map((part) => `0X${part.toString(16)}`).join('.'),
    'two parts': (a, b, c, d) => `${a}.${(b * 256 + c) * 256 + d}`,
    'three parts': (a, b, c, d) => `${a}.${b}.${c * 256 + d}`,
    'a dot at the end': (...parts) => `${parts.join('.')}.`,
    'full-width digits': (...parts) =>
      parts.join('.').replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    'percent-encoded': (...parts) =>
      parts.join('.').replace(/\d/g, (digit) => `%${digit.charCodeAt(0).toString(16)}`),
    'ideographic dots': (...parts) => parts.join('。'),
  };

  test.each(Object.entries(WRITINGS))('%s: decided by what it means', (_writing, write) => {
    const random = seededRandom(20261121);
    for (let count = 0; count < 5_000; count++) {
      const octets = Array.from({ length: 4 }, () => Math.floor(random() * 256));
      const [a = 0, b = 0, c = 0, d = 0] = count % 4 === 0 ? [127, ...octets.slice(1)] : octets;
      const meant = `${a}.${b}.${c}.${d}`;
      const parsed = parseMediaUrl(`https://${write(a, b, c, d)}/video.mp4`, []);
      expect(parsed?.hostname ?? null).toBe(isPublicAddress(meant) ? meant : null);
    }
  });
});
