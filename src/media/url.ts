import { isIP } from 'node:net';
import { MAX_URL_LENGTH } from '../contract.ts';
import { isPublicAddress } from './addresses.ts';

/**
 * A media URL in its normal form, or null if it cannot be public: it must be https on the usual port, without
 * credentials, at a public name or address. Origins in `allowedOrigins` are let in as they are (local work).
 */
export function parseMediaUrl(text: string, allowedOrigins: readonly string[]): URL | null {
  if (
    text.length > MAX_URL_LENGTH ||
    !text.isWellFormed() ||
    /[\s\p{Cc}\\]/u.test(text) ||
    !URL.canParse(text)
  )
    return null;
  const url = new URL(text);
  // A blob: URL has its creator's origin.
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  if (allowedOrigins.includes(url.origin)) return url;
  return url.protocol === 'https:' && url.port === '' && isPublicHost(url.hostname) ? url : null;
}

function isPublicHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address)) return isPublicAddress(address);
  const name = hostname.replace(/\.$/, '').toLowerCase();
  return name.includes('.') && !PRIVATE_NAME.test(name);
}

// @see https://www.iana.org/assignments/special-use-domain-names, and `internal`, which ICANN set aside for private use
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|test|invalid|onion|alt)$/;

/** Whether TikTok may pull from a URL: it lies under a domain or a URL prefix verified in its portal. */
export function isVerified(
  url: URL,
  verified: readonly ({ domain: string } | { prefix: string })[],
): boolean {
  return verified.some((property) =>
    'domain' in property
      ? url.protocol === 'https:' &&
        (url.hostname === property.domain || url.hostname.endsWith(`.${property.domain}`))
      : url.href.startsWith(property.prefix),
  );
}
