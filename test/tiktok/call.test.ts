import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { secret } from '../../src/lib/secret.ts';
import type { Answer, CallOptions, Fetch, FetchInit } from '../../src/tiktok/call.ts';
import { planChunks } from '../../src/tiktok/chunks.ts';
import { openConnections } from '../../src/tiktok/connections.ts';
import { listVideos, queryVideos } from '../../src/tiktok/display.ts';
import { refusalOf } from '../../src/tiktok/errors.ts';
import {
  cancelPublish,
  fetchStatus,
  initPost,
  type PhotoInfo,
  type VideoInfo,
} from '../../src/tiktok/publish.ts';
import { getUserInfo, queryCreatorInfo } from '../../src/tiktok/users.ts';
import { bodyOf, closedPortUrl, serve, serveTcp } from '../http/serve.ts';
import { seededRandom } from '../media/random.ts';

const TOKEN = secret('act.example');
const INFO: VideoInfo = {
  title: 'A film #fyp',
  privacyLevel: 'SELF_ONLY',
  disableDuet: true,
  disableStitch: false,
  disableComment: true,
  videoCoverTimestampMs: 1_500,
  brandContentToggle: false,
  brandOrganicToggle: true,
  isAigc: true,
};
const PHOTO_INFO: PhotoInfo = {
  privacyLevel: 'SELF_ONLY',
  disableComment: true,
  brandContentToggle: false,
  brandOrganicToggle: true,
  autoAddMusic: false,
};
const LOG_ID = '202206221854370101130062072500FFA2';
const OK = { code: 'ok', message: '', log_id: LOG_ID };

type Ask = (options: CallOptions) => Promise<Answer<unknown>>;
const initUpload: Ask = (options) =>
  initPost(options, TOKEN, { mediaType: 'video', info: INFO, source: { upload: planChunks(50_000_123) } });
const initPull: Ask = (options) =>
  initPost(options, TOKEN, {
    mediaType: 'video',
    info: INFO,
    source: { pullFrom: 'https://cdn.example.com/a.mp4' },
  });
const initUploadDraft: Ask = (options) =>
  initPost(options, TOKEN, { mediaType: 'video', info: null, source: { upload: planChunks(50_000_123) } });
const initPullDraft: Ask = (options) =>
  initPost(options, TOKEN, {
    mediaType: 'video',
    info: null,
    source: { pullFrom: 'https://cdn.example.com/a.mp4' },
  });
const initPhotosAs =
  (info: PhotoInfo | null): Ask =>
  (options) =>
    initPost(options, TOKEN, {
      mediaType: 'photo',
      info,
      title: 'A day',
      description: null,
      photoUrls: ['https://cdn.example.com/a.webp', 'https://cdn.example.com/b.webp'],
      coverIndex: 1,
    });
const status: Ask = (options) => fetchStatus(options, TOKEN, 'v_pub_file~v2-1.123');
const cancel: Ask = (options) => cancelPublish(options, TOKEN, 'v_pub_url~v2.123');
const list: Ask = (options) => listVideos(options, TOKEN, { cursor: '1793000000000', maxCount: 20 });
const query: Ask = (options) => queryVideos(options, TOKEN, ['7548293418273648913']);
const creatorInfo: Ask = (options) => queryCreatorInfo(options, TOKEN);
const userInfo: Ask = (options) => getUserInfo(options, TOKEN);

const ENDPOINTS: [string, Ask, Record<string, unknown>][] = [
  [
    'video/init by upload',
    initUpload,
    { publish_id: 'v_pub_file~v2-1.123', upload_url: 'https://upload.example.com/' },
  ],
  ['video/init by pull', initPull, { publish_id: 'v_pub_url~v2.123' }],
  [
    'inbox/video/init by upload',
    initUploadDraft,
    { publish_id: 'v_inbox_file~v2.123', upload_url: 'https://upload.example.com/' },
  ],
  ['inbox/video/init by pull', initPullDraft, { publish_id: 'v_inbox_url~v2.123' }],
  ['content/init', initPhotosAs(PHOTO_INFO), { publish_id: 'p_pub_url~v2.123' }],
  ['content/init of a draft', initPhotosAs(null), { publish_id: 'p_pub_url~v2.123' }],
  ['status/fetch', status, { status: 'PROCESSING_UPLOAD' }],
  // The status tells what came of it: of the answer nothing is needed.
  ['cancel', cancel, {}],
  ['creator_info/query', creatorInfo, { creator_username: 'ada.films' }],
  ['user/info', userInfo, { user: { display_name: 'Ada' } }],
  [
    'video/list',
    list,
    { videos: [{ id: '7548293418273648913' }], cursor: 1_793_000_000_000, has_more: true },
  ],
  ['video/query', query, { videos: [{ id: '7548293418273648913' }] }],
];

