import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { secret } from '../../src/lib/secret.ts';
import { readWebhook } from '../../src/tiktok/webhook.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const actual = await importOriginal<typeof crypto>();
  return { ...actual, timingSafeEqual: vi.fn(actual.timingSafeEqual) };
});
beforeEach(() => void vi.mocked(crypto.timingSafeEqual).mockClear());

const app = { clientKey: 'bwo2m45353a6k85', clientSecret: secret('test_client_secret') };
const KNOWN_BODY = String.raw`{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,"user_openid":"act.example12345Example12345Example","content":"{\"reason\": 1 }"}`;
const KNOWN_HEX = '39c29244091b6bb0d67eca735a97218805842b7c8cea52dde8296f6c0c36ae09';
const KNOWN_SIGNATURE = `t=1633174587,s=${KNOWN_HEX}`;

const read = (signature: string | null, body: string | Uint8Array = KNOWN_BODY) =>
  readWebhook(app, signature, typeof body === 'string' ? Buffer.from(body) : body);
const sign = (body: string | Uint8Array, t = 1633174587) =>
  `t=${t},s=${crypto.createHmac('sha256', 'test_client_secret').update(`${t}.`).update(body).digest('hex')}`;
const readSigned = (body: string | Uint8Array) => read(sign(body), body);
const event = (changes: Record<string, unknown>) =>
  JSON.stringify({
    client_key: 'bwo2m45353a6k85',
    event: 'post.publish.complete',
    create_time: 1615338610,
    user_openid: 'open-id',
    content: '{"publish_id":"v_pub_url~v2.123","publish_type":"DIRECT_POST"}',
    ...changes,
  });

