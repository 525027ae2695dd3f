import { type ConnectError, type ConnectRequest, MAX_URL_LENGTH } from '../contract.ts';
import { RequestError, StoreError } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { Flow, FlowStore } from '../store/flows.ts';
import type { Account } from '../store/rows.ts';
import type { TikTokLogin } from '../tiktok/client.ts';
import { oauthMeaning } from '../tiktok/errors.ts';
import type { TikTokApp, TokenSet } from '../tiktok/oauth.ts';

export interface ConnectDeps {
  flows: FlowStore;
  accounts: Pick<AccountStore, 'save'>;
  tiktok: TikTokLogin;
  sharedApp: TikTokApp;
  scopes: readonly string[];
  appOrigins: readonly string[];
  log: Log;
  /** 256 random bits, as 43 characters of base64url. */
  randomToken(): string;
}

export interface BegunConnect {
  authorizeUrl: string;
  expiresAt: Date;
  /** Goes into the browser's cookie for `state`. */
  state: string;
  browserNonce: string;
}

/**
 * Begins a flow: good once, for 15 minutes, in the browser that gets the nonce, for the user who asked.
 * @throws {RequestError} if the way back is not one of ours, or more is asked of TikTok than this site may.
 */
export async function beginConnect(
  deps: ConnectDeps,
  userId: string,
  request: ConnectRequest,
): Promise<BegunConnect> {
  const redirectUrl = checkRedirectUrl(request.redirectUrl, deps.appOrigins);
  if (request.authMethod === 'own') {
    throw new RequestError(
      409,
      'tiktok_app_missing',
      'You have not stored a TikTok app of your own; connect with authMethod "shared".',
    );
  }
  const state = deps.randomToken();
  const browserNonce = deps.randomToken();
  const flow = {
    stateHash: sha256(state),
    browserHash: sha256(browserNonce),
    userId,
    redirectUrl,
    authMethod: request.authMethod,
    clientKey: deps.sharedApp.clientKey,
    scopes: chooseScopes(request.scopes, deps.scopes),
  };
  const expiresAt = await deps.flows.begin(flow).catch((error) => {
    throw error instanceof StoreError && error.code === FOREIGN_KEY_VIOLATION ? userGone() : error;
  });
  return { authorizeUrl: deps.tiktok.authorizeUrl({ ...flow, state }), expiresAt, state, browserNonce };
}

const FOREIGN_KEY_VIOLATION = '23503';

/** A token outlives its user by up to an hour. */
function userGone(): RequestError {
  return new RequestError(401, 'token_invalid', 'This user does not exist any more; sign in again.');
}

/** @throws {RequestError} unless the URL lies on one of the app's origins, read as browsers read it. */
function checkRedirectUrl(text: string, appOrigins: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.username === '' && url.password === '' && !/[\\\s\p{Cc}]/u.test(text);
  if (!url || !isPlain || url.href.length > MAX_URL_LENGTH || !/^https?:\/\//i.test(text)) {
    throw new RequestError(
      400,
      'redirect_url_invalid',
      'redirectUrl: send the absolute URL of a page to come back to.',
    );
  }
  if (!appOrigins.includes(url.origin)) {
    throw new RequestError(
      400,
      'redirect_url_not_allowed',
      'redirectUrl lies on an origin that is not allowed here; it must be one of APP_ORIGINS.',
    );
  }
  return url.href;
}

function chooseScopes(asked: readonly string[] | undefined, allowed: readonly string[]): string[] {
  const excess = asked?.filter((scope) => !allowed.includes(scope)) ?? [];
  if (excess.length > 0) {
    throw new RequestError(
      400,
      'scopes_not_allowed',
      `scopes: this site may ask for ${allowed.join(', ')} only.`,
    );
  }
  return [...new Set(['user.info.basic', ...(asked ?? allowed)])];
}

/** What TikTok's redirect brought: each parameter only if it came exactly once. */
export interface CallbackParameters {
  state: string | null;
  browserNonce: string | null;
  code: string | null;
  error: string | null;
}

export type CallbackResult =
  /** No flow that this browser began: there is nowhere safe to go. */
  | { kind: 'no_flow' }
  /** The database does not say whether there is one. */
  | { kind: 'unavailable' }
  | { kind: 'failed'; redirectUrl: string; error: ConnectError }
  | { kind: 'connected'; redirectUrl: string; account: Account };

/** Ends a flow. The state is used up first, whatever comes after. Throws nothing. */
export async function finishConnect(
  deps: ConnectDeps,
  parameters: CallbackParameters,
): Promise<CallbackResult> {
  const { state, browserNonce } = parameters;
  if (!state || !browserNonce) return { kind: 'no_flow' };
  let flow: Flow | null;
  try {
    flow = await deps.flows.consume(sha256(state), sha256(browserNonce));
  } catch (error) {
    deps.log.error('connect_failed', describeError(error));
    return { kind: 'unavailable' };
  }
  if (!flow) return { kind: 'no_flow' };
  const { redirectUrl } = flow;

  const result = await connect(deps, flow, parameters).catch((error): ConnectError => {
    deps.log.error('connect_failed', describeError(error));
    return 'internal_error';
  });
  return typeof result === 'string'
    ? { kind: 'failed', redirectUrl, error: result }
    : { kind: 'connected', redirectUrl, account: result };
}

async function connect(
  deps: ConnectDeps,
  flow: Flow,
  { code, error }: CallbackParameters,
): Promise<Account | ConnectError> {
  if (!flow.live) return 'session_expired';
  if (error) return refusalByTikTok(error);
  if (!code) return 'missing_params';
  // The app may have been exchanged for another since the flow began: its code is no good to the new one.
  if (flow.clientKey !== deps.sharedApp.clientKey) return 'invalid_config';

  const answer = await deps.tiktok.exchangeCode(deps.sharedApp, code);
  if (answer.kind !== 'ok') {
    const { kind: result, ...why } = answer;
    deps.log.warn('token_exchange_failed', { result, ...why });
    const isOurs = answer.kind === 'refused' && oauthMeaning(answer.code) === 'misconfigured';
    return isOurs ? 'invalid_config' : 'token_exchange_failed';
  }
  const { tokens } = answer;
  if (missesScope(flow.scopes, tokens.scopes)) return 'scope_missing';
  return save(deps, flow, tokens);
}

function refusalByTikTok(error: string): ConnectError {
  const meaning = oauthMeaning(error);
  if (meaning === 'denied') return 'authorization_denied';
  return meaning === 'misconfigured' ? 'invalid_config' : 'token_exchange_failed';
}

/** An account without these could not be published to, so it is not taken in. */
function missesScope(asked: readonly string[], granted: readonly string[]): boolean {
  const needed = [
    'user.info.basic',
    ...asked.filter((scope) => scope === 'video.publish' || scope === 'video.upload'),
  ];
  return needed.some((scope) => !granted.includes(scope));
}

async function save(deps: ConnectDeps, flow: Flow, tokens: TokenSet): Promise<Account> {
  // Without a name the connection is still good: the tokens are not thrown away for it.
  const user = await deps.tiktok.getUserInfo(tokens.accessToken);
  if (user.kind !== 'ok') deps.log.warn('user_info_failed', { result: user.kind });
  return deps.accounts.save({
    userId: flow.userId,
    openId: tokens.openId,
    displayName: user.kind === 'ok' ? user.data.displayName : null,
    avatarUrl: user.kind === 'ok' ? user.data.avatarUrl : null,
    scopes: tokens.scopes,
    authMethod: flow.authMethod,
    clientKey: flow.clientKey,
    tokens,
  });
}
