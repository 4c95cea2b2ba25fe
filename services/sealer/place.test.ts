import { describe, expect, test } from 'vitest';
import type { SampleAccepted } from '../../schemas/events.generated.ts';
import { placeSamples } from './place.ts';

const sample = (label: string, i: number): SampleAccepted => ({
  arxivId: `${label}/${i}`,
  title: `Title ${i}`,
  abstract: 'Text.',
  label,
  categories: [label],
  published: '2024-05-31',
  words: 3,
  replaces: false,
});
const classOf = (label: string, size: number) => Array.from({ length: size }, (_, i) => sample(label, i));
const request = { seed: 42, trainFraction: 0.8, validationFraction: 0.1 };

describe('placing samples', () => {
  test('stratifies by class', async () => {
    const placed = await placeSamples([...classOf('a', 10), ...classOf('b', 50)], request, new Map(), 10);
    expect(placed).toHaveLength(60);
    const sizes = Map.groupBy(placed, ({ label, split }) => `${label} ${split}`);
    expect(Object.fromEntries([...sizes].map(([key, members]) => [key, members.length]))).toEqual({
      'a train': 8,
      'a validation': 1,
      'a test': 1,
      'b train': 40,
      'b validation': 5,
      'b test': 5,
    });
    expect(placed.find(({ id }) => id === 'a/3')).toMatchObject({
      label: 'a',
      title: 'Title 3',
      categories: ['a'],
    });
  });

  test.each([
    ['no samples', [], request, 'DATASET_TOO_SMALL', /there are none/],
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
    const placing = placeSamples(samples, asked, new Map(), 10);
    await expect(placing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
