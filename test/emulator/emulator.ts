import type { Clock } from './clock.ts';
import { control, isControlPath } from './control.ts';
import { avatar, avatarPath } from './creator.ts';
import { dropConnection, type NodeExchange, type Origin, send } from './delivery.ts';
import { createFaults, type Faults } from './faults.ts';
import {
  endAccessTokens,
  type Grant,
  issueTokens,
  removeGrant,
  removeScopes,
  type TokenAnswer,
} from './grants.ts';
import { type LedgerEntry, ledgerOf } from './ledger.ts';
import { type EmulatorOptions, resolveOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import type { RecordedRequest } from './records.ts';
import { ClientGone } from './refusal.ts';
import { serveApi } from './serve-api.ts';
import { createState, putApp, putUser, type State } from './state.ts';
import { sendWebhooks, type WebhookDelivery } from './webhooks.ts';
import type { Scope, TikTokApp, TikTokUser } from './world.ts';

export type { EndpointName } from './endpoints.ts';
export type { Fault } from './faults.ts';
export type { TokenAnswer } from './grants.ts';
export type { LedgerEntry } from './ledger.ts';
export type { EmulatorOptions } from './options.ts';
export type { RecordedRequest } from './records.ts';
export type { WebhookDelivery } from './webhooks.ts';
export type { Scope, TikTokApp, TikTokUser } from './world.ts';

/** Whose grant; the first app unless told. */
export type GrantRequest = { username: string; clientKey?: string; scopes?: Scope[] };

export type Emulator = {
  /** The imitated API, and the control routes under `/_emulator/`. `node` is the connection, for faults. */
  fetch(request: Request, node?: NodeExchange): Promise<Response>;
  /** Every request to the imitated API, in order of arrival. */
  requests(): RecordedRequest[];
  /** One entry for each init that was accepted. `published` ones are on TikTok for good. */
  ledger(): LedgerEntry[];
  clock: Clock;
  faults: Faults;
  apps(): TikTokApp[];
  users(): TikTokUser[];
  /** Changes or adds an app; without `clientKey`, changes the first. */
  putApp(change: Partial<TikTokApp>): TikTokApp;
  putUser(change: Partial<TikTokUser> & { username: string }): TikTokUser;
  /** Tokens as if the user had just consented and the code been exchanged. */
  grant(request: GrantRequest): TokenAnswer;
  /** The user removes the app, or with `scopes` takes back only those. */
  removeGrant(request: GrantRequest): void;
  /** TikTok ends the user's access tokens before their time. */
  endAccessTokens(request: GrantRequest): void;
  /** The user posts a draft from their inbox. @throws {TypeError} when it is not there. */
  finishDraft(publishId: string): void;
  /**
   * Sends the webhooks that are due to the apps that have a `webhookUrl`; nothing sends them by itself.
   * Those not answered with 200 are sent again by the next call, those answered only with `again`.
   */
  sendWebhooks(options?: { again?: boolean }): Promise<WebhookDelivery[]>;
  /** Resolves when no pull is downloading. */
  settled(): Promise<void>;
  /** Breaks off the pulls that are downloading. */
  abortPulls(): void;
  /** Back to the beginning: clock, apps, users, faults, and nothing published. */
  reset(): void;
};

/** TikTok's API as this project reads it, strictly, with all state in memory. */
export function createEmulator(options: Partial<EmulatorOptions> = {}): Emulator {
  const settings = resolveOptions(options);
  const faults = createFaults();
  let state = createState(settings);
  const emulator: Emulator = {
    async fetch(request, node) {
      const origin: Origin = { request, node };
      const url = new URL(request.url);
      if (isControlPath(url.pathname)) return control(emulator, request, url);
      const username = avatarPath.exec(url.pathname)?.[1];
      if (username !== undefined) return send(avatar(decodeURIComponent(username)));
      try {
        return await serveApi(state, faults, origin, url);
      } catch (error) {
        if (error instanceof ClientGone) return dropConnection(origin);
        throw error;
      }
    },
    requests: () => structuredClone(state.requests),
    ledger: () => ledgerOf(state),
    clock: { now: () => state.clock.now(), advance: (ms) => state.clock.advance(ms) },
    faults: { add: faults.add, clear: faults.clear, pending: faults.pending },
    apps: () => structuredClone([...state.apps.values()]),
    users: () => structuredClone([...state.users.values()]),
    putApp: (change) => structuredClone(putApp(state, change)),
    putUser: (change) => structuredClone(putUser(state, change)),
    grant: (request) => issueTokens(state, completeGrant(state, request)),
    removeGrant(request) {
      const grant = completeGrant(state, request);
      if (request.scopes === undefined) removeGrant(state, grant, 1);
      else removeScopes(state, grant);
    },
    endAccessTokens: (request) => endAccessTokens(state, completeGrant(state, request)),
    finishDraft: (publishId) => finishDraft(state, publishId),
    sendWebhooks: ({ again = false } = {}) => sendWebhooks(state, again),
    async settled() {
      while (state.pulls.size > 0) await Promise.all(state.pulls);
    },
    abortPulls: () => state.abort.abort(),
    reset() {
      state.abort.abort();
      faults.clear();
      state = createState(settings);
    },
  };
  return emulator;
}

/** @throws {TypeError} when there is no such app or user. */
function completeGrant(state: State, request: GrantRequest): Grant {
  const app = state.apps.get(request.clientKey ?? state.apps.keys().next().value ?? '');
  if (app === undefined || !state.users.has(request.username)) throw new TypeError('no such app or user');
  return { clientKey: app.clientKey, username: request.username, scopes: request.scopes ?? app.scopes };
}

function finishDraft(state: State, publishId: string): void {
  const publish = state.publishes.get(publishId);
  const nowMs = state.clock.now();
  const waiting = publish && outcomeOf(publish, state.settings, nowMs).status === 'SEND_TO_USER_INBOX';
  if (!waiting) throw new TypeError('no such draft in the inbox');
  publish.finishedAtMs = nowMs;
}
