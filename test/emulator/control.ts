import { isObject, parseJson } from './call.ts';
import type { Emulator, GrantRequest } from './emulator.ts';
import { assertFault } from './faults.ts';
import {
  defaultApp,
  ordinaryUser,
  type Scope,
  scopeNames,
  type TikTokApp,
  type TikTokUser,
} from './world.ts';

const root = '/_emulator/';

export function isControlPath(path: string): boolean {
  return path.startsWith(root);
}

type Verb = (emulator: Emulator, body: Record<string, unknown>) => unknown;

/** What a test or a person at a shell asks and orders; TikTok has nothing like it. */
const verbs: Record<string, Verb> = {
  'GET ledger': (emulator) => emulator.ledger(),
  'GET requests': (emulator) => emulator.requests(),
  'GET faults': (emulator) => emulator.faults.pending(),
  'POST faults': (emulator, body) => {
    assertFault(body);
    emulator.faults.add(body);
    return emulator.faults.pending();
  },
  'DELETE faults': (emulator) => {
    emulator.faults.clear();
    return [];
  },
  'GET clock': (emulator) => ({ now: emulator.clock.now() }),
  'POST clock': (emulator, body) => {
    emulator.clock.advance(Number(body.advanceMs));
    return { now: emulator.clock.now() };
  },
  'POST reset': (emulator) => {
    emulator.reset();
    return {};
  },
  'POST drafts/finish': (emulator, { publishId }) => {
    emulator.finishDraft(String(publishId));
    return {};
  },
  'POST webhooks': (emulator, { again }) => emulator.sendWebhooks({ again: again === true }),
  'GET users': (emulator) => emulator.users(),
  'POST users': (emulator, body) => emulator.putUser(asUser(body)),
  'GET apps': (emulator) => emulator.apps(),
  'POST apps': (emulator, body) => emulator.putApp(asApp(emulator, body)),
  'POST grants': (emulator, body) => emulator.grant(asGrant(body)),
  'POST grants/revoke': (emulator, body) => {
    emulator.removeGrant(asGrant(body));
    return {};
  },
  'POST grants/expire': (emulator, body) => {
    emulator.endAccessTokens(asGrant(body));
    return {};
  },
};

export async function control(emulator: Emulator, request: Request, url: URL): Promise<Response> {
  const name = url.pathname.slice(root.length);
  const publishId = /^publishes\/(.+)$/.exec(name)?.[1];
  if (request.method === 'GET' && publishId !== undefined) {
    const entry = emulator.ledger().find((publish) => publish.publishId === decodeURIComponent(publishId));
    return entry ? Response.json(entry) : Response.json({ error: 'no such publish' }, { status: 404 });
  }
  const key = `${request.method} ${name}`;
  const verb = Object.hasOwn(verbs, key) ? verbs[key] : undefined;
  if (verb === undefined) {
    return Response.json({ error: 'no such control route', routes: Object.keys(verbs) }, { status: 404 });
  }
  try {
    const text = request.method === 'POST' ? await request.text() : '';
    const body = text === '' ? {} : parseJson(text);
    if (!isObject(body)) throw new TypeError('the body must be a JSON object');
    return Response.json(await verb(emulator, body));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      return Response.json({ error: error.message }, { status: 400 });
    }
    throw error;
  }
}

function asUser(body: Record<string, unknown>): Partial<TikTokUser> & { username: string } {
  const { username } = body;
  if (typeof username !== 'string') throw new TypeError('username is missing');
  assertLike(body, ordinaryUser(username));
  return { ...body, username };
}

/** Besides the app's own fields: `addRedirectUri` and `addVerifiedProperty`. */
function asApp(emulator: Emulator, body: Record<string, unknown>): Partial<TikTokApp> {
  const { addRedirectUri, addVerifiedProperty, ...change } = body;
  assertLike(change, defaultApp());
  const known = emulator.apps();
  const app = known.find(({ clientKey }) => clientKey === change.clientKey) ?? known[0];
  return {
    ...change,
    ...(typeof addRedirectUri === 'string' && {
      redirectUris: [...(app?.redirectUris ?? []), addRedirectUri],
    }),
    ...(typeof addVerifiedProperty === 'string' && {
      verifiedProperties: [...(app?.verifiedProperties ?? []), addVerifiedProperty],
    }),
  };
}

function asGrant({ username, clientKey, scopes }: Record<string, unknown>): GrantRequest {
  if (typeof username !== 'string') throw new TypeError('username is missing');
  if (scopes !== undefined && !isScopes(scopes)) throw new TypeError('scopes are not a list of scopes');
  return { username, ...(typeof clientKey === 'string' && { clientKey }), ...(scopes && { scopes }) };
}

function isScopes(value: unknown): value is Scope[] {
  return Array.isArray(value) && value.every((item) => scopeNames.includes(item));
}

/** Each field known, and of the type it has in the example. */
function assertLike(change: Record<string, unknown>, example: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(change)) {
    const wanted = Object.hasOwn(example, key) ? example[key] : undefined;
    const fits = typeof value === typeof wanted && Array.isArray(value) === Array.isArray(wanted);
    if (!fits) throw new TypeError(`${key} is unknown or of the wrong type`);
  }
}
