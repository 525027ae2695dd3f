import { describe, expect, test } from 'vitest';
import { createHarness, credentials, draftBody, startMs } from './harness.ts';
import { signedHeaders } from './webhooks.ts';

type Sent = { event: string; content: unknown; body: string; headers: Headers };

/** An app with a callback URL, and what reaches it. */
function createListener(statuses: (number | Error)[] = []) {
  const sent: Sent[] = [];
  const fetchWebhook: typeof fetch = async (_url, init) => {
    const body = String(init?.body);
    const { event, content } = JSON.parse(body) as { event: string; content: string };
    sent.push({ event, content: JSON.parse(content) as unknown, body, headers: new Headers(init?.headers) });
    const status = statuses.shift() ?? 200;
    if (status instanceof Error) throw status;
    return new Response(null, { status });
  };
  const apps = [{ webhookUrl: 'https://site.example/api/tiktok-webhook' }];
  return { sent, tiktok: createHarness({ apps, fetchWebhook, processingMs: 1_000, moderationMs: 1_000 }) };
}

describe('a signature', () => {
  test('is that of the known example', () => {
    const body = String.raw`{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,"user_openid":"act.example12345Example12345Example","content":"{\"reason\": 1 }"}`;
    expect(signedHeaders('test_client_secret', body, 1_633_174_587_999)['tiktok-signature']).toBe(
      't=1633174587,s=39c29244091b6bb0d67eca735a97218805842b7c8cea52dde8296f6c0c36ae09',
    );
  });
});

describe('webhooks', () => {
  test('follow a direct post, each sent once', async () => {
    const { sent, tiktok } = createListener();
    const { access_token, open_id } = tiktok.emulator.grant({ username: 'ada.films' });
    const publish_id = await tiktok.publishFile(access_token);
    for (let n = 0; n < 4; n++) {
      await tiktok.emulator.sendWebhooks();
      tiktok.emulator.clock.advance(1_000);
    }
    const post_id = tiktok.emulator.ledger()[0]?.postIds[0];
    const publish_type = 'DIRECT_POST';
    expect(sent).toMatchObject([
      { event: 'post.publish.complete', content: { publish_id, publish_type } },
      { event: 'post.publish.publicly_available', content: { publish_id, publish_type, post_id } },
    ]);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      client_key: 'emulator-client-key',
      event: 'post.publish.complete',
      create_time: startMs / 1000,
      user_openid: open_id,
      content: JSON.stringify({ publish_id, publish_type }),
    });
    expect(sent[0]?.headers.get('tiktok-signature')).toMatch(/^t=\d{10},s=[0-9a-f]{64}$/);
  });

  test('tell of drafts and failures', async () => {
    const { sent, tiktok } = createListener();
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.inboxInit(token, draftBody())).json;
    await tiktok.put(data.upload_url, { first: 0, total: 4, bytes: Buffer.from('film') });
    await tiktok.emulator.sendWebhooks();
    expect(sent).toEqual([]);
    tiktok.emulator.faults.add({ endpoint: 'upload', failReason: 'spam_risk' });
    const failing = await tiktok.publishFile(token);
    tiktok.emulator.clock.advance(1_000);
    await tiktok.emulator.sendWebhooks();
    expect(sent).toMatchObject([
      {
        event: 'post.publish.inbox_delivered',
        content: { publish_id: data.publish_id, publish_type: 'INBOX_SHARE' },
      },
      { event: 'post.publish.failed', content: { publish_id: failing, reason: 'spam_risk' } },
    ]);
  });

  test('tell who removed the app', async () => {
    const { sent, tiktok } = createListener();
    const token = tiktok.tokenOf();
    await tiktok.form('/v2/oauth/revoke/', { ...credentials, token });
    tiktok.emulator.removeGrant({ username: 'bo.private' });
    await tiktok.emulator.sendWebhooks();
    expect(sent).toMatchObject([
      { event: 'authorization.removed', content: { reason: 5 } },
      { event: 'authorization.removed', content: { reason: 1 } },
    ]);
  });

  test('are sent again until answered with 200, for 72 h', async () => {
    const { sent, tiktok } = createListener([500, new TypeError('fetch failed'), 204, 200]);
    tiktok.emulator.removeGrant({ username: 'ada.films' });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await tiktok.emulator.sendWebhooks())[0]?.status);
    expect(statuses).toEqual([500, null, 204, 200, undefined]);
    tiktok.emulator.clock.advance(72 * 3_600_000 - 1);
    expect(await tiktok.emulator.sendWebhooks({ again: true })).toHaveLength(1);
    tiktok.emulator.clock.advance(1);
    expect(await tiktok.emulator.sendWebhooks({ again: true })).toEqual([]);
    expect(sent).toHaveLength(5);
  });

  test('are not sent where there is no URL', async () => {
    const tiktok = createHarness();
    tiktok.emulator.removeGrant({ username: 'ada.films' });
    expect(await tiktok.emulator.sendWebhooks()).toEqual([]);
  });
});
