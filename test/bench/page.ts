import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { openStage, type Person, type Stage } from '../browser/support/stage.ts';
import { type BenchContext, type Measurement, median, rounded } from './measurement.ts';

const SCRIPT_BUDGET_BYTES = 60_000;
const PAGES = ['/posts', '/compose', '/integrations'];
const REPETITIONS = 7;
/** A phone of the middle sort on a slow mobile line, as Lighthouse has it. */
const SLOWER_CPU = 4;
const SLOW_LINE = { latency: 150, downloadThroughput: 204_800, uploadThroughput: 93_750, offline: false };
const EMPTY = '<!doctype html><html lang="en"><title>Empty</title><main><h1>Empty</h1></main>';

/**
 * What a page costs its reader on first load: script as it is sent, compressed, requests, and the time until its heading
 * is there and its thread is free, over the same for a page with nothing but a heading.
 */
export async function* measurePage({ scale }: BenchContext): AsyncGenerator<Measurement> {
  await using stage = await openStage();
  const person = await stage.signUp();
  await stage.connect(person);
  await using edge = await serveAsNetlify(stage);
  const repetitions = Math.max(1, Math.round(REPETITIONS * scale));
  for (const address of PAGES) {
    // The first visit is for the answers of the functions, which `netlify dev` takes its time for.
    await load(stage, person, `${edge.url}${address}`, { isSlow: false });
    const [loads, empty]: [Loaded[], Loaded[]] = [[], []];
    for (let i = 0; i < repetitions; i++) {
      empty.push(await load(stage, null, `${edge.url}/empty`, { isSlow: true }));
      loads.push(await load(stage, person, `${edge.url}${address}`, { isSlow: true }));
    }
    const [ms, emptyMs] = [loads, empty].map((all) => median(all.map(({ readyMs }) => readyMs))) as [
      number,
      number,
    ];
    const scriptBytes = median(loads.map((one) => one.scriptBytes));
    yield {
      bench: 'page',
      page: address,
      scriptBytes,
      requests: median(loads.map(({ requests }) => requests)),
      interactiveMs: Math.round(ms),
      emptyMs: Math.round(emptyMs),
      ratio: rounded(ms / emptyMs),
      goal: `script <= ${SCRIPT_BUDGET_BYTES} bytes`,
      ok: scriptBytes <= SCRIPT_BUDGET_BYTES,
    };
  }
}

interface Loaded {
  readyMs: number;
  scriptBytes: number;
  requests: number;
}

/** One visit with nothing in the browser's cache. */
async function load(
  stage: Stage,
  person: Person | null,
  url: string,
  { isSlow }: { isSlow: boolean },
): Promise<Loaded> {
  const page = await stage.openAt(person, 'about:blank', { origin: new URL(url).origin });
  const debug = await page.context().newCDPSession(page);
  let requests = 0;
  let scriptBytes = 0;
  const scripts = new Set<string>();
  debug.on('Network.requestWillBeSent', ({ request }) => {
    if (request.url.startsWith('http')) requests++;
  });
  debug.on(
    'Network.responseReceived',
    ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)),
  );
  debug.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength;
  });
  await debug.send('Network.enable');
  if (isSlow) {
    await debug.send('Network.emulateNetworkConditions', SLOW_LINE);
    await debug.send('Emulation.setCPUThrottlingRate', { rate: SLOWER_CPU });
  }
  await page.goto(url, { waitUntil: 'commit', timeout: 120_000 });
  const readyMs = await whenInteractive(page);
  await page.waitForLoadState('networkidle', { timeout: 120_000 });
  await page.context().close();
  return { readyMs, scriptBytes, requests };
}

/** By the page's own clock, from the beginning of its navigation. */
async function whenInteractive(page: Page): Promise<number> {
  await page.waitForFunction(() => document.querySelector('main h1') !== null, undefined, {
    timeout: 120_000,
    polling: 20,
  });
  return page.evaluate(() => new Promise<number>((resolve) => setTimeout(() => resolve(performance.now()))));
}

/** The site as Netlify hands it out: files compressed, and functions that answer at once, as they did before. */
async function serveAsNetlify(stage: Stage) {
  const dist = path.resolve(import.meta.dirname, '../../dist');
  const answers = new Map<string, { status: number; type: string; body: Buffer }>();
  const html = { status: 200, type: 'text/html; charset=utf-8' };

  async function find(request: IncomingMessage) {
    const address = request.url ?? '/';
    if (address === '/empty') return { ...html, body: Buffer.from(EMPTY) };
    const asset = /^\/assets\/[\w.-]+\.(\w+)$/.exec(address);
    if (asset) {
      const type = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }[asset[1] ?? ''] ?? '';
      return { status: 200, type, body: await readFile(path.join(dist, address)) };
    }
    if (!address.startsWith('/api/')) return { ...html, body: await readFile(path.join(dist, 'index.html')) };
    const known = answers.get(address);
    if (known) return known;
    const { authorization = '' } = request.headers;
    const response = await fetch(`${stage.siteUrl}${address}`, { headers: { authorization } });
    const answer = {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      body: Buffer.from(await response.arrayBuffer()),
    };
    answers.set(address, answer);
    return answer;
  }
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { status, type, body } = await find(request);
    response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(body));
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
