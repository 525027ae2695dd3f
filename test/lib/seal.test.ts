import { expect, test } from 'vitest';
import { createSealer, type SealContext, SealError, type SealKey } from '../../src/lib/seal.ts';
import { placeOf, SEALED } from '../../src/store/sealed.ts';

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

test.each(['k', 'k1', 'k12', 'k123', 'x'.repeat(64)])(
  'the values of the key %s begin as it says, and those of no other',
  async (kid) => {
    const sealer = createSealer([key(kid, 1)]);
    const sealed = await sealer.seal('act.fake', 'social_accounts/a/access_token/1');
    expect(sealed.startsWith(sealer.start(kid, 'social_accounts/'))).toBe(true);
    for (const other of [`${kid}2`, kid.slice(1), 'other'])
      expect(sealed.startsWith(sealer.start(other, 'social_accounts/'))).toBe(false);
  },
);

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

test.each([1, 8, 9, 10, 200])('refuses every altered bit of what seals %i characters', async (length) => {
  const sealer = createSealer([key('k1', 1)]);
  const sealed = Buffer.from(await sealer.seal('a'.repeat(length), place));
  const opened: number[] = [];
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = Buffer.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await sealer.open(altered.toString('latin1'), place).then(
      () => opened.push(bit),
      (error) => expect(error).toBeInstanceOf(SealError),
    );
  }
  expect(opened).toEqual([]);
});

test('refuses a short tag and another algorithm', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const parts = (await sealer.seal('act.fake', place)).split('.');
  const shortTag = Buffer.from(parts[4] ?? '', 'base64url').subarray(0, 12);
  const forged = [...parts.slice(0, 4), shortTag.toString('base64url')].join('.');
  await expect(sealer.open(forged, place)).rejects.toThrow(SealError);
  const otherHeader = Buffer.from(JSON.stringify({ alg: 'A256KW', enc: 'A256GCM', kid: 'k1', ctx: place }));
  const renamed = [otherHeader.toString('base64url'), ...parts.slice(1)].join('.');
  await expect(sealer.open(renamed, place)).rejects.toThrow(SealError);
});

test('1,000 values, each in the place of another, open nowhere but in their own', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const places = Array.from({ length: 1_000 }, (_, n) =>
    placeOf(n % 2 ? SEALED.accessToken : SEALED.refreshToken, `account-${n >> 2}`, (n >> 1) % 2),
  );
  expect(new Set(places).size).toBe(1_000);
  const sealed = await Promise.all(places.map((place) => sealer.seal(`of ${place}`, place)));
  for (const [n, place] of places.entries()) {
    expect((await sealer.open(sealed[n] ?? '', place)).reveal()).toBe(`of ${place}`);
    const other = (n + 1 + ((n * 7) % 998)) % 1_000;
    await expect(sealer.open(sealed[other] ?? '', place)).rejects.toThrow('belongs to another place');
  }
});

test('100 values of older versions do not open in the place of the newest', async () => {
  const sealer = createSealer([key('k1', 1)]);
  const at = (version: number) => placeOf(SEALED.refreshToken, 'a', version);
  for (let version = 1; version <= 100; version++) {
    const old = await sealer.seal('rft.fake', at(version));
    await expect(sealer.open(old, at(101))).rejects.toThrow('belongs to another place');
  }
});
