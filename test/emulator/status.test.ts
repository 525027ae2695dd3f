import { describe, expect, test } from 'vitest';
import { createHarness, fileBody, verdict } from './harness.ts';

describe('a direct post by file', () => {
  test('is published with its last byte, says so after processing, and shows its id after moderation', async () => {
    const tiktok = createHarness({ processingMs: 30_000, moderationMs: 60_000 });
    const token = tiktok.tokenOf();
    const publishId = await tiktok.publishFile(token);
    const data = async () => (await tiktok.status(token, publishId)).json.data;
    expect(await data()).toEqual({ status: 'PROCESSING_UPLOAD', uploaded_bytes: 4 });
    const { published, publishedAt } = tiktok.emulator.ledger()[0] ?? {};
    expect([published, publishedAt]).toEqual([true, tiktok.emulator.clock.now()]);
    tiktok.emulator.clock.advance(30_000);
    expect(await data()).toEqual({ status: 'PUBLISH_COMPLETE', uploaded_bytes: 4 });
    tiktok.emulator.clock.advance(60_000);
    expect(await data()).toHaveProperty('publicaly_available_post_id');
  });

  test('its id is an unquoted integer of 19 digits that no JavaScript number holds', async () => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    const publishId = await tiktok.publishFile(token);
    const { text } = await tiktok.status(token, publishId);
    const digits = /"publicaly_available_post_id":\[(\d{19})\]/.exec(text)?.[1] ?? '';
    expect(String(Number(digits))).not.toBe(digits);
    expect(tiktok.emulator.ledger()[0]?.postIds).toEqual([digits]);
  });

  test.each(['SELF_ONLY', 'MUTUAL_FOLLOW_FRIENDS'])('one for %s never shows an id', async (privacy_level) => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    const publishId = await tiktok.publishFile(token, { privacy_level });
    const { data } = (await tiktok.status(token, publishId)).json;
    expect(data).toEqual({ status: 'PUBLISH_COMPLETE', uploaded_bytes: 4 });
    expect(tiktok.emulator.ledger()).toMatchObject([{ published: true, postIds: [] }]);
  });

  test('one whose upload URL expired has failed, and that is no error of the call', async () => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    const { data = {} } = (await tiktok.init(token, fileBody(1_000))).json;
    expect((await tiktok.status(token, data.publish_id)).json.data).toEqual({
      status: 'PROCESSING_UPLOAD',
      uploaded_bytes: 0,
    });
    tiktok.emulator.clock.advance(3_600_000);
    const failed = await tiktok.status(token, data.publish_id);
    expect(verdict(failed)).toBe('200 ok');
    expect(failed.json.data).toMatchObject({ status: 'FAILED', fail_reason: 'internal' });
  });
});

describe('a status call', () => {
  test('needs video.publish or video.upload', async () => {
    const tiktok = createHarness();
    const publishId = await tiktok.publishFile(tiktok.tokenOf());
    expect(verdict(await tiktok.status(tiktok.tokenOf(['video.upload']), publishId))).toBe('200 ok');
    expect(verdict(await tiktok.status(tiktok.tokenOf(['video.publish']), publishId))).toBe('200 ok');
    const basic = await tiktok.status(tiktok.tokenOf(['user.info.basic']), publishId);
    expect(verdict(basic)).toBe('401 scope_not_authorized');
  });

  test('knows its own publishes only', async () => {
    const tiktok = createHarness({ apps: [{}, { clientKey: 'other' }] });
    const publishId = await tiktok.publishFile(tiktok.tokenOf());
    const other = tiktok.emulator.grant({ username: 'ada.films', clientKey: 'other' }).access_token;
    const foreign = '400 token_not_authorized_for_specified_publish_id';
    expect(verdict(await tiktok.status(tiktok.tokenOf(undefined, 'bo.private'), publishId))).toBe(foreign);
    expect(verdict(await tiktok.status(other, publishId))).toBe(foreign);
    expect(verdict(await tiktok.status(other, 'v_pub_file~v2-1.1'))).toBe('400 invalid_publish_id');
  });

  test.each([[{}], [{ publish_id: 7 }], [{ publish_id: 'x', more: 1 }]])(
    'with %o is invalid_params',
    async (body) => {
      const tiktok = createHarness();
      const answer = await tiktok.post('/v2/post/publish/status/fetch/', tiktok.tokenOf(), body);
      expect(verdict(answer)).toBe('400 invalid_params');
    },
  );

  test('is a POST to a path with its slash', async () => {
    const tiktok = createHarness();
    const token = tiktok.tokenOf();
    const get = await tiktok.request('/v2/post/publish/status/fetch/?publish_id=x', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(verdict(get)).toBe('405 method_not_allowed');
    expect(verdict(await tiktok.post('/v2/post/publish/status/fetch', token, {}))).toBe('404 not_found');
  });
});
