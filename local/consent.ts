import { type HtmlForm, parseForm } from './html-form.ts';

const longestWay = 5;

/**
 * Consents as a user does in a browser: opens the address, agrees to what is asked, and follows until the page
 * sends the browser back to the app. Returns that address without opening it.
 */
export async function consent(authorizeUrl: string, signal: AbortSignal): Promise<string> {
  const redirectUri = new URL(authorizeUrl).searchParams.get('redirect_uri') ?? '';
  let response = await fetch(authorizeUrl, { redirect: 'manual', signal });
  let pageUrl = authorizeUrl;
  for (let step = 0; step < longestWay; step += 1) {
    const location = response.headers.get('location');
    if (location !== null) {
      pageUrl = new URL(location, pageUrl).href;
      if (pageUrl.startsWith(redirectUri)) return pageUrl;
      response = await fetch(pageUrl, { redirect: 'manual', signal });
    } else {
      const html = await response.text();
      const form = parseForm(html);
      if (form === null)
        throw new Error(`TikTok's consent page (${response.status}) has no form: ${plain(html)}`);
      [pageUrl, response] = await submit(form, pageUrl, signal);
    }
  }
  throw new Error(`TikTok's consent did not lead back to ${redirectUri}.`);
}

async function submit(form: HtmlForm, pageUrl: string, signal: AbortSignal): Promise<[string, Response]> {
  const target = new URL(form.action, pageUrl);
  const agree = form.buttons.find(({ value }) => /allow|authori[sz]e|approve|accept|yes/i.test(value));
  const pressed = agree ?? form.buttons[0];
  const sent = new URLSearchParams(
    [...form.fields, ...(pressed === undefined ? [] : [pressed])].map(({ name, value }) => [name, value]),
  );
  if (form.method === 'GET') target.search = sent.toString();
  const init: RequestInit =
    form.method === 'GET' ? {} : { method: 'POST', body: sent, headers: { origin: target.origin } };
  return [target.href, await fetch(target, { ...init, redirect: 'manual', signal })];
}

function plain(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
