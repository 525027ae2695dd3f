import { describe, expect, test } from 'vitest';
import { createApi } from '../../src/web/api/client.ts';
import { ApiError, ConnectionError } from '../../src/web/api/problem.ts';
import { sameOrNew } from '../../src/web/compose/request.ts';

type Answer = Response | Error;

/** An API whose network gives these answers, one after the other. */
function apiWith(...answers: Answer[]) {
  const asked: Request[] = [];
  const tokens: boolean[] = [];
  const api = createApi({
    baseUrl: 'https://site.example/api',
    fetch: async (address, init) => {
      asked.push(new Request(address as string, init));
      const answer = answers.shift();
      if (answer === undefined) throw new Error('Nothing more was to be asked.');
      if (answer instanceof Error) throw answer;
      return answer;
    },
    token: async (fresh) => {
      tokens.push(fresh);
      return fresh ? 'fresh' : 'stale';
    },
    sleep: async () => {},
  });
  return { api, asked, tokens };
}

const problem = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
const ACCOUNT = { accountId: '11111111-1111-4111-8111-111111111111' };

describe('a call', () => {
  test('names its caller, and leaves out what was not asked', async () => {
    const { api, asked } = apiWith(Response.json({ posts: [], nextCursor: null }));
    await api.posts({ when: 'past', status: undefined, limit: 50 });
    expect(asked[0]?.url).toBe('https://site.example/api/social-posts?when=past&limit=50');
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer stale');
  });

  test('that is refused for its token is made once more with a fresh one', async () => {
    const { api, asked, tokens } = apiWith(problem(401, {}), Response.json({ accounts: [] }));
    expect(await api.accounts()).toEqual([]);
    expect(tokens).toEqual([false, true]);
    expect(asked[1]?.headers.get('authorization')).toBe('Bearer fresh');
    const twice = apiWith(problem(401, { code: 'token_invalid' }), problem(401, { code: 'token_invalid' }));
    await expect(twice.api.accounts()).rejects.toMatchObject({ code: 'token_invalid' });
  });

  test('says what the problem says', async () => {
    const errors = [{ field: 'videoUrl', code: 'media_empty', message: 'The media file is empty.' }];
    const { api } = apiWith(
      problem(422, {
        code: 'media_empty',
        detail: 'Empty.',
        requestId: 'r-1',
        errors: [...errors, { field: 1 }],
      }),
    );
    const thrown = await api.retry('x').catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status: 422, code: 'media_empty', message: 'Empty.', requestId: 'r-1' });
    expect((thrown as ApiError).fields).toEqual(errors);
  });

  test('makes something readable of an answer that is no problem at all', async () => {
    const { api } = apiWith(
      new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'x-request-id': 'r-2' } }),
    );
    await expect(api.accounts()).rejects.toMatchObject({ code: 'unexpected_answer', requestId: 'r-2' });
  });

  test('health is read whatever its status', async () => {
    const { api } = apiWith(problem(503, { lastTickAt: null }));
    expect(await api.health()).toEqual({ lastTickAt: null });
  });
});

describe('queueing', () => {
  test('is asked again under the same key while no answer comes', async () => {
    const { api, asked } = apiWith(new TypeError('lost'), new TypeError('lost'), Response.json({ id: 'p' }));
    await api.queue(ACCOUNT, 'key-1');
    expect(asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['key-1', 'key-1', 'key-1']);
    const bodies = await Promise.all(asked.map((request) => request.text()));
    expect(new Set(bodies).size).toBe(1);
  });

  test('gives up after three times, and an answer that is no is not asked for again', async () => {
    const lost = apiWith(new TypeError('1'), new TypeError('2'), new TypeError('3'));
    await expect(lost.api.queue(ACCOUNT, 'k')).rejects.toBeInstanceOf(ConnectionError);
    const refused = apiWith(problem(422, { code: 'media_empty' }));
    await expect(refused.api.queue(ACCOUNT, 'k')).rejects.toMatchObject({ code: 'media_empty' });
  });

  test('an edit is never asked for twice', async () => {
    const { api, asked } = apiWith(new TypeError('lost'));
    await expect(api.edit('p', {})).rejects.toBeInstanceOf(ConnectionError);
    expect(asked).toHaveLength(1);
  });
});

describe('the same post again', () => {
  const body = (title: string, agreedAt: string) => ({
    ...ACCOUNT,
    title,
    consent: { declaration: 'music_usage' as const, agreedAt },
  });
  const never = () => {
    throw new Error('No new key is to be made.');
  };

  test('is sent to the letter as before, moment of consent and all', () => {
    const before = { key: 'k1', body: body('A film', '2026-11-21T12:00:00.000Z') };
    expect(sameOrNew(before, body('A film', '2026-11-21T12:05:00.000Z'), never)).toBe(before);
  });

  test('once changed keeps its key: an earlier try that got through is found out', () => {
    const before = { key: 'k1', body: body('A film', '2026-11-21T12:00:00.000Z') };
    const changed = body('Another', '2026-11-21T12:05:00.000Z');
    expect(sameOrNew(before, changed, never)).toEqual({ key: 'k1', body: changed });
    expect(sameOrNew(undefined, changed, () => 'k2')).toEqual({ key: 'k2', body: changed });
  });
});
