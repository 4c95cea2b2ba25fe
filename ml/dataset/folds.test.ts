import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fold, groupedFolds, kFolds, stratifiedFolds, timeFolds } from './folds.ts';

const seed = fc.integer();
const folds = fc.integer({ min: 2, max: 7 });

/** Each row is tested on once, and learnt from in all other folds. */
function expectPartition(made: readonly Fold[], samples: number): void {
  const tested = made.flatMap(({ test }) => [...test]);
  expect(tested.toSorted((a, b) => a - b)).toEqual([...Array(samples).keys()]);
  for (const { train, test } of made) {
    expect(train.length + test.length).toBe(samples);
    expect(new Set([...train, ...test]).size).toBe(samples);
  }
}

const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);
const countOf = <T>(rows: Int32Array, values: readonly T[], value: T) =>
  rows.reduce((sum, row) => sum + Number(values[row] === value), 0);

describe('folds', () => {
  test('are disjoint, cover all rows, and differ by one row at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 60 }), folds, seed, (samples, count, seed) => {
        const made = kFolds(samples, count, seed);
        expectPartition(made, samples);
        expect(spread(made.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
        expect(kFolds(samples, count, seed)).toEqual(made);
      }),
    );
    expect(kFolds(40, 4, 1)).not.toEqual(kFolds(40, 4, 2));
  });

  test('stratified: of each class the shares are within one row', () => {
    const classes = fc
      .tuple(fc.integer({ min: 7, max: 20 }), fc.integer({ min: 7, max: 9 }), fc.integer({ min: 7, max: 30 }))
      .chain((sizes) =>
        fc.shuffledSubarray(
          sizes.flatMap((size, at) => Array(size).fill('abc'[at])),
          { minLength: sizes.reduce((sum, size) => sum + size) },
        ),
      );
    fc.assert(
      fc.property(classes, folds, seed, (classes, count, seed) => {
        const made = stratifiedFolds(classes, count, seed);
        expectPartition(made, classes.length);
        for (const name of 'abc')
          expect(spread(made.map(({ test }) => countOf(test, classes, name)))).toBeLessThanOrEqual(1);
        expect(spread(made.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('grouped: a group is in one part, and no part is larger than the others by more than a group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 30, maxLength: 80 }),
        fc.integer({ min: 2, max: 4 }),
        seed,
        (groups, count, seed) => {
          fc.pre(new Set(groups).size >= count);
          const made = groupedFolds(groups, count, seed);
          expectPartition(made, groups.length);
          for (const { train, test } of made) {
            const held = new Set(Array.from(test, (row) => groups[row]));
            expect(Array.from(train, (row) => groups[row]).some((group) => held.has(group))).toBe(false);
          }
          const largest = Math.max(
            ...[...new Set(groups)].map((group) => groups.filter((own) => own === group).length),
          );
          expect(spread(made.map(({ test }) => test.length))).toBeLessThanOrEqual(largest);
        },
      ),
    );
  });

  test('by time: what is measured on is later than all that is learnt from, also where times are equal', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 9_999 }), { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 2, max: 6 }),
        (times, count) => {
          const made = timeFolds(times, count);
          const size = Math.floor(times.length / (count + 1));
          for (const { train, test } of made) {
            expect(test.length).toBe(size);
            expect(Math.max(...Array.from(train, (row) => times[row]!))).toBeLessThan(
              Math.min(...Array.from(test, (row) => times[row]!)),
            );
          }
          expect(made.at(-1)!.train.length + size).toBe(times.length);
        },
      ),
    );
    const days = ['2024-01-04', '2024-01-01', '2024-01-02', '2024-01-03', '2024-01-02', '2024-01-05'];
    expect(timeFolds(days, 2)).toEqual([
      { train: Int32Array.of(1, 2, 4), test: Int32Array.of(3) },
      { train: Int32Array.of(1, 2, 3, 4), test: Int32Array.of(0, 5) },
    ]);
  });

  test.each([
    [() => kFolds(3, 4, 1), '3 samples cannot be divided into 4 parts'],
    [() => kFolds(3, 1, 1), 'there must be 2 folds or more, not 1'],
    [() => stratifiedFolds(['a', 'a', 'b'], 2, 1), '1 samples of b cannot be divided into 2 parts'],
    [() => groupedFolds(['a', 'a', 'b'], 3, 1), '2 groups cannot be divided into 3 parts'],
    [() => timeFolds([1, 1, 1, 1, 1, 1], 2), 'take fewer folds'],
  ])('what cannot be divided says why: %#', (make, reason) => {
    expect(make).toThrow(reason);
  });
});
