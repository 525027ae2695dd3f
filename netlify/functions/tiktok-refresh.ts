import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { accountRequest } from '../../src/contract.ts';
import { refreshAccount } from '../../src/core/refresh.ts';
import { readJson } from '../../src/http/body.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';

export default endpoint(app, {
  async POST({ app, request }) {
    const { userId } = await app.identify(request);
    const { accountId } = parse(accountRequest, await readJson(request));
    return Response.json(await refreshAccount(app.onBehalf, userId, accountId));
  },
});

/** A person's click, which costs TikTok's token endpoint a call. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 30, aggregateBy: ['ip', 'domain'] },
};
