import type { Dispatcher } from 'undici';
import { MAX_VIDEO_BYTES, type VideoContentType } from '../contract.ts';
import { errorCode } from '../lib/log.ts';
import { connectToPublicOnly, type Lookup, NOT_PUBLIC } from './connect.ts';
import { MediaError, notPublic } from './errors.ts';
import { sniffVideo } from './sniff.ts';
import { parseMediaUrl } from './url.ts';

export interface MediaDescription {
  sizeBytes: number;
  contentType: VideoContentType;
  /** Its size, with what tells its versions apart: a strong ETag, else its date. */
  identity: string;
  /** Whether there is such a thing: without, another file of the same size has the same identity. */
  isVersioned: boolean;
  /** Whether the server sends parts of it. */
  hasRanges: boolean;
}

/** Some bytes of a file, as one request gave them. */
export interface MediaPart {
  /** Of the whole file. */
  sizeBytes: number;
  identity: string;
  /** Those asked for, fewer where the file ends before; null from a server that gives files from their start only. */
  bytes: Uint8Array | null;
}

/** A file being read from some byte on. */
export interface OpenMedia extends AsyncDisposable {
  identity: string;
  /** Where reading begins: before the byte that was asked for where the server sends no parts. */
  startByte: number;
  /**
   * The next so many bytes, as they arrive.
   * @throws {MediaError} if the source ends or breaks before.
   */
  take(byteCount: number): AsyncGenerator<Uint8Array>;
}

export interface MediaSource extends AsyncDisposable {
  /** @throws {MediaError} if the file cannot be had or is no video TikTok takes. */
  describe(url: string, timeoutMs: number): Promise<MediaDescription>;
  /**
   * The bytes from one place up to, but not including, another.
   * @throws {MediaError} if they cannot be had.
   */
  readPart(url: string, startByte: number, endByte: number, timeoutMs: number): Promise<MediaPart>;
  /**
   * A file that may be read for so long; silence ends it sooner.
   * @throws {MediaError} if the file cannot be had.
   */
  open(url: string, startByte: number, timeoutMs: number): Promise<OpenMedia>;
}

export interface MediaSourceOptions {
  allowedOrigins: readonly string[];
  /** How names become addresses; by default the system's name servers are asked. */
  lookup?: Lookup;
}

const HEAD_BYTES = 4096;
/** A server that ends its answers sooner than that would have itself asked without end. */
const MIN_RUN_BYTES = 65_536;
/** A source that says nothing for so long has broken off. While nobody reads, it need not say anything. */
const SILENCE_MS = 15_000;

/**
 * Reads media from public URLs, and from nowhere else: private addresses are refused before the look-up, after it, and
 * once more on the open socket; redirects are not followed, and content must come as it is stored.
 */
export function createMediaSource({ allowedOrigins, lookup }: MediaSourceOptions): MediaSource {
  // One connection, one file: over HTTP/2 a slow one would hold up all that come from the same server.
  const limits = {
    allowH2: false,
    headersTimeout: 10_000,
    bodyTimeout: SILENCE_MS,
    keepAliveTimeout: 1_000,
  };
  let opened: ReturnType<typeof openAgents> | null = null;

  async function openAgents() {
    const { Agent, request } = (await import('undici')).default;
    const publicAgent = new Agent({ ...limits, connect: await connectToPublicOnly(lookup) });
    return { request, publicAgent, localAgent: new Agent(limits) };
  }

  async function get(urlText: string, range: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = parseMediaUrl(urlText, allowedOrigins);
    if (!url) throw notPublic();
    opened ??= openAgents();
    const { request, publicAgent, localAgent } = await opened;
    const dispatcher = allowedOrigins.includes(url.origin) ? localAgent : publicAgent;
    try {
      return await request(url, {
        dispatcher,
        headers: { range, 'accept-encoding': 'identity', 'user-agent': 'tiktok-publisher' },
        signal,
      });
    } catch (error) {
      throw errorCode(error) === NOT_PUBLIC ? notPublic() : unreachable();
    }
  }

  /** Asks for the bytes from one place to another, or to the end of the file. */
  async function openRun(
    url: string,
    startByte: number,
    endByte: number | null,
    signal: AbortSignal,
  ): Promise<Run> {
    const lastByte = endByte === null ? '' : endByte - 1;
    const response = await get(url, `bytes=${startByte}-${lastByte}`, signal);
    try {
      return { ...examine(response, startByte), body: response.body };
    } catch (error) {
      discard(response.body);
      throw error;
    }
  }

  /** The bytes, and what was said of the file with the first of them; null from a server that gives no parts. */
  async function read(url: string, startByte: number, endByte: number, timeoutMs: number) {
    const signal = AbortSignal.timeout(timeoutMs);
    const from = (byte: number) => openRun(url, byte, endByte, signal);
    const run = await from(startByte);
    await using file = openFile(run, from);
    if (file.startByte < startByte) return { ...run, bytes: null };
    const pieces: Uint8Array[] = [];
    for await (const piece of file.take(Math.min(endByte, run.sizeBytes) - startByte)) pieces.push(piece);
    return { ...run, bytes: Buffer.concat(pieces) };
  }

  return {
    async describe(url, timeoutMs) {
      const { bytes, sizeBytes, identity, isVersioned, isPart } = await read(url, 0, HEAD_BYTES, timeoutMs);
      const contentType = bytes && sniffVideo(bytes);
      if (!contentType) {
        throw new MediaError('media_not_video');
      }
      return { sizeBytes, identity, isVersioned, hasRanges: isPart, contentType };
    },

    async readPart(url, startByte, endByte, timeoutMs) {
      const { sizeBytes, identity, bytes } = await read(url, startByte, endByte, timeoutMs);
      return { sizeBytes, identity, bytes };
    },

    async open(url, startByte, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      const from = (byte: number) => openRun(url, byte, null, signal);
      return openFile(await from(startByte), from);
    },

    async [Symbol.asyncDispose]() {
      const agents = await opened;
      await Promise.all([agents?.publicAgent.destroy(), agents?.localAgent.destroy()]);
    },
  };
}

