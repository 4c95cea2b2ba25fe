import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SPLITS } from '../../ml/dataset/format.ts';
import { SPLIT_STRATEGIES } from '../../tasks/policies/splits.ts';
import { type Assignment, assigned as assignSplits } from '../../test/harness/split-rows.ts';
import type { SampleKey } from './rows.ts';

const request = {
  ...{ seed: 42, trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 1 },
  ...{ split: 'auto', folds: 0, fold: 0 },
};
const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
/** Two classes, groups of three, a day later each two. */
const samples = (count: number, first = 0): SampleKey[] =>
  Array.from({ length: count }, (_, k) => {
    const i = first + k;
    return {
      id: `s${i}`,
      target: i % 2 ? 'a' : 'b',
      group: `g${i % Math.ceil(count / 3)}`,
      time: day(i >> 1),
    };
  });
const idsIn = (splits: Assignment, split: string) =>
  [...splits].flatMap(([id, own]) => (own === split ? [id] : []));
const sizes = (splits: Assignment) => SPLITS.map((split) => idsIn(splits, split).length);

describe('a split', () => {
  test('at random has the sizes asked for, and another seed another assignment', async () => {
    const all = samples(200);
    const one = await assignSplits(all, { ...request, split: 'random' });
    const other = await assignSplits(all, { ...request, split: 'random', seed: 43 });
    expect(sizes(one)).toEqual([160, 20, 20]);
    expect(sizes(other)).toEqual([160, 20, 20]);
    expect(idsIn(one, 'test').sort()).not.toEqual(idsIn(other, 'test').sort());
  });

  test('that is stratified heeds classes though there are groups', async () => {
    const all = samples(200);
    const splits = await assignSplits(all, { ...request, split: 'stratified' });
    const classes = new Map(all.map(({ id, target }) => [id, target]));
    for (const split of SPLITS) {
      const targets = idsIn(splits, split).map((id) => classes.get(id));
      expect(targets.filter((target) => target === 'a')).toHaveLength(targets.length / 2);
    }
  });

  test('by time tests on the latest, and leaves what is of one time in one split', async () => {
    const splits = await assignSplits(samples(200).toReversed(), { ...request, split: 'time' });
    expect(sizes(splits)).toEqual([160, 20, 20]);
    expect(idsIn(splits, 'test').sort()).toEqual(
      samples(20, 180)
        .map(({ id }) => id)
        .sort(),
    );
    const odd = await assignSplits(samples(90), { ...request, split: 'time' });
    expect(sizes(odd)).toEqual([72, 10, 8]); // the ninth from the end has the day of the tenth
  });

  test('by time moves on when later samples come, and tests on nothing that was learnt', async () => {
    const before = await assignSplits(samples(100), { ...request, split: 'time' });
    const grown = await assignSplits(
      [...samples(100), ...samples(50, 100)],
      { ...request, split: 'time' },
      { kept: before },
    );
    expect(Math.min(...idsIn(grown, 'test').map((id) => Number(id.slice(1))))).toBeGreaterThanOrEqual(134);
    const early: SampleKey[] = samples(300).map((one, i) => ({
      ...one,
      id: `early${i}`,
      time: '2020-01-01',
    }));
    const filled = await assignSplits(
      [...early, ...samples(100)],
      { ...request, split: 'time' },
      { kept: before },
    );
    const learnt = new Set([...idsIn(before, 'train'), ...idsIn(before, 'validation')]);
    expect(idsIn(filled, 'test').filter((id) => learnt.has(id))).toEqual([]);
    expect(idsIn(filled, 'test').sort()).toEqual(idsIn(before, 'test').sort());
  });

  test('by time after one by chance leaves out what was learnt from and is too late for training', async () => {
    const before = await assignSplits(samples(200), { ...request, split: 'random' });
    const after = await assignSplits(samples(200), { ...request, split: 'time' }, { kept: before });
    const late = samples(20, 180).map(({ id }) => id);
    expect(idsIn(after, 'test').sort()).toEqual(late.filter((id) => before.get(id) === 'test').sort());
    expect(after.size).toBe(180 + idsIn(after, 'test').length);
    expect(idsIn(after, 'test').length).toBeGreaterThan(0);
  });

  test.each([
    ['of another name', { split: 'groups' }, samples(40), 'INPUT_INVALID', /no split 'groups'.*grouped/],
    [
      'by groups without any',
      { split: 'grouped' },
      samples(40).map((one) => ({ ...one, group: null })),
      'INPUT_INVALID',
      /no sample is in a group.*'group'/,
    ],
    [
      'by time without times',
      { split: 'time' },
      samples(40).map((one, i) => (i ? one : { ...one, time: null })),
      'INPUT_INVALID',
      /1 of 40 have none.*'time'/,
    ],
    [
      'with all samples of one time',
      { split: 'time' },
      samples(40).map((one) => ({ ...one, time: '2024-01-01' })),
      'DATASET_TOO_SMALL',
      /leave none for/,
    ],
    ['into a fold that is none', { folds: 5, fold: 6 }, samples(40), 'INPUT_INVALID', /no fold 6 of 5/],
    [
      'into more folds than a class has samples',
      { split: 'stratified', folds: 30, fold: 1 },
      samples(40),
      'DATASET_TOO_SMALL',
      /take fewer folds/,
    ],
    [
      'by time of which a class is only tested',
      { split: 'time' },
      samples(40).map((one, i) => (i < 38 ? one : { ...one, target: 'new' })),
      'DATASET_TOO_SMALL',
      /samples of new leave none for train/,
    ],
  ])('%s is refused', async (_, change, all, code, message) => {
    await expect(assignSplits(all, { ...request, ...change })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe.each(SPLIT_STRATEGIES)('%s', (split) => {
  test('is the same for the same samples in any order, and no sample is in two splits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 60, max: 120 }),
        fc.integer({ min: 0, max: 99 }),
        async (count, seed) => {
          const all = samples(count);
          const one = await assignSplits(all, { ...request, split, seed });
          const other = await assignSplits(all.toReversed(), { ...request, split, seed });
          expect([...one].sort()).toEqual([...other].sort());
          expect(one.size).toBe(count);
          if (split === 'grouped' || split === 'auto') assertGroupsApart(all, one);
          if (split === 'time') assertInOrder(all, one);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('in folds tests each sample once, apart from what is learnt', async () => {
    const all = samples(120);
    const tested: string[] = [];
    for (const fold of [1, 2, 3]) {
      const splits = await assignSplits(all, { ...request, split, folds: 3, fold });
      tested.push(...idsIn(splits, 'test'));
      expect(idsIn(splits, 'validation').length).toBeGreaterThan(0);
      if (split === 'time') assertInOrder(all, splits);
      else expect(splits.size).toBe(120);
      if (split === 'grouped' || split === 'auto') assertGroupsApart(all, splits);
    }
    expect(new Set(tested).size).toBe(tested.length);
    if (split !== 'time') expect(tested).toHaveLength(120);
  });
});

function assertGroupsApart(all: readonly SampleKey[], splits: Assignment): void {
  for (const members of Map.groupBy(all, ({ group }) => group).values())
    expect(new Set(members.map(({ id }) => splits.get(id))).size).toBe(1);
}

function assertInOrder(all: readonly SampleKey[], splits: Assignment): void {
  const timesOf = (split: string) =>
    all.flatMap(({ id, time }) => (splits.get(id) === split ? [time!] : [])).sort();
  const [train, validation, test] = SPLITS.map(timesOf);
  expect(train!.at(-1)! < validation![0]!).toBe(true);
  expect(validation!.at(-1)! < test![0]!).toBe(true);
}