/** Asks a TikTok that gives this one answer. */
function told(ask: Ask, body: string | Uint8Array | unknown, init?: ResponseInit): Promise<Answer<unknown>> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const fetch: Fetch = async () => new Response(isRaw ? (body as BodyInit) : JSON.stringify(body), init);
  return ask({ fetch, apiUrl: 'https://tiktok.example.com', timeoutMs: 5_000 });
}

/** What an answer comes to, in one word: its kind, and the code where TikTok named one. */
const kindOf = (answer: Answer<unknown>) =>
  answer.kind === 'refused' ? `refused: ${answer.code}` : answer.kind;

const refusal = (code: unknown, more: Record<string, unknown> = {}) => ({
  data: {},
  error: { code, message: 'Please review our integration guidelines', log_id: LOG_ID },
  ...more,
});

describe.each(ENDPOINTS)('%s', (name, ask, data) => {
  const invalid = refusal('invalid_params');

  test.each<[string, unknown, ResponseInit | undefined, string]>([
    // TikTok's word
    ['ok', { data, error: OK }, undefined, 'ok'],
    ['ok with HTTP 201', { data, error: OK }, { status: 201 }, 'ok'],
    ['ok with HTTP 400', { data, error: OK }, { status: 400 }, 'ok'],
    ['ok with HTTP 403', { data, error: OK }, { status: 403 }, 'ok'],
    ['ok with HTTP 500', { data, error: OK }, { status: 500 }, 'ok'],
    [
      'ok with members nobody knows',
      { data: { ...data, brand_new: [1] }, error: { ...OK, brand_new: {} }, extra: 1 },
      undefined,
      'ok',
    ],
    ['ok without a message', { data, error: { code: 'ok', log_id: LOG_ID } }, undefined, 'ok'],
    ['ok without a log id', { data, error: { code: 'ok' } }, undefined, 'ok'],
    ['ok with a log id null', { data, error: { ...OK, log_id: null } }, undefined, 'ok'],
    ['ok with a log id that is a number', { data, error: { ...OK, log_id: 20_220_622 } }, undefined, 'ok'],
    ['ok with a log id in an object', { data, error: { ...OK, log_id: { id: 1 } } }, undefined, 'ok'],
    ['ok with white space around', `\n\t ${JSON.stringify({ data, error: OK })} \r\n`, undefined, 'ok'],
    ['ok after a byte order mark', `\ufeff${JSON.stringify({ data, error: OK })}`, undefined, 'ok'],
    ['ok as text/html', { data, error: OK }, { headers: { 'content-type': 'text/html' } }, 'ok'],
    [
      'an error with HTTP 200',
      refusal('spam_risk_too_many_posts'),
      undefined,
      'refused: spam_risk_too_many_posts',
    ],
    ['an error with HTTP 400', invalid, { status: 400 }, 'refused: invalid_params'],
    [
      'an error with HTTP 401',
      refusal('access_token_invalid'),
      { status: 401 },
      'refused: access_token_invalid',
    ],
    [
      'an error with HTTP 403',
      refusal('url_ownership_unverified'),
      { status: 403 },
      'refused: url_ownership_unverified',
    ],
    [
      'an error with HTTP 429',
      refusal('rate_limit_exceeded'),
      { status: 429 },
      'refused: rate_limit_exceeded',
    ],
    ['an error with HTTP 500', refusal('internal_error'), { status: 500 }, 'refused: internal_error'],
    [
      'an error beside good data',
      { data, error: refusal('reached_active_user_cap').error },
      undefined,
      'refused: reached_active_user_cap',
    ],
    ['an error without data', { error: invalid.error }, { status: 400 }, 'refused: invalid_params'],
    ['an error with data null', { ...invalid, data: null }, { status: 400 }, 'refused: invalid_params'],
    ['an error with data in a list', { ...invalid, data: [] }, { status: 400 }, 'refused: invalid_params'],
    [
      'an error with data in a string',
      { ...invalid, data: 'none' },
      { status: 400 },
      'refused: invalid_params',
    ],
    ['an unknown code', refusal('brand_new_code'), { status: 400 }, 'refused: brand_new_code'],
    ['a code in capitals', refusal('OK'), undefined, 'refused: OK'],
    ['a code with a space', refusal('ok '), undefined, 'refused: ok '],
    ['a code that names a method', refusal('constructor'), { status: 400 }, 'refused: constructor'],
    ['a code without end', refusal('x'.repeat(500)), { status: 400 }, `refused: ${'x'.repeat(100)}`],
    ['a code that no column takes', refusal('new\u0000\ud800'), { status: 400 }, 'refused: new\ufffd'],
    // nobody's word
    ['an empty code', refusal(''), { status: 400 }, 'refused: '],
    ['a code that is a number', refusal(10_003), { status: 400 }, 'unclear'],
    ['a code null', refusal(null), { status: 400 }, 'unclear'],
    ['no code', { data, error: {} }, undefined, 'unclear'],
    ['no error', { data }, undefined, 'unclear'],
    ['an error null', { data, error: null }, undefined, 'unclear'],
    ['an error in a string', { data, error: 'invalid_grant', error_description: 'x' }, undefined, 'unclear'],
    ['an error in a list', { data, error: [OK] }, undefined, 'unclear'],
    ['the data without its envelope', data, undefined, 'unclear'],
    ['the Business API', { code: 0, message: 'OK', data }, undefined, 'unclear'],
    ['an empty object', {}, undefined, 'unclear'],
    ['a list', [{ data, error: OK }], undefined, 'unclear'],
    ['null', 'null', undefined, 'unclear'],
    ['a string', '"ok"', undefined, 'unclear'],
    ['a number', '0', undefined, 'unclear'],
    ['nothing', '', undefined, 'unclear'],
    ['nothing with HTTP 500', '', { status: 500 }, 'unclear'],
    ['white space', '  \n', undefined, 'unclear'],
    ['HTML with HTTP 200', '<!doctype html><title>ok</title>', undefined, 'unclear'],
    ['HTML with HTTP 502', '<html><h1>502 Bad Gateway</h1></html>', { status: 502 }, 'unclear'],
    ['text with HTTP 503', 'upstream connect error', { status: 503 }, 'unclear'],
    ['cut JSON', JSON.stringify({ data, error: OK }).slice(0, -1), undefined, 'unclear'],
    ['JSON twice', JSON.stringify({ data, error: OK }).repeat(2), undefined, 'unclear'],
    ['JSON with a comma too many', '{"data":{},"error":{"code":"ok",}}', undefined, 'unclear'],
    [
      'bad UTF-8',
      Buffer.from(JSON.stringify({ data, error: { ...OK, message: '\xff' } }), 'latin1'),
      undefined,
      'unclear',
    ],
    ['UTF-16', Buffer.from(JSON.stringify({ data, error: OK }), 'utf16le'), undefined, 'unclear'],
    [
      'a body of more than 1 MB',
      JSON.stringify({ data, error: { ...OK, message: 'x'.repeat(1_000_000) } }),
      undefined,
      'unclear',
    ],
    ['a redirect', '', { status: 302, headers: { location: 'https://elsewhere.example.com/' } }, 'unclear'],
    ['a permanent redirect', '<a href="/">Moved</a>', { status: 308, headers: { location: '/' } }, 'unclear'],
  ])('%s', async (_what, body, init, kind) => {
    const answer = await told(ask, body, init);
    expect(kindOf(answer)).toBe(kind);
    if (answer.kind === 'unclear') expect(answer.httpStatus).toBe(init?.status ?? 200);
    if (answer.kind === 'refused') expect(answer.httpStatus).toBe(init?.status ?? 200);
  });

  test.each([
    ['no data', undefined],
    ['data null', null],
    ['empty data', {}],
    ['data in a list', [data]],
    ['data in a string', 'none'],
    ['data of another call', { brand_new: 1 }],
  ])('ok with %s is no answer where one is needed', async (_what, useless) => {
    const isNeeded = Object.keys(data).length > 0;
    expect(kindOf(await told(ask, { data: useless, error: OK }))).toBe(isNeeded ? 'unclear' : 'ok');
  });

  test('keeps the log id, and nothing that could not be one', async () => {
    const logIdOf = async (log_id: unknown) => {
      const answer = await told(ask, { data, error: { code: 'ok', log_id } });
      return answer.kind === 'ok' ? answer.logId : answer;
    };
    expect(await logIdOf(LOG_ID)).toBe(LOG_ID);
    expect(await logIdOf('x'.repeat(128))).toBe('x'.repeat(128));
    const nonsense = [
      '',
      null,
      undefined,
      5,
      {},
      '\u0000',
      '2022\n0622',
      '2022\udc00',
      'x'.repeat(129),
      'act.token',
    ];
    for (const value of nonsense) expect(await logIdOf(value)).toBeNull();
  });

  test('never repeats a call, and follows no redirect', async () => {
    const calls: FetchInit[] = [];
    const urls: string[] = [];
    const fetch: Fetch = async (url, init) => {
      urls.push(url);
      calls.push(init);
      return new Response('', { status: 503 });
    };
    await ask({ fetch, apiUrl: 'https://tiktok.example.com', timeoutMs: 1_000 });
    const [path] = name.split(' ');
    expect(urls).toEqual([
      expect.stringMatching(`^https://tiktok.example.com/v2/(post/publish/)?${path}/(\\?|$)`),
    ]);
    expect(calls[0]?.redirect).toBe('manual');
    expect(calls[0]?.headers.authorization).toBe('Bearer act.example');
  });

  test.each([
    ['seconds', '90', 90],
    ['one second', '1', 1],
    ['no seconds', '0', null],
    ['less than no seconds', '-5', null],
    ['a thousand million seconds', '1000000000', 3600],
    ['a number beyond all bounds', '9'.repeat(400), 3600],
    ['a fraction', '1.5', null],
    ['a date gone by', 'Wed, 21 Oct 2015 07:28:00 GMT', null],
    ['a date far off', 'Wed, 21 Oct 2099 07:28:00 GMT', 3600],
    ['nonsense', 'soon', null],
    ['nothing', '', null],
    ['no such header', undefined, null],
  ])('a Retry-After of %s', async (_what, value, seconds) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'retry-after': value };
    const answer = await told(ask, refusal('rate_limit_exceeded'), { status: 429, headers });
    expect(answer).toMatchObject({ kind: 'refused', retryAfterSeconds: seconds });
  });
});

