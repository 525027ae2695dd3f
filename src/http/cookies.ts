/**
 * A cookie that only this host, over https (or on localhost), gets back, and no script can read.
 * @see https://www.rfc-editor.org/rfc/rfc6265bis (4.1.3.2, the `__Host-` prefix)
 */
export function setCookie(name: `__Host-${string}`, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`;
}

/** Takes a cookie away again. */
export function clearCookie(name: `__Host-${string}`): string {
  return setCookie(name, '', 0);
}

/** The value of a cookie that came exactly once; null when it is missing, doubled or empty. */
export function readCookie(request: Request, name: `__Host-${string}`): string | null {
  const values = (request.headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] || null : null;
}
