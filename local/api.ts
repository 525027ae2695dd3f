import createClient from 'openapi-fetch';
import type { components, paths } from './api-types.ts';

/** The part of our HTTP API that the demo uses, by the client that is generated from its document. */
export type Api = {
  /** Starts a connect; `cookie` is what the browser must bring to the callback. */
  connect: (redirectUrl: string) => Promise<{ authorizeUrl: string; cookie: string }>;
  accounts: () => Promise<Account[]>;
  createPost: (post: NewPost, idempotencyKey: string) => Promise<Post>;
  post: (id: string) => Promise<Post>;
};

type Schemas = components['schemas'];
export type NewPost = paths['/social-posts']['post']['requestBody']['content']['application/json'];
export type Post = Pick<
  Schemas['post'],
  'id' | 'status' | 'publishId' | 'postIds' | 'shareUrl' | 'error' | 'nextCheckAt'
>;
export type Account = Pick<Schemas['account'], 'id' | 'username' | 'status'>;

export function createApi(siteUrl: string, accessToken: string, signal: AbortSignal): Api {
  const client = createClient<paths>({
    baseUrl: `${siteUrl}/api`,
    headers: { authorization: `Bearer ${accessToken}` },
    signal,
  });
  return {
    connect: async (redirectUrl) => {
      const answer = await client.POST('/tiktok-connect', { body: { redirectUrl } });
      const { authorizeUrl } = dataOf(answer);
      return { authorizeUrl, cookie: answer.response.headers.getSetCookie().map(nameAndValue).join('; ') };
    },
    accounts: async () => dataOf(await client.GET('/tiktok-status')).accounts,
    createPost: async (post, idempotencyKey) =>
      dataOf(
        await client.POST('/social-posts', {
          params: { header: { 'Idempotency-Key': idempotencyKey } },
          body: post,
        }),
      ),
    post: async (id) => dataOf(await client.GET('/social-posts/{id}', { params: { path: { id } } })),
  };
}

function nameAndValue(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? '';
}

/** Throws what a problem answer says. */
function dataOf<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data;
  throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(error)?.slice(0, 1_000)}`);
}
