import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { readCommandConfig, readCommandPlaces } from '../config.ts';
import type { ConnectError } from '../contract.ts';
import { accountStatus } from '../core/accounts.ts';
import { beginConnect, type CallbackResult, type ConnectDeps, finishConnect } from '../core/connect.ts';
import { redirectParameters } from '../http/callback.ts';
import { page } from '../http/page.ts';
import { createLog } from '../lib/log.ts';
import type { Flow, FlowStore, NewFlow } from '../store/flows.ts';
import { createTikTokLogin } from '../tiktok/client.ts';
import { accountFiles, createCommandAccounts } from './account-files.ts';
import { describeAccount } from './accounts.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';
import { OWNER_ID, openHome } from './home.ts';
import type { Run } from './session.ts';

export interface AuthorizeOptions {
  port: number;
  printUrl?: true;
  scopes?: string[];
  timeoutSeconds: number;
}

const CALLBACK_PATH = '/callback';

/** @throws {CommandError} if the account's owner said no, or did not come back. @throws {ConfigError} */
export async function authorize(run: Run, options: AuthorizeOptions): Promise<ExitCode> {
  const config = readCommandConfig(run.env);
  const home = await openHome(readCommandPlaces(run.env).configHome);
  const accounts = createCommandAccounts(accountFiles(home), home.sealer);
  const redirect = await listenForRedirect(options.port);
  await using _closing = { [Symbol.asyncDispose]: redirect.close };
  const log = createLog(run.isVerbose ? (line) => void process.stderr.write(`${line}\n`) : () => undefined);
  const login = createTikTokLogin({
    ...config.tiktok,
    redirectUri: redirect.uri,
    codeVerifier: randomBytes(48).toString('base64url'),
    fetch,
    log,
  });
  /** What TikTok has called the refusal of a code. */
  let refusedAs: string | null = null;
  let saved: () => void = () => undefined;
  const deps: ConnectDeps = {
    flows: oneFlow(options.timeoutSeconds),
    accounts: {
      save: (connection) => accounts.save(connection).finally(() => saved()),
    },
    apps: { findOwn: async () => null, open: () => Promise.reject(), keepShared: async () => undefined },
    tiktok: {
      ...login,
      async exchangeCode(app, code) {
        saved = await run.interrupts.begin();
        const answer = await login.exchangeCode(app, code);
        if (answer.kind !== 'ok') saved();
        if (answer.kind === 'refused') refusedAs = answer.code;
        return answer;
      },
    },
    sharedApp: config.tiktok,
    scopes: options.scopes ?? config.tiktok.scopes,
    appOrigins: [new URL(redirect.uri).origin],
    log,
    randomToken: () => randomBytes(32).toString('base64url'),
  };

  const begun = await beginConnect(deps, OWNER_ID, { redirectUrl: redirect.uri, authMethod: 'shared' });
  const { browserNonce } = begun;
  const comeBack = async (url: URL): Promise<CallbackResult> =>
    finishConnect(deps, { ...redirectParameters(url), browserNonce });
  await sendToBrowser(run, options, begun.authorizeUrl);
  const paste = options.printUrl ? readPasted(run, redirect.uri) : null;
  const result = await redirect.wait(comeBack, paste, options.timeoutSeconds);
  if (result.kind === 'failed') throw refused(result.error, refusedAs);

  const { accounts: found } = await accountStatus(accounts, OWNER_ID, result.account.id, new Date());
  const [view] = found;
  if (view) run.output.result(view, `Authorized.\n${describeAccount(view)}`);
  return EXIT.done;
}

async function sendToBrowser(run: Run, { printUrl }: AuthorizeOptions, url: string): Promise<void> {
  if (!printUrl) {
    const { default: open } = await import('open');
    const opened = await open(url).catch(() => null);
    opened?.once('error', () => undefined);
    run.output.say(
      opened
        ? 'Your browser shows what TikTok asks you. If it does not, open this address in it:'
        : 'No browser could be opened. Open this address in one:',
    );
  } else {
    run.output.say(
      'Open this address in a browser. If that runs on another machine, it will end at an address it cannot reach: paste that address here.',
    );
  }
  run.output.say(`\n${url}\n`);
}

/** Lines that somebody pastes, those alone that are the way back. */
function readPasted(run: Run, redirectUri: string) {
  const lines = createInterface({ input: process.stdin, terminal: false });
  return {
    listen(take: (url: URL) => void) {
      lines.on('line', (line) => {
        const text = line.trim();
        const isBack = URL.canParse(text) && text.startsWith(`${redirectUri}?`);
        if (isBack) take(new URL(text));
        else if (text !== '')
          run.output.say(`That does not begin with ${redirectUri}? as it should; paste all of it.`);
      });
    },
    close: () => {
      lines.close();
      process.stdin.destroy();
    },
  };
}

type Ended = Extract<CallbackResult, { kind: 'failed' | 'connected' }>;

