import { z } from 'zod';

/** The part of our HTTP API that the demo uses, as a client that knows only its contract would write it. */
export type Api = {
  /** Starts a connect; `cookie` is what the browser must bring to the callback. */
  connect: (redirectUrl: string) => Promise<{ authorizeUrl: string; cookie: string }>;
  accounts: () => Promise<Account[]>;
  createPost: (post: NewPost, idempotencyKey: string) => Promise<Post>;
  post: (id: string) => Promise<Post>;
};

export type NewPost = {
  accountId: string;
  mediaType: 'video';
  videoUrl: string;
  title: string;
  mode: 'direct';
  transfer: 'auto';
  privacyLevel: 'PUBLIC_TO_EVERYONE';
  scheduledAt?: string;
};

const postSchema = z.object({
  id: z.string(),
  status: z.string(),
  publishId: z.nullable(z.string()),
  postIds: z.array(z.string()),
  shareUrl: z.nullable(z.string()),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  nextCheckAt: z.nullable(z.string()),
});
export type Post = z.infer<typeof postSchema>;

const accountSchema = z.object({ id: z.string(), username: z.string(), status: z.string() });
export type Account = z.infer<typeof accountSchema>;

export function createApi(siteUrl: string, accessToken: string, signal: AbortSignal): Api {
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(`${siteUrl}/api/${path}`, {
      method,
      signal,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    connect: async (redirectUrl) => {
      const { body, response } = await call('POST', 'tiktok-connect', { redirectUrl });
      const { authorizeUrl } = z.object({ authorizeUrl: z.string(), expiresAt: z.string() }).parse(body);
      return { authorizeUrl, cookie: response.headers.getSetCookie().map(nameAndValue).join('; ') };
    },
    accounts: async () => {
      const { body } = await call('GET', 'tiktok-status');
      return z.object({ accounts: z.array(accountSchema) }).parse(body).accounts;
    },
    createPost: async (post, idempotencyKey) => {
      const { body } = await call('POST', 'social-posts', post, { 'idempotency-key': idempotencyKey });
      return postSchema.parse(body);
    },
    post: async (id) => postSchema.parse((await call('GET', `social-posts/${id}`)).body),
  };
}

function nameAndValue(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? '';
}

type Answer = { body: unknown; response: Response };

/** Throws what a problem answer says. */
async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${init.method} ${url} answered ${response.status}: ${text.slice(0, 1_000)}`);
  return { body: JSON.parse(text), response };
}
