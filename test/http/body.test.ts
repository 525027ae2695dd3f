import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readBytes, readJson } from '../../src/http/body.ts';

const MAX_BYTES = 64 * 1024;

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request('https://site.example.com/api/x', {
    method: 'POST',
    body,
    headers,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  } as RequestInit);
}

/** A body that goes on as `next` says, and notes how many pieces were asked of it and whether it was given up. */
function stream(next: (index: number) => Uint8Array | Promise<Uint8Array> | null) {
  const seen = { pieces: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await next(seen.pieces++);
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}
const refusal = (read: Promise<unknown>) => read.then(String, ({ status, code }) => `${status} ${code}`);
const TOO_LARGE = '413 body_too_large';

describe('a body', () => {
  test('of 64 KiB is taken, of a byte more is not', async () => {
    expect((await readBytes(post(Buffer.alloc(MAX_BYTES)))).length).toBe(MAX_BYTES);
    expect(await refusal(readBytes(post(Buffer.alloc(MAX_BYTES + 1))))).toBe(TOO_LARGE);
  });

  test('is none where there is none', async () => {
    expect((await readBytes(post(null))).length).toBe(0);
  });

  test.each(['65537', '99999999999999999999', '1e6', 'Infinity'])(
    'that says it is %s bytes long is not even begun',
    async (length) => {
      const { body, seen } = stream(() => Buffer.from('{}'));
      expect(await refusal(readBytes(post(body, { 'content-length': length })))).toBe(TOO_LARGE);
      expect(seen.pieces).toBe(0);
    },
  );

  test.each([{}, { 'content-length': '2' }, { 'content-length': '-1' }, { 'content-length': 'two' }])(
    'without an end is given up at its bound, whatever it says of itself: %j',
    async (headers) => {
      const { body, seen } = stream(() => Buffer.alloc(1024));
      expect(await refusal(readBytes(post(body, headers as Record<string, string>)))).toBe(TOO_LARGE);
      expect(seen.pieces).toBeLessThan(70);
      expect(seen.isCancelled).toBe(true);
    },
  );

  test.each<[string, (index: number) => Promise<Uint8Array>]>([
    ['stops', (index) => (index < 2 ? Promise.resolve(Buffer.from('{')) : new Promise(() => undefined))],
    ['drips', () => new Promise((resolve) => setTimeout(() => resolve(Buffer.from(' ')), 20))],
  ])('that %s is given up in time', async (_how, next) => {
    const { body, seen } = stream(next);
    expect(await refusal(readBytes(post(body), 100))).toBe('408 body_too_slow');
    expect(seen.isCancelled).toBe(true);
  });

  test('that breaks off is not taken for whole', async () => {
    const { body } = stream((index) => {
      if (index === 1) throw new Error('reset');
      return Buffer.from('{}');
    });
    expect(await refusal(readBytes(post(body)))).toBe('400 body_cut_short');
  });

  test.each(['gzip', 'br', 'deflate', 'identity, gzip', 'GZIP'])(
    'compressed by %s is not unpacked',
    async (encoding) => {
      const body = gzipSync(Buffer.alloc(10_000_000, '['));
      expect(body.length).toBeLessThan(MAX_BYTES);
      expect(await refusal(readJson(post(body, { 'content-encoding': encoding })))).toBe(
        '415 unsupported_content_encoding',
      );
    },
  );

  test('says that it is not compressed, and is taken', async () => {
    expect(await readJson(post(Buffer.from('{"a":1}'), { 'content-encoding': 'identity' }))).toEqual({
      a: 1,
    });
  });

  test.each(['[', '{"a":', '['.repeat(60_000), '"\\ud800', '{"__proto__":1}}'])(
    'of no JSON is malformed',
    async (text) => {
      expect(await refusal(readJson(post(Buffer.from(text))))).toBe('400 malformed_json');
    },
  );
});
