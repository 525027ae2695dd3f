import { RequestError } from '../lib/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 10_000;

/**
 * The JSON of a request's body.
 * @throws {RequestError} if it is not JSON, says it is something else or compressed, or as `readBytes` does.
 */
export async function readJson(request: Request): Promise<unknown> {
  assertJson(request);
  return parseJson(await readBytes(request));
}

/**
 * The same where a body may be left out; undefined if it is.
 * @throws {RequestError} as `readJson`.
 */
export async function readOptionalJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return undefined;
  assertJson(request);
  return parseJson(bytes);
}

function assertJson({ headers }: Request): void {
  const type = headers.get('content-type');
  if (type !== null && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new RequestError(415, 'unsupported_media_type', 'Send the body as application/json.');
  }
  // What a small body unpacks to has no bound.
  if (!/^(identity)?$/i.test(headers.get('content-encoding') ?? '')) {
    throw new RequestError(415, 'unsupported_content_encoding', 'Send the body as it is, not compressed.');
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(400, 'malformed_json', 'The body is not JSON; send one JSON object.');
  }
}

/**
 * A request's body as it came. What the request says of its length is believed only where it is too much.
 * @throws {RequestError} if it is larger than 64 KiB, or has not come whole within ten seconds.
 */
export async function readBytes(request: Request, timeoutMs = BODY_TIMEOUT_MS): Promise<Buffer> {
  const tooLarge = () =>
    new RequestError(413, 'body_too_large', 'The body is larger than 64 KiB; send less.');
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) throw tooLarge();
  const signal = AbortSignal.timeout(timeoutMs);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of request.body?.pipeThrough(new TransformStream(), { signal }) ?? []) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    const isSlow = signal.aborted;
    throw isSlow
      ? new RequestError(408, 'body_too_slow', 'The body did not come within ten seconds; send it again.')
      : new RequestError(400, 'body_cut_short', 'The body broke off; send it again.');
  }
  return Buffer.concat(chunks);
}