describe('the signature', () => {
  test('of the known example is good', () => {
    expect(read(KNOWN_SIGNATURE)).toEqual({
      kind: 'authorization_removed',
      openId: 'act.example12345Example12345Example',
    });
  });

  test.each([
    ['none', null],
    ['an empty one', ''],
    ['no time', `s=${KNOWN_HEX}`],
    ['no signature', 't=1633174587'],
    ['an empty signature', 't=1633174587,s='],
    ['half of it', KNOWN_SIGNATURE.slice(0, -32)],
    ['one digit too few', KNOWN_SIGNATURE.slice(0, -1)],
    ['one digit too many', `${KNOWN_SIGNATURE}0`],
    ['in capitals', KNOWN_SIGNATURE.toUpperCase()],
    ['not hex', `t=1633174587,s=${'g'.repeat(64)}`],
    ['twice', `${KNOWN_SIGNATURE}, ${KNOWN_SIGNATURE}`],
    ['a second time', `${KNOWN_SIGNATURE},t=1`],
    ['the other way round', `s=${KNOWN_HEX},t=1633174587`],
    ['a negative time', `t=-1633174587,s=${KNOWN_HEX}`],
    ['another scheme', `t=1633174587,v1=${KNOWN_HEX}`],
    ['the bare digest', KNOWN_HEX],
    ['a full-width digit', KNOWN_SIGNATURE.replace('1633', '１633')],
    ['a line break', `${KNOWN_SIGNATURE}\n`],
  ])('%s is none', (_what, signature) => {
    expect(read(signature)).toEqual({ kind: 'refused', reason: 'unsigned' });
  });

  test.each([
    ['of another time', KNOWN_SIGNATURE.replace('1633174587', '1633174588')],
    ['of the time written otherwise', KNOWN_SIGNATURE.replace('t=', 't=0')],
    ['wrong in its first digit', KNOWN_SIGNATURE.replace('s=3', 's=4')],
    ['wrong in its last digit', KNOWN_SIGNATURE.replace(/9$/, '8')],
    ['of nothing', `t=1633174587,s=${'0'.repeat(64)}`],
  ])('%s is forged', (_what, signature) => {
    expect(read(signature)).toEqual({ kind: 'refused', reason: 'forged' });
  });

  test('is compared whole, whichever digit is wrong', () => {
    for (const wrong of [KNOWN_SIGNATURE.replace('s=3', 's=4'), KNOWN_SIGNATURE.replace(/9$/, '8')])
      read(wrong);
    const compared = vi.mocked(crypto.timingSafeEqual).mock.calls;
    expect(compared.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([
      [32, 32],
      [32, 32],
    ]);
  });

  test('is over the bytes as they came, not over what they mean', () => {
    expect(read(KNOWN_SIGNATURE, KNOWN_BODY.replace(/:/, ': '))).toHaveProperty('reason', 'forged');
    const twoWays = [Buffer.from([0xff]), Buffer.from('\ufffd')];
    for (const body of twoWays) expect(readSigned(body)).toEqual({ kind: 'other' });
    expect(read(sign(Buffer.from('\ufffd')), Buffer.from([0xff]))).toHaveProperty('reason', 'forged');
  });

  test('of any age is good: TikTok repeats for 72 hours', () => {
    const body = event({});
    for (const t of [0, 1, 1633174587, 9_999_999_999]) expect(read(sign(body, t), body).kind).toBe('publish');
  });

  test('of another app’s secret is forged, and another app’s event is refused', () => {
    const other = crypto.createHmac('sha256', 'another').update(`1.${KNOWN_BODY}`).digest('hex');
    expect(read(`t=1,s=${other}`)).toEqual({ kind: 'refused', reason: 'forged' });
    for (const client_key of ['other', '', 'BWO2M45353A6K85'])
      expect(readSigned(event({ client_key }))).toEqual({ kind: 'refused', reason: 'other_app' });
  });
});

describe('while the secret is being changed', () => {
  const changing = { ...app, clientSecret: secret('the-next'), formerSecrets: [app.clientSecret] };
  const signedBy = (key: string) =>
    `t=1,s=${crypto.createHmac('sha256', key).update(`1.${KNOWN_BODY}`).digest('hex')}`;

  test('what the new one or the one before has signed is good, and nothing else', () => {
    const kinds = ['the-next', 'test_client_secret', 'the-next,test_client_secret', ''].map(
      (key) => readWebhook(changing, signedBy(key), Buffer.from(KNOWN_BODY)).kind,
    );
    expect(kinds).toEqual(['authorization_removed', 'authorization_removed', 'refused', 'refused']);
  });

  test('both are compared, whichever is right', () => {
    for (const key of ['the-next', 'test_client_secret']) {
      vi.mocked(crypto.timingSafeEqual).mockClear();
      readWebhook(changing, signedBy(key), Buffer.from(KNOWN_BODY));
      expect(vi.mocked(crypto.timingSafeEqual)).toHaveBeenCalledTimes(2);
    }
  });
});

describe('an event', () => {
  test.each(['failed', 'complete', 'inbox_delivered', 'publicly_available', 'no_longer_publicaly_available'])(
    'post.publish.%s names its publish and its account',
    (news) => {
      expect(readSigned(event({ event: `post.publish.${news}` }))).toEqual({
        kind: 'publish',
        news,
        publishId: 'v_pub_url~v2.123',
        openId: 'open-id',
        isDraft: news === 'inbox_delivered',
        postId: null,
        happenedAt: new Date('2021-03-10T01:10:10Z'),
      });
    },
  );

  test.each([
    ['text', '"7300000000000000001"', '7300000000000000001'],
    ['a number', '7300000000000000001', '7300000000000000001'],
    ['no id', '"a post"', null],
    ['an object', '{}', null],
  ])('names its post to the last digit, where that is %s', (_what, written, postId) => {
    const content = `{"publish_id":"v_pub_url~v2.123","post_id":${written}}`;
    const read = readSigned(event({ event: 'post.publish.publicly_available', content }));
    expect(read).toMatchObject({ kind: 'publish', postId });
  });

  test.each([
    ['INBOX_SHARE', true],
    ['DIRECT_POST', false],
    ['inbox_share', false],
    [undefined, false],
    [7, false],
  ])('of publish type %j is known to be a draft: %s', (publish_type, isDraft) => {
    const content = JSON.stringify({ publish_id: 'v_pub_url~v2.123', publish_type });
    expect(readSigned(event({ content }))).toHaveProperty('isDraft', isDraft);
  });

  test.each([[undefined], ['1615338610'], [-1], [1.5], [null], [1615338610000], [Number.MAX_SAFE_INTEGER]])(
    'of the time %j has no time, and is an event all the same',
    (create_time) => {
      expect(readSigned(event({ create_time }))).toMatchObject({ kind: 'publish', happenedAt: null });
    },
  );

  test('keeps long ids exact', () => {
    const content = '{"publish_id":7300000000000000001,"post_id":7300000000000000003}';
    expect(readSigned(event({ content }))).toHaveProperty('publishId', '7300000000000000001');
  });

  test.each([
    ['an event of another product', { event: 'video.publish.completed', content: '{"share_id":"video.1"}' }],
    ['an event that there is none of', { event: 'post.publish.completed' }],
    ['an event named like an object’s own', { event: 'post.publish.constructor' }],
    ['an event in capitals', { event: 'POST.PUBLISH.COMPLETE' }],
    ['content that is an object', { content: { publish_id: 'v_pub_url~v2.123' } }],
    ['content that is no JSON', { content: '{"publish_id":' }],
    ['content that is no object', { content: '"v_pub_url~v2.123"' }],
    ['no content', { content: undefined }],
    ['no publish id', { content: '{}' }],
    ['a publish id that is none', { content: '{"publish_id":null}' }],
    ['a list of publish ids', { content: '{"publish_id":["v_pub_url~v2.123"]}' }],
    ['an empty publish id', { content: '{"publish_id":""}' }],
    ['a publish id too long', { content: JSON.stringify({ publish_id: 'v'.repeat(65) }) }],
    ['a publish id with a zero byte', { content: '{"publish_id":"v\\u0000"}' }],
    ['no account', { user_openid: undefined }],
    ['an account that is none', { user_openid: 7 }],
    ['an account with a line break', { user_openid: 'open\nid' }],
    ['an account too long', { user_openid: 'a'.repeat(129) }],
  ])('%s is not for us', (_what, changes) => {
    expect(readSigned(event(changes))).toEqual({ kind: 'other' });
  });

  test.each(['', 'null', '[]', '"text"', '7', '{', '{}', '{"client_key":7,"event":"x"}', '\u0000'])(
    'a signed body %j is not for us',
    (body) => {
      expect(readSigned(body)).toEqual({ kind: 'other' });
    },
  );
});
