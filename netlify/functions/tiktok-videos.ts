import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { videosQuery } from '../../src/contract.ts';
import { listVideos } from '../../src/core/videos.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { readQuery } from '../../src/http/query.ts';

export default endpoint(app, {
  async GET({ app, request, url }) {
    const { userId } = await app.identify(request);
    const query = parse(videosQuery, readQuery(url));
    return Response.json(await listVideos(app.onBehalf, userId, query));
  },
});

/** Each costs a call of TikTok's API. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 60, aggregateBy: ['ip', 'domain'] },
};
