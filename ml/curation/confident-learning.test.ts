import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { suspectedLabels } from './confident-learning.ts';
import { outOfFold } from './out-of-fold.ts';

describe('confident learning', () => {
  // Means of the own class: (0.9 + 0.8 + 0.1) / 3 = 0.6 for 0, (0.7 + 0.35) / 2 = 0.525 for 1.
  const values = Float64Array.from([0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.3, 0.7, 0.65, 0.35]);

  test('suspects what counts as another class and has less than one half of its own', () => {
    const found = suspectedLabels({ rows: 5, columns: 2, values }, [0, 0, 0, 1, 1]);
    expect(found).toEqual([
      { row: 2, suggested: 1, own: 0.1, confidence: 0.9 },
      { row: 4, suggested: 0, own: 0.35, confidence: 0.65 },
    ]);
  });

  test('does not suggest a class that the sample is known to be of too', () => {
    const isAlso = (row: number, column: number) => row === 2 && column === 1;
    const found = suspectedLabels({ rows: 5, columns: 2, values }, [0, 0, 0, 1, 1], isAlso);
    expect(found.map(({ row }) => row)).toEqual([4]);
  });

  test('suspects nothing where no class is as probable as it is for its own samples', () => {
    const unsure = Float64Array.from([0.9, 0.1, 0.1, 0.9, 0.45, 0.55]);
    expect(suspectedLabels({ rows: 3, columns: 2, values: unsure }, [0, 1, 0])).toEqual([]);
  });

  test('needs a label for each row', () => {
    expect(() => suspectedLabels({ rows: 5, columns: 2, values }, [0])).toThrow(/5 rows need as many labels/);
  });
});

test('of 400 texts of two kinds, 5 % of them mislabelled, most of those are suspected, and hardly another', () => {
  const random = seededRandom(1);
  const word = (kind: string) => `${kind}${Math.floor(random() * 30)}`;
  const examples = Array.from({ length: 400 }, (_, at) => {
    const kind = at % 2 === 0 ? 'cat' : 'dog';
    const text = Array.from({ length: 12 }, () => word(random() < 0.5 ? kind : 'and')).join(' ');
    const isFlipped = at % 20 === 0 || at % 40 === 1;
    return { instance: { text }, target: (kind === 'cat') !== isFlipped ? 'cat' : 'dog', isFlipped };
  });
  const task = { name: 'pets', type: 'classification' as const, labels: ['cat', 'dog'] };
  const training = outOfFold(task, { fields: { text: { type: 'text' } } }, examples, 5, 42);
  let step = training.next();
  while (!step.done) step = training.next();
  const labels = examples.map(({ target }) => task.labels.indexOf(target));
  const found = suspectedLabels(step.value, labels).map(({ row }) => row);
  const flipped = examples.flatMap(({ isFlipped }, row) => (isFlipped ? [row] : []));
  const right = found.filter((row) => examples[row]!.isFlipped);
  expect(right.length / flipped.length).toBeGreaterThan(0.6);
  expect(right.length / found.length).toBeGreaterThan(0.9);
});
