/**
 * Every endpoint imitated: how it is called, and how often a minute with one access token.
 * Paths are exact; TikTok's end in a slash, and without it there is nothing.
 */
export const endpoints = {
  authorize: { methods: ['GET', 'POST'], path: '/v2/auth/authorize/' },
  token: { methods: ['POST'], path: '/v2/oauth/token/' },
  revoke: { methods: ['POST'], path: '/v2/oauth/revoke/' },
  user_info: { methods: ['GET'], path: '/v2/user/info/', perMinute: 600 },
  video_list: { methods: ['POST'], path: '/v2/video/list/', perMinute: 600 },
  video_query: { methods: ['POST'], path: '/v2/video/query/', perMinute: 600 },
  creator_info: { methods: ['POST'], path: '/v2/post/publish/creator_info/query/', perMinute: 20 },
  video_init: { methods: ['POST'], path: '/v2/post/publish/video/init/', perMinute: 6 },
  inbox_init: { methods: ['POST'], path: '/v2/post/publish/inbox/video/init/', perMinute: 6 },
  content_init: { methods: ['POST'], path: '/v2/post/publish/content/init/', perMinute: 6 },
  status: { methods: ['POST'], path: '/v2/post/publish/status/fetch/', perMinute: 30 },
  cancel: { methods: ['POST'], path: '/v2/post/publish/cancel/' },
  upload: { methods: ['PUT'], path: '/upload/video/' },
} as const satisfies Record<string, Endpoint>;

export type Endpoint = { methods: readonly string[]; path: string; perMinute?: number };

export type EndpointName = keyof typeof endpoints;

export const endpointNames = Object.keys(endpoints).filter(isEndpointName);

export function isEndpointName(name: string): name is EndpointName {
  return Object.hasOwn(endpoints, name);
}

export function endpointAt(path: string): EndpointName | undefined {
  return endpointNames.find((name) => endpoints[name].path === path);
}

/** These answer errors flat, in OAuth's form; all others in the v2 envelope. */
export function speaksOAuth(endpoint: EndpointName): boolean {
  return endpoint === 'token' || endpoint === 'revoke' || endpoint === 'authorize';
}
