import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { isPublicAddress } from './addresses.ts';
import { createLookup } from './resolve.ts';

/** Finds all addresses of a name, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The `code` of the error with which an address that is not public is refused. */
export const NOT_PUBLIC = 'ERR_ADDRESS_NOT_PUBLIC';

/**
 * A connector to public addresses only. It looks at what a name resolves to and, because a literal address is never
 * looked up, at the other end of the open socket as well.
 */
export async function connectToPublicOnly(
  lookup: Lookup = createLookup(),
): Promise<buildConnector.connector> {
  const { buildConnector } = (await import('undici')).default;
  const lookupPublic: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      // One private address among public ones is an attack or a mistake; either way it is not media.
      if (!addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(refused(), []);
      }
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ allowH2: false, lookup: lookupPublic, timeout: 5_000 });
  return (options, callback) =>
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error === null && !isPublicAddress(socket.remoteAddress ?? '')) {
        socket.destroy();
        return callback(refused(), null);
      }
      callback(...result);
    });
}

function refused(): Error {
  return Object.assign(new Error('address is not public'), { code: NOT_PUBLIC });
}
