import { createHash } from 'node:crypto';

const STYLE = `
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1b1b1f; }
  h1 { font-size: 1.4rem; }
  @media (prefers-color-scheme: dark) { body { background: #16161a; color: #ececf1; } }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** A page for a person who cannot be sent anywhere. Its texts are ours alone: nothing of the request is shown. */
export function page(status: number, title: string, text: string): Response {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'cross-origin-opener-policy': 'same-origin',
    },
  });
}
