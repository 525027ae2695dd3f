import { expect, test } from 'vitest';
import { plainText } from '../../src/lib/text.ts';

test.each([
  ['Ада 🎬', 100, 'Ада 🎬'],
  ['', 100, ''],
  ['a\u0000b\r\n\tc\u007f\u0085', 100, 'abc'],
  ['half \ud83d', 100, 'half \ufffd'],
  ['ab🎬', 3, 'ab\ufffd'],
  ['x'.repeat(200), 100, 'x'.repeat(100)],
])('%j in at most %i units is %j', (text, maxLength, plain) => {
  expect(plainText(text, maxLength)).toBe(plain);
});
