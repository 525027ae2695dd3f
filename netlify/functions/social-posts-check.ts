import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { mediaCheckRequest } from '../../src/contract.ts';
import { checkMedia } from '../../src/core/posts.ts';
import { readJson } from '../../src/http/body.ts';
import { type Call, endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { notFound } from '../../src/http/problem.ts';

const loadOutbound = () => import('../../src/outbound.ts');

async function check({
  app: { identify, queueing },
  request,
}: Call<ReturnType<typeof app>>): Promise<Response> {
  const { userId } = await identify(request);
  const body = parse(mediaCheckRequest, await readJson(request));
  return Response.json(await checkMedia(queueing(loadOutbound), userId, body));
}

/** At its own name, and at `social-posts/check`, from where a rewrite leads here. */
export default endpoint(app, {
  POST: check,
  async 'POST /:id'(call) {
    if (call.id !== 'check') throw notFound();
    return check(call);
  },
});

/** A page asks while somebody types, which is not to use up what queueing may. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 60, aggregateBy: ['ip', 'domain'] },
};
