import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { App } from '@supabase/lite';
import type { Database, Row } from './database.ts';
import { hidePartialIndexes, keepGrants } from './lite.ts';
import { applyMigrations, isPrepared, preparePlatform, readMigrations } from './migrations.ts';

export type SupabaseKeys = { publishableKey: string; secretKey: string; jwtSecret: string };

export type SupabaseOptions = SupabaseKeys & {
  database: Database;
  /** Default 127.0.0.1. */
  hostname?: string;
  /** Default 0: any free port. */
  port?: number;
};

export type LocalSupabase = SupabaseKeys & {
  url: string;
  /** Asks the database as its owner, past every grant and policy. */
  query: (text: string, params?: unknown[]) => Promise<Row[]>;
  /** Stops serving and closes the database's connection. */
  close: () => Promise<void>;
};

type LiteApp = { fetch: (request: Request, context: { peerAddress: string | null }) => Promise<Response> };

/** Supabase Lite over the database, on a port, with the project's migrations applied. */
export async function startSupabase(options: SupabaseOptions): Promise<LocalSupabase> {
  const { database, publishableKey, secretKey, jwtSecret } = options;
  const app = await prepareDatabase(options);
  const inTurn = database.singleSession ? oneAtATime() : immediately;
  const server = await listen(app, inTurn, options.hostname ?? '127.0.0.1', options.port ?? 0);
  return {
    url: server.url,
    publishableKey,
    secretKey,
    jwtSecret,
    query: (text, params) => inTurn(() => database.query(text, params)),
    close: async () => {
      await server.close();
      await database.connection.close();
    },
  };
}

/** Brings the database up to date without serving it. */
export async function prepareDatabase(options: SupabaseKeys & { database: Database }): Promise<LiteApp> {
  const { database } = options;
  keepGrants(database);
  const app = new App({
    connection: database.connection,
    auth: {
      enabled: true,
      jwt_secret: options.jwtSecret,
      publishable_key: options.publishableKey,
      secret_key: options.secretKey,
    },
  });
  await app.init();
  if (!(await isPrepared(database))) {
    await app.ensureSystemSchema();
    await preparePlatform(database);
  }
  await applyMigrations(database, await readMigrations());
  await hidePartialIndexes(database);
  return app;
}

type InTurn = <T>(task: () => Promise<T>) => Promise<T>;

const immediately: InTurn = (task) => task();

/**
 * PGlite is a single session and Lite's driver does not reserve it for a transaction: two requests at once would
 * share one transaction, role and all. So they take turns.
 */
function oneAtATime(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** Pages of other origins may ask, as they may ask Supabase itself; Lite answers a preflight without its headers. */
async function forBrowsers(request: Request, answer: () => Promise<Response>): Promise<Response> {
  const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
  const response = isPreflight ? new Response(null, { status: 204 }) : await answer();
  const headers = new Headers(response.headers);
  headers.set('access-control-allow-origin', '*');
  headers.set('access-control-expose-headers', 'content-range, content-location');
  if (isPreflight) {
    headers.set('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
    headers.set('access-control-allow-headers', request.headers.get('access-control-request-headers') ?? '*');
  }
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

type Listening = { url: string; close: () => Promise<void> };

function listen(app: LiteApp, inTurn: InTurn, hostname: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        hostname,
        port,
        fetch: (request, env) =>
          forBrowsers(request, () =>
            inTurn(() => app.fetch(request, { peerAddress: env.incoming.socket.remoteAddress ?? null })),
          ),
      },
      (address: AddressInfo) =>
        resolve({
          url: `http://${hostname}:${address.port}`,
          close: () =>
            new Promise((done) => {
              server.close(() => done());
              if ('closeAllConnections' in server) server.closeAllConnections();
            }),
        }),
    );
    server.once('error', reject);
  });
}
