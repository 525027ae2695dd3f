import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { StoreError } from '../../src/lib/errors.ts';
import { createLog, describeError, errorCode, inLogContext, type LogFields } from '../../src/lib/log.ts';

/** The one line that is written for these fields. */
function written(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  createLog((line) => lines.push(line)).warn('tick', fields as LogFields);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  return lines[0] ?? '';
}

describe('a line', () => {
  test('is one object of JSON', () => {
    expect(written({ postId: 'p1', isRun: false, visits: 2 })).toBe(
      '{"level":"warn","event":"tick","postId":"p1","isRun":false,"visits":2}',
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ['a field that is not on the list', { caption: 'MARK', accessToken: 'MARK', err: new Error('MARK') }],
    ['a text in the place of a number', { httpStatus: 'MARK' }],
    ['an object in the place of a text', { reason: { toString: () => 'MARK' } }],
    ['an error in the place of a text', { error: new Error('MARK') }],
    ['a line break', { reason: 'MARK\n{"level":"info","event":"forged"}' }],
    ['a line break of Unicode', { reason: 'MARK\u2028' }],
    ['a carriage return, and a terminal’s escape', { error: 'MARK\r\u001b[2K' }],
    ['a sentence in the place of an id', { postId: 'MARK me' }],
    ['a URL in the place of an id', { publishId: 'https://upload.example.com/?upload_token=MARK' }],
    ['a token in the place of a code', { code: 'act.MARK!1' }],
    ['a query in a path', { path: '/v2/user/info/?token=MARK' }],
    ['more than there is room for', { reason: 'MARK'.repeat(1_000) }],
  ])('holds nothing of %s', (_what, fields) => {
    expect(written(fields)).not.toContain('MARK');
  });

  test('hides what looks like a secret where an id or a sentence belongs', () => {
    const line = written({
      postId: 'act.Aa1',
      reason: 'got act.Aa1!b*c and rft.zz from sb_secret_four with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig',
    });
    expect(line).not.toMatch(/act\.A|rft\.zz|four|eyJ/);
    expect(line).toContain('got *** and *** from *** with ***');
  });

  test('says all that is wrong with a configuration', () => {
    let failure: unknown;
    try {
      readConfig({ CONTEXT: 'production' });
    } catch (error) {
      failure = error;
    }
    const line = written(describeError(failure));
    for (const name of ['TIKTOK_CLIENT_KEY', 'TOKEN_ENCRYPTION_KEYS', 'WORKER_SECRET'])
      expect(line).toContain(`${name} is missing`);
  });

  test('has the fields of what it is written within, also after waiting, and no other’s', async () => {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line));
    const work = (postId: string) =>
      inLogContext({ postId }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        log.info('moved');
      });
    await inLogContext({ tickId: 't1' }, () => Promise.all([work('p1'), work('p2')]));
    log.info('after');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'info', event: 'moved', postId: 'p1', tickId: 't1' },
      { level: 'info', event: 'moved', postId: 'p2', tickId: 't1' },
      { level: 'info', event: 'after' },
    ]);
  });
});

describe('an error', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

  test('of ours says what it says', () => {
    expect(describeError(new StoreError('claim', '57014', refused))).toMatchObject({
      error: 'StoreError: claim failed in the database (57014)',
      cause: '57014',
    });
  });

  test('of others says its name, where it arose and its innermost code: its message may hold what it was given', () => {
    const error = new TypeError('Bearer act.MARK\nat https://host/MARK.ts:1:1', { cause: refused });
    expect(errorCode(error)).toBe('ECONNREFUSED');
    expect(describeError(error)).toEqual({
      error: 'TypeError',
      at: expect.stringMatching(/^log\.test\.ts:\d+:\d+$/),
      cause: 'ECONNREFUSED',
    });
    expect(describeError('text')).toEqual({ error: 'string' });
  });
});
