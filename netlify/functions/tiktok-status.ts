import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { statusQuery } from '../../src/contract.ts';
import { accountStatus } from '../../src/core/accounts.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { readQuery } from '../../src/http/query.ts';

export default endpoint(app, {
  async GET({ app, request, url }) {
    const { userId } = await app.identify(request);
    const { accountId } = parse(statusQuery, readQuery(url));
    return Response.json(await accountStatus(app.accounts, userId, accountId, app.onBehalf.now()));
  },
});

/** A page may ask it every few seconds while it is open. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 120, aggregateBy: ['ip', 'domain'] },
};
