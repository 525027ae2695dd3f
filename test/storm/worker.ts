import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { SCHEDULED_TICK, type TickReport, tick } from '../../src/core/worker.ts';
import type { LogFields } from '../../src/lib/log.ts';
import { type HttpProxy, type ProxyAnswer, type ProxyHandler, startProxy } from '../support/proxy.ts';
import type { Faults, Misfortune } from './faults.ts';
import type { Asked, Names } from './names.ts';

export interface LogLine extends LogFields {
  worker: string;
  level: 'info' | 'warn' | 'error';
  event: string;
}

/** What the workers of one storm share. */
export interface Surroundings {
  env: Record<string, string>;
  faults: Faults;
  names: Names;
  /** TikTok is down altogether. */
  isTikTokDown(): boolean;
  log(line: LogLine): void;
  /** Just before TikTok is asked to begin this post. */
  onInit(asked: Asked): void;
  onAnswer(asked: Asked, answer: ProxyAnswer): void;
  /** A worker has frozen: its lease is over and others act, until the promise resolves. */
  whileFrozen(worker: StormWorker): Promise<void>;
}

/** A worker as it is deployed, all of whose requests pass by here: it may die at any of them, or freeze and wake. */
export interface StormWorker extends AsyncDisposable {
  name: string;
  /** The holder of its present lease. */
  holder(): string | null;
  /** One tick; `crashed`: it died in it, and nothing that it does reaches anybody any more. */
  tick(): Promise<TickReport | 'crashed'>;
  /** Its clock has run on while it was frozen. */
  skipMs(ms: number): void;
}

/** Who gives up waiting and whose connection breaks know the same: the storm waits for nobody. */
const LINGER_MS = 20;

class Dead extends Error {}

