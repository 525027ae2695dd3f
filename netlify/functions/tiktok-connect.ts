import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { connectRequest } from '../../src/contract.ts';
import { beginConnect } from '../../src/core/connect.ts';
import { readJson } from '../../src/http/body.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { bindBrowser } from '../../src/http/flow-cookie.ts';
import { parse } from '../../src/http/parse.ts';

export default endpoint(app, {
  async POST({ app, request }) {
    const { userId } = await app.identify(request);
    const flow = await beginConnect(app.connect, userId, parse(connectRequest, await readJson(request)));
    return Response.json(
      { authorizeUrl: flow.authorizeUrl, expiresAt: flow.expiresAt.toISOString() },
      { headers: { 'set-cookie': bindBrowser(flow.state, flow.browserNonce) } },
    );
  },
});

/** Each begins a flow, which is a row in the database for a while. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 30, aggregateBy: ['ip', 'domain'] },
};
