import type { EndpointName } from './endpoints.ts';

/**
 * What of TikTok's API is imitated. `answers` are all the ways an endpoint may end, as status and error
 * code; `coverage.test.ts` has each of them happen.
 */
export type CoverageRow =
  | { endpoint: EndpointName; methods: string[]; path: string; state: 'supported'; answers: string[] }
  | { endpoint: string; methods: string[]; path: string; state: 'not_started' };

const bearer = ['401 access_token_invalid', '401 scope_not_authorized', '429 rate_limit_exceeded'];
const creatorBars = [
  'spam_risk_user_banned_from_posting',
  'spam_risk_too_many_posts',
  'reached_active_user_cap',
];
const directPost = [
  ...creatorBars.map((code) => `403 ${code}`),
  '403 unaudited_client_can_only_post_to_private_accounts',
  '403 privacy_level_option_mismatch',
];
const draft = ['403 spam_risk_user_banned_from_posting', '403 spam_risk_too_many_pending_share'];
const ownPublish = ['400 invalid_publish_id', '400 token_not_authorized_for_specified_publish_id'];

export const coverage: CoverageRow[] = [
  {
    endpoint: 'authorize',
    methods: ['GET', 'POST'],
    path: '/v2/auth/authorize/',
    state: 'supported',
    answers: [
      '200 ok',
      '302 ok',
      '302 access_denied',
      '400 unauthorized_client',
      '400 unsupported_response_type',
      '400 invalid_scope',
      '400 invalid_request',
    ],
  },
  {
    endpoint: 'token',
    methods: ['POST'],
    path: '/v2/oauth/token/',
    state: 'supported',
    answers: [
      '200 ok',
      '200 invalid_client',
      '200 invalid_grant',
      '200 invalid_request',
      '200 unsupported_grant_type',
      '400 invalid_grant',
      '404 not_found',
      '405 method_not_allowed',
    ],
  },
  {
    endpoint: 'revoke',
    methods: ['POST'],
    path: '/v2/oauth/revoke/',
    state: 'supported',
    answers: ['200 ok', '200 invalid_client', '200 invalid_grant', '200 invalid_request'],
  },
  {
    endpoint: 'user_info',
    methods: ['GET'],
    path: '/v2/user/info/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', '400 scope_permission_missed', ...bearer],
  },
  {
    endpoint: 'creator_info',
    methods: ['POST'],
    path: '/v2/post/publish/creator_info/query/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', ...bearer, ...creatorBars.map((code) => `200 ${code}`)],
  },
  {
    endpoint: 'video_init',
    methods: ['POST'],
    path: '/v2/post/publish/video/init/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', '403 url_ownership_unverified', ...bearer, ...directPost],
  },
  {
    endpoint: 'status',
    methods: ['POST'],
    path: '/v2/post/publish/status/fetch/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', ...bearer, ...ownPublish],
  },
  {
    endpoint: 'upload',
    methods: ['PUT'],
    path: '/upload/video/',
    state: 'supported',
    answers: [
      '201 ok',
      '206 ok',
      '400 invalid_headers',
      '400 invalid_chunk',
      '400 invalid_body_length',
      '403 upload_url_expired',
      '404 upload_not_found',
      '416 wrong_progress',
    ],
  },
  {
    endpoint: 'inbox_init',
    methods: ['POST'],
    path: '/v2/post/publish/inbox/video/init/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', '403 url_ownership_unverified', ...bearer, ...draft],
  },
  {
    endpoint: 'content_init',
    methods: ['POST'],
    path: '/v2/post/publish/content/init/',
    state: 'supported',
    answers: [
      '200 ok',
      '400 invalid_params',
      '400 app_version_check_failed',
      '403 url_ownership_unverified',
      '403 spam_risk_too_many_pending_share',
      ...bearer,
      ...directPost,
    ],
  },
  {
    endpoint: 'cancel',
    methods: ['POST'],
    path: '/v2/post/publish/cancel/',
    state: 'supported',
    answers: [
      '200 ok',
      '400 invalid_params',
      '400 publish_not_cancellable',
      '401 access_token_invalid',
      '401 scope_not_authorized',
      ...ownPublish,
    ],
  },
  {
    endpoint: 'video_list',
    methods: ['POST'],
    path: '/v2/video/list/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', ...bearer],
  },
  {
    endpoint: 'video_query',
    methods: ['POST'],
    path: '/v2/video/query/',
    state: 'supported',
    answers: ['200 ok', '400 invalid_params', ...bearer],
  },
  { endpoint: 'get_qrcode', methods: ['POST'], path: '/v2/oauth/get_qrcode/', state: 'not_started' },
  { endpoint: 'check_qrcode', methods: ['POST'], path: '/v2/oauth/check_qrcode/', state: 'not_started' },
];