export async function startStormWorker(name: string, surroundings: Surroundings): Promise<StormWorker> {
  const { env, faults, names } = surroundings;
  const crashed = Promise.withResolvers<'crashed'>();
  const death = new AbortController();
  const ticks = new Set<Promise<unknown>>();
  let isDead = false;
  let thawed: Promise<void> = Promise.resolve();
  let holder: string | null = null;
  let skippedMs = 0;

  function die(): never {
    isDead = true;
    crashed.resolve('crashed');
    death.abort();
    throw new Dead(`${name} is dead`);
  }

  /** Nothing leaves or reaches a frozen worker, nor ever again a dead one. */
  async function alive(): Promise<void> {
    await thawed;
    if (isDead) throw new Dead(`${name} is dead`);
  }

  async function freeze(): Promise<void> {
    thawed = surroundings.whileFrozen(worker);
    await alive();
  }

  const handler =
    (side: Asked['side']): ProxyHandler =>
    async (request, forwardRequest) => {
      await alive();
      const asked = names.of(side, request, name);
      if (asked.step === 'claim_accounts') holder = JSON.parse(request.body).p_holder;
      if (side === 'tiktok' && surroundings.isTikTokDown()) {
        return asked.subject.length % 2 === 0 ? null : serverError(asked.step, asked.subject);
      }
      if (asked.step === 'advance_post') tikTok.accept();
      const { misfortune, blow } = faults.befalls(asked);
      const forward = async () => {
        if (asked.step === 'init') surroundings.onInit(asked);
        const answer = await forwardRequest();
        names.learn(asked, request, answer);
        surroundings.onAnswer(asked, answer);
        return answer;
      };

      if (blow === 'crash_before') die();
      if (blow === 'pause_before') await freeze();
      const answer = await spoil(misfortune, asked, forward);
      if (blow === 'crash_after') die();
      if (blow === 'pause_after') await freeze();
      await alive();
      if (asked.step === 'begin_attempt' && answer !== null && isOk(answer) && faults.refusesAfter(asked)) {
        faults.count('init refused_connection');
        tikTok.refuse();
        setTimeout(tikTok.accept, 300);
      }
      return answer;
    };

  async function spoil(
    misfortune: Misfortune | null,
    { step, subject }: Asked,
    forward: () => Promise<ProxyAnswer>,
  ): Promise<ProxyAnswer | null> {
    switch (misfortune) {
      case null:
        return forward();
      case 'reset_before':
        return null;
      case 'timeout_before':
        await sleep(LINGER_MS);
        return null;
      case 'reset_after':
        await forward();
        return null;
      case 'timeout_after':
        await forward();
        await sleep(LINGER_MS);
        return null;
      case 'cut_json': {
        const answer = await forward();
        const half = Math.floor(answer.body.byteLength / 2);
        // By turns as a whole answer with half its JSON, and as half an answer.
        return subject.length % 2 === 0
          ? { ...answer, body: answer.body.subarray(0, half) }
          : { ...answer, cutAfterBytes: half };
      }
      case 'error_5xx_before':
        return serverError(step, subject);
      case 'error_5xx_after':
        await forward();
        return serverError(step, subject);
      case 'rate_limited':
        return envelope(429, 'rate_limit_exceeded', subject.length % 2 === 0 ? { 'retry-after': '60' } : {});
      case 'forgotten':
        return envelope(400, 'invalid_publish_id');
      case 'contradiction':
        return envelope(200, 'ok', {}, CONTRADICTION);
      case 'refused':
        return envelope(403, 'privacy_level_option_mismatch');
      case 'refused_connection':
        throw new TypeError('a connection is refused before there is a request');
    }
  }

  const tikTok: HttpProxy = await startProxy(env.TIKTOK_API_URL ?? '', handler('tiktok'));
  const database: HttpProxy = await startProxy(env.SUPABASE_URL ?? '', handler('database'));

  const write =
    (level: LogLine['level']) =>
    (event: string, fields: LogFields = {}) =>
      surroundings.log({ worker: name, level, event, ...fields });
  const app = createApp(
    { ...env, TIKTOK_API_URL: tikTok.url, SUPABASE_URL: database.url },
    {
      log: { info: write('info'), warn: write('warn'), error: write('error') },
      monotonicMs: () => performance.now() + skippedMs,
    },
  );

  const worker: StormWorker = {
    name,
    holder: () => holder,
    skipMs: (ms) => {
      skippedMs += ms;
    },
    async tick() {
      // It would ask in vain, and again: that is spared.
      const start = (stop: AbortSignal) =>
        app.startTick(AbortSignal.any([stop, death.signal]), () => loadOutbound(tikTok.url));
      const running = tick(start, { ...SCHEDULED_TICK, patienceMs: 0 });
      ticks.add(running.catch(() => undefined));
      return Promise.race([running, crashed.promise]);
    },
    async [Symbol.asyncDispose]() {
      isDead = true;
      await Promise.all(ticks);
      await Promise.all([tikTok[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]);
    },
  };
  return worker;
}

/** TikTok's upload addresses name the way by which `init` was asked; this worker's bytes go by its own. */
async function loadOutbound(tikTokUrl: string): Promise<typeof import('../../src/outbound.ts')> {
  const { openMedia, openOutbound } = await import('../../src/outbound.ts');
  return {
    openMedia,
    async openOutbound(config, log) {
      const outbound = await openOutbound(config, log);
      const { tiktok } = outbound;
      return {
        ...outbound,
        tiktok: {
          ...tiktok,
          putChunk: (chunk) => {
            const { pathname, search } = new URL(chunk.uploadUrl);
            return tiktok.putChunk({ ...chunk, uploadUrl: `${tikTokUrl}${pathname}${search}` });
          },
        },
      };
    },
  };
}

function isOk({ status, body }: ProxyAnswer): boolean {
  return status === 200 && JSON.parse(body.toString()).result === 'ok';
}

const CONTRADICTION = {
  status: 'FAILED',
  fail_reason: 'internal',
  publicaly_available_post_id: ['7500000000000000001'],
};

function envelope(
  status: number,
  code: string,
  headers: Record<string, string> = {},
  data: object = {},
): ProxyAnswer {
  const body = { data, error: { code, message: code, log_id: '20261121000000STORM' } };
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** In each of the forms that a server and what stands before it have for being in trouble. */
function serverError(step: string, subject: string): ProxyAnswer {
  const forms = [
    () => envelope(500, 'internal_error'),
    // Not the word of TikTok's API, whatever it says.
    () => envelope(503, 'rate_limit_exceeded'),
    () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>502</h1>') }),
    () => ({ status: 504, headers: {}, body: Buffer.alloc(0) }),
  ];
  const number = Number(subject.replace(/\D/g, '')) + step.length;
  return (forms[number % forms.length] ?? forms[0])?.() as ProxyAnswer;
}
