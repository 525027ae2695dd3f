import type { Config } from '@netlify/functions';
import { app } from '../../src/app.ts';
import { listQuery, type PostView, postRequest, resolveRequest } from '../../src/contract.ts';
import {
  applyChanges,
  cancelPost,
  editPost,
  getPostWithStory,
  listPosts,
  queuePost,
  resolvePost,
  retryPost,
} from '../../src/core/posts.ts';
import { readJson } from '../../src/http/body.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parse } from '../../src/http/parse.ts';
import { readQuery } from '../../src/http/query.ts';

const loadOutbound = () => import('../../src/outbound.ts');

export default endpoint(app, {
  async POST({ app, request }) {
    const { userId } = await app.identify(request);
    const body = parse(postRequest, await readJson(request));
    const { post, isReplay } = await queuePost(
      app.queueing(loadOutbound),
      userId,
      body,
      request.headers.get('idempotency-key'),
    );
    const headers = {
      location: `/api/social-posts/${post.id}`,
      ...(isReplay && { 'idempotency-replayed': 'true' }),
    };
    return Response.json(post, { status: 201, headers });
  },

  async GET({ app, request, url }) {
    const { userId } = await app.identify(request);
    return Response.json(await listPosts(app.posts, userId, parse(listQuery, readQuery(url))));
  },

  async 'GET /:id'({ app, request, id }) {
    const { userId } = await app.identify(request);
    return Response.json(await getPostWithStory(app.posts, userId, id));
  },

  async 'PATCH /:id'({ app, request, id }) {
    const { userId } = await app.identify(request);
    const changes = await readJson(request);
    const editOf = (post: PostView) => parse(postRequest, applyChanges(post, changes));
    return Response.json(await editPost(app.queueing(loadOutbound), userId, id, editOf));
  },

  async 'DELETE /:id'({ app, request, id }) {
    const { userId } = await app.identify(request);
    const { post, isPending } = await cancelPost(app.posts, userId, id);
    return Response.json(post, { status: isPending ? 202 : 200 });
  },

  async 'POST /:id/retry'({ app, request, id }) {
    const { userId } = await app.identify(request);
    return Response.json(await retryPost(app.posts, userId, id));
  },

  async 'POST /:id/resolve'({ app, request, id }) {
    const { userId } = await app.identify(request);
    const { outcome } = parse(resolveRequest, await readJson(request));
    return Response.json(await resolvePost(app.posts, userId, id, { outcome }));
  },
});

/** A front end may queue a month's posts at once. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 300, aggregateBy: ['ip', 'domain'] },
};
