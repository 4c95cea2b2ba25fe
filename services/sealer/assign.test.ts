import { describe, expect, test } from 'vitest';
import { labelSet, labelsIn } from '../../ml/label-sets.ts';
import { type Assignment, assigned as assignSplits } from '../../test/harness/split-rows.ts';
import type { SampleKey } from './rows.ts';

const sample = (target: string, i: number): SampleKey => ({
  id: `${target}/${i}`,
  target,
  group: null,
  time: null,
});
const classOf = (label: string, size: number) => Array.from({ length: size }, (_, i) => sample(label, i));
const sizesOf = (splits: Assignment, nameOf: (id: string, split: string) => string) => {
  const sizes = Map.groupBy(splits, ([id, split]) => nameOf(id, split));
  return Object.fromEntries([...sizes].map(([key, members]) => [key, members.length]));
};
const request = {
  ...{ seed: 42, trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 10 },
  ...{ split: 'auto', folds: 0, fold: 0 },
};

describe('assigning splits', () => {
  test('stratifies by class', async () => {
    const placed = await assignSplits([...classOf('a', 10), ...classOf('b', 50)], request);
    expect(placed.size).toBe(60);
    expect(sizesOf(placed, (id, split) => `${id.split('/')[0]} ${split}`)).toEqual({
      'a train': 8,
      'a validation': 1,
      'a test': 1,
      'b train': 40,
      'b validation': 5,
      'b test': 5,
    });
  });

  test('leaves a group in one split, also one that has a split already', async () => {
    const grouped = classOf('a', 30)
      .concat(classOf('b', 30))
      .map((one, i) => ({ ...one, group: `group-${i % 20}` }));
    const kept = new Map([[grouped[7]!.id, 'test' as const]]);
    const assigned = await assignSplits(grouped, request, { kept });
    const groups = Map.groupBy(grouped, ({ group }) => group);
    for (const members of groups.values())
      expect(new Set(members.map(({ id }) => assigned.get(id))).size).toBe(1);
    expect(assigned.get(groups.get('group-7')![0]!.id)).toBe('test');
    const sizes = sizesOf(assigned, (_, split) => split);
    expect(sizes.test).toBeGreaterThanOrEqual(6);
    expect(sizes.train).toBeGreaterThanOrEqual(45);
  });

  test('splits samples whose target is a number, all at once', async () => {
    const numbers = classOf('a', 40).map((one, i) => ({ ...one, target: i / 7 }));
    const assigned = await assignSplits(numbers, request);
    expect(sizesOf(assigned, (_, split) => split)).toEqual({ train: 32, validation: 4, test: 4 });
    await expect(assignSplits(numbers.slice(0, 5), request)).rejects.toThrow(/the task has 5/);
  });

  test('of several labels: each has its share of every split, the rare one too, and what was kept stays', async () => {
    const sets = Array.from({ length: 200 }, (_, i) => {
      const labels = [
        ...(i % 2 === 0 ? ['a'] : []),
        ...(i % 3 === 0 ? ['b'] : []),
        ...(i % 20 === 7 ? ['c'] : []),
      ];
      return { id: `s${i}`, target: labelSet(labels), group: null, time: null };
    });
    const kept = new Map([
      ['s7', 'test' as const],
      ['gone', 'train' as const],
    ]);
    const assigned = await assignSplits(sets, request, { kept, problem: 'multilabel' });
    expect([assigned.size, assigned.get('s7'), assigned.has('gone')]).toEqual([200, 'test', false]);
    for (const [label, share] of [
      ['a', 10],
      ['b', 6.7],
      ['c', 1],
    ] as const) {
      const own = sets.filter(({ target }) => labelsIn(target).includes(label));
      const sizes = Map.groupBy(own, ({ id }) => assigned.get(id)!);
      for (const split of ['test', 'validation'] as const)
        expect(Math.abs(sizes.get(split)!.length - share)).toBeLessThanOrEqual(3);
    }
    const rare = sets.map((one) => (one.id === 's7' ? { ...one, target: 'd' } : one));
    await expect(assignSplits(rare, request, { problem: 'multilabel' })).rejects.toThrow(/d has 1/);
  });

  test.each([
    ['no samples', [], request, 'DATASET_TOO_SMALL', /there are no accepted samples/],
    ['one class', classOf('a', 20), request, 'DATASET_TOO_SMALL', /all are a: collect more/],
    [
      'small classes',
      [...classOf('b', 9), ...classOf('a', 3), ...classOf('c', 10)],
      request,
      'DATASET_TOO_SMALL',
      /every class needs 10 samples, a has 3, b has 9: collect more/,
    ],
    [
      'a share that is too small for the class',
      [...classOf('a', 10), ...classOf('b', 10)],
      { ...request, trainFraction: 0.98, validationFraction: 0.01 },
      'DATASET_TOO_SMALL',
      /the 10 samples of a leave none for validation and test/,
    ],
    [
      'no test share',
      classOf('a', 20),
      { ...request, validationFraction: 0.2 },
      'INPUT_INVALID',
      /sum below 1/,
    ],
    ['no training share', classOf('a', 20), { ...request, trainFraction: 0 }, 'INPUT_INVALID', /above 0/],
    ['a share that is no number', [], { ...request, trainFraction: Number.NaN }, 'INPUT_INVALID', /NaN/],
  ])('refuses %s', async (_, samples, asked, code, message) => {
    const assigning = assignSplits(samples, asked);
    await expect(assigning).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