/**
 * Waits on this machine for TikTok's redirect. Whatever else comes is refused and changes nothing: pages in the user's
 * browser may call it, too.
 * @see https://www.rfc-editor.org/rfc/rfc8252.html#section-7.3
 */
async function listenForRedirect(port: number) {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const message = `Port ${port} cannot be used (${error.code}): give another --port, or none.`;
    throw new CommandError(EXIT.failed, 'port_unusable', message);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const uri = `http://${host}${CALLBACK_PATH}`;
  let comeBack: (url: URL) => Promise<Response> = async () => refusal(503, 'Not ready');

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await replyTo(request);
    response.writeHead(reply.status, {
      ...Object.fromEntries(reply.headers),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    response.end(await reply.text());
  }

  async function replyTo(request: IncomingMessage): Promise<Response> {
    // A name of somebody else's that leads here is not our address.
    if (request.headers.host !== host) return refusal(421, 'Not here');
    const url = URL.canParse(request.url ?? '', uri) ? new URL(request.url ?? '', uri) : null;
    if (url?.origin !== new URL(uri).origin || url.pathname !== CALLBACK_PATH)
      return refusal(404, 'Not found');
    if (request.method !== 'GET') return refusal(405, 'Not so');
    return comeBack(url);
  }

  return {
    uri,

    /** Until the flow has ended, by the redirect or by what was pasted. @throws {CommandError} when the time is over. */
    async wait(
      finish: (url: URL) => Promise<CallbackResult>,
      paste: ReturnType<typeof readPasted> | null,
      timeoutSeconds: number,
    ): Promise<Ended> {
      const { promise, resolve, reject } = Promise.withResolvers<Ended>();
      let taking: Promise<unknown> = Promise.resolve();
      const take = async (url: URL): Promise<Response> => {
        const finishing = finish(url);
        taking = Promise.allSettled([taking, finishing]);
        const result = await finishing;
        if (result.kind === 'no_flow' || result.kind === 'unavailable')
          return refusal(400, 'This is not the answer to the question that was asked');
        resolve(result);
        return result.kind === 'connected'
          ? page(200, 'Connected', 'You may close this page and go back to the command line.')
          : page(200, 'Not connected', 'The command line says why. You may close this page.');
      };
      comeBack = take;
      paste?.listen((url) => void take(url));
      // Who has come back in time is not sent away while TikTok is asked.
      const timer = setTimeout(
        () => void taking.then(() => reject(timedOut(timeoutSeconds))),
        timeoutSeconds * 1000,
      );
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        paste?.close();
      }
    },

    async close() {
      // The page that was just sent may still be on its way.
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
      server.closeAllConnections();
    },
  };
}

function refusal(status: number, title: string): Response {
  return page(status, title, 'Nothing was changed. Go back to the command line.');
}

/** The one flow of this process, with the verbs of the database's store: good once, for so long. */
function oneFlow(lifetimeSeconds: number): FlowStore {
  let begun: (NewFlow & { endsAtMs: number }) | null = null;
  return {
    async begin(flow) {
      const endsAtMs = Date.now() + lifetimeSeconds * 1000;
      begun = { ...flow, endsAtMs };
      return new Date(endsAtMs);
    },
    async consume(stateHash, browserHash): Promise<Flow | null> {
      const flow = begun;
      if (!flow || !isSame(flow.stateHash, stateHash) || !isSame(flow.browserHash, browserHash)) return null;
      begun = null;
      const { stateHash: _state, browserHash: _browser, endsAtMs, ...rest } = flow;
      return { ...rest, scopes: [...rest.scopes], live: endsAtMs > Date.now(), usedAt: new Date() };
    },
  } satisfies FlowStore;
}

/** Two SHA-256 as text: always of one length. */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function timedOut(seconds: number): CommandError {
  const message = `Nobody came back from TikTok within ${seconds} seconds. Run it again, with a longer --timeout if you need it.`;
  return new CommandError(EXIT.failed, 'session_expired', message);
}

const REFUSALS: Record<ConnectError, string> = {
  missing_params: 'TikTok sent the browser back without a code. Run it again.',
  authorization_denied: 'You did not allow it at TikTok. Nothing was stored.',
  session_expired: 'It took too long. Run it again.',
  token_exchange_failed: 'TikTok gave no tokens for the code. Run it again.',
  scope_missing: 'You allowed neither direct posts nor drafts. Run it again and allow at least one of them.',
  invalid_config:
    'TikTok refuses this app: check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET, and that http://127.0.0.1:*/callback is registered as a redirect URI for desktop.',
  internal_error: 'Something went wrong here. Run it again, with --verbose to see where.',
};

function refused(error: ConnectError, refusedAs: string | null): CommandError {
  const said = refusedAs === null ? '' : ` TikTok says: ${refusedAs}.`;
  return new CommandError(EXIT.failed, error, `${REFUSALS[error]}${said}`);
}
