import { RequestError } from '../lib/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The JSON of a request's body.
 * @throws {RequestError} if it is not JSON, says it is something else, or is larger than 64 KiB.
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
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(400, 'malformed_json', 'The body is not JSON; send one JSON object.');
  }
}

/**
 * A request's body as it came.
 * @throws {RequestError} if it is larger than 64 KiB.
 */
export async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) {
      throw new RequestError(413, 'body_too_large', 'The body is larger than 64 KiB; send less.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
