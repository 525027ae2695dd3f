import { type LookupAddress, Resolver } from 'node:dns';
import type { Lookup } from './connect.ts';

/** As long as a healthy name server may take, and once more. */
const LIMITS = { timeout: 1_500, tries: 2 };
/** With addresses of one kind at hand, those of the other are waited for so long. */
const GRACE_MS = 300;

/**
 * Finds addresses by questions of our own to the name servers. The system's way takes one of four threads for each name,
 * which every other connection of this process needs as well, and gives it back when the slowest server pleases.
 * @param servers By default those of the system.
 */
export function createLookup(servers?: readonly string[]): Lookup {
  const resolver = new Resolver(LIMITS);
  if (servers) resolver.setServers(servers);

  return (hostname, _options, callback) => {
    const found: LookupAddress[] = [];
    let failure: NodeJS.ErrnoException | null = null;
    let open = 2;
    let timer: NodeJS.Timeout | undefined;

    function end(): void {
      clearTimeout(timer);
      open = 0;
      if (found.length > 0)
        callback(
          null,
          found.toSorted((one, other) => one.family - other.family),
        );
      // An alias that leads to no address is answered without one, and without an error.
      else callback(failure ?? Object.assign(new Error('the name has no address'), { code: 'ENODATA' }), []);
    }
    const answerOf =
      (family: 4 | 6) =>
      (error: NodeJS.ErrnoException | null, addresses: string[] = []): void => {
        if (open === 0) return;
        failure ??= error;
        found.push(...addresses.map((address) => ({ address, family })));
        open--;
        if (open === 0) end();
        else if (found.length > 0) timer = setTimeout(end, GRACE_MS);
      };
    resolver.resolve4(hostname, answerOf(4));
    resolver.resolve6(hostname, answerOf(6));
  };
}
