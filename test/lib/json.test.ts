import { expect, test } from 'vitest';
import { parseJson } from '../../src/lib/json.ts';

test('keeps 19-digit integers exact as strings and leaves every other number alone', () => {
  expect(
    parseJson('{"ids":[7548293418273648913, 12, -7548293418273648913, 1.5e300], "s":"7548293418273648913"}'),
  ).toEqual({
    ids: ['7548293418273648913', 12, '-7548293418273648913', 1.5e300],
    s: '7548293418273648913',
  });
});

test('throws on what is not JSON', () => {
  expect(() => parseJson('<html>')).toThrow(SyntaxError);
});
