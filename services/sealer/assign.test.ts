import { describe, expect, test } from 'vitest';
import type { SampleAccepted } from '../../schemas/events.generated.ts';
import { acceptedSample } from '../../test/harness/records.ts';
import { assignSplits } from './assign.ts';

const sample = (target: string, i: number): SampleAccepted =>
  acceptedSample(`${target}/${i}`, { target, instance: { title: `Title ${i}`, abstract: 'Text.' } }).data;
const classOf = (label: string, size: number) => Array.from({ length: size }, (_, i) => sample(label, i));
const request = { seed: 42, trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 10 };

describe('assigning splits', () => {
  test('stratifies by class', async () => {
    const placed = await assignSplits([...classOf('a', 10), ...classOf('b', 50)], request, new Map());
    expect(placed).toHaveLength(60);
    const sizes = Map.groupBy(placed, ({ target, split }) => `${target} ${split}`);
    expect(Object.fromEntries([...sizes].map(([key, members]) => [key, members.length]))).toEqual({
      'a train': 8,
      'a validation': 1,
      'a test': 1,
      'b train': 40,
      'b validation': 5,
      'b test': 5,
    });
    expect(placed.find(({ id }) => id === 'a/3')).toMatchObject({
      target: 'a',
      instance: { title: 'Title 3' },
    });
  });

  test('leaves a group in one split, also one that has a split already', async () => {
    const grouped = classOf('a', 30)
      .concat(classOf('b', 30))
      .map((one, i) => ({ ...one, group: `group-${i % 20}` }));
    const kept = new Map([[grouped[7]!.recordId, 'test' as const]]);
    const assigned = await assignSplits(grouped, request, kept);
    const splits = Map.groupBy(assigned, ({ group }) => group);
    for (const members of splits.values()) expect(new Set(members.map(({ split }) => split)).size).toBe(1);
    expect(splits.get('group-7')?.[0]?.split).toBe('test');
    const sizes = Map.groupBy(assigned, ({ split }) => split);
    expect(sizes.get('test')?.length).toBeGreaterThanOrEqual(6);
    expect(sizes.get('train')?.length).toBeGreaterThanOrEqual(45);
  });

  test('splits samples whose target is a number, all at once', async () => {
    const numbers = classOf('a', 40).map((one, i) => ({ ...one, target: i / 7 }));
    const assigned = await assignSplits(numbers, request, new Map());
    const sizes = Map.groupBy(assigned, ({ split }) => split);
    expect([...sizes].map(([split, { length }]) => `${split} ${length}`).sort()).toEqual([
      'test 4',
      'train 32',
      'validation 4',
    ]);
    await expect(assignSplits(numbers.slice(0, 5), request, new Map())).rejects.toThrow(/the task has 5/);
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
    const assigning = assignSplits(samples, asked, new Map());
    await expect(assigning).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
