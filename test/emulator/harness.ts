import { createEmulator, type Emulator, type EmulatorOptions, type Scope } from './emulator.ts';

export const startMs = Date.UTC(2026, 10, 20, 12);
export const redirectUri = 'http://localhost:8888/.netlify/functions/tiktok-callback';
export const credentials = {
  client_key: 'emulator-client-key',
  client_secret: 'emulator-client-secret-not-a-real-one',
};

/** What a test reads of an answer: its status, headers, raw text, and that text as JSON. */
export type Seen = { status: number; headers: Headers; text: string; json: Json };

/** Loose on purpose: a test asserts the shape by what it expects. */
export type Json = {
  data?: Record<string, unknown>;
  error?: { code: string; message: string; log_id: string };
  [key: string]: unknown;
};

export type Harness = ReturnType<typeof createHarness>;

/** An emulator in process, its clock frozen, and the calls a client makes, as short as can be. */
export function createHarness(options: Partial<EmulatorOptions> = {}) {
  return harnessOf(createEmulator({ frozenAtMs: startMs, ...options }), 'https://open.tiktokapis.com');
}

export function harnessOf(emulator: Emulator, origin: string, send = emulator.fetch) {
  const request = async (path: string, init: RequestInit = {}): Promise<Seen> =>
    seen(await send(new Request(new URL(path, origin), init)));
  const tokenOf = (scopes?: Scope[], username = 'ada.films') =>
    emulator.grant(scopes === undefined ? { username } : { username, scopes }).access_token;
  const post = (path: string, token: string, body?: unknown) =>
    request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=UTF-8' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const put = (uploadUrl: unknown, chunk: Chunk) => request(String(uploadUrl), chunkInit(chunk));
  const init = (token: string, body: unknown) => post('/v2/post/publish/video/init/', token, body);
  return {
    emulator,
    request,
    tokenOf,
    post,
    form: (path: string, fields: Record<string, string>) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields) }),
    token: (fields: Record<string, string>) =>
      request('/v2/oauth/token/', {
        method: 'POST',
        body: new URLSearchParams({ ...credentials, ...fields }),
      }),
    creatorInfo: (token: string) => post('/v2/post/publish/creator_info/query/', token, {}),
    init,
    inboxInit: (token: string, body: unknown) => post('/v2/post/publish/inbox/video/init/', token, body),
    contentInit: (token: string, body: unknown) => post('/v2/post/publish/content/init/', token, body),
    cancel: (token: string, publishId: unknown) =>
      post('/v2/post/publish/cancel/', token, { publish_id: publishId }),
    videoList: (token: string, fields: string, body: unknown = {}) =>
      post(`/v2/video/list/?fields=${fields}`, token, body),
    videoQuery: (token: string, fields: string, ids: unknown) =>
      post(`/v2/video/query/?fields=${fields}`, token, { filters: { video_ids: ids } }),
    status: (token: string, publishId: unknown) =>
      post('/v2/post/publish/status/fetch/', token, { publish_id: publishId }),
    userInfo: (token: string, fields: string) =>
      request(`/v2/user/info/?fields=${fields}`, { headers: { authorization: `Bearer ${token}` } }),
    put,
    /** Init and upload of a small file; its publish id. */
    async publishFile(token: string, info: Record<string, unknown> = {}): Promise<string> {
      const { data = {} } = (await init(token, fileBody(4, { info }))).json;
      await put(data.upload_url, { first: 0, total: 4, bytes: Buffer.from('film') });
      return String(data.publish_id);
    },
  };
}

export type Chunk = {
  first: number;
  total: number;
  bytes: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
};

function chunkInit({ first, total, bytes, headers }: Chunk): RequestInit {
  return {
    method: 'PUT',
    body: bytes,
    headers: {
      'content-type': 'video/mp4',
      'content-length': String(bytes.length),
      'content-range': `bytes ${first}-${first + bytes.length - 1}/${total}`,
      ...headers,
    },
  };
}

async function seen(response: Response): Promise<Seen> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Json) : {},
  };
}

export function fileBody(
  size: number,
  {
    chunk = size,
    count = 1,
    info = {} as Record<string, unknown>,
    source = {} as Record<string, unknown>,
  } = {},
) {
  return {
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'A film', ...info },
    source_info: {
      source: 'FILE_UPLOAD',
      video_size: size,
      chunk_size: chunk,
      total_chunk_count: count,
      ...source,
    },
  };
}

export function pullBody(videoUrl: unknown, info: Record<string, unknown> = {}) {
  return {
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'A film', ...info },
    source_info: { source: 'PULL_FROM_URL', video_url: videoUrl },
  };
}

/** Source alone, as an inbox upload has it. */
export function draftBody(sourceInfo: unknown = fileBody(4).source_info) {
  return { source_info: sourceInfo };
}

export function photoBody(photoUrls: unknown, more: Record<string, unknown> = {}) {
  return {
    media_type: 'PHOTO',
    post_mode: 'DIRECT_POST',
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'Photos' },
    source_info: { source: 'PULL_FROM_URL', photo_images: photoUrls, photo_cover_index: 0 },
    ...more,
  };
}

/** Status and code as one word, to be compared at a glance. */
export function verdict({ status, json }: Pick<Seen, 'status' | 'json'>): string {
  const code: unknown = typeof json.error === 'object' ? json.error.code : json.error;
  return `${status} ${String(code)}`;
}
