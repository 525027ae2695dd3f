import { describe, expect, test } from 'vitest';
import { type ChunkPlan, chunkAt, planChunks, resumeAt } from '../../src/tiktok/chunks.ts';
import { seededRandom } from '../media/random.ts';

const EDGES = [
  1, 2, 4_999_999, 5_000_000, 5_242_879, 5_242_880, 9_999_999, 10_000_000, 19_999_999, 20_000_000, 20_000_001,
  29_999_999, 30_000_000, 50_000_123, 63_999_999, 64_000_000, 64_000_001, 67_108_864, 67_108_865, 128_000_000,
  134_217_728, 999_999_999, 3_999_999_999, 4_000_000_000,
];
const random = seededRandom(20261121);
const SIZES = [...EDGES, ...Array.from({ length: 3_000 }, () => 1 + Math.floor(4e9 ** random()))];

function chunksOf(plan: ChunkPlan) {
  const chunks = [];
  for (let chunk = chunkAt(plan, 0); chunk; chunk = chunkAt(plan, chunk.endByte)) chunks.push(chunk);
  return chunks;
}

test("TikTok's own sample: 50,000,123 bytes in five chunks, the remainder in the last", () => {
  const plan = planChunks(50_000_123);
  expect(plan).toEqual({ sizeBytes: 50_000_123, chunkSizeBytes: 10_000_000, chunkCount: 5 });
  expect(chunksOf(plan).at(-1)).toEqual({ startByte: 40_000_000, endByte: 50_000_123 });
});

test.each([
  [1, 1, 1],
  [5_242_879, 5_242_879, 1],
  [5_242_880, 5_242_880, 1],
  [19_999_999, 19_999_999, 1],
  [20_000_000, 10_000_000, 2],
  [64_000_000, 10_000_000, 6],
  [64_000_001, 10_000_000, 6],
  [320_000_031, 10_000_000, 32],
  [320_000_032, 10_000_001, 32],
  [1_000_000_000, 31_250_000, 32],
  [1_600_000_032, 50_000_000, 32],
  [4_000_000_000, 50_000_000, 80],
])('%i bytes go in chunks of %i, %i of them', (sizeBytes, chunkSizeBytes, chunkCount) => {
  expect(planChunks(sizeBytes)).toEqual({ sizeBytes, chunkSizeBytes, chunkCount });
});

// The rules hold whether TikTok's MB is 10^6 or 2^20 bytes: the larger least, the smaller most.
test("every plan keeps TikTok's rules and covers the file without a gap", () => {
  for (const size of SIZES) {
    const plan = planChunks(size);
    const { chunkSizeBytes, chunkCount } = plan;
    const chunks = chunksOf(plan);
    const lengths = chunks.map(({ startByte, endByte }) => endByte - startByte);
    const last = lengths.at(-1) ?? 0;
    const facts = {
      size,
      floor: chunkCount === Math.floor(size / chunkSizeBytes),
      few: chunkCount >= 1 && chunkCount <= 1000,
      single: chunkCount > 1 || chunkSizeBytes === size,
      notTooSmall: chunkSizeBytes >= Math.min(size, 5 * 2 ** 20),
      notTooLarge: chunkSizeBytes <= 64e6 && last <= 128e6 && last >= chunkSizeBytes,
      even: lengths.slice(0, -1).every((length) => length === chunkSizeBytes),
      chunks: chunks.length === chunkCount,
      contiguous: chunks.every(({ startByte }, index) => startByte === (chunks[index - 1]?.endByte ?? 0)),
      whole: chunks.at(-1)?.endByte === size,
    };
    expect(facts).toEqual({
      size,
      floor: true,
      few: true,
      single: true,
      notTooSmall: true,
      notTooLarge: true,
      even: true,
      chunks: true,
      contiguous: true,
      whole: true,
    });
  }
});

test.each([1, 9_999_999, 40_000_001, 50_000_000, 50_000_123, 0.5, Number.NaN])(
  'no chunk begins at byte %d',
  (startByte) => {
    expect(chunkAt(planChunks(50_000_123), startByte)).toBeNull();
  },
);

describe('where an upload goes on', () => {
  const plan = planChunks(50_000_123);

  test.each([
    ['nothing', 0, 0],
    ['one byte', 1, 0],
    ['part of the first chunk', 9_999_998, 0],
    ['the first chunk, as the index of its last byte', 9_999_999, 10_000_000],
    ['the first chunk, as a count', 10_000_000, 10_000_000],
    ['a bit of the second', 10_000_001, 10_000_000],
    ['four chunks', 40_000_000, 40_000_000],
    ['part of the last chunk', 50_000_121, 40_000_000],
    ['everything, as the index of the last byte', 50_000_122, 50_000_123],
    ['everything', 50_000_123, 50_000_123],
    ['more than everything', 9e15, 50_000_123],
  ])('TikTok has %s', (_what, uploadedBytes, startByte) => {
    expect(resumeAt(plan, uploadedBytes)).toBe(startByte);
  });

  test('is always where a chunk begins, never past what TikTok has, or the end', () => {
    for (const size of SIZES.filter((size) => size >= 12)) {
      const plan = planChunks(size);
      for (const uploaded of [0, Math.floor(random() * (size - 1)), size - 2]) {
        const startByte = resumeAt(plan, uploaded);
        expect([startByte <= uploaded + 1, chunkAt(plan, startByte) !== null]).toEqual([true, true]);
      }
      expect([resumeAt(plan, size - 1), resumeAt(plan, size)]).toEqual([size, size]);
    }
  });
});
