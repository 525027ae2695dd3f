import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { serveEmulator } from '../../emulator/serve.ts';
import { servePart } from '../part.ts';
import { countTraffic } from './counted.ts';

/** The emulator: its least latency in milliseconds, and the origin of the media it may pull. */
const takeTraffic = countTraffic();
const [latencyMs = '', mediaUrl = ''] = process.argv.slice(2);
const { url, emulator, close } = await serveEmulator({
  latencyMs: Number(latencyMs),
  insecureMediaOrigins: [mediaUrl],
  apps: [{ verifiedProperties: [`${mediaUrl}/verified/`] }],
});

let users = 0;

let uploads = { beganAtMs: Number.NaN, endedAtMs: Number.NaN };
const isUpload = (message: unknown) => (message as { request: IncomingMessage }).request.method === 'PUT';
subscribe('http.server.request.start', (message) => {
  if (isUpload(message) && Number.isNaN(uploads.beganAtMs)) uploads.beganAtMs = performance.now();
});
subscribe('http.server.response.finish', (message) => {
  if (isUpload(message)) uploads.endedAtMs = performance.now();
});

const api = {
  url: () => url,
  /** Tokens of so many new users. */
  grant(count: number) {
    return Array.from({ length: count }, () => {
      const username = `creator.${++users}`;
      emulator.putUser({ username });
      return { username, ...emulator.grant({ username }) };
    });
  },
  publishedCount: () => emulator.ledger().filter(({ published }) => published).length,
  takeTraffic,
  /** From the first chunk's arrival to the last one's answer, since this was last asked. */
  takeUploadMs() {
    const { beganAtMs, endedAtMs } = uploads;
    uploads = { beganAtMs: Number.NaN, endedAtMs: Number.NaN };
    return endedAtMs - beganAtMs;
  },
};
export type TikTokApi = typeof api;
servePart(api, close);
