import type {
  AccountView,
  AppTestView,
  AppView,
  CreatorInfoView,
  DisconnectView,
  ListHalf,
  MediaCheckView,
  PostRequest,
  PostStatus,
  PostView,
  PostWithStoryView,
  WebConfigView,
} from '../../contract.ts';
import { ConnectionError, readProblem } from './problem.ts';
import type { Health, PostPage } from './types.ts';

export interface ApiOptions {
  /** Where the functions answer, such as `/api`. */
  baseUrl: string;
  fetch: typeof fetch;
  /** The caller's token; asked for a fresh one after a refusal. Null: nobody is signed in. */
  token(fresh: boolean): Promise<string | null>;
  sleep(ms: number): Promise<void>;
}

export interface PostsQuery {
  when?: ListHalf;
  status?: PostStatus | undefined;
  accountId?: string | undefined;
  cursor?: string | undefined;
  limit?: number;
}

export type NewPost = Partial<PostRequest> & Pick<PostRequest, 'accountId'>;
export type PostChanges = { [field in keyof NewPost]?: NewPost[field] | null };
export type MediaToCheck = Pick<PostRequest, 'accountId' | 'mediaType' | 'mode' | 'transfer'> &
  ({ videoUrl: string } | { photoUrls: string[] });

export type Api = ReturnType<typeof createApi>;

/** The site's API, typed. Each call throws an `ApiError` for a no, and a `ConnectionError` where no answer came. */
export function createApi(options: ApiOptions) {
  const { baseUrl } = options;

  async function call<T>(method: string, path: string, init: CallInit = {}): Promise<T> {
    const response = await send(method, path, init);
    // Health says 503 together with what it knows.
    if (!response.ok && !init.readsAnyway) throw await readProblem(response);
    return (await response.json()) as T;
  }

  async function send(method: string, path: string, init: CallInit, isSecond = false): Promise<Response> {
    const { body, signal, headers, isPublic } = init;
    const token = isPublic ? null : await options.token(isSecond);
    const response = await options
      .fetch(`${baseUrl}/${path}`, {
        method,
        headers: {
          ...headers,
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      .catch((error: unknown) => {
        if (signal?.aborted) throw error;
        throw new ConnectionError(error);
      });
    return response.status === 401 && token !== null && !isSecond ? send(method, path, init, true) : response;
  }

  /** The same request again while no answer comes: under one idempotency key it makes one post. */
  async function insist<T>(attempt: () => Promise<T>, triesLeft = 3): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConnectionError) || triesLeft <= 1) throw error;
      await options.sleep(1000);
      return insist(attempt, triesLeft - 1);
    }
  }

  const post = <T>(path: string, body?: unknown) => call<T>('POST', path, body === undefined ? {} : { body });

  return {
    config: () => call<WebConfigView>('GET', 'web-config', { isPublic: true }),
    health: (signal?: AbortSignal) =>
      call<Health>('GET', 'health', { isPublic: true, readsAnyway: true, ...(signal && { signal }) }),

    accounts: (signal?: AbortSignal) =>
      call<{ accounts: AccountView[] }>('GET', 'tiktok-status', signal ? { signal } : {}).then(
        ({ accounts }) => accounts,
      ),
    connect: (body: { redirectUrl: string; authMethod: 'shared' | 'own' }) =>
      post<{ authorizeUrl: string }>('tiktok-connect', body),
    disconnect: (body: { accountId: string }) => post<DisconnectView>('tiktok-disconnect', body),
    creatorInfo: (accountId: string, signal?: AbortSignal) =>
      call<CreatorInfoView>('GET', `tiktok-creator-info${query({ accountId })}`, signal ? { signal } : {}),

    app: (signal?: AbortSignal) => call<AppView>('GET', 'tiktok-app', signal ? { signal } : {}),
    saveApp: (body: { clientKey: string; clientSecret: string }) =>
      call<AppView>('PUT', 'tiktok-app', { body }),
    deleteApp: () => call<{ deleted: true }>('DELETE', 'tiktok-app'),
    testApp: (body?: { clientKey: string; clientSecret: string }) =>
      post<AppTestView>('tiktok-app/test', body),

    posts: (asked: PostsQuery, signal?: AbortSignal) =>
      call<PostPage>('GET', `social-posts${query({ ...asked })}`, signal ? { signal } : {}),
    post: (id: string, signal?: AbortSignal) =>
      call<PostWithStoryView>('GET', `social-posts/${encodeURIComponent(id)}`, signal ? { signal } : {}),
    queue: (body: NewPost, idempotencyKey: string) =>
      insist(() =>
        call<PostView>('POST', 'social-posts', { body, headers: { 'idempotency-key': idempotencyKey } }),
      ),
    check: (body: MediaToCheck, signal: AbortSignal) =>
      call<MediaCheckView>('POST', 'social-posts/check', { body, signal }),
    edit: (id: string, body: PostChanges) => call<PostView>('PATCH', `social-posts/${id}`, { body }),
    cancel: (id: string) => call<PostView>('DELETE', `social-posts/${id}`),
    retry: (id: string) => post<PostView>(`social-posts/${id}/retry`),
    resolve: (id: string, outcome: 'published' | 'not_published') =>
      post<PostView>(`social-posts/${id}/resolve`, { outcome }),
  };
}

interface CallInit {
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  isPublic?: boolean;
  /** The body is worth reading whatever the status. */
  readsAnyway?: boolean;
}

function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
