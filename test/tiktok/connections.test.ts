import { afterAll, expect, test } from 'vitest';
import { openConnections } from '../../src/tiktok/connections.ts';
import { protocolsOffered } from '../http/serve.ts';

const { fetch, put, ...connections } = await openConnections();
afterAll(() => connections[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(10_000);
async function* noBytes() {}

test.each<[string, (url: string) => Promise<unknown>]>([
  ['a call', (url) => fetch(url, { method: 'POST', headers: {}, body: '{}', redirect: 'manual', signal })],
  ['a chunk', (url) => put(url, { method: 'PUT', headers: {}, body: noBytes(), signal })],
])('%s does not share its connection with others by HTTP/2', async (_what, send) => {
  expect(await protocolsOffered(send)).toEqual(['http/1.1']);
});
