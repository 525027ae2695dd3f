import type { AuthorizationRequest } from './state.ts';
import type { TikTokUser } from './world.ts';

export function consentPage(requestId: string, asked: AuthorizationRequest, users: TikTokUser[]): string {
  const options = users.map(
    (user) =>
      `<option value="${escapeHtml(user.username)}">${escapeHtml(user.displayName)} (@${escapeHtml(user.username)})</option>`,
  );
  const scopes = asked.scopes.map(
    (scope) =>
      `<label><input type="checkbox" name="scopes" value="${escapeHtml(scope)}" checked> ${escapeHtml(scope)}</label>`,
  );
  return page(
    'Authorize with TikTok (emulator)',
    `<p><strong>${escapeHtml(asked.clientKey)}</strong> asks for access to your TikTok account.</p>
<form method="post" action="/v2/auth/authorize/">
<input type="hidden" name="request_id" value="${escapeHtml(requestId)}">
<label>Signed in as <select name="username">${options.join('')}</select></label>
<fieldset><legend>It may</legend>${scopes.join('')}</fieldset>
<button name="decision" value="allow">Authorize</button>
<button name="decision" value="deny">Cancel</button>
</form>
<p>You will return to <code>${escapeHtml(asked.redirectUri)}</code>.</p>`,
  );
}

/** Shown in place of a redirect, naming what the app got wrong. */
export function errorPage(parameter: string, error: string): string {
  return page(
    'Something went wrong',
    `<p>We couldn't log in with TikTok. This may be due to specific app settings.</p>
<p>If you're a developer, correct the following and try again:</p>
<ul><li><code>${escapeHtml(parameter)}</code></li></ul>
<p><small>error=${escapeHtml(error)}&amp;error_type=${escapeHtml(parameter)}</small></p>`,
  );
}

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}
label{display:block;margin:.5rem 0}button{font:inherit;padding:.4rem 1.2rem;margin-right:.5rem}`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
