import { type ConnectError, type ConnectRequest, MAX_URL_LENGTH } from '../contract.ts';
import { RequestError, StoreError } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { AccountStore } from '../store/accounts.ts';
import type { AppStore } from '../store/apps.ts';
import type { Flow, FlowStore } from '../store/flows.ts';
import type { Account } from '../store/rows.ts';
import type { TikTokLogin } from '../tiktok/client.ts';
import { isTokenRefused, oauthMeaning } from '../tiktok/errors.ts';
import { readScopes, type TikTokApp, type TokenSet } from '../tiktok/oauth.ts';
import { APP_MISSING } from './own-app.ts';
import { POSTING_SCOPES } from './scopes.ts';

export interface ConnectDeps {
  flows: FlowStore;
  accounts: Pick<AccountStore, 'save'>;
  apps: Pick<AppStore, 'findOwn' | 'open' | 'keepShared'>;
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
 * @throws {RequestError} if the way back is not one of ours, more is asked of TikTok than this site may, or the user has
 * no app of their own to connect through.
 */
export async function beginConnect(
  deps: ConnectDeps,
  userId: string,
  request: ConnectRequest,
): Promise<BegunConnect> {
  const redirectUrl = checkRedirectUrl(request.redirectUrl, deps.appOrigins);
  const scopes = chooseScopes(request.scopes, deps.scopes);
  const app = request.authMethod === 'own' ? await deps.apps.findOwn(userId) : deps.sharedApp;
  if (!app) throw new RequestError(409, 'tiktok_app_missing', APP_MISSING);
  const state = deps.randomToken();
  const browserNonce = deps.randomToken();
  const flow = {
    stateHash: sha256(state),
    browserHash: sha256(browserNonce),
    userId,
    redirectUrl,
    authMethod: request.authMethod,
    clientKey: app.clientKey,
    scopes,
  };
  const expiresAt = await deps.flows.begin(flow).catch((error) => {
    throw isMissing(error) ? userGone() : error;
  });
  return { authorizeUrl: deps.tiktok.authorizeUrl({ ...flow, state }), expiresAt, state, browserNonce };
}

/** Whether what a row refers to is not there: Postgres's foreign_key_violation. */
function isMissing(error: unknown): boolean {
  return error instanceof StoreError && error.code === '23503';
}

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
  scopes: string | null;
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
  { code, error, scopes }: CallbackParameters,
): Promise<Account | ConnectError> {
  if (!flow.live) return 'session_expired';
  if (error) return refusalByTikTok(error);
  if (!code) return 'missing_params';
  const app = await appOfFlow(deps, flow);
  if (!app) return 'invalid_config';

  const answer = await deps.tiktok.exchangeCode(app, code);
  if (answer.kind !== 'ok') {
    const { kind: result, ...why } = answer;
    deps.log.warn('token_exchange_failed', { result, ...why });
    const isOurs = answer.kind === 'refused' && oauthMeaning(answer.code) === 'misconfigured';
    return isOurs ? 'invalid_config' : 'token_exchange_failed';
  }
  const tokens = withScopes(answer.tokens, flow, scopes);
  if (!isOfUse(flow.scopes, tokens.scopes)) return 'scope_missing';
  return save(deps, flow, tokens).catch((error) => {
    // The own app has been deleted since it was looked up.
    if (flow.authMethod === 'own' && isMissing(error)) return 'invalid_config';
    // A disconnect has the same consent taken back at this moment: with it go these tokens.
    if (error instanceof StoreError && error.code === OBJECT_IN_USE) {
      deps.log.warn('token_exchange_failed', { reason: 'the consent is being taken back' });
      return 'token_exchange_failed';
    }
    throw error;
  });
}

/**
 * The app through which the flow was begun; null if it has been exchanged for another since, or deleted. The site's is
 * stored before it gets tokens: they are to outlive it in the environment.
 */
async function appOfFlow({ apps, sharedApp }: ConnectDeps, flow: Flow): Promise<TikTokApp | null> {
  if (flow.authMethod === 'own') {
    const own = await apps.findOwn(flow.userId);
    return own?.clientKey === flow.clientKey ? apps.open(own) : null;
  }
  if (sharedApp.clientKey !== flow.clientKey) return null;
  await apps.keepShared(sharedApp);
  return sharedApp;
}

/** TikTok's answer with the tokens says what is allowed; only where it does not, the redirect's word is taken. */
function withScopes(tokens: TokenSet, flow: Flow, redirected: string | null): TokenSet {
  if (tokens.scopes.length > 0) return tokens;
  const asked = readScopes(redirected ?? '').filter((scope) => flow.scopes.includes(scope));
  return { ...tokens, scopes: asked };
}

function refusalByTikTok(error: string): ConnectError {
  const meaning = oauthMeaning(error);
  if (meaning === 'denied') return 'authorization_denied';
  return meaning === 'misconfigured' ? 'invalid_config' : 'token_exchange_failed';
}

/** Drafts alone, or direct posts alone, are something; with neither, where they were asked for, there is no point. */
function isOfUse(asked: readonly string[], granted: readonly string[]): boolean {
  const posting = asked.filter((scope) => POSTING_SCOPES.includes(scope));
  return (posting.length > 0 ? posting : asked).some((scope) => granted.includes(scope));
}

/** What `save_account` says where the consent is being taken back. */
const OBJECT_IN_USE = '55006';

async function save(deps: ConnectDeps, flow: Flow, tokens: TokenSet): Promise<Account | ConnectError> {
  // Without a name the connection is still good: the tokens are not thrown away for it.
  const user = await deps.tiktok.getUserInfo(tokens.accessToken);
  if (user.kind !== 'ok') deps.log.warn('user_info_failed', { result: user.kind });
  // The consent has been taken back since it was given.
  if (user.kind === 'refused' && isTokenRefused(user.code)) return 'token_exchange_failed';
  return deps.accounts.save({
    userId: flow.userId,
    openId: tokens.openId,
    displayName: user.kind === 'ok' ? user.data.displayName : null,
    avatarUrl: user.kind === 'ok' ? user.data.avatarUrl : null,
    scopes: tokens.scopes,
    authMethod: flow.authMethod,
    clientKey: flow.clientKey,
    tokens,
    askedAt: flow.usedAt,
  });
}