describe('video/init', () => {
  const init = (data: unknown, ask = initUpload) => told(ask, { data, error: OK });
  const publish_id = 'v_pub_file~v2-1.7548293418273648913';
  const upload_url = 'https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=Xza';

  test('gives the publish id and the upload URL, which shows itself nowhere', async () => {
    const answer = await init({ publish_id, upload_url });
    expect(answer).toMatchObject({ kind: 'ok', data: { publishId: publish_id }, logId: LOG_ID });
    expect(JSON.stringify(answer)).not.toContain('upload_token');
  });

  test.each([
    ['no upload URL', { publish_id }],
    ['an upload URL null', { publish_id, upload_url: null }],
    ['an empty upload URL', { publish_id, upload_url: '' }],
    ['an upload URL that is a number', { publish_id, upload_url: 5 }],
    ['an upload URL in a list', { publish_id, upload_url: [upload_url] }],
    [
      'an upload URL without end',
      { publish_id, upload_url: `https://x.tiktokapis.com/${'x'.repeat(2_048)}` },
    ],
  ])('%s does not make the publish id unknown', async (_what, data) => {
    for (const ask of [initUpload, initPull]) {
      expect(await init(data, ask)).toMatchObject({
        kind: 'ok',
        data: { publishId: publish_id, uploadUrl: null },
      });
    }
  });

  test.each([
    ['no data', undefined],
    ['data null', null],
    ['empty data', {}],
    ['data in a list', [{ publish_id }]],
    ['data in a string', publish_id],
    ['an empty publish id', { publish_id: '', upload_url }],
    ['a publish id null', { publish_id: null, upload_url }],
    ['a publish id that is a number', { publish_id: 5, upload_url }],
    ['a publish id longer than 64', { publish_id: 'v'.repeat(65), upload_url }],
    ['a publish id with a zero byte', { publish_id: 'v_pub\u0000', upload_url }],
    ['a publish id with white space', { publish_id: 'v_pub 1', upload_url }],
    ['a publish id with half a character', { publish_id: 'v_pub\ud83d', upload_url }],
    ['another name for it', { publishId: publish_id, upload_url }],
  ])('%s is no answer', async (_what, data) => {
    expect(await init(data)).toMatchObject({ kind: 'unclear', httpStatus: 200 });
  });

  test('by upload sends exactly what TikTok documents', async () => {
    const asked = await askedOf(initUpload);
    expect(asked).toMatchObject({
      url: 'https://tiktok.example.com/v2/post/publish/video/init/',
      method: 'POST',
    });
    expect(asked.headers).toEqual({
      authorization: 'Bearer act.example',
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(asked.json).toEqual({
      post_info: {
        title: 'A film #fyp',
        privacy_level: 'SELF_ONLY',
        disable_duet: true,
        disable_stitch: false,
        disable_comment: true,
        video_cover_timestamp_ms: 1_500,
        brand_content_toggle: false,
        brand_organic_toggle: true,
        is_aigc: true,
      },
      source_info: {
        source: 'FILE_UPLOAD',
        video_size: 50_000_123,
        chunk_size: 10_000_000,
        total_chunk_count: 5,
      },
    });
  });

  test('by pull sends the URL, and leaves out what the post does not say', async () => {
    const asked = await askedOf((options) =>
      initPost(options, TOKEN, {
        mediaType: 'video',
        info: { ...INFO, title: null, videoCoverTimestampMs: null },
        source: { pullFrom: 'https://cdn.example.com/a.mp4' },
      }),
    );
    expect(asked.json).toMatchObject({
      source_info: { source: 'PULL_FROM_URL', video_url: 'https://cdn.example.com/a.mp4' },
    });
    expect(Object.keys(asked.json.post_info ?? {}).sort()).toEqual([
      'brand_content_toggle',
      'brand_organic_toggle',
      'disable_comment',
      'disable_duet',
      'disable_stitch',
      'is_aigc',
      'privacy_level',
    ]);
  });
});

async function askedOf(ask: Ask) {
  const asked: { url: string; init: FetchInit }[] = [];
  await ask({
    fetch: async (url, init) => {
      asked.push({ url, init });
      return new Response('{}');
    },
    apiUrl: 'https://tiktok.example.com',
    timeoutMs: 1_000,
  });
  const [{ url, init }] = asked as [(typeof asked)[0]];
  const json: Record<string, Record<string, unknown>> = init.body ? JSON.parse(init.body) : {};
  return { url, method: init.method, headers: init.headers, body: init.body, json };
}

describe('status/fetch', () => {
  /** Written as text, so that numbers stand there as TikTok writes them. */
  const fetched = (data: string) =>
    told(status, `{"data":${data},"error":{"code":"ok","message":"","log_id":"${LOG_ID}"}}`);
  const ids = async (written: string) => {
    const answer = await fetched(`{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":${written}}`);
    return answer.kind === 'ok' ? (answer.data as { postIds: string[] }).postIds : answer;
  };

  test.each([
    ['[7548293418273648913]', ['7548293418273648913']],
    ['7548293418273648913', ['7548293418273648913']],
    ['"7548293418273648913"', ['7548293418273648913']],
    ['["7548293418273648913"]', ['7548293418273648913']],
    ['[7548293418273648913,7548293418273648914]', ['7548293418273648913', '7548293418273648914']],
    ['[ 9007199254740993 , "9007199254740995" ]', ['9007199254740993', '9007199254740995']],
    ['[18446744073709551615]', ['18446744073709551615']],
    ['[12]', ['12']],
    ['[]', []],
    ['null', []],
    ['""', []],
    ['[""]', []],
    ['[null]', []],
    ['0', []],
    ['["0"]', []],
    ['{}', []],
    ['[{"id":7548293418273648913}]', []],
    ['[-5]', []],
    ['[1.5]', []],
    ['[7.548293418273648913e18]', []],
    ['["v7548293418273648913"]', []],
    ['[123456789012345678901234567890]', []],
    ['true', []],
    ['[null,7548293418273648913,""]', ['7548293418273648913']],
  ])('the post ids in %s', async (written, expected) => {
    expect(await ids(written)).toEqual(expected);
  });

  test('has no post ids where TikTok names none, or spells them right', async () => {
    expect(await fetched('{"status":"PUBLISH_COMPLETE"}')).toMatchObject({
      kind: 'ok',
      data: { postIds: [] },
    });
    expect(
      await fetched('{"status":"PUBLISH_COMPLETE","publicly_available_post_id":[7548293418273648913]}'),
    ).toMatchObject({ data: { postIds: [] } });
  });

  test.each([
    'PROCESSING_UPLOAD',
    'PROCESSING_DOWNLOAD',
    'SEND_TO_USER_INBOX',
    'PUBLISH_COMPLETE',
    'FAILED',
    'BRAND_NEW',
  ])('passes on the status %s', async (name) => {
    expect(await fetched(`{"status":"${name}"}`)).toEqual({
      kind: 'ok',
      data: { status: name, failReason: null, postIds: [], uploadedBytes: null },
      logId: LOG_ID,
    });
  });

  test.each([
    ['10000000', 10_000_000],
    ['0', 0],
    ['"10000000"', 10_000_000],
    ['4000000000', 4_000_000_000],
    ['null', null],
    ['-1', null],
    ['"-1"', null],
    ['1.5', null],
    ['"many"', null],
    ['""', null],
    ['[5]', null],
    ['{}', null],
    ['1e400', null],
  ])('uploaded_bytes of %s', async (written, bytes) => {
    expect(await fetched(`{"status":"PROCESSING_UPLOAD","uploaded_bytes":${written}}`)).toMatchObject({
      kind: 'ok',
      data: { uploadedBytes: bytes },
    });
  });

  test.each([
    ['"internal"', 'internal'],
    ['"brand_new_reason"', 'brand_new_reason'],
    ['""', null],
    ['null', null],
    ['7', null],
    ['["internal"]', null],
    [`"${'x'.repeat(500)}"`, 'x'.repeat(100)],
    ['"a\\u0000b\\ud800"', 'ab\ufffd'],
  ])('fail_reason of %s', async (written, reason) => {
    expect(await fetched(`{"status":"FAILED","fail_reason":${written}}`)).toMatchObject({
      kind: 'ok',
      data: { status: 'FAILED', failReason: reason },
    });
  });

  test.each([
    'null',
    '{}',
    '[]',
    '"PUBLISH_COMPLETE"',
    '{"status":null}',
    '{"status":""}',
    '{"status":5}',
    '{"fail_reason":"internal"}',
  ])('%s says nothing', async (data) => {
    expect(await fetched(data)).toMatchObject({ kind: 'unclear' });
  });

  test('asks with the publish id in the body', async () => {
    expect(await askedOf(status)).toMatchObject({
      url: 'https://tiktok.example.com/v2/post/publish/status/fetch/',
      method: 'POST',
      json: { publish_id: 'v_pub_file~v2-1.123' },
    });
  });
});

describe('creator_info/query and user/info', () => {
  test('ask as TikTok documents', async () => {
    expect(await askedOf(creatorInfo)).toMatchObject({
      url: 'https://tiktok.example.com/v2/post/publish/creator_info/query/',
      method: 'POST',
      body: '{}',
    });
    const asked = await askedOf(userInfo);
    expect(asked).toMatchObject({
      url: 'https://tiktok.example.com/v2/user/info/?fields=open_id,display_name,avatar_url',
      method: 'GET',
      body: null,
    });
    expect(asked.headers).not.toHaveProperty('content-type');
  });

  test.each([undefined, null, '', 5, 'x'.repeat(257), 'a\u0000b', 'half\ud83d'])(
    'the creator_username %j is none',
    async (creator_username) => {
      expect(await told(creatorInfo, { data: { creator_username }, error: OK })).toMatchObject({
        kind: 'unclear',
      });
    },
  );

  test.each([
    [
      { display_name: 'Ada', avatar_url: 'https://p16.example.com/a.webp' },
      { displayName: 'Ada', avatarUrl: 'https://p16.example.com/a.webp' },
    ],
    [{}, { displayName: null, avatarUrl: null }],
    [
      { display_name: null, avatar_url: null },
      { displayName: null, avatarUrl: null },
    ],
    [
      { display_name: '', avatar_url: '' },
      { displayName: null, avatarUrl: null },
    ],
    [{ display_name: 'Ада 🎬' }, { displayName: 'Ада 🎬' }],
    [{ display_name: 'x'.repeat(300) }, { displayName: 'x'.repeat(256) }],
    [{ display_name: `${'x'.repeat(255)}🎬` }, { displayName: `${'x'.repeat(255)}\ufffd` }],
    [{ display_name: 'a\u0000b\r\nc' }, { displayName: 'abc' }],
    [{ avatar_url: `https://p16.example.com/${'x'.repeat(2_048)}` }, { avatarUrl: null }],
  ])('of the user %j remains %j', async (user, expected) => {
    expect(await told(userInfo, { data: { user }, error: OK })).toMatchObject({ kind: 'ok', data: expected });
  });
});

describe('connections', async () => {
  const { fetch, ...connections } = await openConnections();
  afterAll(() => connections[Symbol.asyncDispose]());
  const options = (apiUrl: string, timeoutMs = 5_000): CallOptions => ({ apiUrl, timeoutMs, fetch });
  const failing = (error: unknown): CallOptions => ({
    apiUrl: 'https://tiktok.example.com',
    timeoutMs: 5_000,
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause: error })),
  });
  const systemError = (code: string, syscall?: string) =>
    Object.assign(new Error(`${syscall} ${code}`), { code, ...(syscall && { syscall }) });

  test('nobody listens: nothing was sent', async () => {
    const answer = await initPull(options(await closedPortUrl()));
    expect(answer).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' });
  });

  test.each([
    systemError('ECONNREFUSED', 'connect'),
    systemError('ETIMEDOUT', 'connect'),
    systemError('EHOSTUNREACH', 'connect'),
    systemError('ENETUNREACH', 'connect'),
    systemError('ECONNRESET', 'connect'),
    systemError('ENOTFOUND', 'getaddrinfo'),
    systemError('EAI_AGAIN', 'getaddrinfo'),
    systemError('UND_ERR_CONNECT_TIMEOUT'),
    Object.assign(
      new AggregateError([systemError('ECONNREFUSED', 'connect'), systemError('ENETUNREACH', 'connect')]),
      {
        code: 'ECONNREFUSED',
      },
    ),
  ])('never opened: $message', async (error) => {
    expect(await initPull(failing(error))).toMatchObject({ kind: 'not_sent' });
  });

  test.each([
    systemError('ECONNRESET', 'read'),
    systemError('EPIPE', 'write'),
    systemError('ETIMEDOUT', 'read'),
    systemError('EHOSTUNREACH', 'read'),
    systemError('ENETUNREACH', 'read'),
    systemError('ECONNREFUSED', 'read'),
    systemError('UND_ERR_SOCKET'),
    systemError('UND_ERR_HEADERS_TIMEOUT'),
    systemError('UND_ERR_BODY_TIMEOUT'),
    systemError('CERT_HAS_EXPIRED'),
    systemError('HPE_INVALID_CONSTANT'),
    new AggregateError([systemError('ECONNREFUSED', 'connect'), systemError('ECONNRESET', 'read')]),
    new AggregateError([]),
    new Error('a new one'),
    'a string',
    undefined,
  ])('may have had its effect: %s', async (error) => {
    expect(await initPull(failing(error))).toMatchObject({ kind: 'unclear', httpStatus: null });
  });

  test('an error that is its own cause ends the search', async () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(await initPull(failing(error))).toMatchObject({ kind: 'unclear' });
  });

  test.each([
    ['resets it once the request is there', (socket) => socket.resetAndDestroy()],
    ['closes it without an answer', (socket) => socket.end()],
    ['closes it in the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
    [
      'closes it in the body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data":{"publish_id":"v"'),
    ],
    [
      'ends the body before its length, at a whole object',
      (socket) =>
        socket.end(
          'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data":{"publish_id":"v"},"error":{"code":"ok"}}',
        ),
    ],
    [
      'never ends its chunks',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n'),
    ],
    ['speaks no HTTP', (socket) => socket.end('220 smtp.example.com ESMTP\r\n')],
    ['never answers', () => undefined],
  ] as [string, (socket: import('node:net').Socket) => void][])('a server that %s', async (_what, reply) => {
    let requests = 0;
    await using server = await serveTcp((socket) => {
      socket.once('data', () => {
        requests++;
        reply(socket);
      });
    });
    expect(await initPull(options(server.url, 500))).toMatchObject({ kind: 'unclear' });
    expect(requests).toBe(1);
  });

  test('an answer that comes byte by byte ends with the time allowed', async () => {
    await using server = await serve((_request, response) => {
      response.write(' ');
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect(await initPull(options(server.url, 1_000))).toEqual({
      kind: 'unclear',
      reason: 'the answer did not end in time',
      httpStatus: 200,
    });
  });

  test('a redirect is not followed, and neither token nor body goes anywhere else', async () => {
    await using elsewhere = await serve((_request, response) => response.end('{}'));
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await serve((_request, response) =>
        response.writeHead(status, { location: `${elsewhere.url}/stolen` }).end(),
      );
      expect(await initPull(options(server.url))).toMatchObject({ kind: 'unclear', httpStatus: status });
    }
    expect(elsewhere.requests).toEqual([]);
  });

  test('HTTP 421, which asks for the request to be sent anew, is an answer like any other', async () => {
    await using server = await serve((_request, response) => response.writeHead(421).end());
    expect(await initPull(options(server.url))).toMatchObject({ kind: 'unclear', httpStatus: 421 });
    expect(server.requests.length).toBe(1);
  });

  test('an endless answer is read no further than 1 MB', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await serve((_request, response) => {
      closed.push(once(response, 'close'));
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await initPull(options(server.url))).toMatchObject({ kind: 'unclear', httpStatus: 200 });
    await Promise.all(closed);
  });

  test('each call has a connection of its own, and a body of the length it names', async () => {
    const ports = new Set<number | undefined>();
    const lengths: [string | undefined, number][] = [];
    await using server = await serve(async (request, response) => {
      ports.add(request.socket.remotePort);
      lengths.push([request.headers['content-length'], (await bodyOf(request)).length]);
      response.end('{}');
    });
    for (let count = 0; count < 3; count++) await initPull(options(server.url));
    expect(ports.size).toBe(3);
    for (const [named, sent] of lengths) expect(named).toBe(String(sent));
  });
});

