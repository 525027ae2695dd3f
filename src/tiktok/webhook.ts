import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { parseJson } from '../lib/json.ts';
import { wholeNumber } from './loose.ts';
import type { TikTokApp } from './oauth.ts';

/** What TikTok may tell of a publish, in its own words and spelling: `post.publish.<news>`. */
const PUBLISH_NEWS = [
  'failed',
  'complete',
  'inbox_delivered',
  'publicly_available',
  'no_longer_publicaly_available',
] as const;
export type PublishNews = (typeof PUBLISH_NEWS)[number];

export type Webhook =
  | {
      kind: 'publish';
      news: PublishNews;
      publishId: string;
      openId: string;
      /** TikTok says that it went to the user's inbox. What it calls a direct post is not documented. */
      isDraft: boolean;
      /** Of the post that it is about, where the news names one. */
      postId: string | null;
      /** Null where TikTok did not say. */
      happenedAt: Date | null;
    }
  | { kind: 'authorization_removed'; openId: string }
  /** From TikTok, and none of our business. */
  | { kind: 'other' }
  | { kind: 'refused'; reason: 'unsigned' | 'forged' | 'other_app' };

/**
 * Reads a webhook, once its signature has proved that it is from TikTok. How old it is does not matter: TikTok repeats
 * for 72 hours, and does not say whether it signs anew.
 * @see https://developers.tiktok.com/doc/webhooks-verification
 */
export function readWebhook(app: TikTokApp, signature: string | null, body: Uint8Array): Webhook {
  const [, timestamp, signed] = SIGNATURE.exec(signature ?? '') ?? [];
  if (timestamp === undefined || signed === undefined) return { kind: 'refused', reason: 'unsigned' };
  const given = Buffer.from(signed, 'hex');
  // Every one is compared, and over a fixed length: time tells nothing.
  const matches = [app.clientSecret, ...(app.formerSecrets ?? [])].filter((secret) => {
    const mac = createHmac('sha256', secret.reveal()).update(`${timestamp}.`).update(body).digest();
    return timingSafeEqual(mac, given);
  });
  if (matches.length === 0) return { kind: 'refused', reason: 'forged' };

  const parsed = envelope.safeParse(json(new TextDecoder().decode(body)));
  if (!parsed.success) return { kind: 'other' };
  const { client_key: clientKey, ...event } = parsed.data;
  return clientKey === app.clientKey ? readEvent(event) : { kind: 'refused', reason: 'other_app' };
}

/** What a webhook says whose it is: anybody's word, until its signature is found good. Null: it does not say. */
export function claimOf(body: Uint8Array): { clientKey: string; openId: string } | null {
  const parsed = claim.safeParse(json(new TextDecoder().decode(body)));
  return parsed.success ? { clientKey: parsed.data.client_key, openId: parsed.data.user_openid } : null;
}

const SIGNATURE = /^t=(\d{1,16}),s=([0-9a-f]{64})$/;

const id = (maxLength: number) => z.string().check(z.regex(/^[\x21-\x7e]+$/), z.maxLength(maxLength));

/** @see https://developers.tiktok.com/doc/webhooks-events */
const envelope = z.object({
  client_key: z.string(),
  event: z.string(),
  create_time: z.optional(z.unknown()),
  user_openid: z.optional(z.unknown()),
  /** JSON in a string. */
  content: z.optional(z.unknown()),
});
const claim = z.object({ client_key: id(128), user_openid: id(128) });
const publishContent = z.object({
  publish_id: id(64),
  publish_type: z.optional(z.unknown()),
  post_id: z.optional(z.unknown()),
});
/** Which JSON type it has is not documented; a number comes as its digits. */
const digits = z.string().check(z.regex(/^\d{1,20}$/));

function readEvent(event: Omit<z.infer<typeof envelope>, 'client_key'>): Webhook {
  const openId = id(128).safeParse(event.user_openid);
  if (!openId.success) return { kind: 'other' };
  if (event.event === 'authorization.removed') return { kind: 'authorization_removed', openId: openId.data };

  const news = PUBLISH_NEWS.find((known) => event.event === `post.publish.${known}`);
  const content = publishContent.safeParse(typeof event.content === 'string' ? json(event.content) : null);
  if (!news || !content.success) return { kind: 'other' };
  return {
    kind: 'publish',
    news,
    publishId: content.data.publish_id,
    openId: openId.data,
    isDraft: news === 'inbox_delivered' || content.data.publish_type === 'INBOX_SHARE',
    postId: digits.safeParse(content.data.post_id).data ?? null,
    happenedAt: instant(event.create_time),
  };
}

/** The last second of the year 9999, which every database can name. */
const LAST_SECOND = 253_402_300_799;

function instant(value: unknown): Date | null {
  const seconds = wholeNumber(value);
  return seconds === null || seconds > LAST_SECOND ? null : new Date(seconds * 1000);
}

/** The value, or null for what is no JSON. */
function json(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
