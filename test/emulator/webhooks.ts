import { createHmac } from 'node:crypto';
import { outcomeOf } from './outcome.ts';
import type { Publish, State } from './state.ts';

/** One POST to an app's callback URL, and how it was answered; null while or if there was no answer. */
export type WebhookDelivery = {
  event: string;
  clientKey: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  status: number | null;
};

type Occurrence = {
  key: string;
  clientKey: string;
  openId: string;
  event: string;
  content: object;
  atMs: number;
};

const retryForMs = 72 * 3_600_000;

/**
 * Sends what has happened and was not yet answered with 200; `again` repeats what was, as TikTok may.
 * @see https://developers.tiktok.com/doc/webhooks-overview
 */
export async function sendWebhooks(state: State, again: boolean): Promise<WebhookDelivery[]> {
  const deliveries: WebhookDelivery[] = [];
  for (const occurrence of occurrences(state)) {
    const app = state.apps.get(occurrence.clientKey);
    const stale = state.clock.now() >= occurrence.atMs + retryForMs;
    const done = state.acknowledged.has(occurrence.key) && !again;
    if (app === undefined || app.webhookUrl === '' || stale || done) continue;
    const body = bodyOf(occurrence);
    const headers = signedHeaders(app.clientSecret, body, state.clock.now());
    const status = await post(state, app.webhookUrl, headers, body);
    if (status === 200) state.acknowledged.add(occurrence.key);
    const { event, clientKey } = occurrence;
    deliveries.push({ event, clientKey, url: app.webhookUrl, headers, body, status });
  }
  return deliveries;
}

/** @see https://developers.tiktok.com/doc/webhooks-verification */
export function signedHeaders(clientSecret: string, body: string, nowMs: number): Record<string, string> {
  const t = Math.floor(nowMs / 1000);
  const s = createHmac('sha256', clientSecret).update(`${t}.${body}`).digest('hex');
  return { 'content-type': 'application/json', 'tiktok-signature': `t=${t},s=${s}` };
}

async function post(
  { settings }: State,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<number | null> {
  try {
    const response = await settings.fetchWebhook(url, { method: 'POST', headers, body, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

/** `content` is a string of JSON in the JSON. */
function bodyOf({ clientKey, event, openId, content, atMs }: Occurrence): string {
  return JSON.stringify({
    client_key: clientKey,
    event,
    create_time: Math.floor(atMs / 1000),
    user_openid: openId,
    content: JSON.stringify(content),
  });
}

function occurrences(state: State): Occurrence[] {
  const removals = state.removals.map((removal, index) => ({
    ...removal,
    key: `removal ${index}`,
    event: 'authorization.removed',
    content: { reason: removal.reason },
  }));
  return [...[...state.publishes.values()].flatMap((publish) => publishEvents(state, publish)), ...removals];
}

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
function publishEvents({ settings, clock }: State, publish: Publish): Occurrence[] {
  const { publishId, clientKey, openId, mode } = publish;
  const outcome = outcomeOf(publish, settings, clock.now());
  const common = { publish_id: publishId, publish_type: mode === 'direct' ? 'DIRECT_POST' : 'INBOX_SHARE' };
  const atMs = outcome.publishedAt ?? publish.failedAtMs ?? publish.completedAtMs ?? publish.createdAtMs;
  const occur = (event: string, more: object = {}): Occurrence => {
    const content = { ...common, ...more };
    return { key: `${event} ${publishId}`, clientKey, openId, event, content, atMs };
  };
  if (outcome.status === 'FAILED') return [occur('post.publish.failed', { reason: outcome.failReason })];
  const delivered =
    outcome.delivered && outcome.status !== 'PROCESSING_UPLOAD' && outcome.status !== 'PROCESSING_DOWNLOAD';
  return [
    ...(delivered ? [occur('post.publish.inbox_delivered')] : []),
    ...(outcome.status === 'PUBLISH_COMPLETE' ? [occur('post.publish.complete')] : []),
    ...outcome.postIds.map((id) => occur('post.publish.publicly_available', { post_id: String(id) })),
  ];
}
