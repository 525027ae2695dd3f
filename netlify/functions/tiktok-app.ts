import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { appRequest } from '../../src/contract.ts';
import { deleteApp, saveApp, showApp, testApp } from '../../src/core/own-app.ts';
import { readJson, readOptionalJson } from '../../src/http/body.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { notFound } from '../../src/http/problem.ts';

export default endpoint(app, {
  async GET({ app, request }) {
    const { userId } = await app.identify(request);
    return Response.json(await showApp(app.ownApp, userId));
  },

  async PUT({ app, request }) {
    const { userId } = await app.identify(request);
    return Response.json(await saveApp(app.ownApp, userId, parse(appRequest, await readJson(request))));
  },

  async DELETE({ app, request }) {
    const { userId } = await app.identify(request);
    return Response.json(await deleteApp(app.ownApp, userId));
  },

  /** Of the app in the body before it is stored, or of the stored one. */
  async 'POST /:id'({ app, request, id }) {
    if (id !== 'test') throw notFound();
    const { userId } = await app.identify(request);
    const body = await readOptionalJson(request);
    const given = body === undefined ? null : parse(appRequest, body);
    return Response.json(await testApp(app.ownApp, userId, given));
  },
});

/** A person's clicks, of which a test costs TikTok's token endpoint a call. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 30, aggregateBy: ['ip', 'domain'] },
};
