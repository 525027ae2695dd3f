import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/lib/log.ts';
import { connectToPublicOnly, type Lookup, NOT_PUBLIC } from '../../src/media/connect.ts';
import { protocolsOffered, serveTcp } from '../http/serve.ts';

/** What comes of connecting: a socket, or the error's code. */
async function connect(
  hostname: string,
  port: string,
  lookup?: Lookup,
  protocol = 'http:',
): Promise<Socket | string> {
  const connectPublic = await connectToPublicOnly(lookup);
  return new Promise((resolve) => {
    const options = { hostname, host: `${hostname}:${port}`, protocol, port };
    connectPublic(options, (error, socket) => resolve(socket ?? errorCode(error) ?? 'no code'));
  });
}

const resolvesTo =
  (...addresses: string[]): Lookup =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test.each([
  ['loopback', ['127.0.0.1']],
  ['loopback, IPv6', ['::1']],
  ['a private network', ['10.1.2.3']],
  ['cloud metadata', ['169.254.169.254']],
  ['IPv4-mapped loopback', ['::ffff:127.0.0.1']],
  ['IPv4-compatible loopback', ['::7f00:1']],
  ['NAT64 of a private network', ['64:ff9b::10.0.0.1']],
  ['unique local', ['fd00:ec2::254']],
  ['public and private mixed', ['8.8.8.8', '127.0.0.1']],
  ['public first and private in the other family', ['8.8.8.8', '2606:4700::1111', '::1']],
  ['no address but a text', ['localhost']],
])('connects to no name that resolves to %s', async (_what, addresses) => {
  expect(await connect('media.example.com', '443', resolvesTo(...addresses))).toBe(NOT_PUBLIC);
});

test('connects to no localhost where names are resolved as they are', async () => {
  expect(await connect('localhost', '443')).not.toHaveProperty('remoteAddress');
});

test('a name that does not resolve fails as itself', async () => {
  const unknown: Lookup = (_hostname, _options, callback) =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  expect(await connect('media.example.com', '443', unknown)).toBe('ENOTFOUND');
});

test('a literal address, which is never looked up, is refused when the socket opens', async () => {
  const ended: Promise<unknown>[] = [];
  const received: Buffer[] = [];
  await using server = await serveTcp((socket) => {
    socket.on('data', (bytes) => received.push(bytes));
    ended.push(once(socket, 'close'));
  });
  expect(await connect('127.0.0.1', new URL(server.url).port)).toBe(NOT_PUBLIC);
  await expect.poll(() => ended.length, { interval: 5 }).toBe(1);
  await Promise.all(ended);
  expect(received).toEqual([]);
});

test('so is an address that was another when it was looked at', async () => {
  let looks = 0;
  const rebinding: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      {
        get address() {
          return looks++ === 0 ? '8.8.8.8' : '127.0.0.1';
        },
        family: 4,
      },
    ]);
  await using server = await serveTcp(() => undefined);
  expect(await connect('media.example.com', new URL(server.url).port, rebinding)).toBe(NOT_PUBLIC);
  expect(looks).toBeGreaterThan(1);
});

test('speaks HTTP/1.1, one file to a connection', async () => {
  const visit = (url: string) => connect('127.0.0.1', new URL(url).port, undefined, 'https:');
  expect(await protocolsOffered(visit)).toEqual(['http/1.1']);
});
