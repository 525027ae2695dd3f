import type { ConnectError, DisconnectView } from '../../contract.ts';

/** What a TikTok scope lets this site do, as its owner would say it. */
const SCOPES: Record<string, string> = {
  'user.info.basic': 'See name and picture',
  'user.info.profile': 'See the public profile',
  'user.info.stats': 'See follower and like counts',
  'video.publish': 'Publish posts',
  'video.upload': 'Put drafts into the inbox',
  'video.list': 'See public videos',
};

export function scopeInWords(scope: string): string {
  return SCOPES[scope] ?? scope;
}

interface Explanation {
  title: string;
  /** What to do next. */
  next: string;
}

/** Why connecting did not work, by `tiktok_error`. */
export const CONNECT_ERRORS: Record<ConnectError, Explanation> = {
  authorization_denied: {
    title: 'You did not allow the connection at TikTok.',
    next: 'Nothing was connected. Connect again, and choose “Authorize” on TikTok’s page.',
  },
  scope_missing: {
    title: 'Neither publishing nor drafts were allowed.',
    next: 'Connect again, and leave at least one of the two switched on when TikTok asks what this site may do.',
  },
  session_expired: {
    title: 'Connecting took longer than 15 minutes.',
    next: 'For your safety the attempt has ended. Connect again, and finish it on TikTok’s page right away.',
  },
  missing_params: {
    title: 'TikTok’s answer was incomplete.',
    next: 'Nothing was connected. Connect again; if it happens a second time, try another browser.',
  },
  token_exchange_failed: {
    title: 'TikTok did not complete the connection.',
    next: 'Wait a minute, then connect again. If you have just disconnected this account, TikTok may need a few minutes.',
  },
  invalid_config: {
    title: 'The TikTok app behind this connection is not set up right.',
    next: 'If it is your own app, test its key and secret below and check its redirect URI in TikTok’s portal. Otherwise tell whoever runs this site.',
  },
  internal_error: {
    title: 'Something went wrong here.',
    next: 'Nothing was connected. Connect again in a minute; if it stays, tell whoever runs this site.',
  },
};

/** How TikTok's way back ended, as the address says it. */
export type CallbackResult =
  | { kind: 'connected'; accountId: string | null }
  | { kind: 'failed'; explanation: Explanation };

/** Null where the address says nothing of the kind. */
export function readCallback(search: string): CallbackResult | null {
  const given = new URLSearchParams(search);
  const error = given.get('tiktok_error');
  if (error !== null) {
    const known = Object.hasOwn(CONNECT_ERRORS, error) ? (error as ConnectError) : 'internal_error';
    return { kind: 'failed', explanation: CONNECT_ERRORS[known] };
  }
  return given.get('tiktok_connected') === 'true'
    ? { kind: 'connected', accountId: given.get('tiktok_account') }
    : null;
}

/** The address without what the callback has put into it. */
export function withoutCallback(search: string): string {
  const given = new URLSearchParams(search);
  for (const name of [...given.keys()]) if (name.startsWith('tiktok_')) given.delete(name);
  const rest = given.toString();
  return rest === '' ? '' : `?${rest}`;
}

/** What became of the consent at TikTok, after disconnecting. */
export const REVOCATIONS: Record<DisconnectView['revocation'], string> = {
  done: 'Its consent has been taken back at TikTok.',
  pending: 'TikTok could not be told just now; it is told as soon as it answers.',
  in_use: 'Its consent stays at TikTok, because another account that is connected here lives on it.',
  not_possible:
    'TikTok cannot be told from here. To take the consent back, open the TikTok app: Settings and privacy → Security → Apps and services.',
};
