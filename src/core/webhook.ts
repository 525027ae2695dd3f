import type { PostStatus } from '../contract.ts';
import { RequestError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { AppStore } from '../store/apps.ts';
import type { HintedAccount, HintStore } from '../store/hints.ts';
import type { TikTokApp } from '../tiktok/oauth.ts';
import { claimOf, type PublishNews, readWebhook, type Webhook } from '../tiktok/webhook.ts';

export interface WebhookDeps {
  hints: HintStore;
  apps: Pick<AppStore, 'findForWebhook'>;
  sharedApp: TikTokApp;
  log: Log;
}

/**
 * Takes an event of TikTok's for a hint: the worker looks sooner, and TikTok's status decides. So an event that is
 * forged, late, doubled or out of order can change nothing but time.
 * @throws {RequestError} 401 unless TikTok has signed it for an app that is known here.
 */
export async function receiveWebhook(
  deps: WebhookDeps,
  signature: string | null,
  body: Uint8Array,
): Promise<void> {
  const { hints, log } = deps;
  const { webhook, clientKey, owners } = await verify(deps, signature, body);
  const account = (openId: string): HintedAccount => ({ openId, clientKey, owners });
  switch (webhook.kind) {
    case 'refused':
      log.warn('webhook_refused', { reason: webhook.reason });
      throw new RequestError(
        401,
        'webhook_not_signed',
        'This is not signed by TikTok for an app that is known here. If TikTok sent it, check the client key and secret.',
      );
    case 'publish': {
      const { news, publishId, openId } = webhook;
      const hinted = await hints.hintPost(account(openId), {
        id: publishId,
        reopen: REOPENED_BY[news],
        isDraft: webhook.isDraft,
        postId: webhook.postId,
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

interface Verified {
  webhook: Webhook;
  clientKey: string;
  owners: HintedAccount['owners'];
}

/** By the site's app, else by one of those stored under the key that the event names. */
async function verify(
  { apps, sharedApp }: WebhookDeps,
  signature: string | null,
  body: Uint8Array,
): Promise<Verified> {
  const webhook = readWebhook(sharedApp, signature, body);
  const shared = { webhook, clientKey: sharedApp.clientKey, owners: null };
  if (webhook.kind !== 'refused' || webhook.reason !== 'forged') return shared;
  const claim = claimOf(body);
  if (!claim || claim.clientKey === sharedApp.clientKey) return shared;

  const candidates = await apps.findForWebhook(claim.clientKey, claim.openId);
  const verified = candidates.flatMap(({ owner, ...app }) => {
    const read = readWebhook(app, signature, body);
    return read.kind === 'refused' ? [] : [{ owner, webhook: read }];
  });
  const [first] = verified;
  if (!first) return shared;
  const owners = verified.map(({ owner }) => owner).filter((owner) => owner !== null);
  const isSites = owners.length < verified.length;
  return { webhook: first.webhook, clientKey: claim.clientKey, owners: isSites ? null : owners };
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
