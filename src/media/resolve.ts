import { type LookupAddress, Resolver } from 'node:dns';
import type { Lookup } from './connect.ts';

/** As long as a healthy name server may take, and once more. */
const LIMITS = { timeout: 1_500, tries: 2 };

/**
 * Finds addresses by questions of our own to the name servers. The system's way takes one of four threads for each name,
 * which every other connection of this process needs as well, and gives it back when the slowest server pleases.
 * @param servers By default those of the system.
 */
export function createLookup(servers?: readonly string[]): Lookup {
  const resolver = new Resolver(LIMITS);
  if (servers) resolver.setServers(servers);

  const ask = (hostname: string, family: 4 | 6) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      const answer = (error: NodeJS.ErrnoException | null, addresses: string[]) =>
        error ? reject(error) : resolve(addresses.map((address) => ({ address, family })));
      if (family === 4) resolver.resolve4(hostname, answer);
      else resolver.resolve6(hostname, answer);
    });

  return (hostname, _options, callback) => {
    void Promise.allSettled([ask(hostname, 4), ask(hostname, 6)]).then(([four, six]) => {
      const addresses = [four, six].flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
      const error = four.status === 'rejected' && six.status === 'rejected' ? four.reason : null;
      callback(error, addresses);
    });
  };
}
