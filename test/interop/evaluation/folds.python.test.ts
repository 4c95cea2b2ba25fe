import { expect, test } from 'vitest';
import { type Fold, groupedFolds, kFolds, stratifiedFolds, timeFolds } from '../../../ml/dataset/folds.ts';
import { seededRandom, shuffle } from '../../../ml/random.ts';
import { ask } from './ask.ts';

const random = seededRandom(5);
const CASES = Array.from({ length: 20 }, (_, at) => {
  const samples = 40 + 7 * at;
  const draw = (values: number) => Array.from({ length: samples }, () => Math.floor(values * random() ** 2));
  return {
    ...{ samples, folds: 2 + (at % 4), groups: draw(15) },
    classes: draw(3).map((value, row) => (row < 18 ? row % 3 : value)), // of each class enough
    times: shuffle([...Array(samples).keys()], random),
  };
});

const sizes = (folds: readonly Fold[]) => folds.map(({ test }) => test.length).sort((a, b) => a - b);

test('folds are as large as those of scikit-learn, of each class too, and by time the same', async () => {
  interface Said {
    readonly sizes: number[];
    readonly stratified: number[][];
    readonly grouped: number[];
    readonly time: { train: number[]; test: number[] }[];
  }
  const said = await ask<Said[]>('folds.py', CASES);
  for (const [at, { samples, folds, classes, groups, times }] of CASES.entries()) {
    const expected = said[at]!;
    expect(sizes(kFolds(samples, folds, at))).toEqual(expected.sizes);
    expect(sizes(groupedFolds(groups, folds, at))).toEqual(expected.grouped);
    const made = stratifiedFolds(classes, folds, at);
    const counts = [0, 1, 2].map((name) =>
      made.map(({ test }) => test.filter((row) => classes[row] === name).length).sort((a, b) => a - b),
    );
    expect(counts).toEqual(expected.stratified);
    const byTime = timeFolds(times, folds).map(({ train, test }) => ({ train: [...train], test: [...test] }));
    expect(byTime).toEqual(expected.time);
  }
});
