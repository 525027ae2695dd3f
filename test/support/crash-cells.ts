import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CRASH_POINTS, type CrashGroup, NAMED_REQUESTS, WITHOUT_CONSEQUENCE } from '../core/crash-table.ts';
import { createCrashStage, FATES, type Fate, KINDS, type Kind, type Point } from './crash-scene.ts';

/** Runs these points with each fate and each kind of post. Ends with an error if one of their cells was not reached. */
export function describeCells(group: CrashGroup): void {
  const points = CRASH_POINTS[group];
  const reached = new Set<string>();
  let stage: Awaited<ReturnType<typeof createCrashStage>>;
  beforeAll(async () => {
    stage = await createCrashStage();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  for (const point of points) {
    describe(`C${point.number}: ${point.what}`, () => {
      for (const kind of kindsOf(point)) {
        test.each(FATES)(`${kind}, %s`, { timeout: 60_000 }, async (fate) => {
          const { isReached, problems } = await stage.runCell(point, kind, fate);
          if (isReached) reached.add(cellName(point, kind, fate));
          expect({ isReached, problems }).toEqual({ isReached: true, problems: [] });
        });
      }
    });
  }

  test('every cell was reached, and every request the worker makes is one of the points', () => {
    const cells = points.flatMap((point) =>
      kindsOf(point).flatMap((kind) => FATES.map((fate) => cellName(point, kind, fate))),
    );
    expect([...reached].sort()).toEqual(cells.sort());
    const unnamed = stage
      .seen()
      .filter((label) => !NAMED_REQUESTS.has(label) && !WITHOUT_CONSEQUENCE.includes(label));
    expect(unnamed).toEqual([]);
  });
}

export function kindsOf({ only }: Point): readonly Kind[] {
  return only?.kinds ?? KINDS;
}

function cellName({ number, what }: Point, kind: Kind, fate: Fate): string {
  return `C${number} ${what}: ${kind}, ${fate}`;
}
