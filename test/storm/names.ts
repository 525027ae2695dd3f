import type { ProxyAnswer, ProxyRequest } from '../support/proxy.ts';
import { numberFromTitle, type PlannedPost } from './plan.ts';

/** A request by a name that is the same in a replay: what is asked, and for whom. */
export interface Asked {
  side: 'tiktok' | 'database';
  step: string;
  /** `post 17`, `@account7`, or the worker itself. */
  subject: string;
  post: PlannedPost | null;
}

export interface Names {
  of(side: Asked['side'], request: ProxyRequest, worker: string): Asked;
  /** Looks at an answer for what later requests will be known by, even if the worker never sees it. */
  learn(asked: Asked, request: ProxyRequest, answer: ProxyAnswer): void;
  addAccount(accountId: string, username: string): void;
  addTokens(username: string, tokens: { access_token: string; refresh_token: string }): void;
  addPost(postId: string, post: PlannedPost): void;
}

const TIKTOK_STEPS: Record<string, string> = {
  '/v2/post/publish/video/init/': 'init',
  '/v2/post/publish/inbox/video/init/': 'init',
  '/v2/post/publish/content/init/': 'init',
  '/v2/post/publish/status/fetch/': 'status',
  '/v2/post/publish/cancel/': 'cancel',
  '/v2/post/publish/creator_info/query/': 'creator_info',
  '/v2/oauth/token/': 'token',
};

export function createNames(plan: readonly PlannedPost[]): Names {
  const postBySize = new Map(plan.map((post) => [post.sizeBytes, post]));
  const postById = new Map<string, PlannedPost>();
  const postByPublishId = new Map<string, PlannedPost>();
  const usernameByToken = new Map<string, string>();
  const usernameById = new Map<string, string>();

  const account = (username: string | undefined, worker: string) => (username ? `@${username}` : worker);

  function ofTikTok(request: ProxyRequest, worker: string): Asked {
    const [path = ''] = request.path.split('?');
    if (path === '/upload/video/') {
      const [, end, total] = /-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? [];
      const step = Number(end) + 1 === Number(total) ? 'last_chunk' : 'chunk';
      return named('tiktok', step, postBySize.get(Number(total)), worker);
    }
    const step = TIKTOK_STEPS[path] ?? path;
    if (step === 'token') {
      const token = new URLSearchParams(request.body).get('refresh_token') ?? '';
      return { side: 'tiktok', step, subject: account(usernameByToken.get(token), worker), post: null };
    }
    const body = json(request.body);
    if (step === 'init') return named('tiktok', step, postOfInit(body), worker);
    if (body.publish_id) return named('tiktok', step, postByPublishId.get(body.publish_id), worker);
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    return { side: 'tiktok', step, subject: account(usernameByToken.get(bearer), worker), post: null };
  }

  function postOfInit({ post_info: info, source_info: source }: Json): PlannedPost | undefined {
    const number = numberFromTitle(info?.title ?? null);
    if (number !== null) return plan[number];
    if (source?.video_size) return postBySize.get(source.video_size);
    return plan[Number(/\/(\d+)\.mp4$/.exec(source?.video_url ?? '')?.[1])];
  }

  function ofDatabase(request: ProxyRequest, worker: string): Asked {
    const url = new URL(request.path, 'http://database');
    const step = url.pathname.replace(/^\/rest\/v1\/(rpc\/)?/, '');
    const { p_post_id: postId, p_account_id: accountId } = json(request.body);
    if (postId) return named('database', step, postById.get(postId), worker);
    const id = accountId ?? url.searchParams.get('id')?.replace('eq.', '') ?? '';
    return { side: 'database', step, subject: account(usernameById.get(id), worker), post: null };
  }

  function addTokens(username: string, tokens: { access_token: string; refresh_token: string }): void {
    usernameByToken.set(tokens.access_token, username);
    usernameByToken.set(tokens.refresh_token, username);
  }

  return {
    of: (side, request, worker) =>
      side === 'tiktok' ? ofTikTok(request, worker) : ofDatabase(request, worker),
    learn({ step, subject, post }, _request, answer) {
      if (answer.status !== 200 || !(step === 'init' || step === 'token')) return;
      const told = json(answer.body.toString());
      if (post && told.data?.publish_id) postByPublishId.set(told.data.publish_id, post);
      if (told.access_token && told.refresh_token && subject.startsWith('@'))
        addTokens(subject.slice(1), { access_token: told.access_token, refresh_token: told.refresh_token });
    },
    addAccount: (accountId, username) => void usernameById.set(accountId, username),
    addTokens,
    addPost: (postId, post) => void postById.set(postId, post),
  };
}

function named(side: Asked['side'], step: string, post: PlannedPost | undefined, worker: string): Asked {
  return { side, step, subject: post ? `post ${post.number}` : worker, post: post ?? null };
}

interface Json {
  publish_id?: string;
  access_token?: string;
  refresh_token?: string;
  p_post_id?: string;
  p_account_id?: string;
  data?: { publish_id?: string };
  post_info?: { title?: string };
  source_info?: { video_size?: number; video_url?: string };
}

function json(text: string): Json {
  try {
    return (JSON.parse(text) ?? {}) as Json;
  } catch {
    return {};
  }
}
