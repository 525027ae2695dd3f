import { describe, expect, test } from 'vitest';
import { createHarness, draftBody, fileBody, type Harness, pullBody, verdict } from './harness.ts';

const apps = [{ verifiedProperties: ['media.example'] }];
const pulled = pullBody('https://media.example/x.mp4');
const never: typeof fetch = () => new Promise(() => undefined);

async function deliverDraft(tiktok: Harness, token: string): Promise<string> {
  const { data = {} } = (await tiktok.inboxInit(token, draftBody())).json;
  await tiktok.put(data.upload_url, { first: 0, total: 4, bytes: Buffer.from('film') });
  return String(data.publish_id);
}

describe('a draft', () => {
  test('ends in the inbox, and is published when its user posts it', async () => {
    const tiktok = createHarness({ moderationMs: 1_000 });
    const token = tiktok.tokenOf();
    const publishId = await deliverDraft(tiktok, token);
    expect(publishId).toMatch(/^v_inbox_file~v2\.\d{19}$/);
    const data = async () => (await tiktok.status(token, publishId)).json.data;
    expect(await data()).toEqual({ status: 'SEND_TO_USER_INBOX', uploaded_bytes: 4 });
    expect(tiktok.emulator.ledger()).toMatchObject([{ mode: 'draft', delivered: true, published: false }]);
    tiktok.emulator.finishDraft(publishId);
    expect(await data()).toEqual({ status: 'PUBLISH_COMPLETE', uploaded_bytes: 4 });
    tiktok.emulator.clock.advance(1_000);
    expect(await data()).toHaveProperty('publicaly_available_post_id');
    expect(tiktok.emulator.ledger()[0]?.published).toBe(true);
  });

  test('cannot be finished before it is in the inbox, nor twice', async () => {
    const tiktok = createHarness();
    const { data = {} } = (await tiktok.inboxInit(tiktok.tokenOf(), draftBody())).json;
    expect(() => tiktok.emulator.finishDraft(String(data.publish_id))).toThrow(TypeError);
    const publishId = await deliverDraft(tiktok, tiktok.tokenOf());
    tiktok.emulator.finishDraft(publishId);
    expect(() => tiktok.emulator.finishDraft(publishId)).toThrow(TypeError);
  });

  test('needs video.upload, and takes no post_info', async () => {
    const tiktok = createHarness();
    const publishing = tiktok.tokenOf(['video.publish']);
    expect(verdict(await tiktok.inboxInit(publishing, draftBody()))).toBe('401 scope_not_authorized');
    expect(verdict(await tiktok.inboxInit(tiktok.tokenOf(), fileBody(4)))).toBe('400 invalid_params');
  });

  test('works for an app that is not audited, on a public account', async () => {
    const tiktok = createHarness({ apps: [{ audited: false }] });
    expect(verdict(await tiktok.inboxInit(tiktok.tokenOf(), draftBody()))).toBe('200 ok');
  });

  test('five may wait; posting one, or a day, makes room', async () => {
    const tiktok = createHarness();
    const attempt = async () => verdict(await tiktok.inboxInit(tiktok.tokenOf(), draftBody()));
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await deliverDraft(tiktok, tiktok.tokenOf()));
    expect(await attempt()).toBe('403 spam_risk_too_many_pending_share');
    tiktok.emulator.finishDraft(ids[0] ?? '');
    expect([await attempt(), await attempt()]).toEqual(['200 ok', '403 spam_risk_too_many_pending_share']);
    tiktok.emulator.clock.advance(24 * 3_600_000);
    expect(await attempt()).toBe('200 ok');
  });

  test('can be pulled', async () => {
    const tiktok = createHarness({ apps, fetchMedia: async () => new Response('film') });
    const { json } = await tiktok.inboxInit(tiktok.tokenOf(), draftBody(pulled.source_info));
    expect(json.data).toEqual({ publish_id: expect.stringMatching(/^v_inbox_url~v2\./) });
    await tiktok.emulator.settled();
    expect(tiktok.emulator.ledger()).toMatchObject([{ status: 'SEND_TO_USER_INBOX', delivered: true }]);
  });
});

describe('cancel', () => {
  test('stops a download, answers without data, and the publish ends publish_cancelled', async () => {
    const gate = Promise.withResolvers<Response>();
    const tiktok = createHarness({ apps, fetchMedia: () => gate.promise });
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.init(token, pulled)).json;
    const answer = await tiktok.cancel(token, data.publish_id);
    expect(answer.json).toEqual({ error: { code: 'ok', message: '', log_id: expect.any(String) } });
    gate.resolve(new Response('film'));
    await tiktok.emulator.settled();
    expect((await tiktok.status(token, data.publish_id)).json.data).toMatchObject({
      status: 'FAILED',
      fail_reason: 'publish_cancelled',
    });
    expect(tiktok.emulator.ledger()[0]?.published).toBe(false);
    expect(verdict(await tiktok.cancel(token, data.publish_id))).toBe('400 publish_not_cancellable');
  });

  test('keeps its reason although the download fails afterwards', async () => {
    const gate = Promise.withResolvers<Response>();
    const tiktok = createHarness({ apps, fetchMedia: () => gate.promise });
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.init(token, pulled)).json;
    await tiktok.cancel(token, data.publish_id);
    gate.reject(new TypeError('fetch failed'));
    await tiktok.emulator.settled();
    expect(tiktok.emulator.ledger()[0]?.failReason).toBe('publish_cancelled');
  });

  test('comes too late for bytes that are here, and is not for uploads', async () => {
    const tiktok = createHarness({
      apps,
      fetchMedia: async () => new Response('film'),
      processingMs: 60_000,
    });
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.init(token, pulled)).json;
    await tiktok.emulator.settled();
    expect(verdict(await tiktok.cancel(token, data.publish_id))).toBe('400 publish_not_cancellable');
    const upload = (await tiktok.init(token, fileBody(4))).json.data?.publish_id;
    expect(verdict(await tiktok.cancel(token, upload))).toBe('400 publish_not_cancellable');
  });

  test('is for the owner', async () => {
    const tiktok = createHarness({ apps, fetchMedia: never });
    const { data = {} } = (await tiktok.init(tiktok.tokenOf(), pulled)).json;
    const bo = tiktok.tokenOf(undefined, 'bo.private');
    const foreign = '400 token_not_authorized_for_specified_publish_id';
    expect(verdict(await tiktok.cancel(bo, data.publish_id))).toBe(foreign);
    expect(verdict(await tiktok.cancel(bo, 'none'))).toBe('400 invalid_publish_id');
  });
});
