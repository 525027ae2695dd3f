import { expect, test } from 'vitest';
import { createLog, describeError, errorCode } from '../../src/lib/log.ts';

test('writes one line of JSON, whatever stands in the fields', () => {
  const lines: string[] = [];
  createLog((line) => lines.push(line)).warn('tick', { reason: 'a\nb', count: 2 });
  expect(lines).toEqual(['{"level":"warn","event":"tick","reason":"a\\nb","count":2}']);
});

test('hides secrets by the name of the field and by the look of the value', () => {
  const lines: string[] = [];
  createLog((line) => lines.push(line)).info('x', {
    accessToken: 'one',
    client_secret: 'two',
    uploadUrl: 'three',
    note: 'got act.Aa1!b*c and rft.zz from sb_secret_four with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig',
  });
  expect(lines[0]).not.toMatch(/one|two|three|act\.A|rft\.zz|four|eyJ/);
  expect(lines[0]).toContain('got *** and *** from *** with ***');
});

test('describes an error by its name, message and innermost code', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const error = new TypeError('fetch failed', { cause: refused });
  expect(errorCode(error)).toBe('ECONNREFUSED');
  expect(describeError(error)).toEqual({ error: 'TypeError: fetch failed', cause: 'ECONNREFUSED' });
  expect(describeError('text')).toEqual({ error: 'string' });
});
