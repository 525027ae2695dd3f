import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { accountRequest } from '../../src/contract.ts';
import { creatorInfo } from '../../src/core/creator.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { readQuery } from '../../src/http/query.ts';

export default endpoint(app, {
  async GET({ app, request, url }) {
    const { userId } = await app.identify(request);
    const { accountId } = parse(accountRequest, readQuery(url));
    return Response.json(await creatorInfo(app.onBehalf, userId, accountId));
  },
});

/** TikTok itself answers twenty a minute for each account. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 60, aggregateBy: ['ip', 'domain'] },
};