test('20,000 mutilated answers: never a throw, and no refusal but by a code TikTok is known for', async () => {
  const random = seededRandom(20261121);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const good = JSON.stringify({ data: { publish_id: 'v_pub_url~v2.123' }, error: OK });
  const bad = JSON.stringify(refusal('invalid_params'));
  const scraps = [
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    '1e999',
    '\\u0000',
    '\\ud800',
    '\u0000',
    '"ok"',
    '-',
    '"error"',
    '',
  ];
  const kinds = new Map<string, number>();
  for (let count = 0; count < 20_000; count++) {
    let text = pick([good, bad]);
    for (let cuts = Math.floor(random() * 3); cuts >= 0; cuts--) {
      const at = Math.floor(random() * text.length);
      text = text.slice(0, at) + pick(scraps) + text.slice(at + Math.floor(random() * 6));
    }
    const httpStatus = pick([200, 200, 400, 403, 500]);
    const answer = await told(initPull, text, { status: httpStatus });
    kinds.set(answer.kind, (kinds.get(answer.kind) ?? 0) + 1);
    if (answer.kind !== 'refused') continue;
    const proven = refusalOf(answer);
    if (proven)
      expect([answer.code, httpStatus]).toEqual([
        expect.stringMatching(/^invalid_params?$/),
        expect.toSatisfy((status) => status < 500),
      ]);
  }
  expect([...kinds.keys()].sort()).toEqual(['ok', 'refused', 'unclear']);
});