function unreachable(detail = 'did not answer'): MediaError {
  return new MediaError('media_unreachable', { isTemporary: true, details: `It ${detail}.` });
}

/** Closes the connection of an answer that is of no more use. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined).destroy();
}

/** Reads what a response says of the file, and at which byte it begins: never after the one that was asked for. */
function examine({ statusCode, headers }: Dispatcher.ResponseData, startByte: number) {
  if ([301, 302, 303, 307, 308].includes(statusCode)) {
    throw new MediaError('media_redirects');
  }
  if (statusCode !== 200 && statusCode !== 206) {
    const isGone = statusCode === 404 || statusCode === 410;
    throw unreachable(isGone ? 'has no file there' : `answered with HTTP ${statusCode}`);
  }
  const encoding = single(headers['content-encoding']);
  if (encoding && encoding !== 'identity')
    throw unreachable('sends the file compressed although asked not to');

  const isPart = statusCode === 206;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(single(headers['content-range']) ?? '');
  const size = isPart ? range?.[2] : single(headers['content-length']);
  if (size === undefined || !/^\d{1,15}$/.test(size)) {
    throw new MediaError('media_size_unknown');
  }
  const firstByte = isPart ? Number(range?.[1]) : 0;
  if (firstByte > startByte) throw unreachable('sent another part than asked for');
  const sizeBytes = Number(size);
  if (sizeBytes === 0) throw new MediaError('media_empty');
  if (sizeBytes > MAX_VIDEO_BYTES) throw new MediaError('media_too_large');
  const version = versionOf(headers);
  return { sizeBytes, identity: `${sizeBytes} ${version}`, isVersioned: version !== '', isPart, firstByte };
}

/**
 * What changes when a byte of the file does; empty if the server tells nothing of the kind. A weak ETag does not: it
 * stands for whatever means the same. What is too long to be kept whole is not kept.
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-8.8.1
 */
function versionOf(headers: Dispatcher.ResponseData['headers']): string {
  const candidates = [single(headers.etag), single(headers['last-modified'])];
  return candidates.find((value) => value && !/^W\//i.test(value) && value.length <= 400) ?? '';
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The bytes of one answer. */
interface Run extends ReturnType<typeof examine> {
  body: Dispatcher.ResponseData['body'];
}

function openFile(first: Run, from: (byte: number) => Promise<Run>): OpenMedia {
  let run = first;
  let pieces = piecesOf(run);
  let nextByte = run.firstByte;
  let rest: Uint8Array = new Uint8Array(0);

  async function next(): Promise<Uint8Array> {
    if (rest.byteLength > 0) return rest;
    const result = await pieces.next().catch(() => {
      throw unreachable('broke off');
    });
    if (result.done) return goOn();
    nextByte += result.value.byteLength;
    return result.value;
  }

  /**
   * A server may send fewer bytes than it was asked for, and the others when it is asked again. Only a version tells that
   * they are of the same file.
   * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-15.3.7
   */
  async function goOn(): Promise<Uint8Array> {
    const sentBytes = nextByte - run.firstByte;
    const mayGoOn = run.isVersioned && sentBytes >= MIN_RUN_BYTES && nextByte < run.sizeBytes;
    if (!mayGoOn) throw unreachable('sent less than the whole file');
    const following = await from(nextByte);
    if (following.identity !== run.identity || following.firstByte !== nextByte) {
      discard(following.body);
      throw unreachable('sent another part than asked for');
    }
    run = following;
    pieces = piecesOf(run);
    return next();
  }

  return {
    identity: first.identity,
    startByte: first.firstByte,
    async *take(byteCount) {
      let wanted = byteCount;
      while (wanted > 0) {
        const piece = await next();
        const part = piece.subarray(0, wanted);
        rest = piece.subarray(part.byteLength);
        wanted -= part.byteLength;
        yield part;
      }
    },
    async [Symbol.asyncDispose]() {
      discard(run.body);
    },
  };
}

function piecesOf({ body }: Run): AsyncIterator<Uint8Array> {
  body.on('error', () => undefined);
  return body[Symbol.asyncIterator]();
}
