import { expect, test } from 'vitest';
import { createSealer, type SealContext, SealError, type SealKey } from '../../src/lib/seal.ts';

const key = (kid: string, byte: number): SealKey => ({ kid, key: new Uint8Array(32).fill(byte) });
const place: SealContext = 'social_accounts/a/access_token/1';

test('opens what it sealed, and shows the secret only when asked', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const opened = await sealer.open(await sealer.seal('act.fake', place), place);
  expect(opened.reveal()).toBe('act.fake');
  expect(`${opened} ${JSON.stringify({ opened })}`).toBe('*** {"opened":"***"}');
});

test('names its key in the header and seals the same value differently each time', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const [one, two] = [await sealer.seal('act.fake', place), await sealer.seal('act.fake', place)];
  expect(one).not.toBe(two);
  expect(JSON.parse(Buffer.from(one.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
    alg: 'dir',
    enc: 'A256GCM',
    kid: 'k1',
  });
});

test.each([
  ['row', 'social_accounts/b/access_token/1'],
  ['column', 'social_accounts/a/refresh_token/1'],
  ['version', 'social_accounts/a/access_token/2'],
  ['table', 'social_apps/a/access_token/1'],
] as const)('does not open in another %s', async (_what, elsewhere) => {
  const sealer = createSealer([key('k1', 1)]);
  const sealed = await sealer.seal('act.fake', place);
  await expect(sealer.open(sealed, elsewhere)).rejects.toThrow(SealError);
});

test('the first key seals, every key opens, an unknown key does not', async () => {
  const before = createSealer([key('old', 1)]);
  const during = createSealer([key('new', 2), key('old', 1)]);
  const after = createSealer([key('new', 2)]);
  const sealedBefore = await before.seal('rft.fake', place);
  const sealedDuring = await during.seal('rft.fake', place);
  expect((await during.open(sealedBefore, place)).reveal()).toBe('rft.fake');
  expect((await after.open(sealedDuring, place)).reveal()).toBe('rft.fake');
  await expect(after.open(sealedBefore, place)).rejects.toThrow('not among TOKEN_ENCRYPTION_KEYS');
  await expect(createSealer([key('__proto__', 1)]).open(sealedBefore, place)).rejects.toThrow(SealError);
});

test('refuses every altered bit, a short tag and another algorithm', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const sealed = await sealer.seal('act.fake', place);
  const parts = sealed.split('.');
  for (const index of [2, 3, 4]) {
    const bytes = Buffer.from(parts[index] ?? '', 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const forged = parts.map((part, i) => (i === index ? altered.toString('base64url') : part)).join('.');
      await expect(sealer.open(forged, place)).rejects.toThrow(SealError);
    }
  }
  const shortTag = [
    ...parts.slice(0, 4),
    Buffer.from(parts[4] ?? '', 'base64url')
      .subarray(0, 12)
      .toString('base64url'),
  ];
  await expect(sealer.open(shortTag.join('.'), place)).rejects.toThrow(SealError);
  const otherHeader = Buffer.from(JSON.stringify({ alg: 'A256KW', enc: 'A256GCM', kid: 'k1', ctx: place }));
  await expect(
    sealer.open([otherHeader.toString('base64url'), ...parts.slice(1)].join('.'), place),
  ).rejects.toThrow(SealError);
});
