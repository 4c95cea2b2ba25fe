import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoldKind, inFoldOf } from './cross-validation.ts';
import type { DatasetSample } from './format.ts';

const samplesOf = (count: number): DatasetSample[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `s${String(at).padStart(4, '0')}`,
    split: 'train',
    target: at % 4 === 0 ? 'rare' : 'common',
    otherLabels: [],
    time: new Date(Date.UTC(2025, 0, 1 + ((at * 37) % count))).toISOString(),
    group: `g${at % 11}`,
    instance: { plane: `N${at % 13}` },
  }));

const foldsOf = (samples: readonly DatasetSample[], of: number, foldKind: FoldKind, seed = 1) =>
  Array.from({ length: of }, (_, at) =>
    inFoldOf(samples, {
      ...{ number: at + 1, of, foldKind, seed },
      column: foldKind === 'grouped' ? 'plane' : null,
    }),
  );

const ofSplit = (samples: readonly DatasetSample[], wanted: string) =>
  samples.filter(({ split }) => split === wanted);

describe('folds of a dataset', () => {
  test('each sample is measured once, learnt from else, and never both; a tenth of the rest validates', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 150, max: 400 }),
        fc.integer({ min: 2, max: 6 }),
        fc.constantFrom<FoldKind>('random', 'stratified', 'grouped'),
        fc.integer(),
        (count, of, kind, seed) => {
          const samples = samplesOf(count);
          const made = foldsOf(samples, of, kind, seed);
          const tested = made.flatMap((fold) => ofSplit(fold, 'test').map(({ id }) => id));
          expect(tested.sort()).toEqual(samples.map(({ id }) => id));
          for (const fold of made) {
            expect(fold.map(({ id }) => id)).toEqual(samples.map(({ id }) => id));
            expect(ofSplit(fold, 'validation').length).toBeGreaterThan(0);
            expect(ofSplit(fold, 'train').length).toBeGreaterThan(ofSplit(fold, 'validation').length);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('grouped: no value of the column is in two splits', () => {
    for (const fold of foldsOf(samplesOf(300), 4, 'grouped')) {
      const splits = Map.groupBy(fold, ({ instance }) => instance.plane);
      for (const members of splits.values()) expect(new Set(members.map(({ split }) => split)).size).toBe(1);
    }
  });

  test('stratified: each class is measured in each fold, to one sample alike', () => {
    const counts = foldsOf(samplesOf(203), 5, 'stratified').map(
      (fold) => ofSplit(fold, 'test').filter(({ target }) => target === 'rare').length,
    );
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  test('by time: what is learnt from is before what validates, and that before what is measured', () => {
    const times = (fold: readonly DatasetSample[], split: string) =>
      ofSplit(fold, split)
        .map(({ time }) => time!)
        .sort();
    for (const fold of foldsOf(samplesOf(200), 3, 'time')) {
      expect(times(fold, 'train').at(-1)! < times(fold, 'validation')[0]!).toBe(true);
      expect(times(fold, 'validation').at(-1)! < times(fold, 'test')[0]!).toBe(true);
    }
  });

  test.each<[FoldKind, string | null, Partial<DatasetSample>, RegExp]>([
    ['grouped', 'seats', {}, /has no seats to be grouped by; fields are group, plane/],
    ['time', null, { time: null }, /has no time: take random, stratified or grouped folds/],
    ['stratified', null, { target: 3 }, /stratified folds are for targets that are one class/],
  ])('%s folds say what is wrong', (foldKind, column, change, message) => {
    const samples = samplesOf(20).map((sample) => ({ ...sample, ...change }));
    expect(() => inFoldOf(samples, { number: 1, of: 2, foldKind, column, seed: 0 })).toThrow(message);
  });
});
