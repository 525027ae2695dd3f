import type { PostStatus } from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { HintStore } from '../store/hints.ts';
import type { TikTokApp } from '../tiktok/oauth.ts';
import { type PublishNews, readWebhook } from '../tiktok/webhook.ts';

export interface WebhookDeps {
  hints: HintStore;
  sharedApp: TikTokApp;
  log: Log;
}

/**
 * Takes an event of TikTok's for a hint: the worker looks sooner, and TikTok's status decides. So an event that is
 * forged, late, doubled or out of order can change nothing but time.
 * @throws {RequestError} 401 unless TikTok has signed it for this site's app.
 */
export async function receiveWebhook(
  { hints, sharedApp, log }: WebhookDeps,
  signature: string | null,
  body: Uint8Array,
): Promise<void> {
  const webhook = readWebhook(sharedApp, signature, body);
  const account = (openId: string) => ({ openId, clientKey: sharedApp.clientKey });
  switch (webhook.kind) {
    case 'refused':
      log.warn('webhook_refused', { reason: webhook.reason });
      throw new RequestError(
        401,
        'webhook_not_signed',
        "This is not signed by TikTok for this site's app. If TikTok sent it, check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET.",
      );
    case 'publish': {
      const { news, publishId, openId } = webhook;
      const hinted = await hints.hintPost(account(openId), {
        id: publishId,
        reopen: REOPENED_BY[news],
        isDraft: webhook.isDraft,
        endedAt: ENDS.includes(news) ? webhook.happenedAt : null,
      });
      log.info('webhook_received', { news, publishId, hinted });
      return;
    }
    case 'authorization_removed': {
      const hinted = await hints.hintAccount(account(webhook.openId));
      log.info('webhook_received', { news: webhook.kind, hinted });
      return;
    }
    case 'other':
      log.info('webhook_ignored');
  }
}

/** News of a publish's end. That a post has become public may come months later, when its owner makes it so. */
const ENDS: readonly PublishNews[] = ['failed', 'complete', 'inbox_delivered'];

/**
 * The posts that the worker has done with and that news may concern all the same: a draft finished after days, a post
 * that was private, or long in moderation, a post whose owner was asked long ago.
 */
const REOPENED_BY: Record<PublishNews, readonly PostStatus[]> = {
  failed: ['needs_attention'],
  complete: ['delivered', 'needs_attention'],
  inbox_delivered: ['needs_attention'],
  publicly_available: ['delivered', 'published', 'needs_attention'],
  no_longer_publicaly_available: [],
};
